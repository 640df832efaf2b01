import { rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  boolean,
  defineAction,
  defineGuard,
  defineHook,
  defineObservation,
  eq,
  gt,
  gte,
  type Hook,
  integer,
  iri,
  type ObservationInput,
  openRuntime,
  type Rule,
  type Runtime,
  string,
} from 'knhk';
import type { BenchContext } from '../harness.ts';
import { parsed, sequence } from '../inputs.ts';

export const Payment = defineObservation('payment.requested', {
  class: 'https://example.com/pay#Payment',
  subject: 'payment',
  fields: { payment: iri(), amount: integer(), country: string(), verified: boolean() },
});
export type Payment = ObservationInput<typeof Payment>;

/** Payments of one list; a power of two. */
export const paymentCount = 16_384;
const countries = ['NG', 'DE', 'FR', 'US'] as const;

/** Non-repeating payments; every condition below holds for a half of them or less. */
export function payments(): Payment[] {
  const next = sequence(20_261_121);
  return parsed(
    Array.from({ length: paymentCount }, (_, index) => ({
      payment: `urn:payment:${index}`,
      amount: Math.floor(next() * 1_000),
      country: countries[Math.floor(next() * countries.length)] as string,
      verified: next() < 0.5,
    })),
  );
}

/** Payments that {@link payingRules} deny, every one. */
export function deniedPayments(): Payment[] {
  return parsed(
    payments().map((payment) => ({
      ...payment,
      ...{ amount: 500 + payment.amount, country: 'NG', verified: false },
    })),
  );
}

/** One hook of three conditions: is this payment stopped for review? Six in a hundred are. */
export const reviewRules: readonly Rule[] = [
  defineHook({
    ...{ name: 'review', on: Payment, act: { type: 'payment.review', target: 'desk' } },
    when: [gte('amount', 500), eq('country', 'NG'), eq('verified', false)],
  }),
];

/** The same question by hand. */
export const isStopped = ({ amount, country, verified }: Payment): boolean =>
  amount >= 500 && country === 'NG' && verified === false;

interface Bound {
  readonly least: number;
  readonly country: string;
  readonly verified: boolean;
}

const bounds: readonly Bound[] = Array.from({ length: 31 }, (_, index) => ({
  least: 930 + 2 * index,
  country: countries[index % 4]!,
  verified: (index >> 2) % 2 === 0,
}));

/** 31 hooks of three conditions, all of them different. */
export const manyRules: readonly Hook[] = bounds.map(({ least, country, verified }, index) =>
  defineHook({
    ...{ name: `review-${index}`, on: Payment, act: { type: 'payment.review', target: 'desk' } },
    when: [gte('amount', least), eq('country', country), eq('verified', verified)],
  }),
);

/** How many of {@link manyRules} fire, by hand. */
export const countFiring = ({ amount, country, verified }: Payment): number =>
  bounds.filter(
    (bound) => amount >= bound.least && country === bound.country && verified === bound.verified,
  ).length;

/** Every payment proposes an action of its own; two guards are asked, the first of them denies. */
export const payingRules: readonly Rule[] = [
  defineAction('payment.pay', {
    fields: { amount: integer(), country: string(), verified: boolean() },
  }),
  defineHook({
    ...{ name: 'pay', on: Payment, when: [] },
    act: {
      type: 'payment.pay',
      target: { field: 'payment' },
      data: {
        ...{ amount: { field: 'amount' }, country: { field: 'country' } },
        verified: { field: 'verified' },
      },
    },
  }),
  defineGuard({
    ...{ name: 'review-first', on: 'payment.pay' },
    deny: [gte('amount', 500), eq('country', 'NG'), eq('verified', false)],
  }),
  defineGuard({ name: 'too-much', on: 'payment.pay', deny: [gt('amount', 10_000)] }),
];

/** Opens a runtime with these rules, lends it and closes it. */
export async function withRuntime<Result>(
  context: BenchContext,
  name: string,
  rules: readonly Rule[],
  use: (knhk: Runtime) => Promise<Result>,
  shapes?: string,
): Promise<Result> {
  const data = join(context.directory, name);
  const origin = `bench.example/${name}`;
  const options = { origin, data, observations: [Payment], rules, unguarded: 'allow' } as const;
  const knhk = await openRuntime(shapes === undefined ? options : { ...options, shapes });
  try {
    return await use(knhk);
  } finally {
    await knhk.close();
    for (const end of ['', '.keys']) rmSync(`${data}${end}`, { recursive: true, force: true });
  }
}
