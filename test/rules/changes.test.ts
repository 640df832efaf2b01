import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { action } from '../../src/rules/actions.ts';
import { catalogueOf, type Rule } from '../../src/rules/catalogue.ts';
import {
  applyChange,
  type Change,
  carryOver,
  changeName,
  changesBetween,
  inverseOf,
} from '../../src/rules/changes.ts';
import { type RulesDocument, rulesHash } from '../../src/rules/document.ts';
import { allow, defineGuard } from '../../src/rules/guards.ts';
import { defineHook, type Hook } from '../../src/rules/hooks.ts';
import { defineParameter } from '../../src/rules/parameters.ts';
import { linkSnapshot } from '../../src/rules/snapshot.ts';
import { type ConditionDraft, gte, lt, param } from '../../src/terms/conditions.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { runs } from '../support/effort.ts';
import { codeOf } from '../support/errors.ts';
import { Order } from '../support/ops.ts';

const observations = [Order as unknown as Observation];

const template = (name: string, when: readonly ConditionDraft[] = [], priority = 0): Hook =>
  defineHook({
    name,
    on: Order,
    when,
    priority,
    act: { type: 'ship', target: { field: 'customer' } },
  });
const coded = (name: string, version = '1', when: readonly ConditionDraft[] = []): Hook =>
  defineHook({ name, version, on: Order, when, run: () => [action('ship', { target: 'x' })] });
const most = (value = 10, max = 20): Rule =>
  defineParameter({ name: 'most', kind: 'integer', value, min: 0, max });
const guard = (version = '1'): Rule =>
  defineGuard({ name: 'guard', on: 'ship', version, check: () => allow() });

const baseRules = [
  most(),
  template('t-one'),
  template('t-two', [gte('amount', param('most'))], 5),
  coded('coded'),
  guard(),
];
const documentOf = (rules: readonly Rule[]): RulesDocument =>
  catalogueOf({ observations, rules }).document;
const base = documentOf(baseRules);

const whens = [[], [gte('amount', 5)], [lt('amount', 3), gte('amount', 1)]].map(
  (when) => documentOf([template('x', when)]).hooks[0]!.when,
);
// The last one takes a name that is free only after a removal.
const newHooks = ['n-one', 'n-two', 't-one'].map((name, index) => {
  const { hash: _, ...body } = documentOf([template(name, [gte('amount', index)], index + 7)])
    .hooks[0]!;
  return body;
});

/** Any change; whether it fits depends on what came before it. */
const change: fc.Arbitrary<Change> = fc.oneof(
  fc
    .integer({ min: -2, max: 22 })
    .map((value): Change => ({ kind: 'parameter', name: 'most', value })),
  fc
    .tuple(fc.constantFrom('t-one', 't-two', 'coded', 'guard', 'n-one'), fc.boolean())
    .map(([name, enabled]): Change => ({ kind: 'switch', name, enabled })),
  fc
    .tuple(fc.constantFrom('t-one', 't-two', 'coded', 'n-one'), fc.constantFrom(...whens))
    .map(([hook, when]): Change => ({ kind: 'conditions', hook, when })),
  fc.constantFrom(...newHooks).map((hook): Change => ({ kind: 'add-hook', hook })),
  fc
    .constantFrom('t-one', 't-two', 'coded', 'n-one')
    .map((hook): Change => ({ kind: 'remove-hook', hook })),
  fc
    .constantFrom('a'.repeat(64), 'b'.repeat(64), null)
    .map((shapes): Change => ({ kind: 'shapes', shapes })),
);

function applied(document: RulesDocument, item: Change): RulesDocument | undefined {
  try {
    return applyChange(document, item);
  } catch {
    return undefined;
  }
}

