import { describe, expect, it } from 'vitest';
import {
  completeFigure,
  formatFigures,
  formatValue,
  measure,
  median,
  quantile,
} from '../../bench/harness.ts';

describe('measure', () => {
  /** A clock that only the contestants move, by so many milliseconds in each of their rounds. */
  const timed = (times: Readonly<Record<string, readonly number[]>>) => {
    let time = 0;
    const order: string[] = [];
    const contestants = Object.entries(times).map(([name, ms]) => {
      let round = -1;
      return {
        name,
        run: (iterations: number): number => {
          order.push(name);
          time += round < 0 ? 1_000 : ms[round % ms.length]!;
          round++;
          return iterations;
        },
      };
    });
    return { contestants, order, now: () => time };
  };

  it('gives minimum and median in nanoseconds per operation, without the warm-up', async () => {
    const { contestants, now } = timed({ a: [5, 1, 9, 2, 8, 3, 7, 4, 6], b: [2] });
    expect(await measure({ contestants, iterations: 1_000, now })).toEqual([
      { name: 'a', minNs: 1_000, medianNs: 5_000, checksum: 1_000 },
      { name: 'b', minNs: 2_000, medianNs: 2_000, checksum: 1_000 },
    ]);
  });
  it('interleaves the contestants, each round starting with the next', async () => {
    const { contestants, order, now } = timed({ a: [1], b: [1], c: [1] });
    await measure({ contestants, iterations: 1, now });
    expect(order.join('')).toBe(`abc${'abcbcacab'.repeat(3)}`);
  });
  it('lets a contestant run fewer operations, and refuses none', async () => {
    const { contestants, now } = timed({ a: [10], b: [10] });
    const [a, b] = contestants as [(typeof contestants)[0], (typeof contestants)[0]];
    const mixed = [a, { ...b, iterations: 10 }];
    const measured = await measure({
      ...{ contestants: mixed, iterations: 1_000, checksums: 'differ' },
      now,
    });
    expect(measured.map(({ medianNs, checksum }) => [medianNs, checksum])).toEqual([
      [10_000, 1_000],
      [1_000_000, 10],
    ]);
    const idle = [{ ...a, iterations: 0 }];
    await expect(measure({ contestants: idle, iterations: 1 })).rejects.toThrow('at least one');
  });
  it('waits for contestants that answer later', async () => {
    const run = async (iterations: number): Promise<number> => iterations;
    const [measured] = await measure({ contestants: [{ name: 'a', run }], iterations: 7 });
    expect(measured!.checksum).toBe(7);
  });
  it('refuses contestants that do different work', async () => {
    const contestants = [
      { name: 'a', run: () => 1 },
      { name: 'b', run: () => 2 },
    ];
    await expect(measure({ contestants, iterations: 1 })).rejects.toThrow('a gave 1, b gave 2');
    expect(await measure({ contestants, iterations: 1, checksums: 'differ' })).toHaveLength(2);
  });
  it('refuses a contestant whose work changes between rounds', async () => {
    let calls = 0;
    const contestants = [{ name: 'a', run: () => calls++ }];
    await expect(measure({ contestants, iterations: 1 })).rejects.toThrow('a: 1 in round 0');
  });
  it('refuses too few rounds', async () => {
    await expect(measure({ contestants: [], iterations: 1, rounds: 8 })).rejects.toThrow('9');
  });
});

describe('statistics', () => {
  it('takes the middle, or the mean of the two in the middle', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 10, 2])).toBe(3);
    expect(median([5])).toBe(5);
    expect(() => median([])).toThrow('no values');
  });
  it('takes quantiles by nearest rank and leaves its input alone', () => {
    const values = Array.from({ length: 101 }, (_, index) => 100 - index);
    expect(quantile(values, 0.99)).toBe(99);
    expect(quantile(values, 0)).toBe(0);
    expect(quantile(values, 1)).toBe(100);
    expect(values[0]).toBe(100);
  });
});

describe('figures', () => {
  it('have every member, null where nothing was said', () => {
    const figure = completeFigure('probe', { figure: 'f', value: 1, unit: 'ns' });
    expect(JSON.stringify(figure)).toBe(
      '{"topic":"probe","figure":"f","value":1,"unit":"ns",' +
        '"peer":null,"ratio":null,"goal":null,"met":null}',
    );
  });
  it('are shown as an aligned table', () => {
    const shown = formatFigures([
      completeFigure('decide', { figure: 'one', value: 17.1234, unit: 'ns' }),
      completeFigure('decide', {
        ...{ figure: 'two', value: 1_234.5, unit: 'ns', peer: 'ajv' },
        ...{ ratio: 1.5, goal: '>= 1x', met: true },
      }),
    ]);
    expect(shown.split('\n')).toEqual([
      'topic   figure  value  unit  peer  ratio  goal   met',
      'decide  one     17.12  ns',
      'decide  two      1235  ns    ajv    1.5x  >= 1x  yes',
    ]);
  });
  it('show a handful of digits', () => {
    expect([0.123456, 12.3456, 1_234.567, 3].map(formatValue)).toEqual([
      ...['0.1235', '12.35', '1235', '3'],
    ]);
  });
});
