import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/base/bytes.ts';
import { KeyStore } from '../../src/receipts/log/key-store.ts';
import { failEveryCall, memoryFs, seededRandom } from '../../src/testing/index.ts';
import { runs } from '../support/effort.ts';
import { codeOf } from '../support/errors.ts';
import {
  created,
  directory,
  name,
  options,
  recordBytes,
  three,
  write,
} from './key-store-support.ts';

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