test('every change that fits is taken back exactly by its inverse, from wherever it starts', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 12 }), (changes) => {
      let document = base;
      for (const item of changes) {
        const next = applied(document, item);
        if (next === undefined) continue;
        const inverse = inverseOf(document, item);
        expect(rulesHash(applyChange(next, inverse))).toBe(rulesHash(document));
        // What was taken back can be done again.
        expect(rulesHash(applyChange(applyChange(next, inverse), item))).toBe(rulesHash(next));
        seen.set(item.kind, (seen.get(item.kind) ?? 0) + 1);
        document = next;
      }
      expect(rulesHash(documentOf(baseRules))).toBe(rulesHash(base));
    }),
    { numRuns: runs(600) },
  );
  expect(seen.size).toBe(6);
  for (const count of seen.values()) expect(count).toBeGreaterThan(runs(100));
});

test('taking back the removal of a hook that was switched off leaves it off', () => {
  const off = applyChange(base, { kind: 'switch', name: 't-one', enabled: false });
  const removal: Change = { kind: 'remove-hook', hook: 't-one' };
  const restored = applyChange(applyChange(off, removal), inverseOf(off, removal));
  expect(restored.switches).toEqual(['t-one']);
  expect(rulesHash(restored)).toBe(rulesHash(off));
});

test('the changes between two documents lead from one to the other', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
      const end = changes.reduce((document, item) => applied(document, item) ?? document, base);
      const between = changesBetween(base, end);
      const walked = between.reduce((document, item) => applyChange(document, item), base);
      expect(rulesHash(walked)).toBe(rulesHash(end));
      expect(changesBetween(end, end)).toEqual([]);
    }),
    { numRuns: runs(400) },
  );
});

test('documents do not depend on the order in which rules are given', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(baseRules, { minLength: baseRules.length }), (rules) => {
      expect(rulesHash(documentOf(rules))).toBe(rulesHash(base));
    }),
  );
});

describe('changes that do not fit', () => {
  const { hash: _, ...codedBody } = base.hooks.find(({ name }) => name === 'coded')!;
  test.each<[string, Change]>([
    ['an unknown parameter', { kind: 'parameter', name: 'no', value: 1 }],
    ['an inherited parameter', { kind: 'parameter', name: 'valueOf', value: 1 }],
    ['a value above the range', { kind: 'parameter', name: 'most', value: 21 }],
    ['a value below the range', { kind: 'parameter', name: 'most', value: -1 }],
    ['a value of another kind', { kind: 'parameter', name: 'most', value: 1.5 }],
    ['a text', { kind: 'parameter', name: 'most', value: '5' }],
    ['a switch of nothing', { kind: 'switch', name: 'no', enabled: false }],
    ['a switch that is no boolean', { kind: 'switch', name: 'coded', enabled: 0 as never }],
    ['conditions of no hook', { kind: 'conditions', hook: 'no', when: [] }],
    ['conditions of a guard', { kind: 'conditions', hook: 'guard', when: [] }],
    ['a hook that is there', { kind: 'add-hook', hook: { ...newHooks[0]!, name: 't-one' } }],
    ['a hook with code', { kind: 'add-hook', hook: { ...codedBody, name: 'fresh' } }],
    [
      'a template that claims code',
      { kind: 'add-hook', hook: { ...newHooks[0]!, code: 'version:1' } },
    ],
    ['removing code', { kind: 'remove-hook', hook: 'coded' }],
    ['removing nothing', { kind: 'remove-hook', hook: 'no' }],
    ['an unknown kind', { kind: 'code', name: 'x' } as never],
  ])('%s', async (_name, item) => {
    const before = rulesHash(base);
    expect(await codeOf(() => applyChange(base, item))).toBe('KNHK_RULES_CHANGE');
    expect(rulesHash(base)).toBe(before);
  });
});

