import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addBuckets, Buckets, type BucketsSample } from '../../src/base/buckets.ts';

const bounds = [-10, 0, 0.25, 1, 100];

function sampleOf(values: readonly number[], within: readonly number[] = bounds): BucketsSample {
  const buckets = new Buckets(within);
  for (const value of values) buckets.record(value);
  return buckets.sample();
}

/** A histogram from its words: a value belongs to the first bound that is not below it. */
function naive(values: readonly number[], within: readonly number[]): BucketsSample {
  const uppers = [...within, Number.POSITIVE_INFINITY];
  const counts = uppers.map((upper, index) => {
    const lower = index === 0 ? Number.NEGATIVE_INFINITY : uppers[index - 1]!;
    return values.filter((value) => value <= upper && (value > lower || index === 0)).length;
  });
  const sampled = {
    bounds: [...within],
    counts,
    count: values.length,
    sum: values.reduce((total, value) => total + value, 0),
  };
  if (values.length === 0) return sampled;
  const sorted = [...values].sort((left, right) => left - right);
  return { ...sampled, min: sorted[0]!, max: sorted.at(-1)! };
}

const ascending = fc
  .uniqueArray(fc.integer({ min: -1_000, max: 1_000 }), { maxLength: 12 })
  .map((items) => items.sort((left, right) => left - right).map((item) => item / 4));
// Whole numbers add up the same in any order, so that sums can be compared exactly; the values
// near a bound are hit often.
const value = fc.oneof(
  fc.integer({ min: -260, max: 260 }),
  fc.constantFrom(-(2 ** 40), 2 ** 40, 0),
  fc.constantFrom(...bounds).map((bound) => bound * 4),
);
const values = fc.array(
  value.map((whole) => whole / 4),
  { maxLength: 40 },
);

describe('buckets', () => {
  it('count as the definition says, whatever is recorded', () => {
    fc.assert(
      fc.property(ascending, values, (within, recorded) => {
        expect(sampleOf(recorded, within)).toEqual(naive(recorded, within));
      }),
    );
  });

  it.each([
    ['below the first bound', -11, 0],
    ['on the first bound', -10, 0],
    ['just above a bound', -9.999, 1],
    ['zero, which is a bound', 0, 1],
    ['minus zero', -0, 1],
    ['the smallest number above zero', Number.MIN_VALUE, 2],
    ['on a bound with a fraction', 0.25, 2],
    ['on the last bound', 100, 4],
    ['above every bound', 100.001, 5],
    ['the greatest number', Number.MAX_VALUE, 5],
    ['infinity', Number.POSITIVE_INFINITY, 5],
    ['minus infinity', Number.NEGATIVE_INFINITY, 0],
  ])('put a value %s in its bucket', (_, recorded, bucket) => {
    const { counts, count, sum, min, max } = sampleOf([recorded]);
    expect(counts).toEqual(counts.map((_count, index) => (index === bucket ? 1 : 0)));
    expect(counts).toHaveLength(bounds.length + 1);
    expect([count, sum + 0, min, max]).toEqual([1, recorded + 0, recorded, recorded]);
  });

  it('without a value have neither smallest nor largest', () => {
    const empty = sampleOf([]);
    expect(empty).toEqual({ bounds, counts: [0, 0, 0, 0, 0, 0], count: 0, sum: 0 });
    expect([Object.hasOwn(empty, 'min'), Object.hasOwn(empty, 'max')]).toEqual([false, false]);
  });

  it('without a bound have one bucket', () => {
    expect(sampleOf([-1, 5], [])).toEqual({
      ...{ bounds: [], counts: [2], count: 2 },
      ...{ sum: 4, min: -1, max: 5 },
    });
  });

  it('give a sample that later records do not change', () => {
    const buckets = new Buckets(bounds);
    buckets.record(3);
    const before = buckets.sample();
    const copy = structuredClone(before);
    buckets.record(4);
    expect(before).toEqual(copy);
    (before.counts as number[])[0] = 99;
    (before.bounds as number[])[0] = 99;
    expect(buckets.sample()).toEqual(sampleOf([3, 4]));
  });
});

describe('two histograms as one', () => {
  it('hold what both recorded', () => {
    fc.assert(
      fc.property(values, values, (left, right) => {
        const together = addBuckets(sampleOf(left), sampleOf(right));
        expect(together).toEqual(sampleOf([...left, ...right]));
      }),
    );
  });

  it('do not depend on order or grouping', () => {
    fc.assert(
      fc.property(values, values, values, (left, middle, right) => {
        const [a, b, c] = [sampleOf(left), sampleOf(middle), sampleOf(right)];
        expect(addBuckets(a, b)).toEqual(addBuckets(b, a));
        expect(addBuckets(addBuckets(a, b), c)).toEqual(addBuckets(a, addBuckets(b, c)));
      }),
    );
  });

  it('are the one that is not empty, and no input is changed', () => {
    fc.assert(
      fc.property(values, values, (left, right) => {
        const [a, b, empty] = [sampleOf(left), sampleOf(right), sampleOf([])];
        const before = structuredClone([a, b]);
        expect([addBuckets(a, empty), addBuckets(empty, a)]).toEqual([a, a]);
        addBuckets(a, b);
        expect([a, b]).toEqual(before);
      }),
    );
    expect(addBuckets(sampleOf([]), sampleOf([]))).toEqual(sampleOf([]));
  });
});
