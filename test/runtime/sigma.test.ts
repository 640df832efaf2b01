import { expect, test, vi } from 'vitest';
import { KnhkError } from '../../src/base/errors.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import type { ShapesGate } from '../../src/shapes/gate.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { Order, order, ship } from '../support/ops.ts';
import { codeOf, openTest } from '../support/runtime.ts';
import { onlyWarm, promoteAfterFirst } from '../support/shapes.ts';

// The gate of the runtime under test, with a switch for batches that hold some text.
const faults = vi.hoisted(() => ({
  failing: undefined as string | undefined,
  /** What fails, where it is not the gate's own error. */
  error: undefined as unknown,
  batches: 0,
}));

vi.mock('../../src/shapes/gate.ts', async (original) => {
  const real = await original<typeof import('../../src/shapes/gate.ts')>();
  const openShapesGate = (options: Parameters<typeof real.openShapesGate>[0]): ShapesGate => {
    const gate = real.openShapesGate(options);
    const validateEach: ShapesGate['validateEach'] = async (document, records, more) => {
      faults.batches++;
      const { failing } = faults;
      if (failing !== undefined && records.some(({ record }) => record.includes(failing))) {
        if (faults.error !== undefined) throw faults.error;
        const details = { expected: 'a verdict', got: 'crash', where: 'test' };
        throw new KnhkError('KNHK_SHAPES_UNAVAILABLE', details);
      }
      return gate.validateEach(document, records, more);
    };
    return Object.assign(Object.create(gate) as ShapesGate, {
      validateEach,
      close: () => gate.close(),
    });
  };
  return { ...real, openShapesGate };
});

const prefixes = `@prefix sh: <http://www.w3.org/ns/shacl#> .
  @prefix t: <https://example.com/test#> .`;
const amountUpTo = (most: number): string => `${prefixes}
  t:S a sh:NodeShape ; sh:targetClass t:Order ;
    sh:property ${onlyWarm} , [ sh:path t:amount ; sh:maxInclusive ${most} ] .`;

const open = (shapes?: string): Promise<Runtime> =>
  openTest({
    observations: [Order as unknown as Observation],
    rules: [ship],
    unguarded: 'allow',
    ...(shapes === undefined ? {} : { shapes }),
  });

test('shapes that cannot be checked: no leaf, a free id, and later inputs go on', async () => {
  const runtime = await open(amountUpTo(15));
  faults.failing = 'order/7"';
  expect(await codeOf(() => runtime.apply(Order, order(7), { id: 'x' }))).toBe(
    'KNHK_SHAPES_UNAVAILABLE',
  );
  expect(runtime.health()).toMatchObject({
    status: 'degraded',
    reasons: [{ code: 'shapes-unavailable' }],
    size: 1,
    inFlight: 0,
  });
  expect(await runtime.apply(Order, order(8))).toMatchObject({ outcome: 'acted' });
  expect(runtime.health().status).toBe('ok');
  faults.failing = undefined;
  // The same id with other content is no conflict: nothing was decided the first time.
  expect(await runtime.apply(Order, order(7, { amount: 3 }), { id: 'x' })).toMatchObject({
    outcome: 'acted',
  });
  await runtime.close();
});

test('who waits for an id that turns out unavailable is told so too', async () => {
  const runtime = await open(amountUpTo(15));
  faults.failing = 'order/7"';
  const results = await Promise.allSettled([
    runtime.apply(Order, order(7), { id: 'x' }),
    runtime.apply(Order, order(7), { id: 'x' }),
  ]);
  faults.failing = undefined;
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await runtime.apply(Order, order(7), { id: 'x' })).toMatchObject({ outcome: 'acted' });
  await runtime.close();
});

