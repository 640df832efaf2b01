import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { absent, between, eq, gte, lt, neq, present } from '../../src/terms/conditions.ts';
import { Choices, doubles } from '../kernel/lanes.ts';
import { hooksOf, hostile, inputOf, makers, names, readable, Sample } from './look-rules.ts';
import { answerOf, dresses, expectedAnswer, hookOn, looksOf } from './look-support.ts';

describe('generated look, portable look and oracle agree', () => {
  test.each([
    ['one word of lanes', 20, 6, 'generated'],
    ['several words', 110, 4, 'generated'],
    ['several blocks', 30, 16, 'rows'],
    ['groups', 400, 5, 'rows'],
  ])('%s', (_, count, columns, engine) => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const choices = new Choices(seed);
        const read = choices.shuffled(names).slice(0, 1 + choices.below(columns));
        const looks = looksOf(Sample, hooksOf(choices, 1 + choices.below(count), read));
        seen.add(looks.generated.engine);
        expect(looks.portable.engine).toBe('rows');
        for (let round = 0; round < 6; round++) {
          const values = inputOf(choices);
          const expected = expectedAnswer(looks, values);
          seen.add(expected === -1 ? 'unreadable' : expected.length > 0 ? 'fires' : 'idle');
          const [dress, wear] = choices.one(Object.entries(dresses));
          seen.add(dress);
          const input = wear(values);
          expect(answerOf(looks, looks.generated, input)).toEqual(expected);
          expect(answerOf(looks, looks.portable, input)).toEqual(expected);
        }
      }),
      { numRuns: 60 },
    );
    const wanted = [engine, 'unreadable', 'fires', ...Object.keys(dresses)];
    expect(wanted.filter((name) => !seen.has(name))).toEqual([]);
  });

  test('every hostile value at every field', () => {
    const conditions = names.flatMap((name) => [present(name), absent(name)]);
    const valued = names
      .filter((name) => Sample.fields[name]!.kind !== 'list')
      .map((name) => eq(name, makers[name]!(new Choices(1)) as never));
    // Alone, so that each look is generated code of one column or two.
    for (const condition of [...conditions, ...valued]) {
      const looks = looksOf(Sample, [hookOn(Sample, 'h', [condition])]);
      expect(looks.generated.engine).toBe('generated');
      const values = inputOf(new Choices(7));
      for (const name of names) {
        for (const value of [...hostile, ...readable]) {
          const input = { ...values, [name]: value };
          const expected = expectedAnswer(looks, input);
          expect(answerOf(looks, looks.generated, input)).toEqual(expected);
          expect(answerOf(looks, looks.portable, input)).toEqual(expected);
        }
      }
    }
  });

  test('numbers at the ends and beside each other, few thresholds and many', () => {
    const literals = doubles.map((value) => value + 0);
    const more = literals.flatMap((n) => [n, n / 3 + 0, n / 7 + 0]);
    for (const some of [literals.slice(0, 6), literals, more]) {
      const hooks = some.flatMap((value, n) =>
        [eq('w0', value), gte('w0', value), lt('v1', value), neq('v1', value)].map((when, m) =>
          hookOn(Sample, `h${n}x${m}`, [when]),
        ),
      );
      for (const part of [hooks.slice(0, 120), hooks]) {
        const looks = looksOf(Sample, part);
        for (const w0 of [...doubles, -0, Number.POSITIVE_INFINITY, Number.NaN]) {
          for (const v1 of [undefined, w0]) {
            const expected = expectedAnswer(looks, { w0, v1 });
            expect(answerOf(looks, looks.generated, { w0, v1 })).toEqual(expected);
            expect(answerOf(looks, looks.portable, { w0, v1 })).toEqual(expected);
          }
        }
      }
    }
  });

  test('a wide block beside a small one: both are looked at', () => {
    const wide = Array.from({ length: 600 }, (_, n) =>
      hookOn(Sample, `w${n}`, [between('fired', n, n + 3)]),
    );
    const looks = looksOf(Sample, [...wide, hookOn(Sample, 'x', [neq('at', false)])]);
    expect(looks.plan.program.root).toMatchObject({ blocks: [{}], wides: [{}], groups: [] });
    for (const fired of [-1, 0, 2, 300, 602, 603]) {
      for (const at of [true, false]) {
        const expected = expectedAnswer(looks, { fired, at });
        expect(answerOf(looks, looks.generated, { fired, at })).toEqual(expected);
        expect(answerOf(looks, looks.portable, { fired, at })).toEqual(expected);
      }
    }
  });

  test('hooks without conditions, equal hooks, and none at all', () => {
    const equal = Array.from({ length: 40 }, (_, n) => hookOn(Sample, `h${n}`, [eq('at', true)]));
    for (const hooks of [
      [],
      [hookOn(Sample, 'h', [])],
      equal,
      [...equal, hookOn(Sample, 'z', [])],
    ]) {
      const looks = looksOf(Sample, hooks);
      for (const at of [true, false, undefined, 'true']) {
        const expected = expectedAnswer(looks, { at });
        expect(answerOf(looks, looks.generated, { at })).toEqual(expected);
        expect(answerOf(looks, looks.portable, { at })).toEqual(expected);
      }
    }
  });

  test('a look that threw is free for the next one', () => {
    const looks = looksOf(Sample, [hookOn(Sample, 'h', [eq('at', true)])]);
    const throwing = {
      get at(): boolean {
        throw new Error('not now');
      },
    };
    for (const glance of [looks.generated, looks.portable]) {
      expect(() => answerOf(looks, glance, throwing)).toThrow('not now');
      expect(answerOf(looks, glance, { at: true })).toEqual([0]);
    }
  });
});
