import { join } from 'node:path';
import fc from 'fast-check';
import type { Leaf } from '../../src/receipts/verify/leaf-types.ts';
import { action, defineAction } from '../../src/rules/actions.ts';
import type { Rule } from '../../src/rules/catalogue.ts';
import { applyChange } from '../../src/rules/changes.ts';
import { defineGuard } from '../../src/rules/guards.ts';
import { defineHook } from '../../src/rules/hooks.ts';
import { defineParameter } from '../../src/rules/parameters.ts';
import { defineBudget } from '../../src/rules/windows.ts';
import { type Control, controlOf } from '../../src/runtime/control.ts';
import type { RuntimeOptions } from '../../src/runtime/open.ts';
import type { Outcome } from '../../src/runtime/outcome.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { eq, exceeds, gte, isIn, lt, param, present } from '../../src/terms/conditions.ts';
import { instant, integer, iri } from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import { Order, type OrderInput, order } from '../support/ops.ts';
import { entriesOf, openTest, temporary } from '../support/runtime.ts';

/** A second type that shares action and budget with orders. */
export const Parcel = defineObservation('parcel.weighed', {
  class: 'https://example.com/test#Parcel',
  subject: 'parcel',
  time: 'at',
  fields: { parcel: iri(), at: instant(), grams: integer() },
});

export const observations = [Order, Parcel] as unknown as Observation[];

const conditions = [
  gte('amount', 15),
  gte('amount', param('most')),
  lt('amount', 3),
  eq('customer', 'bob'),
  isIn('channel', ['web', 'shop']),
  present('weight'),
];

/** Hooks on both types without windows, a budget that both spend, a parameter to promote. */
export const plainRules: fc.Arbitrary<readonly Rule[]> = fc
  .record({
    hooks: fc.array(fc.subarray(conditions, { minLength: 1, maxLength: 3 }), { maxLength: 4 }),
    heavy: fc.integer({ min: 0, max: 20 }),
    max: fc.integer({ min: 1, max: 4 }),
  })
  .map(({ hooks, heavy, max }) => {
    const shipments = defineBudget({ name: 'n', on: 'ship', key: 'target', perMs: 9_000, max });
    return [
      shipments,
      defineAction('ship', { fields: { amount: integer() } }),
      defineGuard({ name: 'budget', on: 'ship', deny: [exceeds(shipments)] }),
      defineParameter({ name: 'most', kind: 'integer', value: 10, min: 0, max: 30 }),
      ...hooks.map((when, index) =>
        defineHook({
          name: `hook-${index}`,
          version: '1',
          on: Order,
          when,
          run: ({ data, id }) => [
            action('ship', { target: data.customer, amount: data.amount }),
            action('note', { target: id }),
          ],
        }),
      ),
      defineHook({
        name: 'heavy',
        version: '1',
        on: Parcel,
        when: [gte('grams', heavy)],
        run: ({ data }) => [action('ship', { target: 'ann', amount: data.grams })],
      }),
    ];
  });

/** One thing that a host does. */
export type Step =
  | { readonly kind: 'order'; readonly input: OrderInput }
  | { readonly kind: 'parcel'; readonly grams: number; readonly index: number }
  | { readonly kind: 'apply'; readonly input: OrderInput; readonly id: string }
  | { readonly kind: 'promote'; readonly most: number };

const orderChange = fc.record(
  {
    customer: fc.constantFrom('ann', 'bob', 'cy'),
    amount: fc.integer({ min: 0, max: 20 }),
    weight: fc.constantFrom(0.5, 1),
    channel: fc.constantFrom<'web' | 'shop' | 'phone'>('web', 'shop', 'phone'),
  },
  { requiredKeys: ['customer', 'amount'] },
);

/** Steps of a host; every input is another one unless the arbitrary says so. */
export function stepsOf(maxLength: number): fc.Arbitrary<readonly Step[]> {
  const step = fc.oneof(
    { weight: 12, arbitrary: fc.record({ kind: fc.constant('order'), change: orderChange }) },
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant('parcel'), grams: fc.integer({ min: 0, max: 20 }) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('apply'), change: orderChange }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('promote'), most: fc.integer({ min: 0, max: 30 }) }),
    },
  );
  return fc.array(step, { minLength: 1, maxLength, size: 'max' }).map((steps) => {
    const made: Step[] = [];
    for (const [index, item] of steps.entries()) {
      if (item.kind === 'order' && 'change' in item) {
        made.push({ kind: 'order', input: order(index, item.change) });
      } else if (item.kind === 'apply' && 'change' in item) {
        made.push({ kind: 'apply', input: order(index, item.change), id: `id-${index}` });
      } else if ('grams' in item) {
        made.push({ kind: 'parcel', grams: item.grams, index });
      } else if ('most' in item) {
        made.push({ kind: 'promote', most: item.most });
      }
    }
    return made;
  });
}

/** What a host does between two steps. */
export type Cut = 'nothing' | 'turn' | 'flush';

export const parcel = (index: number, grams: number) => ({
  parcel: `urn:parcel:${index}`,
  at: new Date(index * 1_000),
  grams,
});

const stages = Array.from({ length: 7 }, () => 'pass' as const);

/** Sets the parameter `most` as the loop would; done when it returns but for the disk. */
export function promoteMost(runtime: Runtime, most: number): Promise<unknown> {
  const control = controlOf(runtime) as Control;
  const { hash: parent, document } = control.snapshot();
  return control.promote({
    kind: 'promote',
    parent,
    document: applyChange(document, { kind: 'parameter', name: 'most', value: most }),
    proposal: control.log.putBlob('proposal', '{}'),
    stages,
  });
}

/** Takes one step; a promotion is awaited later, with what is pushed. */
function take(runtime: Runtime, step: Step, pending: Promise<unknown>[]): void {
  switch (step.kind) {
    case 'order':
      expectObserved(runtime.observe(Order, step.input));
      return;
    case 'parcel':
      expectObserved(runtime.observe(Parcel, parcel(step.index, step.grams)));
      return;
    case 'apply':
      pending.push(runtime.apply(Order, step.input, { id: step.id }));
      return;
    default:
      pending.push(promoteMost(runtime, step.most));
  }
}

function expectObserved(answer: string): void {
  if (answer !== 'observed') throw new Error(answer);
}

/** What a run leaves behind. */
export interface Run {
  readonly data: string;
  readonly leaves: readonly Leaf[];
  readonly payloads: readonly (string | undefined)[];
  readonly told: readonly (readonly [Outcome, unknown])[];
}

/** Runs steps over a new log with a cut after each, and gives all that the log holds. */
export async function run(
  rules: readonly Rule[],
  steps: readonly Step[],
  cutAfter: (index: number) => Cut,
  options: Partial<RuntimeOptions> = {},
): Promise<Run> {
  const data = join(temporary(), 'data');
  const told: [Outcome, unknown][] = [];
  const runtime = await openTest({
    data,
    observations,
    rules,
    unguarded: 'allow',
    ...options,
    streaming: {
      ...options.streaming,
      onOutcome: (outcome, input) => void told.push([outcome, input]),
    },
  });
  const pending: Promise<unknown>[] = [];
  for (const [index, step] of steps.entries()) {
    take(runtime, step, pending);
    const cut = cutAfter(index);
    if (cut === 'turn') await Promise.resolve();
    if (cut === 'flush') await runtime.flush();
  }
  await runtime.flush();
  await Promise.all(pending);
  await runtime.close();
  const entries = await entriesOf(data);
  return {
    data,
    leaves: entries.map(({ leaf }) => leaf),
    payloads: entries.map(({ payload }) => payload),
    told,
  };
}
