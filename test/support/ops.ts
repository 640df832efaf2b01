import { action } from '../../src/rules/actions.ts';
import { type CatalogueOptions, catalogueOf } from '../../src/rules/catalogue.ts';
import { ContextState } from '../../src/rules/context.ts';
import { type Evaluation, evaluate } from '../../src/rules/evaluate.ts';
import { defineHook, type Hook, type HookRun } from '../../src/rules/hooks.ts';
import { linkSnapshot, type Snapshot } from '../../src/rules/snapshot.ts';
import {
  decimal,
  type FieldsData,
  type FieldsInput,
  instant,
  integer,
  iri,
  list,
  number,
  oneOf,
  optional,
  string,
} from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import { readObservation } from '../../src/terms/read.ts';

const orderFields = {
  order: iri(),
  at: instant(),
  customer: string(),
  amount: integer(),
  weight: optional(number()),
  price: optional(decimal()),
  channel: optional(oneOf(['web', 'shop', 'phone'])),
  /** The most that was agreed on. */
  agreed: optional(integer()),
  tags: optional(list(string(), { max: 3 })),
} as const;

/** An observation with a time field of its own. */
export const Order = defineObservation('order.placed', {
  class: 'https://example.com/test#Order',
  subject: 'order',
  time: 'at',
  fields: orderFields,
});

/** An observation whose time is the receipt's, or given beside it. */
export const Visit = defineObservation('visit.made', {
  class: 'https://example.com/test#Visit',
  subject: 'page',
  fields: { page: iri(), visitor: string(), seconds: integer() },
});

export type OrderInput = FieldsInput<typeof orderFields>;
export type OrderData = FieldsData<typeof orderFields>;

/** An order with everything required filled in. */
export function order(index: number, change: Partial<OrderInput> = {}): OrderInput {
  return {
    order: `https://example.com/order/${index}`,
    at: new Date(index * 1_000),
    customer: 'ann',
    amount: 10,
    ...change,
  };
}

/** A hook on orders that always fires. */
export function always(run: HookRun<OrderData>, name = 'always', priority = 0): Hook {
  return defineHook({ name, version: '1', on: Order, when: [], priority, run });
}

/** A hook that proposes one action `ship` on the customer. */
export const ship: Hook = always(({ data }) => [
  action('ship', { target: data.customer, amount: data.amount }),
]);

/** Rules linked, without a log. */
export function linked(
  rules: CatalogueOptions['rules'],
  options: Partial<CatalogueOptions> = {},
): Snapshot {
  const observations = [Order, Visit] as unknown as Observation[];
  const catalogue = catalogueOf({ observations, rules, ...options });
  return linkSnapshot(catalogue.document, catalogue, { parent: null, version: 1 });
}

/** A fold that follows a snapshot's windows and budgets. */
export function stateOf(snapshot: Snapshot): ContextState {
  const state = new ContextState();
  const observations = [Order, Visit] as unknown as Observation[];
  state.follow(snapshot.document, new Map(observations.map((item) => [item.type, item])));
  return state;
}

/** Evaluates one order on a snapshot, with the state given or an empty one. */
export function evaluateOrder(
  snapshot: Snapshot,
  input: OrderInput,
  state: ContextState = stateOf(snapshot),
  more: { readonly principal?: string } = {},
): Evaluation {
  const read = readObservation(Order as unknown as Observation, input);
  if (!read.ok) throw new Error(JSON.stringify(read.issues));
  const at = read.data['at'] as number;
  const view = state.view(Order.type, read.data, at);
  return evaluate(snapshot, view, { type: Order.type, data: read.data, at, id: 'x', ...more });
}
