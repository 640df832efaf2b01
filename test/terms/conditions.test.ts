import { describe, expect, test } from 'vitest';
import * as conditions from '../../src/terms/conditions.ts';
import { type Field, instant, integer, oneOf, string } from '../../src/terms/fields.ts';
import { nameConditions, resolveConditions, type Scope } from '../../src/terms/resolve.ts';

const { between, eq, exceeds, gt, gte, isIn, lt, lte, neq, observed, param } = conditions;
const left = { name: 'a' };

test.each<[string, () => conditions.ConditionDraft, unknown]>([
  ['eq', () => eq('a', 1), { op: 'eq', left, right: { value: 1 } }],
  ['neq', () => neq('a', 'x'), { op: 'neq', left, right: { value: 'x' } }],
  ['lt', () => lt('a', 1), { op: 'lt', left, right: { value: 1 } }],
  ['lte', () => lte('a', 1), { op: 'lte', left, right: { value: 1 } }],
  ['gt', () => gt('a', 1), { op: 'gt', left, right: { value: 1 } }],
  ['gte', () => gte('a', true), { op: 'gte', left, right: { value: true } }],
  ['param', () => gte('a', param('p')), { op: 'gte', left, right: { param: 'p' } }],
  ['null', () => eq('a', null as never), { op: 'eq', left, right: { value: null } }],
  [
    'between',
    () => between('a', new Date(0), 2),
    { op: 'between', left, right: { value: ['1970-01-01T00:00:00.000Z', 2] } },
  ],
  ['isIn', () => isIn('a', [1, 2]), { op: 'in', left, right: { value: [1, 2] } }],
  ['present', () => conditions.present('a'), { op: 'present', left }],
  ['absent', () => conditions.absent('a'), { op: 'absent', left }],
  ['observed', () => lt(observed('a'), 1), { op: 'lt', left: { field: 'a' }, right: { value: 1 } }],
  [
    'exceeds',
    () => exceeds({ reference: { budget: 'b' } }),
    { op: 'exceeds', left: { budget: 'b' } },
  ],
])('%s is this data, frozen', (_name, make, data) => {
  const draft = make();
  expect(draft).toStrictEqual(data);
  const { right } = draft;
  const value = right !== undefined && 'value' in right ? right.value : undefined;
  expect([draft, draft.left, right, value].every(Object.isFrozen)).toBe(true);
});

test('a parameter and a field of the observation by themselves', () => {
  expect([param('p'), observed('a')]).toEqual([{ param: 'p' }, { reference: { field: 'a' } }]);
  expect([param('p'), observed('a'), observed('a').reference].every(Object.isFrozen)).toBe(true);
});

test('1,024 values are fine', () => {
  const values = Array.from({ length: 1_024 }, (_, index) => index);
  expect(isIn('a', values).right).toEqual({ value: values });
});

test('an operand has a name for messages', () => {
  const names = [{ field: 'a' }, { window: 'b' }, { budget: 'c' }, { action: 'd' }];
  expect(names.map(conditions.operandName)).toEqual([
    'field a',
    'window b',
    'budget c',
    'action d',
  ]);
});

describe('resolving', () => {
  const fields: Readonly<Record<string, Field>> = {
    a: integer(),
    when: instant(),
    kind: oneOf(['x', 'y']),
    text: string(),
  };
  const scope = (bare: Scope['bare']): Scope => ({
    where: 'hook h',
    bare,
    field: (operand) => {
      if ('budget' in operand) return { kind: 'boolean', optional: true };
      const name = 'field' in operand ? operand.field : 'action' in operand ? operand.action : '';
      return fields[name];
    },
  });
  const resolved = (draft: conditions.ConditionDraft, bare: Scope['bare'] = 'field'): unknown =>
    resolveConditions([draft], scope(bare))[0];

  test('bare names are fields here and action fields there', () => {
    expect(resolved(eq('a', 1))).toStrictEqual({
      op: 'eq',
      left: { field: 'a' },
      right: { value: 1 },
    });
    expect(resolved(eq('a', 1), 'action')).toMatchObject({ left: { action: 'a' } });
    expect(resolved(eq(observed('a'), 1), 'action')).toMatchObject({ left: { field: 'a' } });
  });

  test('without a right side there is none', () => {
    expect(resolved(conditions.present('a'))).toStrictEqual({
      op: 'present',
      left: { field: 'a' },
    });
    expect(resolved(conditions.absent('a'))).toStrictEqual({ op: 'absent', left: { field: 'a' } });
    const excess = exceeds({ reference: { budget: 'b' } });
    expect(resolved(excess)).toStrictEqual({ op: 'exceeds', left: { budget: 'b' } });
    // A right side that was smuggled in is left behind.
    const more = { ...conditions.present('a'), right: { value: 1 } };
    expect(resolved(more)).toStrictEqual({ op: 'present', left: { field: 'a' } });
  });

  test('literals in canonical form, parameters by name', () => {
    const at = '2026-01-01T01:00:00+01:00';
    expect(resolved(gt('when', at))).toMatchObject({
      right: { value: '2026-01-01T00:00:00.000Z' },
    });
    const two = ['1970-01-01T00:00:00.000Z', '1970-01-01T00:00:00.001Z'];
    expect(resolved(between('when', new Date(0), new Date(1)))).toMatchObject({
      right: { value: two },
    });
    expect(resolved(isIn('when', [new Date(1)]))).toMatchObject({ right: { value: [two[1]] } });
    expect(resolved(eq('kind', 'x'))).toMatchObject({ right: { value: 'x' } });
    expect(resolved(isIn('text', ['b', 'a']))).toMatchObject({ right: { value: ['b', 'a'] } });
    expect(resolved(between('a', 1, 2))).toMatchObject({ right: { value: [1, 2] } });
    expect(resolved(gte('a', param('p')))).toMatchObject({ right: { param: 'p' } });
  });

  test('eight conditions are fine, in their order', () => {
    const drafts = Array.from({ length: 8 }, (_, index) => gt('a', index));
    const list = resolveConditions(drafts, scope('field'));
    expect(list.map(({ right }) => right)).toEqual(drafts.map(({ right }) => right));
    expect([list, ...list].every(Object.isFrozen)).toBe(true);
  });

  test('named ones keep their literals as written', () => {
    const at = '2026-01-01T01:00:00+01:00';
    const drafts = [gt('when', at), conditions.present('a'), eq(observed('b'), param('p'))];
    const list = nameConditions(drafts, { where: 'guard g', bare: 'action' });
    expect(list).toStrictEqual([
      { op: 'gt', left: { action: 'when' }, right: { value: at } },
      { op: 'present', left: { action: 'a' } },
      { op: 'eq', left: { field: 'b' }, right: { param: 'p' } },
    ]);
    expect([list, ...list].every(Object.isFrozen)).toBe(true);
  });
});
