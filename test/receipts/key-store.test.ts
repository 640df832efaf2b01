import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/base/bytes.ts';
import { KeyStore } from '../../src/receipts/log/key-store.ts';
import type { KeyStoreOptions } from '../../src/receipts/log/key-store-header.ts';
import { fileKeyEncryption, type KeyEncryption } from '../../src/receipts/log/key-store-kek.ts';
import { failEveryCall, type MemoryFs, memoryFs, seededRandom } from '../../src/testing/index.ts';
import { runs } from '../support/effort.ts';
import { codeOf } from '../support/errors.ts';
import { fakeHash, origin } from './support.ts';

const directory = '/keys/subjects';
const recordBytes = 104;

/** Keeps the key as it is: what wraps it is not what these tests are about. */
const plainKek: KeyEncryption = { id: 'plain', wrap: (key) => key, unwrap: (key) => key };

const name = (index: number): string => fakeHash(`subject ${index}`);

/** One stream for all openings: what was a key once never is one again. */
const random = seededRandom(3);

function options(fs: KeyStoreOptions['fs'], more: Partial<KeyStoreOptions> = {}): KeyStoreOptions {
  return { directory, origin, kek: plainKek, fs, random, mode: 'make', ...more };
}

const created = (store: KeyStore, index: number): readonly number[] =>
  store.find(name(index)).map((key) => key.created);

