import { join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { KnhkError } from '../../src/base/errors.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { compileShapes } from '../../src/shapes/document.ts';
import { openShapesGate, type ShapesGate } from '../../src/shapes/gate.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { readObservation } from '../../src/terms/read.ts';
import { Order, order, ship, Visit } from '../support/ops.ts';
import { codeOf, entriesOf, openTest, temporary } from '../support/runtime.ts';
import { onlyWarm, promoteAfterFirst } from '../support/shapes.ts';

const asked = vi.hoisted(() => ({ records: 0, isBroken: false }));

vi.mock('../../src/shapes/gate.ts', async (original) => {
  const real = await original<typeof import('../../src/shapes/gate.ts')>();
  const openShapesGate = (options: Parameters<typeof real.openShapesGate>[0]): ShapesGate => {
    const gate = real.openShapesGate(options);
    const validateEach: ShapesGate['validateEach'] = async (document, records, more) => {
      asked.records += records.length;
      if (!asked.isBroken) return gate.validateEach(document, records, more);
      const details = { expected: 'a verdict', got: 'crash', where: 'test' };
      throw new KnhkError('KNHK_SHAPES_UNAVAILABLE', details);
    };
    return Object.assign(Object.create(gate) as ShapesGate, {
      validateEach,
      close: () => gate.close(),
    });
  };
  return { ...real, openShapesGate };
});

beforeEach(() => {
  Object.assign(asked, { records: 0, isBroken: false });
});

const observations = [Order, Visit] as unknown as Observation[];
const prefixes = `@prefix sh: <http://www.w3.org/ns/shacl#> .
  @prefix t: <https://example.com/test#> .`;
const upTo = (most: number, warm = ''): string => `${prefixes}
  t:S a sh:NodeShape ; sh:targetClass t:Order ;
    sh:property ${warm} [ sh:path t:amount ; sh:maxInclusive ${most} ] .`;
const hot = (most: number): string => upTo(most);
const warm = (most: number): string => upTo(most, `${onlyWarm} ,`);

const open = (shapes?: string, more: Partial<Parameters<typeof openTest>[0]> = {}) =>
  openTest({
    ...{ observations, rules: [ship], unguarded: 'allow' as const, ...more },
    ...(shapes === undefined ? {} : { shapes }),
  });
const amounts = (runtime: Runtime, all: readonly number[]) =>
  Promise.all(all.map((amount, index) => runtime.apply(Order, order(index, { amount }))));

describe('routing()', () => {
  test('says of each type where its records are validated', async () => {
    const none = { hot: 0, warm: 0, lanes: 0, reasons: [] };
    const without = await open();
    expect(without.routing()).toEqual([
      { ...none, type: 'order.placed', route: 'none' },
      { ...none, type: 'visit.made', route: 'none' },
    ]);
    await without.close();
    const some = await open(hot(15));
    expect(some.routing()).toEqual([
      { ...none, type: 'order.placed', route: 'hot', lanes: 1 },
      { ...none, type: 'visit.made', route: 'hot' },
    ]);
    await some.close();
  });

  test('says why a type is warm, and by which shape', async () => {
    const runtime = await open(warm(15));
    expect(runtime.routing()).toMatchObject([
      { route: 'warm', reasons: [{ shape: '_:b0', constraint: 'pattern' }] },
      { route: 'hot', reasons: [] },
    ]);
    await runtime.close();
  });

  test('is warm for every type where the reference engine was asked for', async () => {
    const runtime = await open(hot(15), { shapesEngine: 'reference' });
    const outcomes = await amounts(runtime, [15, 16]);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['acted', 'invalid']);
    expect(runtime.routing()).toMatchObject([
      { route: 'warm', hot: 0, warm: 2, reasons: [{ constraint: 'engine' }] },
      { route: 'warm' },
    ]);
    expect(runtime.decide(Order, order(1)).sigma).toBe('unchecked');
    await runtime.close();
  });
});

