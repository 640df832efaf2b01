import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parameterPlanner } from '../../../src/loop/planners/parameter.ts';
import type { Pattern, Plan } from '../../../src/loop/types.ts';
import type { MonitorView } from '../../../src/loop/view.ts';
import { catalogueOf } from '../../../src/rules/catalogue.ts';
import type { RulesDocument } from '../../../src/rules/document.ts';
import {
  defineHook,
  defineParameter,
  type ParameterDeclaration,
} from '../../../src/rules/index.ts';
import { gt, gte, lengthOf, lt, lte, param } from '../../../src/terms/index.ts';
import { nameConditions } from '../../../src/terms/resolve.ts';
import { viewOf as stubOf } from '../support/view.ts';
import { Reading } from '../support.ts';

const operators = { gte, gt, lte, lt } as const;
type Operator = keyof typeof operators;

/** Rules of one hook that compares the level with a parameter. */
function rulesOf(
  op: Operator,
  value: number,
  [min, max]: readonly [number, number],
  more: Partial<ParameterDeclaration> = {},
): RulesDocument {
  const declaration = { name: 'bound', kind: 'integer', value, min, max, ...more } as const;
  const hook = defineHook({
    name: 'raise',
    on: Reading,
    when: [gte('size', 0), operators[op]('level', param('bound'))],
    act: { type: 'bell.ring', target: { field: 'sensor' } },
  });
  const rules = [defineParameter(declaration), hook];
  return catalogueOf({ observations: [Reading], rules }).document;
}

const viewOf = (document: RulesDocument, levels: readonly number[]): MonitorView => {
  const recent = (type: string, field: string): readonly number[] =>
    type === 'reading.taken' && field === 'level' ? levels : [];
  return stubOf({ document, recent });
};

const patternOf = (rate: number, historyRate: number): Pattern => ({
  detector: 'hook-rate',
  kind: 'hook-rate',
  subject: 'raise',
  direction: rate > historyRate ? 'more' : 'less',
  confidence: 1,
  evidence: { rate, historyRate },
  seqs: [],
  recommend: 'propose',
});

const holds: Readonly<Record<Operator, (level: number, bound: number) => boolean>> = {
  gte: (level, bound) => level >= bound,
  gt: (level, bound) => level > bound,
  lte: (level, bound) => level <= bound,
  lt: (level, bound) => level < bound,
};

/** The definition: of all values in range the one whose rate is nearest, then the nearest one. */
function nearest(
  op: Operator,
  now: number,
  [min, max]: readonly [number, number],
  levels: readonly number[],
  pattern: Pattern,
): number {
  const shareAt = (bound: number): number =>
    levels.filter((level) => holds[op](level, bound)).length / levels.length;
  const { rate, historyRate } = pattern.evidence as { rate: number; historyRate: number };
  const wanted = historyRate / (shareAt(now) === 0 ? 1 : rate / shareAt(now));
  let best = now;
  for (let value = min; value <= max; value++) {
    const error = Math.abs(shareAt(value) - wanted);
    const bestError = Math.abs(shareAt(best) - wanted);
    const nearer = Math.abs(value - now) < Math.abs(best - now);
    if (error < bestError || (error === bestError && nearer)) best = value;
  }
  return best;
}

const planned = (plan: Plan | undefined): unknown =>
  plan?.change.kind === 'parameter' ? plan.change.value : undefined;

const context = { signal: new AbortController().signal };
/** What the planner answers, which is never a promise. */
const ask = (pattern: Pattern, view: MonitorView): Plan | undefined =>
  parameterPlanner().plan(pattern, view, context) as Plan | undefined;

const percents = Array.from({ length: 100 }, (_, index) => index);

