import { describe, expect, it } from 'vitest';
import { Range } from '../../../src/loop/series/range.ts';
import { noise } from './series.ts';

/** A range after this many values, from 0 to 10 in turn. */
function known(count: number, range = new Range()): Range {
  for (let index = 0; index < count; index++) range.add(index % 11);
  return range;
}

describe('the excess', () => {
  it('is counted in widths of the range, on either side', () => {
    expect(known(1_000).add(10)).toBe(0);
    expect(known(1_000).add(0)).toBe(0);
    expect(known(1_000).add(11)).toBe(0.1);
    expect(known(1_000).add(-3)).toBe(0.3);
    expect(known(1_000).add(1e300)).toBe(2);
  });

  it('counts from the hundredth value on, wholly from the thousandth', () => {
    expect(known(99).add(20)).toBe(0);
    expect(known(100).add(20)).toBeCloseTo(0.1, 12);
    expect(known(550).add(-10)).toBeCloseTo(0.55, 12);
    expect(known(5_000).add(20)).toBe(1);
  });

  it('widens the range', () => {
    const range = known(1_000);
    range.add(15);
    expect(range.add(15)).toBe(0);
    expect(range.add(18)).toBeCloseTo(0.2, 12);
  });

  it('is the largest where all values were equal', () => {
    const range = new Range();
    for (let index = 0; index < 1_000; index++) expect(range.add(4)).toBe(0);
    expect(range.add(4.000_001)).toBe(2);
  });
});

describe('a value drawn in', () => {
  it('lies two widths beyond the range at most', () => {
    const range = known(200);
    expect([3, 29, 30, 31, 1e300].map((value) => range.drawnIn(value))).toEqual([
      3, 29, 30, 30, 30,
    ]);
    expect([-19, -20, -21].map((value) => range.drawnIn(value))).toEqual([-19, -20, -20]);
    expect(known(99).drawnIn(1_000)).toBe(1_000);
    const flat = new Range();
    for (let index = 0; index < 200; index++) flat.add(4);
    expect(flat.drawnIn(1_000)).toBe(1_000);
  });
});

describe('an extreme', () => {
  it('is forgotten with the block after its own', () => {
    const again = (before: number, values: number): number => {
      const range = known(before);
      range.add(20);
      known(values, range);
      return range.add(20);
    };
    // Blocks end with the 4,096th and the 8,192nd value.
    expect(again(1_000, 8_192 - 1_001 - 1)).toBe(0);
    expect(again(1_000, 8_192 - 1_001)).toBe(1);
    // The value that ends a block is the first of the next one too.
    expect(again(4_095, 8_191)).toBe(0);
    expect(again(4_095, 8_192)).toBe(1);
    expect(again(4_096, 8_190)).toBe(0);
    expect(again(4_096, 8_191)).toBe(1);
  });

  it('is that of the last 4,096 values at least and of the last 8,192 at most', () => {
    const random = noise(23);
    const values = Array.from({ length: 20_000 }, () => random() ** 3);
    const range = new Range();
    values.forEach((value, index) => {
      const excess = range.add(value);
      if (index < 1_000) return;
      const beyond = (count: number): boolean => {
        const recent = values.slice(Math.max(0, index - count), index);
        return value > Math.max(...recent) || value < Math.min(...recent);
      };
      if (excess > 0) expect(beyond(4_096)).toBe(true);
      else if (index % 16 === 0) expect(beyond(8_192)).toBe(false);
    });
  });
});
