import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextTurn } from '../../../src/base/turn.ts';
import { Collector, type CollectorOptions } from '../../../src/shapes/pool/collector.ts';
import { Item } from '../../../src/shapes/pool/item.ts';
import type { Executor, Work } from '../../../src/shapes/pool/work.ts';
import { shapes } from './support.ts';

interface Taken {
  readonly key: string | undefined;
  readonly texts: readonly unknown[];
}

/** Takes tasks, and answers nothing. */
class Taking implements Executor {
  readonly tasks: Taken[] = [];
  /** How many items a waiting task still takes. */
  spare = 0;
  room = true;
  pending = 0;

  submit(work: Work, items: readonly Item[]): void {
    if (!this.room) for (const item of items) item.fail('no room');
    else this.tasks.push({ key: work.key, texts: items.map(({ text }) => text) });
  }

  topUp(_work: Work, items: readonly Item[]): readonly Item[] {
    const count = Math.min(this.spare, items.length);
    this.spare -= count;
    return items.slice(count);
  }

  async close(): Promise<void> {}
}

const workOf = (key: string): Work => ({ kind: 'graphs', document: shapes, settings: {}, key });

function collectorOf(change: Partial<CollectorOptions> = {}) {
  const pool = new Taking();
  const inline = new Taking();
  const ended: unknown[] = [];
  let refused = 0;
  const collector = new Collector({
    threads: 2,
    queueMax: 4,
    inlineCharacters: 0,
    pool,
    inline: async () => inline,
    mayRunInline: () => true,
    onQueue: () => refused++,
    ...change,
  });
  const add = (text: string, key = 'k', patient = false): Item => {
    const item = new Item(text, '', 0, (outcome) => ended.push(outcome));
    collector.add(workOf(key), item, patient);
    return item;
  };
  const sizes = (executor: Taking): number[] => executor.tasks.map(({ texts }) => texts.length);
  return { collector, pool, inline, ended, add, sizes, refused: () => refused };
}