describe('what a new catalogue keeps of promoted changes', () => {
  const off = (name: string): Change => ({ kind: 'switch', name, enabled: false });
  const to = (value: number): Change => ({ kind: 'parameter', name: 'most', value });
  const when = whens[1]!;
  const conditions = (hook: string): Change => ({ kind: 'conditions', hook, when });
  const without = (name: string): Rule[] =>
    baseRules.filter((rule) => !('name' in rule) || rule.name !== name);
  const replaced = (rule: Rule): Rule[] => [
    ...without((rule as { readonly name: string }).name),
    rule,
  ];

  type Row = readonly [string, readonly Change[], readonly Rule[], readonly string[]];
  test.each<Row>([
    ['nothing promoted', [], [...baseRules, template('more')], []],
    ['a value, same catalogue', [to(15)], baseRules, []],
    ['a value, other rules changed', [to(15)], replaced(coded('coded', '2')), []],
    ['a value, parameter changed', [to(15)], replaced(most(11)), ['parameter most changed']],
    ['a value, range narrowed', [to(15)], replaced(most(10, 12)), ['parameter most changed']],
    ['a value, parameter gone', [to(15)], [template('t-one')], ['parameter most removed']],
    ['a switch', [off('coded')], baseRules, []],
    [
      'a switch, code changed',
      [off('coded')],
      replaced(coded('coded', '2')),
      ['switch coded changed'],
    ],
    ['a switch, hook gone', [off('coded')], without('coded'), ['switch coded removed']],
    [
      'a switch of a guard, guard changed',
      [off('guard')],
      replaced(guard('2')),
      ['switch guard changed'],
    ],
    ['conditions', [conditions('coded')], baseRules, []],
    [
      'conditions, changed in the catalogue too',
      [conditions('coded')],
      replaced(coded('coded', '1', [lt('amount', 2)])),
      ['conditions coded changed'],
    ],
    [
      'conditions, hook gone',
      [conditions('coded')],
      without('coded'),
      ['conditions coded removed'],
    ],
    ['an added hook', [{ kind: 'add-hook', hook: newHooks[0]! }], baseRules, []],
    [
      'an added hook whose name the catalogue now takes',
      [{ kind: 'add-hook', hook: newHooks[0]! }],
      [...baseRules, template('n-one')],
      ['add-hook n-one changed'],
    ],
    [
      'an added hook, switched off',
      [{ kind: 'add-hook', hook: newHooks[0]! }, off('n-one')],
      baseRules,
      [],
    ],
    ['a removed hook', [{ kind: 'remove-hook', hook: 't-one' }], baseRules, []],
    [
      'a removed hook that changed',
      [{ kind: 'remove-hook', hook: 't-one' }],
      replaced(template('t-one', [gte('amount', 1)])),
      ['remove-hook t-one changed'],
    ],
  ])('%s', (_name, promoted, rules, lost) => {
    const current = promoted.reduce(applyChange, base);
    const catalogue = catalogueOf({ observations, rules });
    const check = (candidate: RulesDocument): void =>
      void linkSnapshot(candidate, catalogue, { parent: null, version: 2 });
    const { document, dropped } = carryOver(base, current, catalogue.document, check);
    expect(dropped.map(({ kind, name, reason }) => `${kind} ${name} ${reason}`)).toEqual(lost);
    const gone = new Set(dropped.map(({ kind, name }) => `${kind} ${name}`));
    const kept = promoted.filter((item) => !gone.has(`${item.kind} ${changeName(item)}`));
    expect(rulesHash(document)).toBe(rulesHash(kept.reduce(applyChange, catalogue.document)));
  });

  test('a kept condition that reads what is no longer declared is dropped', () => {
    const reading = documentOf([most(), coded('coded', '1', [gte('amount', param('most'))])]);
    const promotedWhen = reading.hooks[0]!.when;
    const current = applyChange(base, { kind: 'conditions', hook: 'coded', when: promotedWhen });
    const catalogue = catalogueOf({ observations, rules: [coded('coded')] });
    const check = (candidate: RulesDocument): void =>
      void linkSnapshot(candidate, catalogue, { parent: null, version: 2 });
    const { document, dropped } = carryOver(base, current, catalogue.document, check);
    expect(dropped).toEqual([{ kind: 'conditions', name: 'coded', reason: 'does-not-fit' }]);
    expect(rulesHash(document)).toBe(rulesHash(catalogue.document));
  });
});
