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

/** One of 64 rules over the first five or all eight facts, as numbers to compare with. */
interface Spec {
  readonly speed: number;
  readonly heat: readonly [number, number];
  readonly load: number;
  readonly age: number;
  readonly site: string;
  readonly wide?: {
    readonly pressure: number;
    readonly running: boolean;
    readonly models: readonly string[];
  };
}

export type FactCount = 5 | 8;
const hookCount = 64;
const sites = ['north', 'south', 'east', 'west'] as const;
const models = ['m1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7', 'm8'] as const;

function specs(facts: FactCount): Spec[] {
  const next = sequence(64 + facts);
  const upTo = (max: number): number => Math.floor(next() * max);
  return Array.from({ length: hookCount }, (_, index) => {
    const low = upTo(700);
    const narrow: Spec = {
      ...{ speed: 500 + upTo(500), heat: [low, low + 200], load: upTo(900), age: upTo(900) },
      site: sites[index % sites.length]!,
    };
    if (facts === 5) return narrow;
    const pair = [models[upTo(8)]!, models[upTo(8)]!];
    const wide = { pressure: upTo(100) / 128, running: next() < 0.5, models: pair };
    return { ...narrow, wide };
  });
}

/** The rules as hooks; each reads every fact. */
export function hooksOf(facts: FactCount): Hook[] {
  return specs(facts).map(({ speed, heat, load, age, site, wide }, index) => {
    const when: ConditionDraft[] = [
      ...[gte('speed', speed), between('heat', heat[0], heat[1]), gte('load', load)],
      ...[gte('age', age), eq('site', site)],
    ];
    if (wide !== undefined) {
      when.push(gte('pressure', wide.pressure), eq('running', wide.running));
      when.push(isIn('model', [...new Set(wide.models)]));
    }
    const act = { type: 'machine.check', target: { field: 'machine' } };
    return defineHook({ name: `check-${index}`, on: Reading, when, act });
  });
}

/** Which hooks fire, by looking at each. */
export function firingOn(facts: FactCount): (reading: Reading) => number[] {
  const rules = specs(facts);
  const holds = (rule: Spec, reading: Reading): boolean => {
    const { speed, heat, load, age, site, wide } = rule;
    if (reading.speed < speed || reading.heat < heat[0] || reading.heat > heat[1]) return false;
    if (reading.load < load || reading.age < age || reading.site !== site) return false;
    if (wide === undefined) return true;
    const { pressure, running, models: some } = wide;
    return (
      reading.pressure >= pressure && reading.running === running && some.includes(reading.model)
    );
  };
  return (reading) => rules.flatMap((rule, index) => (holds(rule, reading) ? [index] : []));
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
