import { KeyStore } from '../../src/receipts/log/key-store.ts';
import type { KeyStoreOptions } from '../../src/receipts/log/key-store-header.ts';
import type { KeyEncryption } from '../../src/receipts/log/key-store-kek.ts';
import { type MemoryFs, memoryFs, seededRandom } from '../../src/testing/index.ts';
import { fakeHash, origin } from './support.ts';

export const directory: string = '/keys/subjects';
export const recordBytes: number = 104;

/** Keeps the key as it is: what wraps it is not what these tests are about. */
export const plainKek: KeyEncryption = { id: 'plain', wrap: (key) => key, unwrap: (key) => key };

export const name = (index: number): string => fakeHash(`subject ${index}`);

/** One stream for all openings: what was a key once never is one again. */
const random = seededRandom(3);

export function options(
  fs: KeyStoreOptions['fs'],
  more: Partial<KeyStoreOptions> = {},
): KeyStoreOptions {
  return { directory, origin, kek: plainKek, fs, random, mode: 'make', ...more };
}

export const created = (store: KeyStore, index: number): readonly number[] =>
  store.find(name(index)).map((key) => key.created);

export function write(fs: MemoryFs, path: string, edit: (bytes: Buffer) => Uint8Array): void {
  const fd = fs.openSync(path, 'r+');
  const bytes = Buffer.alloc(fs.fstatSync(fd).size);
  fs.readSync(fd, bytes, 0, bytes.length, 0);
  const edited = edit(bytes);
  fs.ftruncateSync(fd, edited.length);
  fs.writeSync(fd, edited, 0, edited.length, 0);
  fs.fsyncSync(fd);
  fs.closeSync(fd);
}

/** A store with keys 0, 1, 2 for leaves 0, 1, 2, closed. */
export async function three(): Promise<MemoryFs> {
  const fs = memoryFs();
  const store = await KeyStore.open(options(fs));
  for (const index of [0, 1, 2]) store.add(name(index), index);
  await store.flush();
  store.close();
  return fs;
}
