import { expect, test, vi } from 'vitest';
import type { EngineName } from '../../src/shapes/engines.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { Order, order, ship } from '../support/ops.ts';
import { openTest } from '../support/runtime.ts';
import { onlyWarm } from '../support/shapes.ts';

vi.mock('piscina', () => import('../support/threads.ts'));

// The gate of the runtime under test has threads that die of one order.
vi.mock('../../src/shapes/gate.ts', async (original) => {
  const real = await original<typeof import('../../src/shapes/gate.ts')>();
  const openShapesGate = (options: Parameters<typeof real.openShapesGate>[0]) =>
    real.openGate(options, { faults: { exit: 'order/7"' } });
  return { ...real, openShapesGate };
});

const shapes = `@prefix sh: <http://www.w3.org/ns/shacl#> .
  @prefix t: <https://example.com/test#> .
  t:S a sh:NodeShape ; sh:targetClass t:Order ;
    sh:property ${onlyWarm} , [ sh:path t:amount ; sh:maxInclusive 5 ] .`;

const open = (shapesEngine?: EngineName) =>
  openTest({
    observations: [Order as unknown as Observation],
    rules: [ship],
    unguarded: 'allow',
    shapes,
    shapesThreads: 1,
    ...(shapesEngine === undefined ? {} : { shapesEngine }),
  });

test('an observation that ends a thread is unavailable, and only that one', async () => {
  const runtime = await open();
  const inputs = Array.from({ length: 12 }, (_, n) => order(n, { amount: n === 3 ? 9 : 1 }));
  const outcomes = [];
  for await (const outcome of runtime.applyAll(Order, inputs)) outcomes.push(outcome);
  const expected = inputs.map((_, n) => (n === 7 ? 'unavailable' : n === 3 ? 'invalid' : 'acted'));
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(expected);
  expect(outcomes[7]).toMatchObject({
    error: { code: 'KNHK_SHAPES_UNAVAILABLE', details: { got: 'crash' } },
  });
  await runtime.close();
});

test('either engine decides, and says the same but for words', async () => {
  const reports = [];
  for (const engine of ['knhk', 'reference'] as const) {
    const runtime = await open(engine);
    const outcome = await runtime.apply(Order, order(3, { amount: 9 }));
    if (outcome.outcome !== 'invalid' || outcome.stage !== 'shapes') throw new Error('valid');
    reports.push(outcome.results.map(({ messages: _, ...rest }) => rest));
    await runtime.close();
  }
  expect(reports[0]).toHaveLength(1);
  expect(reports[0]).toEqual(reports[1]);
  await expect(open('other' as EngineName)).rejects.toMatchObject({ code: 'KNHK_SHAPES_OPTION' });
});
