import { describe, expect, it } from 'vitest';
import { type HookUseOptions, hookUseDetector } from '../../../src/loop/detectors/hook-use.ts';
import type { Pattern } from '../../../src/loop/types.ts';
import { catalogueOf } from '../../../src/rules/catalogue.ts';
import type { RulesDocument } from '../../../src/rules/document.ts';
import { viewOf } from '../support/view.ts';
import { Reading, rules } from '../support.ts';

const { document } = catalogueOf({ observations: [Reading], rules });

interface Given {
  readonly perCycle?: number;
  readonly cycle?: number;
  readonly options?: HookUseOptions;
  readonly rules?: RulesDocument;
}

/** Patterns of `raise` after closed cycles in which it fired so often, and the open one. */
function find(fired: readonly number[], given: Given = {}): readonly Pattern[] {
  const { perCycle = 300, cycle = fired.length, options } = given;
  const history = fired.slice(0, -1).map((count) => ({ fired: count, observed: perCycle }));
  const others = history.map(() => ({ fired: 1, observed: perCycle }));
  const view = viewOf({
    document: given.rules ?? document,
    cycle,
    open: {
      observed: { 'reading.taken': perCycle },
      fired: { raise: fired.at(-1)!, 'note-size': 1, stop: 1 },
      seqs: [0, 0],
    },
    samples: () => [7, 8],
    history: (hook) => (hook === 'raise' ? history : others),
  });
  return hookUseDetector(options).detect(view);
}

const same = (count: number, fired: number): number[] => Array.from({ length: count }, () => fired);

describe('the detector of hooks that never or always fire', () => {
  it.each([
    ['hook-never', 0],
    ['hook-always', 300],
  ] as const)('finds %s once there is evidence', (kind, fired) => {
    const [pattern, ...more] = find(same(5, fired));
    expect(more).toEqual([]);
    expect(pattern).toMatchObject({
      ...{ detector: 'hook-use', kind, subject: 'raise', recommend: 'propose', seqs: [7, 8] },
      evidence: { fired: 5 * fired, observed: 1_500, historyCycles: 4, share: 0.005 },
    });
    // A hook that fires on 0.5 % would be silent so long with this probability.
    expect(pattern!.confidence).toBeCloseTo(1 - 0.995 ** 1_500, 5);
    expect(pattern!.direction).toBeUndefined();
  });

  it('finds nothing where a single one differs, in the history or in the open cycle', () => {
    expect(find([0, 0, 1, 0, 0])).toEqual([]);
    expect(find([0, 0, 0, 0, 1])).toEqual([]);
    expect(find([300, 300, 299, 300, 300])).toEqual([]);
    expect(find([300, 300, 300, 300, 299])).toEqual([]);
    expect(find([300, 300, 300, 300, 0])).toEqual([]);
  });

  it('asks for observations and cycles as given', () => {
    expect(find(same(4, 0))).toEqual([]);
    expect(find(same(4, 0), { options: { cyclesMin: 3 } })).toHaveLength(1);
    expect(find(same(5, 0), { perCycle: 199 })).toEqual([]);
    expect(find(same(5, 0), { perCycle: 200 })).toHaveLength(1);
    expect(find(same(5, 0), { options: { observedMin: 1_501 } })).toEqual([]);
    expect(find(same(5, 0), { options: { recommend: 'alert' } })[0]!.recommend).toBe('alert');
  });

  it('says it again when the evidence has doubled, then every 64 cycles', () => {
    const told = (perCycle: number): number[] =>
      Array.from({ length: 63 }, (_, index) => index + 1).filter(
        (cycles) => find(same(cycles, 0), { perCycle }).length > 0,
      );
    // 1,000, 2,000, 4,000 ... observations; the fifth cycle is the first that may say so.
    expect(told(250)).toEqual([5, 8, 16, 32]);
    expect(told(10_000)).toEqual([5, 7, 13, 26, 52]);
    const full = (cycle: number): number => find(same(65, 0), { cycle }).length;
    expect([full(127), full(128), full(129)]).toEqual([0, 1, 0]);
  });

  it('leaves alone what is off, was not asked, or has no conditions', () => {
    expect(find(same(5, 0), { rules: { ...document, switches: ['raise'] } })).toEqual([]);
    expect(find(same(5, 0), { perCycle: 0 })).toEqual([]);
    const hooks = document.hooks.map((hook) => ({ ...hook, when: [] }));
    expect(find(same(5, 300), { rules: { ...document, hooks } })).toEqual([]);
    expect(find(same(5, 0), { rules: { ...document, hooks } })).toHaveLength(1);
  });

  it('stops at the most patterns of a cycle', () => {
    const hooks = document.hooks.map((hook) => ({ ...hook, name: 'raise' }));
    const find3 = (patternsMax: number): number =>
      find(same(5, 0), { rules: { ...document, hooks }, options: { patternsMax } }).length;
    expect([find3(2), find3(3), find3(4)]).toEqual([2, 3, 3]);
  });
});
