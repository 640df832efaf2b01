import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Decided, Outcome } from '../../src/runtime/outcome.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { Order, type OrderInput } from '../support/ops.ts';
import { type RuleSet, ruleSet, streamOf } from '../support/rulesets.ts';
import { openTest } from '../support/runtime.ts';

const observations = [Order as unknown as Observation];

type Told = Pick<Decided, 'fired' | 'proposed' | 'actions'>;

/** What the law speaks of, by the observation's own subject. */
async function told(
  set: RuleSet,
  batches: readonly (readonly OrderInput[])[],
): Promise<Map<string, Told>> {
  const runtime = await openTest({ observations, ...set });
  const results = new Map<string, Told>();
  for (const batch of batches) {
    const outcomes: Outcome[] = await Promise.all(
      batch.map((input) => runtime.apply(Order, input, { id: input.order })),
    );
    outcomes.forEach((outcome, index) => {
      const { fired, proposed, actions } = outcome as Decided;
      results.set(batch[index]!.order, { fired, proposed, actions });
    });
  }
  await runtime.close();
  return results;
}

function cut(inputs: readonly OrderInput[], sizes: readonly number[]): OrderInput[][] {
  const batches: OrderInput[][] = [];
  let at = 0;
  for (let turn = 0; at < inputs.length; turn++) {
    const size = sizes[turn % sizes.length] as number;
    batches.push(inputs.slice(at, at + size));
    at += size;
  }
  return batches;
}

/** Another interleaving: the keys take turns as `picks` says, each keeps its own order. */
function interleaved(inputs: readonly OrderInput[], picks: readonly number[]): OrderInput[] {
  const byKey = new Map<string, OrderInput[]>();
  for (const input of inputs) {
    byKey.set(input.customer, [...(byKey.get(input.customer) ?? []), input]);
  }
  const queues = [...byKey.values()];
  const mixed: OrderInput[] = [];
  for (let turn = 0; queues.length > 0; turn++) {
    const place = (picks[turn % picks.length] as number) % queues.length;
    mixed.push(queues[place]!.shift() as OrderInput);
    if (queues[place]!.length === 0) queues.splice(place, 1);
  }
  return mixed;
}

const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 });
const picks = fc.array(fc.nat(100), { minLength: 1, maxLength: 40 });

test('splitting a sequence into batches, and interleaving keys, changes nothing', async () => {
  let moved = 0;
  let left = 0;
  await fc.assert(
    fc.asyncProperty(ruleSet, streamOf(50), sizes, picks, async (set, inputs, split, turns) => {
      const expected = await told(set, [inputs]);
      expect(await told(set, cut(inputs, split))).toEqual(expected);
      const mixed = interleaved(inputs, turns);
      if (mixed.some((input, index) => input !== inputs[index])) moved++;
      const results = await told(set, cut(mixed, split));
      for (const [subject, result] of expected) expect(results.get(subject)).toEqual(result);
      for (const { actions } of expected.values()) left += actions.length;
    }),
    { numRuns: 25 },
  );
  expect(moved).toBeGreaterThan(0);
  expect(left).toBeGreaterThan(0);
});
