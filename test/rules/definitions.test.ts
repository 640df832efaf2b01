import { describe, expect, test } from 'vitest';
import { hashOf } from '../../src/base/canonical.ts';
import { action } from '../../src/rules/actions.ts';
import type { Hook } from '../../src/rules/hooks.ts';
import type { ParameterKind } from '../../src/rules/parameters.ts';
import { defaultSlo, sloOf } from '../../src/rules/slo.ts';
import { gt } from '../../src/terms/conditions.ts';
import { Order } from '../support/ops.ts';
import { budget, doctrine, hook, most, template, window } from './makers.ts';

const act = (name: string, more: object = {}): Hook =>
  hook({ name, run: undefined, act: template, ...more });

describe('definitions as data', () => {
  test('a parameter', () => {
    const body = { name: 'most', valueKind: 'integer', value: 5, min: 0, max: 20 };
    expect(most()).toEqual({
      kind: 'parameter',
      ...body,
      protected: false,
      hash: hashOf('parameter', { ...body, protected: false }),
    });
    expect(most({ protected: true })).toMatchObject({ protected: true });
    expect(most({ protected: 1 })).toMatchObject({ protected: false });
    const free = most({ min: undefined, max: undefined });
    expect(
      [free, most()].map((item) => [Object.hasOwn(item, 'min'), Object.hasOwn(item, 'max')]),
    ).toEqual([
      [false, false],
      [true, true],
    ]);
    expect(Object.isFrozen(free)).toBe(true);
  });

  test.each<[ParameterKind, unknown, unknown, unknown]>([
    ['integer', 5, 5, 5],
    ['number', 0.5, 0.5, 0.5],
    ['decimal', '9', '9', '10'],
    ['decimal', '10', '9', '10'],
    ['decimal', '-9', '-10', '-9'],
    ['decimal', `${'9'.repeat(33)}8`, `${'9'.repeat(33)}8`, '9'.repeat(34)],
  ])('a %s may be its least and its greatest', (kind, value, min, max) => {
    expect(most({ kind, value, min, max })).toMatchObject({ value, min, max });
  });

  test('decimals are compared exactly, beyond what numbers can', () => {
    const decimal = {
      kind: 'decimal',
      value: `${'9'.repeat(33)}8`,
      min: undefined,
      max: undefined,
    };
    const inRange = (range: object): boolean => {
      try {
        return most({ ...decimal, ...range }).kind === 'parameter';
      } catch {
        return false;
      }
    };
    expect([inRange({ min: '9'.repeat(34) }), inRange({ max: `${'9'.repeat(33)}7` })]).toEqual([
      false,
      false,
    ]);
    expect([inRange({ min: `${'9'.repeat(33)}7` }), inRange({ max: '9'.repeat(34) })]).toEqual([
      true,
      true,
    ]);
  });

  test('a hook', () => {
    const h = hook({ when: [gt('amount', 5)], priority: 3, protected: true });
    expect(h).toMatchObject({
      kind: 'hook',
      name: 'h',
      on: 'order.placed',
      when: [{ op: 'gt', left: { field: 'amount' }, right: { value: 5 } }],
      priority: 3,
      protected: true,
      code: 'version:1',
      observation: Order,
    });
    expect(hook()).toMatchObject({ priority: 0, protected: false });
    expect(hook({ protected: 1 })).toMatchObject({ protected: false });
    expect(act('t')).toMatchObject({ code: 'act', act: [{ ...template, data: {} }] });
    expect([hook(), act('t')].map((item) => Object.hasOwn(item, 'run'))).toEqual([true, false]);
    expect([hook(), act('t')].map((item) => Object.hasOwn(item, 'act'))).toEqual([false, true]);
    expect(hook({ version: 'x'.repeat(64) }).code).toBe(`version:${'x'.repeat(64)}`);
    const sixteen = Array.from({ length: 16 }, () => template);
    expect(act('t', { act: sixteen }).act).toHaveLength(16);
    expect(hook({ version: undefined }).code).toMatch(/^source:[0-9a-f]{64}$/);
  });

  test('code is native only where nothing but that is its body', () => {
    const looksNative = () => {
      const text = '{ [native code] }';
      return [action('ship', { target: text })];
    };
    expect(hook({ version: undefined, run: looksNative }).code).toMatch(/^source:/);
  });

  test('windows, budgets and doctrines', () => {
    expect(window()).toMatchObject({ kind: 'window', reference: { window: 'w' } });
    expect(budget()).toMatchObject({ kind: 'budget', reference: { budget: 'b' } });
    const rules = [{ id: 'late', parameter: 'most', between: [1, 2] }];
    expect(doctrine()).toEqual({ kind: 'doctrine', name: 'd', rules });
    const same = [{ id: 'late', parameter: 'most', between: [2, 2] }];
    expect(doctrine({ rules: same }).rules).toEqual(same);
  });

  test('limits that are given replace the default ones', () => {
    expect(sloOf()).toEqual(defaultSlo);
    expect(sloOf({ errorPercent: 0.1 })).toEqual({ ...defaultSlo, errorPercent: 0.1 });
    expect(Object.isFrozen(sloOf())).toBe(true);
  });
});
