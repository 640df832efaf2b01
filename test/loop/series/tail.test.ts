import { describe, expect, it } from 'vitest';
import { Tail } from '../../../src/loop/series/tail.ts';
import { noise } from './series.ts';

/** Samples with the same seed: uniform, exponential, and heavy-tailed with exponent 2. */
const shapes = {
  uniform: (share: number): number => share - 0.5,
  exponential: (share: number): number => -Math.log(1 - share),
  heavy: (share: number): number => (1 - share) ** -0.5,
};

function surprises(shape: (share: number) => number, length: number, scale = 1): number[] {
  const random = noise(41);
  const tail = new Tail();
  return Array.from({ length }, () => tail.add(scale * shape(random())));
}

const beyond = (found: readonly number[], level: number): number =>
  found.filter((surprise) => surprise > level).length;

describe('the surprise of a deviation', () => {
  it('is above 0 for about one record in a hundred, whatever the distribution', () => {
    for (const shape of Object.values(shapes)) {
      const count = beyond(surprises(shape, 50_000).slice(10_000), 0);
      expect(count).toBeGreaterThan(300);
      expect(count).toBeLessThan(500);
    }
  });

  it('is above s for e^-s of these, where the tail is a power law', () => {
    const found = surprises(shapes.heavy, 200_000).slice(10_000);
    const all = beyond(found, 0);
    for (const level of [0.5, 1, 2]) {
      const share = beyond(found, level) / all;
      expect(share / Math.exp(-level)).toBeGreaterThan(0.75);
      expect(share / Math.exp(-level)).toBeLessThan(1.35);
    }
  });

  it('is less in a heavier tail', () => {
    const ofFarOne = (shape: (share: number) => number): number => {
      const random = noise(43);
      const tail = new Tail();
      const values = Array.from({ length: 20_000 }, () => shape(random()));
      for (const value of values) tail.add(value);
      const centre = values.reduce((sum, value) => sum + value, 0) / values.length;
      const deviations = values.map((value) => Math.abs(value - centre)).sort((a, b) => a - b);
      return tail.add(centre + 4 * deviations[19_800]!);
    };
    expect(ofFarOne(shapes.heavy)).toBeLessThan(0.7 * ofFarOne(shapes.exponential));
    expect(ofFarOne(shapes.exponential)).toBeLessThan(0.95 * ofFarOne(shapes.uniform));
  });

  it('is the same at another scale, and 0 at first and for constants', () => {
    expect(surprises(shapes.heavy, 2_000, 2 ** 30)).toEqual(surprises(shapes.heavy, 2_000));
    expect(beyond(surprises(shapes.heavy, 100), 0)).toBe(0);
    expect(
      beyond(
        surprises(() => 7, 500),
        0,
      ),
    ).toBe(0);
  });

  it('is the same wherever the series lies', () => {
    const near = surprises(shapes.heavy, 3_000);
    const far = surprises((share) => 2 ** 20 + shapes.heavy(share), 3_000);
    far.forEach((surprise, index) => {
      expect(surprise).toBeCloseTo(near[index]!, 3);
    });
  });

  it('is numbed by an outlier no more the farther it lies', () => {
    const afterPair = (far: number): number => {
      const tail = new Tail();
      for (let index = 0; index < 4_000; index++) tail.add(index % 2 === 0 ? 1 : -1);
      // One on either side, so that the centre stays.
      tail.add(far);
      tail.add(-far);
      return tail.add(4);
    };
    expect(afterPair(Math.exp(12)) / afterPair(Math.exp(6))).toBeCloseTo(1, 1);
  });

  it('is judged from the first deviation of what was constant on', () => {
    const tail = new Tail();
    for (let index = 0; index < 200; index++) tail.add(7);
    expect(tail.add(8)).toBe(0);
    expect(tail.add(70)).toBeGreaterThan(5);
  });
});
