import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defineHook } from '../../src/rules/hooks.ts';
import { defineWindow } from '../../src/rules/windows.ts';
import type { Outcome } from '../../src/runtime/outcome.ts';
import { replayLog } from '../../src/runtime/replay.ts';
import { gte } from '../../src/terms/conditions.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { Order, type OrderInput, order } from '../support/ops.ts';
import { entriesOf, openTest, secret, temporary } from '../support/runtime.ts';
import { onlyWarm } from '../support/shapes.ts';

const observations = [Order as unknown as Observation];
const [on] = observations as [Observation];
const shapesWith = (warm: string): string => `@prefix sh: <http://www.w3.org/ns/shacl#> .
  @prefix t: <https://example.com/test#> .
  t:OrderShape a sh:NodeShape ; sh:targetClass t:Order ;
    sh:property ${warm} [ sh:path t:amount ; sh:minInclusive 0 ; sh:maxInclusive 100 ] .`;

const act = { type: 'ship', target: { field: 'customer' } } as const;
const big = defineHook({ name: 'big', on: Order, when: [gte('amount', 90)], act });

async function observed(
  evidence: 'counts' | 'records',
  shapes: string,
  inputs: readonly OrderInput[],
  rules: Parameters<typeof openTest>[0]['rules'] = [big],
) {
  const data = join(temporary(), 'data');
  const told: Outcome[] = [];
  const runtime = await openTest({
    ...{ data, observations, rules, shapes, unguarded: 'allow' },
    streaming: { evidence, onOutcome: (outcome) => void told.push(outcome) },
  });
  for (let rest = inputs; rest.length > 0; ) {
    const { rest: left } = runtime.observeMany(Order, rest);
    rest = rest.slice(rest.length - left);
    await runtime.flush();
  }
  const [routing] = runtime.routing();
  const decided = inputs.map((input) => runtime.decide(Order, input).outcome);
  await runtime.close();
  const leaves = (await entriesOf(data)).map(({ leaf }) => leaf);
  const replayed = await replayLog({ data, secret, observations, rules, unguarded: 'allow' });
  return { told: told.map(({ outcome }) => outcome), routing, leaves, replayed, decided };
}

const each = [5, -1, 95, 101, 50, -2];
const inputs = Array.from({ length: 300 }, (_, index) =>
  order(index, { amount: each[index % each.length]! }),
);

describe.each(['counts', 'records'] as const)('a stream under shapes, evidence %s', (evidence) => {
  test('hot: all are validated, and what violates has a leaf that says so', async () => {
    const { told, routing, leaves, replayed, decided } = await observed(
      ...([evidence, shapesWith(''), inputs] as const),
    );
    expect(told).toEqual(
      Array.from({ length: 50 }, () => ['invalid', 'acted', 'invalid', 'invalid']).flat(),
    );
    // Those that have a leaf are what decide() says of them; the others are idle.
    expect(decided.filter((outcome) => outcome !== 'idle')).toEqual(told);
    expect(routing).toMatchObject({ route: 'hot', hot: 150, warm: 150 });
    expect(leaves.at(-1)).toMatchObject({ kind: 'count', observed: 300, fired: [[0, 50]] });
    expect(replayed).toMatchObject({ findings: [], same: replayed.total });
  });

  test('warm: what fires is validated alone', async () => {
    const { told, routing } = await observed(evidence, shapesWith(`${onlyWarm} ,`), inputs);
    expect(told).toEqual(Array.from({ length: 50 }, () => ['acted', 'invalid']).flat());
    expect(routing).toMatchObject({ route: 'warm', hot: 0, warm: 100 });
  });

  test('hot, without any hook: what violates has a leaf all the same', async () => {
    const { told } = await observed(evidence, shapesWith(''), inputs.slice(0, 12), []);
    expect(told).toEqual(Array.from({ length: 6 }, () => 'invalid'));
  });
});

test('what violates advances no window', async () => {
  const spec = { name: 'seen', on, key: 'customer', perMs: 600_000, count: true } as const;
  const runtime = await openTest({
    ...{ observations, rules: [defineWindow(spec)], shapes: shapesWith('') },
    streaming: { evidence: 'records' },
  });
  runtime.observeMany(Order, inputs.slice(0, 12));
  await runtime.flush();
  expect(runtime.explain(Order, order(13))).toMatchObject({ context: { windows: { seen: 6 } } });
  await runtime.close();
});