describe('apply() on the hot path', () => {
  test('what conforms never meets the engine, what does not has its report', async () => {
    const runtime = await open(hot(15));
    const outcomes = await amounts(runtime, [1, 99, 15, 16]);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual([
      'acted',
      'invalid',
      'acted',
      'invalid',
    ]);
    expect(outcomes.map((outcome) => 'receipt' in outcome && outcome.receipt.seq)).toEqual([
      ...[1, 2, 3, 4],
    ]);
    expect(asked.records).toBe(2);
    expect(runtime.routing()[0]).toMatchObject({ hot: 2, warm: 2 });
    const gate = openShapesGate({ observations, threads: 0 });
    const on = observations[0]!;
    const input = order(1, { amount: 99 });
    const read = readObservation(on, input);
    const record = {
      observation: on.hash,
      record: read.ok ? read.record : '',
      subject: input.order,
    };
    const [verdict] = await gate.validateEach(compileShapes(hot(15)), [record]);
    expect(outcomes[1]).toMatchObject({
      results: verdict && 'results' in verdict && verdict.results,
    });
    await gate.close();
    await runtime.close();
  });

  test('needs no turn of the event loop: its leaf is there when apply() returns', async () => {
    const runtime = await open(hot(15));
    const before = runtime.health().size;
    const applied = runtime.apply(Order, order(1));
    expect(runtime.health().size).toBe(before + 1);
    await applied;
    await runtime.close();
  });

  test('goes on where the engine is broken, whose failure health() keeps', async () => {
    const runtime = await open(hot(15));
    asked.isBroken = true;
    expect(await codeOf(() => runtime.apply(Order, order(1, { amount: 99 })))).toBe(
      'KNHK_SHAPES_UNAVAILABLE',
    );
    expect(await runtime.apply(Order, order(2))).toMatchObject({ outcome: 'acted' });
    expect(runtime.health()).toMatchObject({ reasons: [{ code: 'shapes-unavailable' }] });
    asked.isBroken = false;
    expect(await runtime.apply(Order, order(1, { amount: 99 }))).toMatchObject({
      ...{ outcome: 'invalid' },
    });
    expect(runtime.health().status).toBe('ok');
    await runtime.close();
  });
});

test.each<[string, string | undefined, string | null, string[]]>([
  ['hot, to tighter', hot(100), hot(15), ['acted', 'invalid', 'acted', 'invalid']],
  ['hot, to wider', hot(15), hot(100), ['invalid', 'acted', 'acted', 'acted']],
  ['none, to hot', undefined, hot(15), ['acted', 'invalid', 'acted', 'invalid']],
  ['hot, to none', hot(15), null, ['invalid', 'acted', 'acted', 'acted']],
  ['hot, to warm', hot(100), warm(15), ['acted', 'invalid', 'acted', 'invalid']],
  ['warm, to hot', warm(100), hot(15), ['acted', 'invalid', 'acted', 'invalid']],
  ['warm, to wider and hot', warm(15), hot(100), ['invalid', 'acted', 'acted', 'acted']],
])('promoted %s: what waits is judged by the new shapes, in its place', async (...row) => {
  const [, before, after, expected] = row;
  const runtime = await open(before);
  promoteAfterFirst(runtime, after);
  const outcomes = await amounts(runtime, [99, 20, 10, 20]);
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(expected);
  const seqs = outcomes.map((outcome) => 'receipt' in outcome && outcome.receipt.seq);
  expect(seqs).toEqual([1, 3, 4, 5]);
  const [decided] = [99].map((amount) => runtime.decide(Order, order(9, { amount })).sigma);
  const wanted = after === null || after === hot(100) ? 'conforms' : 'violates';
  expect(decided).toBe(after === warm(15) ? 'unchecked' : wanted);
  await runtime.close();
});

test('a restart finds the same routes', async () => {
  const data = join(temporary(), 'data');
  const runtime = await open(hot(15), { data });
  const before = runtime.routing();
  await runtime.close();
  const again = await open(hot(15), { data });
  expect(again.deployed).toBeUndefined();
  expect(again.routing()).toEqual(before);
  await again.close();
  expect((await entriesOf(data)).length).toBe(1);
});