test('applyAll yields unavailable in its place and goes on', async () => {
  const runtime = await open(amountUpTo(15));
  faults.failing = 'order/1"';
  // One input at a time, so that each is a batch of its own.
  async function* slowly() {
    for (let index = 0; index < 4; index++) {
      yield order(index, { amount: index === 2 ? 99 : 1 });
      await vi.waitFor(() => expect(runtime.health().inFlight).toBe(0));
    }
  }
  const outcomes = [];
  const id = (_: unknown, index: number): string => `id-${index}`;
  for await (const outcome of runtime.applyAll(Order, slowly(), { id })) outcomes.push(outcome);
  faults.failing = undefined;
  expect(outcomes.map(({ outcome }) => outcome)).toEqual([
    'acted',
    'unavailable',
    'invalid',
    'acted',
  ]);
  expect(outcomes[1]).toMatchObject({ id: 'id-1', error: { code: 'KNHK_SHAPES_UNAVAILABLE' } });
  expect(runtime.health().size).toBe(4);
  await runtime.close();
});

test('what is unavailable without an id of the host has the id that it will have', async () => {
  const runtime = await open(amountUpTo(15));
  faults.failing = 'order/1"';
  const first = await runtime.applyAll(Order, [order(1)]).next();
  faults.failing = undefined;
  const { id } = await runtime.apply(Order, order(1));
  expect(id).toMatch(/^[0-9a-f]{64}$/);
  expect(first.value).toMatchObject({ outcome: 'unavailable', id });
  await runtime.close();
});

test.each([
  [new TypeError('odd'), 'odd'],
  ['only text', 'only text'],
])('a gate that throws something else is unavailable too: %s', async (thrown, got) => {
  const runtime = await open(amountUpTo(15));
  Object.assign(faults, { failing: 'order/1"', error: thrown });
  const { value } = await runtime.applyAll(Order, [order(1)]).next();
  Object.assign(faults, { failing: undefined, error: undefined });
  expect(value).toMatchObject({
    outcome: 'unavailable',
    error: { code: 'KNHK_SHAPES_UNAVAILABLE', cause: thrown, details: { got } },
  });
  await runtime.close();
});

test('more than a batch holds goes in several, one after the other', async () => {
  const runtime = await open(amountUpTo(15));
  const before = faults.batches;
  const inputs = Array.from({ length: 600 }, (_, n) => order(n, { amount: n % 20 }));
  const outcomes = await Promise.all(inputs.map((input) => runtime.apply(Order, input)));
  expect(faults.batches - before).toBe(3);
  expect(outcomes.filter(({ outcome }) => outcome === 'invalid')).toHaveLength(120);
  expect(outcomes.filter(({ outcome }) => outcome === 'acted')).toHaveLength(480);
  await runtime.close();
});

test.each<[string, string | undefined, string | null, string[]]>([
  ['tighter shapes', amountUpTo(100), amountUpTo(15), ['acted', 'invalid', 'acted', 'invalid']],
  ['wider shapes', amountUpTo(15), amountUpTo(100), ['invalid', 'acted', 'acted', 'acted']],
  ['the first shapes', undefined, amountUpTo(15), ['acted', 'invalid', 'acted', 'invalid']],
  ['no shapes any more', amountUpTo(15), null, ['invalid', 'acted', 'acted', 'acted']],
])(
  'promoting %s: what waits is judged by the new ones, in its place',
  async (...row) => {
    const [, before, after, expected] = row;
    const runtime = await open(before);
    promoteAfterFirst(runtime, after);
    const outcomes = await Promise.all(
      [99, 20, 10, 20].map((amount, index) => runtime.apply(Order, order(index, { amount }))),
    );
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(expected);
    const seqs = outcomes.map((outcome) => (outcome as { receipt: { seq: number } }).receipt.seq);
    expect(seqs).toEqual([1, 3, 4, 5]);
    await runtime.close();
  },
  5_000,
);

test('many that wait are validated again in few batches', async () => {
  const runtime = await open(amountUpTo(100));
  promoteAfterFirst(runtime, amountUpTo(15));
  const work = Array.from({ length: 200 }, (_, index) => runtime.apply(Order, order(index)));
  await work[0];
  faults.batches = 0;
  await Promise.all(work);
  expect(faults.batches).toBeLessThan(10);
  await runtime.close();
});
