import { join } from 'node:path';
import { expect, test } from 'vitest';
import { action } from '../../src/rules/actions.ts';
import { defineHook } from '../../src/rules/hooks.ts';
import type { Outcome } from '../../src/runtime/outcome.ts';
import { replayLog } from '../../src/runtime/replay.ts';
import { gte } from '../../src/terms/conditions.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { Order, type OrderInput, order } from '../support/ops.ts';
import { entriesOf, openTest, secret, temporary } from '../support/runtime.ts';

const observations = [Order as unknown as Observation];
const shapes = `@prefix sh: <http://www.w3.org/ns/shacl#> .
  @prefix t: <https://example.com/test#> .
  t:OrderShape a sh:NodeShape ; sh:targetClass t:Order ;
    sh:property [ sh:path t:amount ; sh:maxInclusive 100 ] .`;

const big = defineHook({
  ...{ name: 'big', version: '1', on: Order, when: [gte('amount', 90)] },
  run: ({ data }) => [action('ship', { target: data.customer, amount: data.amount })],
});

test.each(['counts', 'records'] as const)(
  'what fires is validated and keeps its place; what does not is not (%s)',
  async (evidence) => {
    const data = join(temporary(), 'data');
    const told: Outcome[] = [];
    const onOutcome = (outcome: Outcome): void => void told.push(outcome);
    const rules = [big];
    const runtime = await openTest({
      ...{ data, observations, rules, shapes, unguarded: 'allow' },
      streaming: { evidence, onOutcome },
    });
    const inputs = Array.from({ length: 150 }, (_, index) =>
      order(index, { amount: index % 10 === 9 ? 101 : index % 10 === 4 ? 95 : -index - 1 }),
    );
    let applied: Promise<Outcome> | undefined;
    for (let rest: readonly OrderInput[] = inputs; rest.length > 0; ) {
      const { rest: left } = runtime.observeMany(Order, rest);
      rest = rest.slice(rest.length - left);
      applied ??= runtime.apply(Order, order(1_000, { amount: 95 }), { id: 'between' });
      await runtime.flush();
    }
    await applied;
    await runtime.close();
    const outcomes = told.map(({ outcome }) => outcome);
    expect(outcomes).toEqual(Array.from({ length: 30 }, (_, i) => (i % 2 ? 'invalid' : 'acted')));
    const leaves = (await entriesOf(data)).map(({ leaf }) => leaf);
    expect(leaves.at(-1)).toMatchObject({ kind: 'count', observed: 150, fired: [[0, 15]] });
    // Those of the first batch stand before what was applied after it.
    const between = leaves.findIndex(({ seq }) => seq === (told.length === 0 ? 0 : 1));
    expect(between).toBe(1);
    const at = leaves.findIndex(
      (leaf) => leaf.kind === 'apply' && leaf.id === idOfApplied(leaves, told),
    );
    expect(at).toBeGreaterThan(12);
    const report = await replayLog({ data, secret, observations, rules, unguarded: 'allow' });
    expect(report).toMatchObject({ findings: [], total: 31, same: 31 });
  },
);

/** The id of the one leaf that no outcome told of. */
function idOfApplied(
  leaves: readonly { readonly kind: string; readonly seq: number; readonly id?: string }[],
  told: readonly Outcome[],
): string | undefined {
  const seqs = new Set(told.map((outcome) => ('receipt' in outcome ? outcome.receipt.seq : -1)));
  return leaves.find(({ kind, seq }) => kind === 'apply' && !seqs.has(seq))?.id;
}
