import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/base/bytes.ts';
import { KeyStore } from '../../src/receipts/log/key-store.ts';
import { fileKeyEncryption, type KeyEncryption } from '../../src/receipts/log/key-store-kek.ts';
import { memoryFs, seededRandom } from '../../src/testing/index.ts';
import { codeOf } from '../support/errors.ts';
import {
  created,
  directory,
  name,
  options,
  plainKek,
  recordBytes,
  three,
  write,
} from './key-store-support.ts';
import { fakeHash } from './support.ts';

describe('a store of subject keys', () => {
  test('gives back what was flushed, after a power cut too, and nothing else', async () => {
    const fs = memoryFs();
    const store = await KeyStore.open(options(fs));
    const first = store.add(name(0), 5);
    expect(store.find(name(0))).toEqual([first]);
    expect(store.find(name(1))).toEqual([]);
    await store.flush();
    store.add(name(1), 6);
    const again = await KeyStore.open(options(fs.crash(), { mode: 'write' }));
    expect(again.find(name(0))).toEqual([first]);
    expect(again.find(name(1))).toEqual([]);
    expect(first.key).toHaveLength(32);
  });

  test('destroys keys of leaves before the erasure and their copies, no later one', async () => {
    const fs = memoryFs();
    const store = await KeyStore.open(options(fs));
    const { key } = store.add(name(0), 1_000);
    // A log that was put back is shorter than what its keys were made for.
    store.add(name(0), 550, key);
    store.add(name(1), 10);
    expect(await store.destroy(new Map([[name(0), 600]]))).toBe(2);
    expect(store.find(name(0))).toEqual([]);
    expect([store.erasedBy(name(0)), store.erasedBy(name(1))]).toEqual([[600, 600], []]);
    store.add(name(0), 700);
    await store.flush();
    expect(await store.destroy(new Map([[name(0), 600]]))).toBe(0);
    store.close();
    const again = await KeyStore.open(options(fs.crash()));
    expect([created(again, 0), created(again, 1)]).toEqual([[700], [10]]);
    expect(again.erasedBy(name(0))).toEqual([600, 600]);
    expect(await again.destroy(new Map([[name(0), 700]]))).toBe(1);
    expect(again.erasedBy(name(0))).toEqual([700, 600, 600]);
  });

  test('keeps nothing of a key that was destroyed', async () => {
    const fs = await three();
    const store = await KeyStore.open(options(fs));
    const keys = [0, 1, 2].map((index) => store.find(name(index))[0]!.key);
    await store.destroy(new Map([[name(1), 9]]));
    store.close();
    const path = `${directory}/keys`;
    write(fs, path, (bytes) => {
      const [, gone, kept] = [0, 1, 2].map((at) =>
        bytes.subarray(at * recordBytes, (at + 1) * recordBytes),
      );
      expect(gone!.subarray(40, 100).equals(Buffer.alloc(60))).toBe(true);
      expect(kept!.subarray(40, 100).equals(Buffer.alloc(60))).toBe(false);
      // Under the store's key, no key stands there as it is.
      for (const key of keys) expect(bytes.toString('hex')).not.toContain(toHex(key));
      return bytes;
    });
  });

  test('has destroyed what it says it has: a power cut brings nothing back', async () => {
    const fs = await three();
    const store = await KeyStore.open(options(fs));
    expect(await store.destroy(new Map([[name(1), 9]]))).toBe(1);
    const again = await KeyStore.open(options(fs.crash()));
    expect([created(again, 0), created(again, 1), created(again, 2)]).toEqual([[0], [], [2]]);
  });

  test('takes so many records and no more', async () => {
    const fs = await three();
    const store = await KeyStore.open(options(fs, { recordsMax: 4 }));
    store.add(name(3), 3);
    expect(await codeOf(() => store.add(name(4), 4))).toBe('KNHK_LIMIT_SUBJECTS');
    await store.flush();
    store.close();
    const full = options(fs, { recordsMax: 3 });
    expect(await codeOf(() => KeyStore.open(full))).toBe('KNHK_LIMIT_SUBJECTS');
    expect(created(await KeyStore.open(options(fs)), 3)).toEqual([3]);
  });

  test('a record that is moved to another name does not open', async () => {
    const fs = await three();
    write(fs, `${directory}/keys`, (bytes) => {
      const moved = Buffer.from(bytes);
      const [first, second] = [0, 1].map((at) =>
        bytes.subarray(at * recordBytes, (at + 1) * recordBytes),
      );
      // The name of the one before the key of the other, with a CRC that fits.
      const forged = Buffer.from(second!);
      first!.copy(forged, 0, 0, 32);
      forged.writeUInt32LE(crc(forged.subarray(0, 100)), 100);
      moved.set(forged, recordBytes);
      return moved;
    });
    const store = await KeyStore.open(options(fs));
    expect(await codeOf(() => store.find(name(0)))).toBe('KNHK_LOG_SUBJECT_KEYS');
  });
});

