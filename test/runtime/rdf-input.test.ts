import { join } from 'node:path';
import fc from 'fast-check';
import { DataFactory, Writer } from 'n3';
import { describe, expect, test } from 'vitest';
import { defineHook } from '../../src/rules/hooks.ts';
import type { RuntimeOptions } from '../../src/runtime/open.ts';
import { gte } from '../../src/terms/conditions.ts';
import { integer, iri, optional, string } from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import { type TermFactory, toQuads } from '../../src/terms/rdf.ts';
import type { StandardSchemaLike } from '../../src/terms/schema.ts';
import { parseTurtle, type QuadLike } from '../../src/terms/turtle.ts';
import { sample } from '../support/declarations.ts';
import { runs } from '../support/effort.ts';
import { entriesOf, openTest, temporary } from '../support/runtime.ts';

const factory = DataFactory as unknown as TermFactory<QuadLike>;

function visits(schema?: StandardSchemaLike) {
  const Visit = defineObservation('shop.visited', {
    class: 'https://e.org/Visit',
    subject: 'page',
    fields: { page: iri(), seconds: integer(), note: optional(string()) },
    ...(schema === undefined ? {} : { schema }),
  });
  const act = { type: 'notify', target: 'shop' };
  const hook = defineHook({ name: 'long', on: Visit, when: [gte('seconds', 60)], act });
  const observations = [Visit] as unknown as Observation[];
  const options = { observations, rules: [hook], unguarded: 'allow' } as const;
  return { Visit, open: (more: Partial<RuntimeOptions> = {}) => openTest({ ...options, ...more }) };
}

const turtle = (seconds: string): string =>
  `@prefix e: <https://e.org/> . e:1 a e:Visit ; e:seconds ${seconds} .`;
const object = (seconds: number) => ({ page: 'https://e.org/1', seconds });
const noInteger = {
  path: '$.seconds, line 1',
  expected: 'a literal of http://www.w3.org/2001/XMLSchema#integer',
  got: 'http://www.w3.org/2001/XMLSchema#decimal',
};

describe('observations as RDF', () => {
  test('any record has the same receipt, id and leaf in each form', async () => {
    await fc.assert(
      fc.asyncProperty(sample, async ({ observation, input, data }) => {
        const quads = toQuads(observation, data, factory);
        const text = new Writer({ format: 'N-Triples' }).quadsToString(quads as never);
        const answers = await Promise.all(
          [input, text, quads, new Set(quads)].map(async (form) => {
            const directory = join(temporary(), 'data');
            const runtime = await openTest({
              observations: [observation],
              rules: [],
              data: directory,
            });
            const outcome = await runtime.apply(observation, form as never);
            const again = await runtime.apply(observation, input as never);
            const explained = runtime.explain(observation, form as never);
            await runtime.close();
            const leaves = (await entriesOf(directory)).map(({ hash }) => hash);
            return { outcome, again, explained, leaves };
          }),
        );
        expect(answers[0]?.outcome.outcome).toBe('idle');
        expect(answers[0]?.again.outcome).toBe('duplicate');
        for (const answer of answers) expect(answer).toEqual(answers[0]);
      }),
      { numRuns: runs(12) },
    );
  });

  test('decide, explain and apply answer as for objects', async () => {
    const { Visit, open } = visits();
    await using runtime = await open();
    for (const seconds of [5, 60]) {
      const text = turtle(`${seconds}`);
      expect(runtime.decide(Visit, text)).toEqual(runtime.decide(Visit, object(seconds)));
      expect(runtime.explain(Visit, text)).toEqual(runtime.explain(Visit, object(seconds)));
      expect(runtime.explain(Visit, parseTurtle(text, 'a'))).toEqual(runtime.explain(Visit, text));
    }
    expect(runtime.decide(Visit, turtle('60')).outcome).toBe('acted');
    const outcomes: string[] = [];
    const inputs = [turtle('5'), parseTurtle(turtle('60'), 'a'), object(60), object(5)];
    for await (const { outcome } of runtime.applyAll(Visit, inputs)) outcomes.push(outcome);
    expect(outcomes).toEqual(['idle', 'acted', 'duplicate', 'duplicate']);
  });

  test.each(['counts', 'records'] as const)('observe with %s counts and acts', async (evidence) => {
    const { Visit, open } = visits();
    const told: unknown[] = [];
    const streaming = {
      evidence,
      onOutcome: (_: unknown, input: unknown) => void told.push(input),
    };
    await using runtime = await open({ streaming });
    expect(runtime.observe(Visit, turtle('5'))).toBe('observed');
    expect(runtime.observe(Visit, turtle('60'))).toBe('observed');
    expect(runtime.observe(Visit, turtle('5.5'))).toBe('invalid');
    const many = [turtle('61'), turtle('6'), 'nonsense', object(62)];
    expect(runtime.observeMany(Visit, many)).toEqual({ observed: 3, invalid: 1, rest: 0 });
    await runtime.flush();
    expect(told).toEqual([object(60), object(61), object(62)]);
    expect(runtime.health().applied).toBe(3);
  });

  test('what cannot be read is invalid and says where', async () => {
    const { Visit, open } = visits();
    await using runtime = await open();
    const refused = { outcome: 'invalid', stage: 'terms', issues: [noInteger] };
    expect(await runtime.apply(Visit, turtle('5.5'))).toEqual(refused);
    expect(runtime.decide(Visit, turtle('5.5'))).toMatchObject(refused);
    expect(runtime.explain(Visit, turtle('5.5'))).toMatchObject({ issues: [noInteger] });
    const broken = await runtime.apply(Visit, `${turtle('5')}\n.`);
    const issue = { path: '$, line 2, column 1', expected: 'a term' };
    expect(broken).toMatchObject({ issues: [issue] });
    expect(runtime.health().applied).toBe(0);
  });
});

