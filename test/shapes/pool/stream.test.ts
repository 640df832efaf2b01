import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inOrder, type Stage } from '../../../src/shapes/pool/stream.ts';

function stageOf(change: Partial<Stage<number, number>> = {}): Stage<number, number> {
  return {
    start: async (item) => item,
    sizeOf: () => 1,
    window: { items: 4, size: 1_000 },
    signal: new AbortController().signal,
    ...change,
  };
}

async function all(results: AsyncIterable<number>): Promise<number[]> {
  const list: number[] = [];
  for await (const result of results) list.push(result);
  return list;
}

describe('a stream', () => {
  it('gives results in order under random delays, never more at work than the window', async () => {
    const run = fc.record({
      delays: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 20 }),
      slow: fc.boolean(),
      items: fc.integer({ min: 1, max: 5 }),
      size: fc.integer({ min: 1, max: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(run, async ({ delays, slow, items, size }) => {
        let working = 0;
        let heavy = 0;
        let most = 0;
        const stage = stageOf({
          async start(item) {
            most = Math.max(most, ++working);
            heavy += 1 + (item % 3);
            // What came before leaves no room, or this one is alone.
            if (working > 1) expect(heavy - 1 - (item % 3)).toBeLessThan(size);
            await sleep(delays[item]);
            working--;
            heavy -= 1 + (item % 3);
            return item * 2;
          },
          sizeOf: (item) => 1 + (item % 3),
          window: { items, size },
        });
        async function* slowly() {
          for (const [index, delay] of delays.entries()) {
            await sleep(delay);
            yield index;
          }
        }
        const expected = delays.map((_, index) => index * 2);
        const source = slow ? slowly() : delays.keys();
        expect(await all(inOrder(source, stage))).toEqual(expected);
        expect(most).toBeLessThanOrEqual(items);
      }),
      { numRuns: 60 },
    );
  });

  it('does not wait for the next item before it gives a result', async () => {
    const answered: number[] = [];
    let release: (() => void) | undefined;
    // Each item comes only once the result of the one before has been seen.
    async function* dialogue() {
      for (let index = 0; index < 5; index++) {
        yield index;
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      }
    }
    for await (const result of inOrder(dialogue(), stageOf())) {
      answered.push(result);
      release?.();
    }
    expect(answered).toEqual([0, 1, 2, 3, 4]);
  });

  it('asks for no item beyond the window while nobody takes results', async () => {
    let asked = 0;
    function* source() {
      for (;;) yield asked++;
    }
    const results = inOrder(source(), stageOf());
    expect(await results.next()).toEqual({ done: false, value: 0 });
    await sleep(5);
    expect(asked).toBe(4);
    await results.return();
    expect(asked).toBe(4);
  });

  it('throws what the source throws behind the results of what it gave', async () => {
    const error = new Error('no more');
    function* source() {
      yield 1;
      yield 2;
      throw error;
    }
    const results = inOrder(source(), stageOf({ start: (item) => sleep(3, item) }));
    expect(await results.next()).toEqual({ done: false, value: 1 });
    expect(await results.next()).toEqual({ done: false, value: 2 });
    await expect(results.next()).rejects.toBe(error);
    expect(await results.next()).toEqual({ done: true, value: undefined });
  });

  it('ends its source once, when it is left', async () => {
    let ended = 0;
    function* source() {
      try {
        for (let index = 0; ; index++) yield index;
      } finally {
        ended++;
      }
    }
    for await (const result of inOrder(source(), stageOf())) if (result === 2) break;
    expect(ended).toBe(1);
  });

  it('can be left, or stopped, while its source gives nothing', async () => {
    const never = async function* (): AsyncGenerator<number> {
      yield 0;
      await new Promise(() => {});
    };
    for await (const result of inOrder(never(), stageOf())) {
      expect(result).toBe(0);
      break;
    }
    const stop = new AbortController();
    const reason = new Error('enough');
    const results = inOrder(never(), stageOf({ signal: stop.signal }));
    await results.next();
    setTimeout(() => stop.abort(reason), 1);
    await expect(results.next()).rejects.toBe(reason);
  });
});
