import fc from 'fast-check';
import { expect, test } from 'vitest';
import { action } from '../../src/rules/actions.ts';
import { hookOrder } from '../../src/rules/document.ts';
import { always, evaluateOrder, linked, order } from '../support/ops.ts';

const names = ['a', 'a-b', 'a.b', 'aa', 'ab', 'b', 'b1', 'b10', 'b2', 'z'];
const hooks = fc.uniqueArray(
  fc.record({ name: fc.constantFrom(...names), priority: fc.integer({ min: -2, max: 2 }) }),
  { selector: ({ name }) => name, minLength: 1 },
);

/** Lambda from its words: lower priority first, then names by code unit. */
function inOrder(items: readonly { name: string; priority: number }[]): string[] {
  const key = ({ name, priority }: { name: string; priority: number }): string =>
    `${priority + 10}`.padStart(3, '0') + [...name].map((c) => c.charCodeAt(0) + 1_000).join('');
  return [...items].sort((a, b) => (key(a) < key(b) ? -1 : 1)).map(({ name }) => name);
}

test('Lambda: hooks fire in one total order, whatever the order of registration', () => {
  fc.assert(
    fc.property(hooks, fc.integer(), (items, seed) => {
      const ran: string[] = [];
      const rules = items.map(({ name, priority }) =>
        always(
          () => {
            ran.push(name);
            return [action('ship', { target: name })];
          },
          name,
          priority,
        ),
      );
      const expected = inOrder(items);
      const shuffled = fc.sample(
        fc.shuffledSubarray(rules, { minLength: rules.length, maxLength: rules.length }),
        { numRuns: 2, seed },
      );
      for (const one of [rules, ...shuffled]) {
        ran.length = 0;
        const snapshot = linked(one, { unguarded: 'allow' });
        const evaluation = evaluateOrder(snapshot, order(1));
        expect(ran).toEqual(expected);
        expect(evaluation.actions.map(({ target }) => target)).toEqual(expected);
        const fired = evaluation.fired.map((index) => snapshot.document.hooks[index]?.name);
        expect(fired).toEqual(expected);
        expect(evaluation.fired).toEqual(expected.map((_, index) => index));
      }
    }),
    { numRuns: 200 },
  );
});

test('the order is total: antisymmetric, transitive, and equal only for the same name', () => {
  const item = fc.record({
    name: fc.constantFrom(...names),
    priority: fc.integer({ min: -2, max: 2 }),
  });
  fc.assert(
    fc.property(item, item, item, (a, b, c) => {
      expect(Math.sign(hookOrder(a, b)) + Math.sign(hookOrder(b, a))).toBe(0);
      expect(hookOrder(a, b) === 0).toBe(a.name === b.name && a.priority === b.priority);
      if (hookOrder(a, b) <= 0 && hookOrder(b, c) <= 0) {
        expect(hookOrder(a, c)).toBeLessThanOrEqual(0);
      }
    }),
  );
});
