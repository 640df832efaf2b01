import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readAnswer } from '../../src/rules/guards.ts';
import { evaluateOrder, linked, order, ship } from '../support/ops.ts';
import { type Animal, allowing, broken, guardOf, refusing } from './zoo.ts';

describe('the zoo of broken guards', () => {
  test.each(broken.map((animal) => [animal.name, animal] as const))('%s', (_name, animal) => {
    for (const unguarded of ['allow', 'deny'] as const) {
      for (const on of ['ship', '*']) {
        const snapshot = linked([ship, guardOf(animal, 0, on)], { unguarded });
        const { outcome, actions, pending, verdicts } = evaluateOrder(snapshot, order(1));
        expect({ outcome, actions, pending }).toEqual({
          outcome: 'denied',
          actions: [],
          pending: [],
        });
        expect(verdicts).toHaveLength(1);
        expect(['KNHK_GUARD_ANSWER', 'KNHK_GUARD_THREW']).toContain(verdicts[0]?.code);
      }
    }
  });

  test.each(allowing.map((animal) => [animal.name, animal] as const))('%s', (_name, animal) => {
    const { outcome, actions } = evaluateOrder(linked([ship, guardOf(animal, 0)]), order(1));
    expect([outcome, actions.length]).toEqual(['acted', 1]);
  });

  const anyOf = (animals: readonly Animal[]): fc.Arbitrary<Animal> => fc.constantFrom(...animals);

  test('an action leaves iff every guard allows, whatever their order and company', () => {
    const company = fc.array(
      fc.oneof(
        { weight: 4, arbitrary: anyOf(allowing) },
        { weight: 1, arbitrary: anyOf(broken) },
        { weight: 1, arbitrary: anyOf(refusing) },
      ),
      { minLength: 1, maxLength: 6 },
    );
    let left = 0;
    fc.assert(
      fc.property(company, (animals) => {
        const snapshot = linked([...animals.map((animal, at) => guardOf(animal, at)), ship]);
        const { actions } = evaluateOrder(snapshot, order(1));
        const all = animals.every((animal) => allowing.includes(animal));
        if (all) left++;
        expect(actions).toHaveLength(all ? 1 : 0);
      }),
      { numRuns: 500 },
    );
    expect(left).toBeGreaterThan(50);
  });
});

test('the code says whether a check threw or answered nonsense', () => {
  const codeOf = (check: () => unknown): string | undefined => {
    const guard = guardOf({ name: 'one', check }, 0);
    return evaluateOrder(linked([ship, guard]), order(1)).verdicts[0]?.code;
  };
  const thrower = (): never => {
    throw new Error('a mistake');
  };
  expect(codeOf(thrower)).toBe('KNHK_GUARD_THREW');
  expect(codeOf(() => 'allow')).toBe('KNHK_GUARD_ANSWER');
  expect(codeOf(async () => ({ verdict: 'allow' }))).toBe('KNHK_GUARD_ANSWER');
});

test('reading an answer copies it, so that nothing can change it afterwards', () => {
  const answer = { verdict: 'deny', code: 'x' };
  const read = readAnswer(answer);
  answer.verdict = 'allow';
  expect(read).toEqual({ verdict: 'deny', code: 'x' });
});
