import {
  between,
  type ConditionDraft,
  defineHook,
  defineObservation,
  eq,
  type Hook,
  integer,
  iri,
  isIn,
  type ObservationInput,
  string,
} from 'knhk';
import { parsed, sequence } from '../inputs.ts';

/** What the rules of this topic look at. */
export const Order = defineObservation('order.placed', {
  class: 'https://example.com/shop#Order',
  subject: 'order',
  fields: {
    ...{ order: iri(), key: string(), country: string() },
    ...{ amount: integer(), weight: integer(), distance: integer() },
  },
});
/** An order as a host has it. */
export type Order = ObservationInput<typeof Order>;

/** A field's bounds, both inclusive. */
interface Range {
  readonly field: 'amount' | 'weight' | 'distance';
  readonly low: number;
  readonly high: number;
}

/** One rule as data, from which each contestant's form is made. All of it must hold. */
export interface RuleData {
  readonly name: string;
  readonly key?: string;
  readonly countries?: readonly [string, string];
  readonly ranges: readonly Range[];
}

/** How a set's rules look. */
export interface SetKind {
  readonly name: string;
  /** Rules of n that share a key; none: the rules have ranges only. */
  readonly perKey?: number;
  /** Widest and narrowest range, as shares of all values. */
  readonly widths: readonly [number, number];
}

export const setKinds: readonly SetKind[] = [
  { name: 'A (a key each, range, set)', perKey: 1, widths: [0.05, 0.15] },
  { name: 'B (10 rules a key, range, set)', perKey: 10, widths: [0.01, 0.03] },
  { name: 'C (three ranges)', widths: [0.005, 0.03] },
];

const valueMax = 1_000_000;
const countries = ['NG', 'DE', 'FR', 'US', 'BR', 'IN', 'JP', 'ZA'] as const;

/** The rules of a set. Bounds are any integers, so hardly two rules share one. */
export function rulesOf({ perKey, widths }: SetKind, count: number): RuleData[] {
  const next = sequence(20_261_121 + count);
  const range = (field: Range['field']): Range => {
    const width = widths[0] + next() * (widths[1] - widths[0]);
    const low = Math.floor(next() * (1 - width) * valueMax);
    return { field, low, high: low + Math.floor(width * valueMax) };
  };
  return Array.from({ length: count }, (_, index) => {
    const name = `rule-${index}`;
    if (perKey === undefined) {
      return { name, ranges: [range('amount'), range('weight'), range('distance')] };
    }
    const first = Math.floor(next() * countries.length);
    const second = (first + 1 + Math.floor(next() * (countries.length - 1))) % countries.length;
    const pair = [countries[first]!, countries[second]!] as const;
    const key = `key-${Math.floor(index / perKey)}`;
    return { name, key, countries: pair, ranges: [range('amount')] };
  });
}

/** Orders of this many; a power of two. */
export const orderCount = 16_384;

/** One order in twenty is made to fire a rule; the others do so by chance. */
const firingShare = 0.05;

/** Orders for a set of rules: nine in ten carry a key of some rule, the tenth one of none. */
export function ordersFor(rules: readonly RuleData[]): Order[] {
  const next = sequence(1_121);
  const any = (): number => Math.floor(next() * valueMax);
  const orders = Array.from({ length: orderCount }, (_, index) => {
    const rule = rules[Math.floor(next() * rules.length)]!;
    const order = {
      order: `urn:order:${index}`,
      key: next() < 0.1 ? `other-${index}` : (rule.key ?? 'none'),
      country: countries[Math.floor(next() * countries.length)] as string,
      ...{ amount: any(), weight: any(), distance: any() },
    };
    if (next() < firingShare) {
      for (const { field, low, high } of rule.ranges) {
        order[field] = low + Math.floor(next() * (high - low));
      }
      order.key = rule.key ?? order.key;
      order.country = rule.countries?.[0] ?? order.country;
    }
    return order;
  });
  return parsed(orders);
}

/** What should fire, found by looking at every rule. */
export function firingOn(rules: readonly RuleData[], order: Order): string[] {
  return rules
    .filter(
      ({ key, countries: pair, ranges }) =>
        (key === undefined || key === order.key) &&
        (pair === undefined || pair.includes(order.country)) &&
        ranges.every(({ field, low, high }) => order[field] >= low && order[field] <= high),
    )
    .map(({ name }) => name);
}

/** The rules as hooks that propose one constant action. */
export function hooksOf(rules: readonly RuleData[]): Hook[] {
  return rules.map(({ name, key, countries: pair, ranges }) => {
    const when: ConditionDraft[] = [];
    if (key !== undefined) when.push(eq('key', key));
    if (pair !== undefined) when.push(isIn('country', pair));
    for (const { field, low, high } of ranges) when.push(between(field, low, high));
    return defineHook({ name, on: Order, when, act: { type: 'order.review', target: 'desk' } });
  });
}
