import { describe, expect, test } from 'vitest';
import { nativeEngine } from '../../src/shapes/engine/seam.ts';
import {
  boolean,
  decimal,
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
import { hotConforms, recordOf, routed, warmConforms } from './sigma-oracle.ts';

export const t = 'https://example.com/t#';
export const Thing = defineObservation('thing.seen', {
  ...{ class: `${t}T`, subject: 'id' },
  fields: {
    ...{ id: iri(), i: integer(), j: optional(integer()), n: number(), d: decimal() },
    ...{ e: decimal(), b: boolean(), s: string(), u: optional(string()), r: iri() },
    ...{ o: oneOf(['a', 'web']), at: instant(), to: optional(instant()) },
    ...{ l: list(string()), k: optional(list(integer())), odd: oneOf(['\0']) },
  },
}) as unknown as Observation;

export const base = {
  ...{ id: 'urn:x', i: 5, n: 5, d: '5', e: '6', b: true, s: 'ab', r: 'urn:y', o: 'a' },
  ...{ at: '2020-01-01T00:00:00Z', l: ['a'], odd: '\0' },
};
export type Change = Readonly<Record<string, unknown>>;

const engine = nativeEngine();

/** What rows say of a record, after comparing it with the engine. */
export async function verdict(turtle: string, change: Change): Promise<boolean | string> {
  const { shapes, route } = routed(turtle, Thing);
  if (route.kind === 'warm') {
    return route.reasons.map(({ constraint, reason }) => `${constraint}: ${reason}`).join('; ');
  }
  const data = recordOf(Thing, { ...base, ...change });
  const hot = hotConforms(route, data);
  expect([change, hot]).toEqual([change, await warmConforms(engine, shapes, Thing, data)]);
  return hot;
}

const target = 't:S a sh:NodeShape ; sh:targetClass t:T';
/** A node shape on the things. */
export const node = (constraints: string): string => `${target} ; ${constraints} .`;
/** A property shape on one predicate. */
export const on = (path: string, constraints: string): string =>
  node(`sh:property [ sh:path ${path} ; ${constraints} ]`);
export const dateTime = (text: string): string => `"${text}"^^xsd:dateTime`;

export const none: Change = {};

/** A shapes text with records that conform and records that violate. */
export type Row = readonly [turtle: string, conform: readonly Change[], violate: readonly Change[]];

export const aimed = (aim: string, constraints: string): string =>
  `t:S a sh:NodeShape ; ${aim} ; ${constraints} .`;

/** Every row is hot, and rows and engine say of each record what stands here. */
export function decidedByRows(rows: readonly Row[]): void {
  describe('is decided by rows', () => {
    test.each(rows)('%s', async (turtle, conform, violate) => {
      const verdicts = async (changes: readonly Change[]): Promise<unknown[]> =>
        Promise.all(changes.map(async (change) => [change, await verdict(turtle, change)]));
      expect(await verdicts(conform)).toEqual(conform.map((change) => [change, true]));
      expect(await verdicts(violate)).toEqual(violate.map((change) => [change, false]));
    });
  });
}
