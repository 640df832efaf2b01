import { describe, expect, test } from 'vitest';
import { hashOf } from '../../src/base/canonical.ts';
import { action, defineAction } from '../../src/rules/actions.ts';
import { type Catalogue, type CatalogueOptions, catalogueOf } from '../../src/rules/catalogue.ts';
import { applyChange } from '../../src/rules/changes.ts';
import {
  allow,
  deny,
  type GuardInput,
  readAnswer,
  requiresApproval,
} from '../../src/rules/guards.ts';
import { linkSnapshot, missingCode, type Snapshot } from '../../src/rules/snapshot.ts';
import { absent, eq, exceeds, gt, isIn, present } from '../../src/terms/conditions.ts';
import { boolean, integer, optional } from '../../src/terms/fields.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { always, evaluateOrder, linked, Order, order, stateOf } from '../support/ops.ts';
import { budget, guard, hook, window } from './makers.ts';
import { broken, refusing } from './zoo.ts';

const Ship = defineAction('ship', {
  fields: { amount: optional(integer()), fast: optional(boolean()) },
});
const shipping = (...data: object[]) =>
  always(() => data.map((more) => action('ship', { target: 'ann', ...more })));
const catalogue = (rules: CatalogueOptions['rules']): Catalogue =>
  catalogueOf({ observations: [Order as unknown as Observation], rules });
const at = { parent: null, version: 1 };

