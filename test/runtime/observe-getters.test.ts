import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defineHook } from '../../src/rules/hooks.ts';
import type { Outcome } from '../../src/runtime/outcome.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { gte } from '../../src/terms/conditions.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { Order, type OrderInput, order } from '../support/ops.ts';
import { entriesOf, openTest, temporary } from '../support/runtime.ts';

const observations = [Order] as unknown as Observation[];
const big = defineHook({
  ...{ name: 'big', on: Order, when: [gte('amount', 100)] },
  act: { type: 'ship', target: { field: 'customer' } },
});

/** An order whose amount is asked of the host, which at first does something else meanwhile. */
function asking(index: number, amount: number, during: () => void): OrderInput {
  let isFirst = true;
  return Object.defineProperty({ ...order(index) }, 'amount', {
    enumerable: true,
    get: () => {
      if (isFirst) during();
      isFirst = false;
      return amount;
    },
  });
}

interface Streamed {
  readonly observed: number;
  readonly outcomes: readonly string[];
}

/** What a log says of a stream once it is closed. */
async function streamed(use: (runtime: Runtime) => Promise<void> | void): Promise<Streamed> {
  const data = join(temporary(), 'data');
  const outcomes: string[] = [];
  const onOutcome = ({ outcome }: Outcome): void => void outcomes.push(outcome);
  const options = { data, observations, rules: [big], unguarded: 'allow' } as const;
  const runtime = await openTest({ ...options, streaming: { onOutcome } });
  await use(runtime);
  await runtime.flush();
  await runtime.close();
  const leaves = (await entriesOf(data)).map(({ leaf }) => leaf);
  const counts = leaves.flatMap((leaf) => (leaf.kind === 'count' ? [leaf.observed] : []));
  return { observed: counts.reduce((sum, count) => sum + count, 0), outcomes };
}

test('what a getter observes finds no room, and nothing is lost', async () => {
  const answers: string[] = [];
  const told = await streamed((runtime) => {
    for (let index = 0; index < 63; index++) runtime.observe(Order, order(index, { amount: 1 }));
    const inner = (): void => void answers.push(runtime.observe(Order, order(900, { amount: 1 })));
    answers.push(runtime.observe(Order, asking(63, 100, inner)));
    answers.push(runtime.observe(Order, order(64, { amount: 1 })));
  });
  expect(answers).toEqual(['full', 'observed', 'observed']);
  expect(told).toEqual({ observed: 65, outcomes: ['acted'] });
});

test('the same within a run: positions stay', async () => {
  const told = await streamed(async (runtime) => {
    const inputs = Array.from({ length: 192 }, (_, index) =>
      index % 10 === 3
        ? asking(index, 100, () => {
            expect(runtime.observe(Order, order(900))).toBe('full');
            const { rest } = runtime.observeMany(Order, [order(901), order(902)]);
            expect(rest).toBe(2);
          })
        : order(index, { amount: 1 }),
    );
    for (let rest: readonly OrderInput[] = inputs; rest.length > 0; await runtime.flush()) {
      rest = rest.slice(rest.length - runtime.observeMany(Order, rest).rest);
    }
  });
  expect(told.observed).toBe(192);
  expect(told.outcomes).toEqual(Array(19).fill('acted'));
});

test('a getter that applies or flushes does not empty what is being filled', async () => {
  const told = await streamed(async (runtime) => {
    const works: Promise<unknown>[] = [];
    for (let index = 0; index < 10; index++) runtime.observe(Order, order(index, { amount: 1 }));
    const apply = (): void => {
      works.push(runtime.apply(Order, order(901, { amount: 1 }), { id: 'inner' }), runtime.flush());
    };
    runtime.observe(Order, asking(10, 100, apply));
    runtime.observe(Order, order(11, { amount: 100 }));
    await Promise.all(works);
  });
  expect(told).toEqual({ observed: 12, outcomes: ['acted', 'acted'] });
});