function write(fs: MemoryFs, path: string, edit: (bytes: Buffer) => Uint8Array): void {
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
async function three(): Promise<MemoryFs> {
  const fs = memoryFs();
  const store = await KeyStore.open(options(fs));
  for (const index of [0, 1, 2]) store.add(name(index), index);
  await store.flush();
  store.close();
  return fs;
}

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

describe('records that cannot be read', () => {
  const flip = (record: number) => (bytes: Buffer) => {
    bytes[record * recordBytes + 50]! ^= 1;
    return bytes;
  };

  test('were never relied on where their leaves are not in the log', async () => {
    const fs = await three();
    write(fs, `${directory}/keys`, flip(1));
    const store = await KeyStore.open(options(fs));
    store.settle(2);
    expect([created(store, 0), created(store, 1), created(store, 2)]).toEqual([[0], [], [2]]);
    store.add(name(1), 2);
    await store.flush();
    store.close();
    const again = await KeyStore.open(options(fs));
    again.settle(100);
    expect([created(again, 0), created(again, 1), created(again, 2)]).toEqual([[0], [2], [2]]);
  });

  test('are refused where a leaf behind them is in the log', async () => {
    const fs = await three();
    write(fs, `${directory}/keys`, flip(1));
    const store = await KeyStore.open(options(fs));
    expect(await codeOf(() => store.settle(3))).toBe('KNHK_LOG_SUBJECT_KEYS');
  });

  test('are destroyed where their erasure was under way, and it alone', async () => {
    const fs = await three();
    write(fs, `${directory}/keys`, flip(1));
    const store = await KeyStore.open(options(fs));
    expect(await store.destroy(new Map([[name(1), 2]]))).toBe(0);
    store.settle(3);
    expect([store.erasedBy(name(1)), created(store, 2)]).toEqual([[2], [2]]);
    store.add(name(1), 4);
    store.add(name(2), 5);
    await store.flush();
    store.close();
    write(fs, `${directory}/keys`, flip(3));
    const again = await KeyStore.open(options(fs));
    // The same erasure once more: it was done, so the bad record is a later key.
    await again.destroy(new Map([[name(1), 2]]));
    expect(await codeOf(() => again.settle(9))).toBe('KNHK_LOG_SUBJECT_KEYS');
  });

  test('one that was cut short is written over', async () => {
    const fs = await three();
    write(fs, `${directory}/keys`, (bytes) => bytes.subarray(0, 2 * recordBytes + 30));
    const store = await KeyStore.open(options(fs));
    store.add(name(3), 2);
    await store.flush();
    store.close();
    const again = await KeyStore.open(options(fs));
    again.settle(100);
    expect([created(again, 2), created(again, 3)]).toEqual([[], [2]]);
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

type Op =
  | { readonly kind: 'add' | 'erase'; readonly subject: number }
  | { readonly kind: 'flush' | 'crash' };
const ops = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constantFrom('add' as const, 'erase' as const),
      subject: fc.integer({ min: 0, max: 3 }),
    }),
    fc.record({ kind: fc.constantFrom('flush' as const, 'crash' as const) }),
  ),
  { maxLength: 30 },
);

test('whatever happens: nothing flushed is lost, nothing destroyed comes back', async () => {
  await fc.assert(
    fc.asyncProperty(ops, fc.integer(), async (list: readonly Op[], seed) => {
      let fs = memoryFs();
      let store = await KeyStore.open(options(fs));
      const survives = seededRandom(seed);
      const alive = new Map<number, { created: number; key: string; flushed: boolean }[]>();
      const gone = new Set<string>();
      const erased = new Map<string, number>();
      let seq = 0;
      for (const op of list) {
        if (op.kind === 'add') {
          const made = store.add(name(op.subject), seq++);
          const key = { created: made.created, key: toHex(made.key), flushed: false };
          alive.set(op.subject, [key, ...(alive.get(op.subject) ?? [])]);
        } else if (op.kind === 'erase') {
          erased.set(name(op.subject), seq);
          await store.destroy(new Map([[name(op.subject), seq++]]));
          for (const { key } of alive.get(op.subject) ?? []) gone.add(key);
          alive.delete(op.subject);
          for (const keys of alive.values()) for (const key of keys) key.flushed = true;
        } else if (op.kind === 'flush') {
          await store.flush();
          for (const keys of alive.values()) for (const key of keys) key.flushed = true;
        } else {
          fs = fs.crash({ random: survives });
          store = await KeyStore.open(options(fs));
          await store.destroy(erased);
          // Leaves that were not acknowledged are not in the log.
          const kept = [...alive.values()].flat().filter(({ flushed }) => flushed);
          store.settle(Math.max(0, ...kept.map((key) => key.created + 1), ...erased.values()));
          for (const [subject, keys] of alive) {
            const found = new Set(store.find(name(subject)).map(({ key }) => toHex(key)));
            alive.set(
              subject,
              keys.filter(({ flushed, key }) => flushed || found.has(key)),
            );
          }
        }
        for (let subject = 0; subject < 4; subject++) {
          const found = store.find(name(subject)).map(({ key }) => toHex(key));
          expect(found).toEqual((alive.get(subject) ?? []).map(({ key }) => key));
          expect(found.filter((key) => gone.has(key))).toEqual([]);
        }
      }
    }),
    { numRuns: runs(60) },
  );
});

test('every call fails once: what was flushed is there, what was destroyed is not', async () => {
  const faults = await failEveryCall({
    fs: () => memoryFs(),
    run: async (fs) => {
      const done = { flushed: false, destroyed: false };
      try {
        const store = await KeyStore.open(options(fs));
        store.add(name(0), 0);
        store.add(name(1), 1);
        await store.flush();
        done.flushed = true;
        await store.destroy(new Map([[name(0), 2]]));
        done.destroyed = true;
        store.add(name(0), 3);
        await store.flush();
        store.close();
      } catch {
        // A store that failed once is not relied on again before it is opened anew.
      }
      return done;
    },
    check: async ({ result, fs }) => {
      for (const disk of [fs.crash(), fs.crash({ random: seededRandom(5) })]) {
        const store = await KeyStore.open(options(disk));
        if (result.flushed) {
          await store.destroy(new Map([[name(0), 2]]));
          store.settle(3);
        }
        if (result.flushed) expect(created(store, 1)).toEqual([1]);
        if (result.destroyed)
          expect(store.find(name(0)).every((key) => key.created === 3)).toBe(true);
        store.close();
      }
    },
  });
  expect(faults).toBeGreaterThan(20);
});

test('a store that failed to write says so at every flush', async () => {
  const fs = memoryFs();
  const store = await KeyStore.open(options(fs));
  store.add(name(0), 0);
  fs.crash();
  expect(await codeOf(() => store.flush())).toBe('EIO');
  expect(await codeOf(() => store.flush())).toBe('EIO');
  expect(await codeOf(() => store.destroy(new Map()))).toBe('EIO');
});

function crc(bytes: Uint8Array): number {
  let value = ~0;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  }
  return ~value >>> 0;
}
