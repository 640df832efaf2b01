import { join } from 'node:path';
import { fromBase64, fromUtf8, toBase64, utf8 } from '../../base/bytes.ts';
import { canonical } from '../../base/canonical.ts';
import type { RandomBytes } from '../../base/clock.ts';
import { fail, KnhkError } from '../../base/errors.ts';
import { makeDirectory, readFile, replaceFile, syncName } from './files.ts';
import type { LogFs } from './fs.ts';
import type { KeyEncryption } from './key-store-kek.ts';
import { keysPath } from './key-store-records.ts';

/** How a store of subject keys is opened. */
export interface KeyStoreOptions {
  readonly directory: string;
  /** The log that its subjects are of. */
  readonly origin: string;
  readonly kek: KeyEncryption;
  readonly fs: LogFs;
  readonly random: RandomBytes;
  /** Most records; limits.subjects unless given. */
  readonly recordsMax?: number;
  /**
   * `make`: it is made where there is none; `write`: it has to be there; `read`: nothing is
   * written.
   */
  readonly mode: 'make' | 'write' | 'read';
}

const keyBytes = 32;
const headerName = 'store.json';

interface Header {
  readonly origin: string;
  readonly kek: string;
  readonly wrapped: Uint8Array;
}

/** True where a directory holds a store. */
export function isHeaderAt(fs: LogFs, directory: string): boolean {
  return fs.statSync(join(directory, headerName)) !== undefined;
}

/** The key that all keys of a store are under. */
export async function openHeader(options: KeyStoreOptions): Promise<Uint8Array> {
  const { directory, fs, mode, kek } = options;
  if (mode === 'make' && !isHeaderAt(fs, directory)) await make(options);
  return unwrap(kek, readHeader(options));
}

async function make({ directory, origin, kek, fs, random }: KeyStoreOptions): Promise<void> {
  const wrapped = toBase64(await wrap(kek, random(keyBytes)));
  makeDirectory(fs, directory);
  syncName(fs, directory);
  // The header comes last: its presence says that the records are there.
  replaceFile(fs, keysPath(directory), new Uint8Array());
  const text = canonical({ v: 1, origin, kek: kek.id, wrapped });
  replaceFile(fs, join(directory, headerName), utf8(text));
}

function readHeader({ directory, fs, origin, kek }: KeyStoreOptions): Header {
  const path = join(directory, headerName);
  const bytes = readFile(fs, path);
  if (bytes === undefined) fail('KNHK_LOG_SUBJECT_KEYS', path, 'a store of keys', 'no such file');
  if (fs.statSync(keysPath(directory)) === undefined) {
    fail('KNHK_LOG_SUBJECT_KEYS', keysPath(directory), 'the keys of the store', 'no such file');
  }
  const header = parseHeader(fromUtf8(bytes) ?? '');
  if (header === undefined) return fail('KNHK_LOG_SUBJECT_KEYS', path, 'version 1', 'other text');
  if (header.origin !== origin) {
    fail('KNHK_LOG_SUBJECT_KEYS', path, `the subjects of ${origin}`, header.origin);
  }
  if (header.kek !== kek.id) fail('KNHK_LOG_KEK', path, header.kek, kek.id);
  return header;
}

function parseHeader(text: string): Header | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { v, origin, kek, wrapped } = Object(value) as Readonly<Record<string, unknown>>;
  const bytes = typeof wrapped === 'string' ? fromBase64(wrapped) : undefined;
  if (v !== 1 || typeof origin !== 'string' || typeof kek !== 'string') return undefined;
  return bytes === undefined ? undefined : { origin, kek, wrapped: bytes };
}

const isId = (id: unknown): boolean => typeof id === 'string' && /^[\x20-\x7e]{1,256}$/.test(id);

async function wrap(kek: KeyEncryption, key: Uint8Array): Promise<Uint8Array> {
  if (!isId(kek.id)) fail('KNHK_LOG_KEK', 'kek, id', '1 to 256 ASCII characters', kek.id);
  const wrapped = await kek.wrap(key);
  // Read back at once: a key that does not open again would be missed only at the next opening.
  const again = await unwrap(kek, { wrapped });
  if (again.some((byte, at) => byte !== key[at])) {
    fail('KNHK_LOG_KEK', kek.id, 'the key that was wrapped', 'another one');
  }
  return wrapped;
}

async function unwrap(
  kek: KeyEncryption,
  { wrapped }: Pick<Header, 'wrapped'>,
): Promise<Uint8Array> {
  let key: Uint8Array;
  try {
    key = await kek.unwrap(wrapped);
  } catch (error) {
    if (error instanceof KnhkError) throw error;
    return fail('KNHK_LOG_KEK', kek.id, 'a key that unwraps the store', String(error), error);
  }
  return key.length === keyBytes
    ? new Uint8Array(key)
    : fail('KNHK_LOG_KEK', kek.id, `${keyBytes} bytes`, `${key.length} bytes`);
}
