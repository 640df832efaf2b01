import {
  between,
  boolean,
  type ConditionDraft,
  defineHook,
  defineObservation,
  eq,
  gte,
  type Hook,
  integer,
  iri,
  isIn,
  number,
  type ObservationInput,
  string,
} from 'knhk';
import { parsed, sequence } from '../inputs.ts';

/** What a machine says of itself: eight facts beside its name. */
export const Reading = defineObservation('machine.read', {
  class: 'https://example.com/plant#Reading',
  subject: 'machine',
  fields: {
    ...{ machine: iri(), speed: integer(), heat: integer(), load: integer(), age: integer() },
    ...{ site: string(), pressure: number(), running: boolean(), model: string() },
  },
});
export type Reading = ObservationInput<typeof Reading>;

/** What a rule asks of one fact: a number's bounds, or some values. */
type Ask =
  | { readonly field: 'speed' | 'heat' | 'load' | 'age' | 'pressure'; readonly low: number }
  | { readonly field: 'heat'; readonly low: number; readonly high: number }
  | { readonly field: 'site' | 'model'; readonly values: readonly string[] }
  | { readonly field: 'running'; readonly is: boolean };

export type FactCount = 5 | 8;

/**
 * How 64 rules look. `usual`: each asks three facts, and its bounds lie where few values are.
 * `dense`: each asks every fact, and bounds lie anywhere, so that no search can be foreseen.
 */
export type Style = 'usual' | 'dense';

const hookCount = 64;
const sites = ['north', 'south', 'east', 'west'] as const;
const models = ['m1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7', 'm8'] as const;

function rulesOf(facts: FactCount, style: Style): Ask[][] {
  const next = sequence(64 + facts);
  const upTo = (max: number): number => Math.floor(next() * max);
  const bound = (): number => (style === 'dense' ? upTo(900) : 960 + upTo(40));
  const asks = (index: number): Ask[] => {
    const low = bound();
    const all: Ask[] = [
      { field: 'speed', low: bound() },
      style === 'dense' ? { field: 'heat', low, high: low + 200 } : { field: 'heat', low },
      { field: 'load', low: bound() },
      { field: 'age', low: bound() },
      { field: 'site', values: [sites[index % sites.length]!] },
      { field: 'pressure', low: bound() / 1_024 },
      { field: 'running', is: next() < 0.5 },
      { field: 'model', values: [models[index % 8]!, models[(index + 1 + upTo(7)) % 8]!] },
    ];
    return all.slice(0, facts);
  };
  return Array.from({ length: hookCount }, (_, index) => {
    const all = asks(index);
    if (style === 'dense') return all;
    // Three facts in a row, so that each is asked by as many rules.
    return [0, 1, 2].map((step) => all[(index + step) % facts]!);
  });
}

/** The rules as hooks. */
export function hooksOf(facts: FactCount, style: Style): Hook[] {
  return rulesOf(facts, style).map((asks, index) =>
    defineHook({
      ...{ name: `check-${index}`, on: Reading, when: asks.map(conditionOf) },
      act: { type: 'machine.check', target: { field: 'machine' } },
    }),
  );
}

function conditionOf(ask: Ask): ConditionDraft {
  if ('is' in ask) return eq(ask.field, ask.is);
  if ('values' in ask) return isIn(ask.field, ask.values);
  return 'high' in ask ? between(ask.field, ask.low, ask.high) : gte(ask.field, ask.low);
}

/** Which hooks fire, by looking at each. */
export function firingOn(facts: FactCount, style: Style): (reading: Reading) => number[] {
  const rules = rulesOf(facts, style);
  const holds = (ask: Ask, reading: Reading): boolean => {
    if ('is' in ask) return reading.running === ask.is;
    if ('values' in ask) return ask.values.includes(reading[ask.field]);
    const value = reading[ask.field];
    return value >= ask.low && (!('high' in ask) || value <= ask.high);
  };
  return (reading) =>
    rules.flatMap((asks, index) => (asks.every((ask) => holds(ask, reading)) ? [index] : []));
}

/** Readings of one list; a power of two. */
export const readingCount = 16_384;

/** Non-repeating readings. */
export function readings(): Reading[] {
  const next = sequence(1_111);
  const upTo = (max: number): number => Math.floor(next() * max);
  return parsed(
    Array.from({ length: readingCount }, (_, index) => ({
      machine: `urn:machine:${index}`,
      ...{ speed: upTo(1_000), heat: upTo(1_000), load: upTo(1_000), age: upTo(1_000) },
      ...{ site: sites[upTo(4)] as string, pressure: upTo(1_000) / 1_024 + 0.5 / 1_024 },
      ...{ running: next() < 0.5, model: models[upTo(8)] as string },
    })),
  );
}
