import { describe, expect, test } from 'vitest';
import {
  applyChange,
  type Change,
  carryOver,
  changeName,
  changesBetween,
} from '../../src/rules/changes.ts';
import { rulesHash } from '../../src/rules/document.ts';
import type { Hook } from '../../src/rules/hooks.ts';
import { act, catalogue, hook, most } from './makers.ts';

describe('changes', () => {
  const shapes = (hash: string | null): Change => ({ kind: 'shapes', shapes: hash });
  const base = catalogue([act('t'), act('u'), hook(), most()]);
  const bodyOf = (item: Hook) => {
    const { hash: _, ...body } = catalogue([item]).document.hooks[0]!;
    return body;
  };

  test('have a name for messages', () => {
    expect(changeName(shapes(null))).toBe('shapes');
    expect(changeName({ kind: 'add-hook', hook: bodyOf(act('new')) })).toBe('new');
    expect(changeName({ kind: 'remove-hook', hook: 't' })).toBe('t');
    expect(changeName({ kind: 'parameter', name: 'most', value: 1 })).toBe('most');
  });

  test('switches stay in order, whatever was switched first', () => {
    const off = (name: string): Change => ({ kind: 'switch', name, enabled: false });
    const added: Change = { kind: 'add-hook', hook: bodyOf(act('a')), enabled: false };
    const document = [off('u'), off('t'), added].reduce(applyChange, base.document);
    expect(document.switches).toEqual(['a', 't', 'u']);
  });

  test('another template of the same name, switched off before and after, stays off', () => {
    const off: Change = { kind: 'switch', name: 't', enabled: false };
    const before = applyChange(base.document, off);
    const other = bodyOf(act('t', { act: { type: 'note', target: 'y' } }));
    const remove: Change = { kind: 'remove-hook', hook: 't' };
    const replace: Change[] = [remove, { kind: 'add-hook', hook: other, enabled: false }];
    const after = replace.reduce(applyChange, before);
    const between = changesBetween(before, after);
    expect(between).toEqual(replace);
    expect(rulesHash(between.reduce(applyChange, before))).toBe(rulesHash(after));
    // On again in the new one: the switch is a change of its own.
    const on = [remove, { kind: 'add-hook', hook: other } as const].reduce(applyChange, before);
    expect(rulesHash(changesBetween(before, on).reduce(applyChange, before))).toBe(rulesHash(on));
    expect(rulesHash(changesBetween(base.document, after).reduce(applyChange, base.document))).toBe(
      rulesHash(after),
    );
  });

  test('shapes are carried over to a catalogue with the same ones, else dropped', () => {
    const carried = (promoted: Change, given: string | null, newer: string | null) => {
      const old = catalogue([], { shapes: given }).document;
      const current = applyChange(old, promoted);
      const { document, dropped } = carryOver(
        old,
        current,
        catalogue([], { shapes: newer }).document,
        () => {},
      );
      return [document.shapes, dropped];
    };
    const lost = [{ kind: 'shapes', name: 'shapes', reason: 'changed' }];
    expect(carried(shapes('b'), 'a', 'a')).toEqual(['b', []]);
    expect(carried(shapes('b'), null, null)).toEqual(['b', []]);
    expect(carried(shapes('b'), 'a', 'c')).toEqual(['c', lost]);
    expect(carried(shapes('b'), null, 'c')).toEqual(['c', lost]);
    expect(carried(shapes(null), 'a', 'a')).toEqual([null, []]);
  });

  test('a value that the check refuses is out of range, anything else does not fit', () => {
    const refuse = (): never => {
      throw new Error('no');
    };
    const promoted: Change[] = [
      { kind: 'parameter', name: 'most', value: 7 },
      { kind: 'switch', name: 't', enabled: false },
    ];
    const current = promoted.reduce(applyChange, base.document);
    const { document, dropped } = carryOver(base.document, current, base.document, refuse);
    expect(dropped).toEqual([
      { kind: 'parameter', name: 'most', reason: 'out-of-range' },
      { kind: 'switch', name: 't', reason: 'does-not-fit' },
    ]);
    expect(document).toBe(base.document);
  });
});