describe('the mark', () => {
  test('is believed where the keys are not older than it', async () => {
    const fs = await three();
    const before = fs.crash();
    const store = await KeyStore.open(options(fs.crash()));
    expect(store.mark).toBeUndefined();
    store.setMark(7, fakeHash('leaf'));
    expect(store.mark).toEqual({ size: 7, hash: fakeHash('leaf'), destroyed: 0 });
    store.close();
    const marked = await KeyStore.open(options(before));
    await marked.destroy(new Map([[name(0), 3]]));
    marked.setMark(8, fakeHash('leaf'));
    marked.close();
    expect((await KeyStore.open(options(before))).mark?.size).toBe(8);
    // The keys as they were before, beside the mark as it is now.
    let old = Buffer.alloc(0);
    write(fs.crash(), `${directory}/keys`, (bytes) => {
      old = Buffer.from(bytes);
      return bytes;
    });
    write(before, `${directory}/keys`, () => old);
    expect((await KeyStore.open(options(before))).mark).toBeUndefined();
  });

  test.each(['', '{', '[]', 'null', '{"v":2}', '{"v":1,"size":0,"hash":"","destroyed":0}'])(
    'that cannot be read is none: %s',
    async (text) => {
      const fs = await three();
      const store = await KeyStore.open(options(fs));
      store.setMark(7, fakeHash('leaf'));
      write(fs, `${directory}/replayed.json`, () => Buffer.from(text));
      expect(store.mark).toBeUndefined();
    },
  );
});

describe('a store is refused', () => {
  test.each([
    ['that is not there', 'KNHK_LOG_SUBJECT_KEYS', '/keys/others', {}],
    ['of another log', 'KNHK_LOG_SUBJECT_KEYS', directory, { origin: 'example.com/other' }],
    ['under another key', 'KNHK_LOG_KEK', directory, { kek: { ...plainKek, id: 'other' } }],
  ])('%s', async (_, code, at, more) => {
    const fs = await three();
    const given = options(fs, { mode: 'read', directory: at, ...more });
    expect(await codeOf(() => KeyStore.open(given))).toBe(code);
  });

  test.each(['{', '{}', '{"v":1,"origin":1}', '{"v":1,"origin":"a","kek":"b","wrapped":"*"}'])(
    'whose header is %s',
    async (text) => {
      const fs = await three();
      write(fs, `${directory}/store.json`, () => Buffer.from(text));
      expect(await codeOf(() => KeyStore.open(options(fs)))).toBe('KNHK_LOG_SUBJECT_KEYS');
    },
  );

  test('that lost its keys: it is not begun again', async () => {
    const fs = await three();
    fs.unlinkSync(`${directory}/keys`);
    expect(await codeOf(() => KeyStore.open(options(fs)))).toBe('KNHK_LOG_SUBJECT_KEYS');
  });

  const keks: readonly (readonly [string, Partial<KeyEncryption>])[] = [
    ['without a usable id', { id: 'ä' }],
    ['that gives another key back', { unwrap: () => new Uint8Array(32) }],
    ['that gives too little back', { unwrap: () => new Uint8Array(31) }],
    ['that is out of order', { unwrap: () => Promise.reject(new Error('no connection')) }],
  ];
  test.each(keks)('by a key %s', async (_, change) => {
    const given = options(memoryFs(), { kek: { ...plainKek, ...change } });
    expect(await codeOf(() => KeyStore.open(given))).toBe('KNHK_LOG_KEK');
    expect(KeyStore.isAt(given.fs, directory)).toBe(false);
  });

  test('by a file that is no key, or not the one', async () => {
    const fs = memoryFs();
    const kek = fileKeyEncryption('/keys/kek', { fs, random: seededRandom(1) });
    const store = await KeyStore.open(options(fs, { kek }));
    store.close();
    const file = { fs, random: seededRandom(2) };
    const same = fileKeyEncryption('/keys/kek', file);
    (await KeyStore.open(options(fs, { kek: same }))).close();
    const other = { ...fileKeyEncryption('/keys/other', file), id: same.id };
    expect(await codeOf(() => KeyStore.open(options(fs, { kek: other })))).toBe('KNHK_LOG_KEK');
    const missing = { ...file, create: false };
    expect(await codeOf(() => fileKeyEncryption('/keys/none', missing))).toBe('KNHK_LOG_KEK');
    write(fs, '/keys/kek', (bytes) => bytes.subarray(1));
    expect(await codeOf(() => fileKeyEncryption('/keys/kek', file))).toBe('KNHK_LOG_KEK');
  });
});

function crc(bytes: Uint8Array): number {
  let value = ~0;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  }
  return ~value >>> 0;
}
