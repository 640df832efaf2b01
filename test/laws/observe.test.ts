import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CountLeaf, Leaf } from '../../src/receipts/verify/leaf-types.ts';
import type { Outcome } from '../../src/runtime/outcome.ts';
import {
  type Cut,
  observations,
  Parcel,
  parcel,
  plainRules,
  promoteMost,
  type Run,
  run,
  type Step,
  stepsOf,
} from '../runtime/observe-support.ts';
import { runs } from '../support/effort.ts';
import { Order } from '../support/ops.ts';
import { openTest } from '../support/runtime.ts';

const cuts = fc.constantFrom<Cut>('nothing', 'nothing', 'nothing', 'turn', 'flush');
const evidence = fc.constantFrom<'counts' | 'records'>('counts', 'records');
const isCount = (leaf: Leaf): leaf is Leaf & CountLeaf => leaf.kind === 'count';

const isStreamed = (leaf: Leaf, payload: string | undefined): boolean =>
  leaf.kind === 'apply' && JSON.parse(payload!).id === `observe/${leaf.seq}`;

describe('wherever batches are cut', () => {
  test('the log is the same, byte for byte', async () => {
    let promoted = 0;
    let fired = 0;
    const property = fc.asyncProperty(
      plainRules,
      stepsOf(90),
      fc.infiniteStream(cuts),
      evidence,
      async (rules, steps, stream, kept) => {
        const streaming = { evidence: kept };
        const alone = await run(rules, steps, () => 'flush', { streaming });
        const together = await run(rules, steps, () => 'nothing', { streaming });
        const mixed = await run(rules, steps, () => stream.next().value, { streaming });
        expect(together.leaves).toEqual(alone.leaves);
        expect(mixed.leaves).toEqual(alone.leaves);
        expect(together.payloads).toEqual(alone.payloads);
        expect(mixed.payloads).toEqual(alone.payloads);
        promoted += alone.leaves.filter(({ kind }) => kind === 'promote').length;
        fired += alone.told.length;
      },
    );
    await fc.assert(property, { numRuns: runs(8) });
    expect(promoted).toBeGreaterThan(0);
    expect(fired).toBeGreaterThan(0);
  }, 120_000);
});

/** Every streamed observation in exactly one count leaf, under the rules that it met. */
function expectCounted({ leaves, payloads }: Run, steps: readonly Step[]): void {
  const observed = new Map<string, number>();
  const open = new Map<string, Map<number, number>>();
  for (const [index, leaf] of leaves.entries()) {
    if (isStreamed(leaf, payloads[index]) && leaf.kind === 'apply') {
      const counts = open.get(leaf.type) ?? new Map<number, number>();
      for (const hook of leaf.fired) counts.set(hook, (counts.get(hook) ?? 0) + 1);
      open.set(leaf.type, counts);
    }
    if (leaf.kind === 'promote') expect(open.size).toBe(0);
    if (!isCount(leaf)) continue;
    observed.set(leaf.type, (observed.get(leaf.type) ?? 0) + leaf.observed);
    const counts = [...(open.get(leaf.type) ?? [])].sort(([left], [right]) => left - right);
    expect(leaf.fired).toEqual(counts);
    open.delete(leaf.type);
  }
  expect(open.size).toBe(0);
  expect(observed.get(Order.hash) ?? 0).toBe(steps.filter(({ kind }) => kind === 'order').length);
  expect(observed.get(Parcel.hash) ?? 0).toBe(steps.filter(({ kind }) => kind === 'parcel').length);
}

test('counts add up, and say when the first and the last of them were', async () => {
  const property = fc.asyncProperty(
    plainRules,
    stepsOf(90),
    fc.infiniteStream(cuts),
    evidence,
    async (rules, steps, stream, kept) => {
      const done = await run(rules, steps, () => stream.next().value, {
        streaming: { evidence: kept },
      });
      expectCounted(done, steps);
      const times = steps.flatMap((step) => (step.kind === 'parcel' ? [step.index * 1_000] : []));
      const parcels = done.leaves.filter(isCount).filter(({ type }) => type === Parcel.hash);
      expect([parcels[0]?.firstAt, parcels.at(-1)?.lastAt]).toEqual([times[0], times.at(-1)]);
    },
  );
  await fc.assert(property, { numRuns: runs(10) });
}, 120_000);

test('observe fires exactly where decide is not idle, and comes to the same', async () => {
  let idle = 0;
  let others = 0;
  const property = fc.asyncProperty(plainRules, stepsOf(60), async (rules, steps) => {
    const told = new Map<unknown, Outcome>();
    const onOutcome = (outcome: Outcome, input: unknown): void => void told.set(input, outcome);
    const set = { observations, rules, unguarded: 'allow' } as const;
    await using runtime = await openTest({ ...set, streaming: { onOutcome } });
    for (const step of steps) {
      if (step.kind === 'promote') await promoteMost(runtime, step.most);
      if (step.kind !== 'order' && step.kind !== 'parcel') continue;
      const type = step.kind === 'order' ? Order : Parcel;
      const input = step.kind === 'order' ? step.input : parcel(step.index, step.grams);
      const decided = runtime.decide(type as typeof Order, input as never);
      expect(runtime.observe(type as typeof Order, input as never)).toBe('observed');
      await runtime.flush();
      const outcome = told.get(input);
      expect(outcome?.outcome ?? 'idle').toBe(decided.outcome);
      if (outcome === undefined) idle++;
      else others++;
    }
  });
  await fc.assert(property, { numRuns: runs(10) });
  expect([idle > 0, others > 0]).toEqual([true, true]);
}, 120_000);