describe('a declared guard', () => {
  const check = () => allow();

  test('is all of this, frozen', () => {
    expect(guard({ on: ['ship', 'note', 'ship'], deny: [gt('amount', 5)] })).toEqual({
      kind: 'guard',
      name: 'g',
      on: ['note', 'ship'],
      mode: 'deny',
      when: [{ op: 'gt', left: { action: 'amount' }, right: { value: 5 } }],
      code: 'g',
      protected: false,
      hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    const asking = guard({
      deny: undefined,
      requireApproval: [],
      code: 'A-z_0.9',
      protected: true,
    });
    expect(asking).toMatchObject({ mode: 'requires-approval', code: 'A-z_0.9', protected: true });
    const checking = guard({ deny: undefined, check, version: '7', on: '*' });
    expect(checking).toMatchObject({ mode: 'check', code: 'version:7', on: '*', when: [], check });
    expect(guard()).not.toHaveProperty('check');
    expect([guard(), checking, guard().on].every(Object.isFrozen)).toBe(true);
  });

  test('has the hash of FORMATS', () => {
    const { name, on, mode, when, code } = guard({ deny: [gt('amount', 5)] });
    const body = { name, on, mode, when, code, protected: true };
    expect(guard({ deny: [gt('amount', 5)], protected: true }).hash).toBe(hashOf('guard', body));
  });

  test('is not protected by anything but true', () => {
    expect(guard({ protected: 1 }).protected).toBe(false);
  });

  test('takes a code of 64 characters', () => {
    expect(guard({ code: 'x'.repeat(64) }).code).toBe('x'.repeat(64));
  });

  test('answers are plain values', () => {
    expect([allow(), deny('a'), requiresApproval('b')]).toEqual([
      { verdict: 'allow' },
      { verdict: 'deny', code: 'a' },
      { verdict: 'requires-approval', code: 'b' },
    ]);
  });
});

describe('what a check sees of budgets', () => {
  function seenWith(...actions: object[]): GuardInput['context'][] {
    const seen: GuardInput['context'][] = [];
    const check = ({ context }: GuardInput) => {
      seen.push(context);
      return allow();
    };
    const snapshot = linked([
      budget({ name: 'byTarget' }),
      budget({ name: 'byLane', key: 'lane' }),
      budget({ name: 'notes', on: 'note' }),
      window(),
      shipping(...actions),
      guard({ deny: undefined, check }),
    ]);
    const state = stateOf(snapshot);
    const left = action('ship', { target: 'ann', lane: 'x' });
    state.advance(Order.type, { customer: 'ann' }, 1_000, [left]);
    evaluateOrder(snapshot, order(1), state);
    return seen;
  }

  test('those on its type, at its key; a budget without a key is left out', () => {
    expect(seenWith({ lane: 'x' }, { lane: 'y' }, {})).toEqual([
      { windows: { w: 1 }, budgets: { byTarget: 1, byLane: 1 } },
      { windows: { w: 1 }, budgets: { byTarget: 1, byLane: 0 } },
      { windows: { w: 1 }, budgets: { byTarget: 1 } },
    ]);
  });
});

describe('answers', () => {
  const refused = { verdict: 'deny', code: 'KNHK_GUARD_ANSWER' };
  test.each(broken.filter(({ name }) => !/^throws|stack/.test(name)))(
    '$name is read as a denial',
    ({ check }) => {
      expect(readAnswer(check())).toEqual(refused);
    },
  );

  test('a sound refusal is read as it is, and nothing more', () => {
    expect(refusing.map(({ check }) => readAnswer(check()))).toStrictEqual([
      { verdict: 'deny', code: 'no' },
      { verdict: 'requires-approval', code: 'ask' },
      { verdict: 'deny', code: 'A-z_0.9' },
    ]);
    expect(readAnswer({ verdict: 'allow', code: undefined })).toStrictEqual({ verdict: 'allow' });
    expect(readAnswer({ verdict: 'modify', code: 'x' })).toEqual(refused);
    expect(readAnswer({ code: 'x' })).toEqual(refused);
  });
});

describe('conditions', () => {
  const verdicts = (rules: CatalogueOptions['rules']) =>
    evaluateOrder(linked(rules), order(1)).verdicts.map(({ guard: index }) => index);

  test('each guard with conditions has its own place among the checks', () => {
    const checks = (name: string) => guard({ name, deny: undefined, check: () => allow() });
    const rules = [
      Ship,
      shipping({ amount: 6 }),
      checks('a'),
      guard({ name: 'b', deny: [gt('amount', 5)] }),
      checks('c'),
      guard({ name: 'd', deny: [gt('amount', 9)] }),
      guard({ name: 'e', deny: [eq('amount', 6)] }),
    ];
    expect(verdicts(rules)).toEqual([1, 4]);
  });

  test('forty guards take more than one word', () => {
    const many = Array.from({ length: 40 }, (_, index) =>
      guard({ name: `g-${String(index).padStart(2, '0')}`, deny: [eq('amount', index)] }),
    );
    for (const amount of [0, 31, 32, 39]) {
      expect(verdicts([Ship, shipping({ amount }), ...many])).toEqual([amount]);
    }
  });

  test('truth, its opposite and its absence', () => {
    const fast = (deny: object[]) => verdicts([Ship, shipping({ fast: false }), guard({ deny })]);
    expect(fast([eq('fast', true)])).toEqual([]);
    expect(fast([eq('fast', false)])).toEqual([0]);
    expect(fast([isIn('fast', [true, false])])).toEqual([0]);
    expect(fast([present('fast')])).toEqual([0]);
    expect(fast([absent('fast')])).toEqual([]);
  });

  test('the target is text and always there', () => {
    expect(verdicts([shipping({}), guard({ deny: [present('target')] })])).toEqual([0]);
    expect(verdicts([shipping({}), guard({ deny: [absent('target')] })])).toEqual([]);
    expect(verdicts([shipping({}), guard({ deny: [isIn('target', ['ann'])] })])).toEqual([0]);
  });

  test('one guard on everything reads a field that only one of the types has', () => {
    const Note = defineAction('note', { fields: {} });
    const both = always(() => [
      action('note', { target: 'ann' }),
      action('ship', { target: 'ann', amount: 1 }),
    ]);
    const { verdicts: found } = evaluateOrder(
      linked([Ship, Note, both, guard({ on: '*', deny: [gt('amount', 5)] })]),
      order(1),
    );
    // Absent on a note, and absent denies.
    expect(found).toEqual([{ action: 0, guard: 0, verdict: 'deny', code: 'g' }]);
  });

  test('a budget on another type is not exceeded, and not asked', () => {
    const zero = budget({ max: 0 });
    const both = always(() => [action('note', { target: 'ann' })]);
    const snapshot = linked([zero, both, guard({ on: ['note', 'ship'], deny: [exceeds(zero)] })]);
    const state = stateOf(snapshot);
    expect(evaluateOrder(snapshot, order(1), state).outcome).toBe('acted');
  });
});

describe('linking', () => {
  const check = () => allow();
  const rules = [
    hook(),
    guard({ name: 'a', deny: undefined, check, version: '1' }),
    guard({ name: 'b' }),
  ];
  const linkedAs = (document: Catalogue['document'], code: Catalogue): Snapshot =>
    linkSnapshot(document, code, at);

  test('a guard that is switched off is not asked, the others keep their index', () => {
    const full = catalogue(rules);
    const off = applyChange(full.document, { kind: 'switch', name: 'a', enabled: false });
    const { guards } = linkedAs(off, full);
    expect(guards.map(({ index, body }) => [index, body.name])).toEqual([[1, 'b']]);
    expect(linkedAs(full.document, full).guards.map(({ index }) => index)).toEqual([0, 1]);
  });

  test('a check without its code is missing, conditions need none', () => {
    const bare = catalogue([hook()]);
    const snapshot = linkedAs(catalogue(rules).document, bare);
    expect(missingCode(snapshot)).toEqual(['guard a']);
    expect(snapshot.guards.map((item) => Object.hasOwn(item, 'check'))).toEqual([false, false]);
    expect(snapshot.guards.every((item) => item.check === undefined)).toBe(true);
  });

  test('a document whose guard has conditions takes no code of that name', () => {
    const checking = catalogue([hook(), guard({ deny: undefined, check, version: '1' })]);
    const named = catalogue([hook(), guard({ code: 'version:1'.replace(':', '-') })]);
    const body = { ...named.document.guards[0]!, code: 'version:1' };
    const document = { ...named.document, guards: [body] };
    expect(linkedAs(document, checking).guards[0]).not.toHaveProperty('check');
  });

  test('the plan of a type is made once', () => {
    const snapshot = linkedAs(catalogue(rules).document, catalogue(rules));
    expect(snapshot.guardPlan('ship')).toBe(snapshot.guardPlan('ship'));
    expect(snapshot.guardPlan('note')).not.toBe(snapshot.guardPlan('ship'));
  });

  test('only so many plans are kept, and each is right all the same', () => {
    const snapshot = linkedAs(catalogue(rules).document, catalogue(rules));
    const first = snapshot.guardPlan('t-0');
    for (let index = 1; index < 4_096; index++) snapshot.guardPlan(`t-${index}`);
    expect(snapshot.guardPlan('t-4095')).toBe(snapshot.guardPlan('t-4095'));
    expect(snapshot.guardPlan('ship')).not.toBe(snapshot.guardPlan('ship'));
    expect(snapshot.guardPlan('ship').guards.map(({ body }) => body.name)).toEqual(['a', 'b']);
    expect(snapshot.guardPlan('t-0')).toBe(first);
  });
});
