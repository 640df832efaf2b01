import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeavyHitters } from '../../../src/loop/monitor/heavy-hitters.ts';
import { textHash } from '../../../src/loop/monitor/text-hash.ts';
import { runs } from '../../support/effort.ts';

function hittersOf(texts: readonly string[], capacity?: number): HeavyHitters {
  const hitters = new HeavyHitters(capacity);
  for (const text of texts) hitters.add(text);
  return hitters;
}

/** Texts of which some come far more often than others. */
const skewed = fc.array(
  fc.nat(60).map((n) => `t${Math.floor(Math.sqrt(n)) * (n % 3 === 0 ? 1 : n)}`),
  { maxLength: 400 },
);
const capacities = fc.integer({ min: 1, max: 12 });

/** What Space-Saving promises of counts, whatever came. */
function expectGuarantees(hitters: HeavyHitters, texts: readonly string[], capacity: number): void {
  const exact = new Map<string, number>();
  for (const text of texts) exact.set(textHash(text), (exact.get(textHash(text)) ?? 0) + 1);
  const top = hitters.top();
  expect(hitters.total).toBe(texts.length);
  expect(top.length).toBe(Math.min(capacity, exact.size));
  for (const { hash, count, error } of top) {
    const times = exact.get(hash) ?? 0;
    expect(count).toBeGreaterThanOrEqual(times);
    expect(count - error).toBeLessThanOrEqual(times);
    expect(error).toBeLessThanOrEqual(texts.length / capacity);
  }
  const held = new Set(top.map(({ hash }) => hash));
  for (const [hash, times] of exact) {
    if (times > texts.length / capacity) expect(held.has(hash)).toBe(true);
  }
  const counts = top.map(({ count }) => count);
  expect(counts).toEqual([...counts].sort((one, two) => two - one));
}

describe('HeavyHitters', () => {
  it('holds what comes often, with counts that are never too low', () => {
    fc.assert(
      fc.property(skewed, capacities, (texts, capacity) => {
        expectGuarantees(hittersOf(texts, capacity), texts, capacity);
      }),
      { numRuns: runs(300) },
    );
  });

  it('keeps its promise when merged, and is the same from either side', () => {
    fc.assert(
      fc.property(skewed, skewed, capacities, (one, two, capacity) => {
        const merged = hittersOf(one, capacity);
        merged.merge(hittersOf(two, capacity));
        const all = [...one, ...two];
        const exact = new Set(all);
        for (const { hash, count, error } of merged.top()) {
          const times = all.filter((text) => textHash(text) === hash).length;
          expect(count).toBeGreaterThanOrEqual(times);
          expect(count - error).toBeLessThanOrEqual(times);
          expect(error).toBeLessThanOrEqual(all.length / capacity);
        }
        for (const text of exact) {
          const times = all.filter((each) => each === text).length;
          if (times <= all.length / capacity) continue;
          expect(merged.top().some(({ hash }) => hash === textHash(text))).toBe(true);
        }
        const other = hittersOf(two, capacity);
        other.merge(hittersOf(one, capacity));
        expect(JSON.stringify(other)).toBe(JSON.stringify(merged));
      }),
      { numRuns: runs(200) },
    );
  });

  it('goes on from its state', () => {
    fc.assert(
      fc.property(skewed, skewed, capacities, (before, after, capacity) => {
        const live = hittersOf(before, capacity);
        const read = HeavyHitters.from(JSON.parse(JSON.stringify(live)));
        for (const text of after) {
          live.add(text);
          read.add(text);
        }
        expect(JSON.stringify(read)).toBe(JSON.stringify(live));
      }),
      { numRuns: runs(200) },
    );
  });

  it('takes no more memory for a million different texts', () => {
    const hitters = new HeavyHitters(16);
    for (let n = 0; n < 100_000; n++) hitters.add(`other-${n}`);
    expect(hitters.top()).toHaveLength(16);
    expect(JSON.stringify(hitters).length).toBeLessThan(1_000);
  });

  it('refuses other capacities and damaged states', () => {
    for (const capacity of [0, 1_025, 2.5]) {
      expect(() => new HeavyHitters(capacity)).toThrow('KNHK_LOOP_OPTION');
    }
    expect(() => new HeavyHitters(2).merge(new HeavyHitters(3))).toThrow('KNHK_LOOP_OPTION');
    const saved = hittersOf(['a', 'b'], 2).toJSON();
    expect(() => HeavyHitters.from({ ...saved, capacity: 1 })).toThrow('KNHK_LOOP_STATE');
  });
});