describe('the parameter planner', () => {
  const plan = (document: RulesDocument, rate: number, historyRate: number, levels = percents) =>
    ask(patternOf(rate, historyRate), viewOf(document, levels));

  it.each([
    ['gte', 50, 75],
    ['gt', 50, 75],
    ['lt', 50, 25],
    ['lte', 50, 25],
  ] as const)('moves a %s bound so that half as much fires', (op, value, wanted) => {
    const now = percents.filter((level) => holds[op](level, value)).length / 100;
    const result = planned(plan(rulesOf(op, value, [0, 100]), now, now / 2)) as number;
    expect(Math.abs(result - wanted)).toBeLessThanOrEqual(1);
  });

  it('stays between min and max', () => {
    expect(planned(plan(rulesOf('gte', 50, [40, 60]), 0.5, 0.01))).toBe(60);
    expect(planned(plan(rulesOf('gte', 50, [40, 60]), 0.5, 0.99))).toBe(40);
  });

  it('takes the other conditions of the hook as independent of this one', () => {
    // Half of what is at least 50 fires, so that a rate of 0.2 wants a share of 0.4.
    expect(planned(plan(rulesOf('gte', 50, [0, 100]), 0.25, 0.2))).toBe(60);
  });

  it('has no plan where nothing is better', () => {
    expect(plan(rulesOf('gte', 50, [0, 100]), 0.5, 0.5)).toBeUndefined();
    expect(plan(rulesOf('gte', 50, [50, 50]), 0.5, 0.1)).toBeUndefined();
    // All levels are equal: every value up to there gives the same rate, none gives half.
    const equal = percents.map(() => 70);
    expect(plan(rulesOf('gte', 50, [0, 70]), 1, 0.5, equal)).toBeUndefined();
  });

  it('has no plan without values, or for another kind of pattern or hook', () => {
    const document = rulesOf('gte', 50, [0, 100]);
    expect(plan(document, 0.5, 0.1, [])).toBeUndefined();
    const view = viewOf(document, percents);
    const pattern = patternOf(0.5, 0.1);
    expect(ask({ ...pattern, kind: 'other' }, view)).toBeUndefined();
    expect(ask({ ...pattern, subject: 'none' }, view)).toBeUndefined();
  });

  it('leaves parameters alone that are protected, of another kind, or without a range', () => {
    const range = [0, 100] as const;
    expect(plan(rulesOf('gte', 50, range, { protected: true }), 0.5, 0.1)).toBeUndefined();
    expect(plan(rulesOf('gte', 50, range, { kind: 'number' }), 0.5, 0.1)).toBeUndefined();
    const { min: _min, ...open } = rulesOf('gte', 50, range).parameters['bound']!;
    const document = { ...rulesOf('gte', 50, range), parameters: { bound: open } };
    expect(plan(document, 0.5, 0.1)).toBeUndefined();
  });

  it('leaves bounds of lengths alone: the monitor keeps values of fields alone', () => {
    const bound = gte(lengthOf('level'), param('bound'));
    const document = rulesOf('gte', 50, [0, 100]);
    const [hook] = document.hooks;
    const when = nameConditions([bound], { where: 'hook raise', bare: 'field' });
    const measured = { ...document, hooks: [{ ...hook!, when }] };
    expect(plan(document, 0.5, 0.25)).toBeDefined();
    expect(plan(measured, 0.5, 0.25)).toBeUndefined();
  });

  it('finds the value in a range of any width', () => {
    const levels = percents.map((percent) => 10_000 * percent);
    const document = rulesOf('gte', 500_000, [0, 1_000_000]);
    expect(planned(plan(document, 0.5, 0.25, levels))).toBe(740_001);
    expect(plan(document, 0.5, 0.5, levels)).toBeUndefined();
  });

  it('picks the value of the definition', () => {
    const range = fc
      .tuple(fc.integer({ min: -30, max: 30 }), fc.nat({ max: 40 }))
      .chain(([min, width]) =>
        fc.record({
          range: fc.constant([min, min + width] as const),
          value: fc.integer({ min, max: min + width }),
        }),
      );
    const rates = fc.double({ min: 0, max: 1, noNaN: true });
    const ops = fc.constantFrom<Operator>('gte', 'gt', 'lte', 'lt');
    const levels = fc.array(fc.integer({ min: -40, max: 80 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(ops, range, levels, rates, rates, (op, bounds, values, rate, historyRate) => {
        const document = rulesOf(op, bounds.value, bounds.range);
        const pattern = patternOf(rate, historyRate);
        const got = planned(ask(pattern, viewOf(document, values)));
        const want = nearest(op, bounds.value, bounds.range, values, pattern);
        expect(got).toBe(want === bounds.value ? undefined : want);
      }),
      { seed: 11, numRuns: 500 },
    );
  });
});
