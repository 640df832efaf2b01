import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import {
  memoryOf,
  RecordedMemory,
  type Recording,
  recentlyRecorded,
  recordedInTurn,
  recordedObservations,
} from '../../src/loop/recorded.ts';
import type { LogEntry } from '../../src/receipts/log/reader.ts';
import { type Control, controlOf } from '../../src/runtime/control.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { runs } from '../support/effort.ts';
import { applyLevels, openDesk } from './support.ts';

let runtime: Runtime;
let control: Control;
let real: readonly LogEntry[];

beforeEach(async () => {
  runtime = await openDesk();
  control = controlOf(runtime) as Control;
  await applyLevels(runtime, [10, 55, 80, 97, 20]);
  real = [...control.log.entries(1)];
});
afterEach(async () => {
  vi.restoreAllMocks();
  await runtime.close();
});

/** A log whose entries are those of the real one again and again, and that counts what is read. */
class Fake {
  readonly #entries: LogEntry[] = [];
  reads = 0;

  append(count: number): void {
    for (let n = 0; n < count; n++) {
      const seq = this.#entries.length;
      this.#entries.push({ ...real[seq % real.length]!, seq });
    }
  }

  /** Payloads go, and a leaf says so. */
  erase(every: number): void {
    for (const [seq, entry] of this.#entries.entries()) {
      const { payload: _, ...rest } = entry;
      if (seq % every === 0) this.#entries[seq] = rest;
    }
    const { leaf, ...rest } = real[0]!;
    const erase = { ...leaf, kind: 'erase' } as unknown as LogEntry['leaf'];
    this.#entries.push({ ...rest, leaf: erase, seq: this.#entries.length });
  }

  get source(): Recording {
    const fake = this;
    const log = {
      get durableSize() {
        return fake.#entries.length;
      },
      *entries(from: number) {
        const end = fake.#entries.length;
        for (let seq = from; seq < end; seq++) {
          fake.reads++;
          yield fake.#entries[seq]!;
        }
      },
    };
    return { log, catalogue: control.catalogue } as unknown as Recording;
  }
}

type Step =
  | { readonly do: 'append'; readonly count: number }
  | { readonly do: 'erase'; readonly every: number }
  | { readonly do: 'ask'; readonly last: number };
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('append' as const), count: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ do: fc.constant('erase' as const), every: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ do: fc.constant('ask' as const), last: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ do: fc.constant('ask' as const), last: fc.integer({ min: 1, max: 20 }) }),
);

describe('what is asked for in turn', () => {
  it('is what reading the log anew would give, and only what is new is read', async () => {
    const turns = fc.array(
      fc.oneof(
        fc.record({ do: fc.constant('append' as const), count: fc.integer({ min: 1, max: 300 }) }),
        fc.record({ do: fc.constant('erase' as const), every: fc.integer({ min: 1, max: 4 }) }),
      ),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(turns, (given) => {
        const fake = new Fake();
        const recent = recordedInTurn(fake.source);
        for (const one of [{ do: 'append', count: 5 } as const, ...given]) {
          if (one.do === 'append') fake.append(one.count);
          else fake.erase(one.every);
          expect(recent()).toEqual(recordedObservations(fake.source));
        }
        // An erasure that is not among the last any more is forgotten.
        fake.append(limits.shapesBatch);
        recent();
        fake.reads = 0;
        recent();
        expect(fake.reads).toBe(0);
        fake.append(3);
        recent();
        expect(fake.reads).toBe(3);
      }),
      { numRuns: runs(50) },
    );
  });

  it('keeps nothing of what was read while something was erased', () => {
    const fake = new Fake();
    const recent = recordedInTurn(fake.source);
    fake.append(10);
    expect(recent()).toHaveLength(10);
    fake.erase(2);
    expect(recent()).toHaveLength(5);
    fake.reads = 0;
    // Keys may be gone a little later than the leaf that says so.
    expect(recent()).toHaveLength(5);
    expect(fake.reads).toBe(11);
  });
});

describe('the memory of recorded observations', () => {
  it('holds at any time what reading the log anew would give', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const fake = new Fake();
        const memory = new RecordedMemory(fake.source);
        for (const one of [...steps, { do: 'ask', last: 7 } as const]) {
          if (one.do === 'append') fake.append(one.count);
          else if (one.do === 'erase') fake.erase(one.every);
          else {
            const anew = [...recentlyRecorded(fake.source, one.last)];
            expect(await memory.recent(one.last)).toEqual(anew);
          }
        }
      }),
      { numRuns: runs(100) },
    );
  });

  it('reads only what is new', async () => {
    const fake = new Fake();
    const memory = new RecordedMemory(fake.source);
    fake.append(50);
    expect(await memory.recent(40)).toHaveLength(40);
    expect(fake.reads).toBe(40);
    fake.append(3);
    expect(await memory.recent(40)).toHaveLength(40);
    expect(fake.reads).toBe(43);
    await memory.recent(40);
    expect(fake.reads).toBe(43);
  });

  it('keeps nothing of what was read while something was erased', async () => {
    const fake = new Fake();
    const memory = new RecordedMemory(fake.source);
    fake.append(10);
    await memory.recent(10);
    fake.erase(2);
    const found = await memory.recent(10);
    expect(found.filter(({ observation }) => observation === undefined).length).toBe(4);
    fake.reads = 0;
    await memory.recent(10);
    expect(fake.reads).toBe(10);
    await memory.recent(10);
    expect(fake.reads).toBe(10);
  });

  it('is asked by several at once, also where one of them gives up', async () => {
    const fake = new Fake();
    const memory = new RecordedMemory(fake.source);
    fake.append(30);
    // Each entry is a piece by itself, so that everything is under way at once.
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => {
      now += 10;
      return now;
    });
    const ending = new AbortController();
    const asked = [20, 10, 25].map((last) => memory.recent(last));
    const given = memory.recent(30, ending.signal);
    ending.abort(new Error('enough'));
    const lengths = (await Promise.all(asked)).map(({ length }) => length);
    expect(lengths).toEqual([20, 10, 25]);
    await expect(given).rejects.toThrow('enough');
    expect(await memory.recent(30)).toEqual([...recentlyRecorded(fake.source, 30)]);
  });

  it('is one for each control', async () => {
    expect(memoryOf(control)).toBe(memoryOf(control));
    const recorded = await memoryOf(control).recent(100);
    expect(recorded.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
    expect(recorded[4]!.observation).toMatchObject({
      ...{ seq: 5, outcome: 'idle', context: {} },
      record: { type: 'reading.taken', data: { level: 20 } },
    });
  });
});