describe('the graphs of one turn', () => {
  it('share tasks of 16 to 64, for each thread one', async () => {
    for (const [count, expected] of [
      [5, [5]],
      [16, [16]],
      [20, [16, 4]],
      [40, [20, 20]],
      [128, [64, 64]],
      [150, [64, 64, 22]],
    ] as const) {
      const { add, pool, sizes } = collectorOf();
      for (let index = 0; index < count; index++) add(`${index}`);
      expect(pool.tasks).toEqual([]);
      await nextTurn();
      expect(sizes(pool)).toEqual(expected);
      const texts = pool.tasks.flatMap((task) => task.texts);
      expect(texts).toEqual(Array.from({ length: count }, (_, index) => `${index}`));
    }
  });

  it('share none with graphs of other shapes or options, and large ones with few', async () => {
    const { add, pool } = collectorOf();
    const half = 'x'.repeat(131_072);
    for (const text of ['a', half, half, 'b', 'x'.repeat(300_000), 'c']) add(text);
    add('other', 'l');
    add('d');
    await nextTurn();
    const short = pool.tasks.map(({ key, texts }) => [key, ...texts.map((text) => `${text}`[0])]);
    expect(short).toEqual([
      ['k', 'a', 'x'],
      ['k', 'x', 'b'],
      ['k', 'x'],
      ['k', 'c', 'd'],
      ['l', 'o'],
    ]);
  });

  it('fill a task that waits first, in their order, and leave out what has ended', async () => {
    const { add, pool, sizes } = collectorOf();
    pool.spare = 3;
    const items = Array.from({ length: 8 }, (_, index) => add(`${index}`));
    items[1]?.fail('gone');
    items[5]?.fail('gone');
    await nextTurn();
    expect(sizes(pool)).toEqual([3]);
    expect(pool.tasks[0]?.texts).toEqual(['4', '6', '7']);
  });

  it('are never lost, doubled or reordered', async () => {
    const graph = fc.record({
      size: fc.constantFrom(1, 1_000, 100_000, 300_000),
      key: fc.constantFrom('k', 'l'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(graph, { maxLength: 200 }), async (graphs) => {
        const { add, pool } = collectorOf({ queueMax: 400 });
        const texts = graphs.map(({ size }, index) => `${index} ${'x'.repeat(size)}`);
        for (const [index, { key }] of graphs.entries()) add(texts[index]!, key);
        await nextTurn();
        for (const key of ['k', 'l']) {
          const own = pool.tasks.filter((task) => task.key === key).map((task) => task.texts);
          const expected = texts.filter((_, index) => graphs[index]?.key === key);
          expect(own.flat()).toEqual(expected);
          for (const task of own) {
            expect(task.length).toBeLessThanOrEqual(64);
            const size = task.reduce((sum: number, text) => sum + (text as string).length, 0);
            if (task.length > 1) expect(size).toBeLessThanOrEqual(262_144);
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('the calling thread', () => {
  it('takes a turn’s graphs up to its characters, together or not at all', async () => {
    for (const [texts, isInline] of [
      [['12345', '12345'], true],
      [['12345', '123456'], false],
      [['12345678901'], false],
    ] as const) {
      const { add, pool, inline, sizes } = collectorOf({ inlineCharacters: 10 });
      for (const text of texts) add(text);
      await nextTurn();
      await nextTurn();
      expect(sizes(inline)).toEqual(isInline ? [texts.length] : []);
      expect(sizes(pool)).toEqual(isInline ? [] : [texts.length]);
    }
  });

  it('takes none while the pool is at work, or of shapes that may take for ever', async () => {
    const busy = collectorOf({ inlineCharacters: 10 });
    busy.pool.pending = 1;
    busy.add('a');
    const endless = collectorOf({ inlineCharacters: 10, mayRunInline: ({ key }) => key === 'k' });
    endless.add('a');
    endless.add('b', 'l');
    await nextTurn();
    await nextTurn();
    expect(busy.sizes(busy.pool)).toEqual([1]);
    expect(endless.sizes(endless.pool)).toEqual([1, 1]);
  });

  it('takes all where there is no pool', async () => {
    const { add, inline, sizes } = collectorOf({ pool: undefined, threads: 1 });
    for (let index = 0; index < 70; index++) add('x'.repeat(10));
    await nextTurn();
    await nextTurn();
    expect(sizes(inline)).toEqual([64, 6]);
  });

  it('that cannot be had fails the graphs', async () => {
    const inline = (): Promise<Executor> => Promise.reject(new Error('no engine'));
    const { add, ended } = collectorOf({ pool: undefined, inline });
    add('a');
    await nextTurn();
    await nextTurn();
    expect(ended).toEqual([{ kind: 'failed', reason: new Error('no engine') }]);
  });
});

describe('a full pool', () => {
  it('refuses graphs, but for those whose sender waits', async () => {
    const { add, collector, pool, ended, sizes } = collectorOf();
    pool.room = false;
    add('a');
    add('b', 'k', true);
    add('c', 'k', true);
    await nextTurn();
    expect(ended).toEqual([{ kind: 'failed', reason: 'no room' }]);
    expect(collector.size).toBe(2);
    pool.room = true;
    collector.onRoom();
    collector.onRoom();
    await nextTurn();
    expect(sizes(pool)).toEqual([2]);
    expect(pool.tasks[0]?.texts).toEqual(['b', 'c']);
    expect(collector.size).toBe(0);
  });

  it('lets no more be collected in a turn than it could take', async () => {
    const { add, ended, refused, pool, sizes } = collectorOf({ queueMax: 0 });
    for (let index = 0; index < 130; index++) add(`${index}`);
    expect(refused()).toBe(2);
    expect(ended).toHaveLength(2);
    expect(ended[0]).toMatchObject({ reason: { code: 'KNHK_SHAPES_UNAVAILABLE' } });
    await nextTurn();
    expect(sizes(pool)).toEqual([64, 64]);
  });

  it('that closes ends what is collected', async () => {
    const { add, collector, ended, pool } = collectorOf();
    add('a');
    collector.close();
    add('b');
    await nextTurn();
    const closed = { kind: 'failed', reason: { details: { got: 'closed' } } };
    expect(ended).toMatchObject([closed, closed]);
    expect(pool.tasks).toEqual([]);
    expect(collector.size).toBe(0);
  });
});