describe('types with a schema', () => {
  const even: StandardSchemaLike = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value) =>
        (value as { seconds: number }).seconds % 2 === 0
          ? { value }
          : { issues: [{ message: 'an even number', path: ['seconds'] }] },
    },
  };
  const issues = [
    { path: '$.seconds', expected: 'an even number', got: 'data that the schema refuses' },
  ];

  test('decide, explain and apply refuse what it refuses, also where nothing fires', async () => {
    const { Visit, open } = visits(even);
    await using runtime = await open();
    for (const seconds of [5, 61]) {
      for (const input of [object(seconds), turtle(`${seconds}`)]) {
        const refused = { outcome: 'invalid', stage: 'terms', issues };
        expect(runtime.decide(Visit, input)).toMatchObject(refused);
        expect(runtime.explain(Visit, input)).toEqual({ outcome: 'invalid', issues });
        expect(await runtime.apply(Visit, input)).toEqual(refused);
      }
    }
    expect(runtime.decide(Visit, object(4)).outcome).toBe('idle');
    expect(runtime.decide(Visit, object(60)).outcome).toBe('acted');
    expect((await runtime.apply(Visit, object(60))).outcome).toBe('acted');
    expect(runtime.explain(Visit, object(60)).outcome).toBe('acted');
  });

  test.each(['counts', 'records'] as const)('observe with %s asks it', async (evidence) => {
    const { Visit, open } = visits(even);
    await using runtime = await open({ streaming: { evidence } });
    expect(runtime.observe(Visit, object(5))).toBe('invalid');
    expect(runtime.observe(Visit, object(6))).toBe('observed');
    const many = [object(61), object(62), turtle('4'), turtle('3')];
    expect(runtime.observeMany(Visit, many)).toEqual({ observed: 2, invalid: 2, rest: 0 });
    await runtime.flush();
    expect(runtime.health().applied).toBe(1);
  });

  test('observeMany leaves what there is no room for', async () => {
    const { Visit, open } = visits(even);
    await using runtime = await open();
    const many = Array.from({ length: 2_000 }, () => object(60));
    const { observed, invalid, rest } = runtime.observeMany(Visit, many);
    expect(rest).toBeGreaterThan(0);
    expect([observed + rest, invalid]).toEqual([2_000, 0]);
  });

  test('a log is opened again whatever the schema says by then', async () => {
    const data = join(temporary(), 'data');
    const before = await visits().open({ data });
    await before.apply(visits().Visit, object(61));
    await before.close();
    const { Visit, open } = visits(even);
    await using runtime = await open({ data });
    expect(runtime.health().applied).toBe(1);
    expect((await runtime.apply(Visit, object(61))).outcome).toBe('invalid');
  });
});
