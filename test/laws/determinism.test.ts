import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Observation } from '../../src/terms/observation.ts';
import { Order, type OrderInput, Visit } from '../support/ops.ts';
import { type RuleSet, ruleSet, streamOf } from '../support/rulesets.ts';
import { counterClock, entriesOf, openTest, temporary } from '../support/runtime.ts';

const both = [Order, Visit] as unknown as Observation[];

interface Way {
  readonly epochLeaves: number;
  /** Rules and observations are registered in this order. */
  readonly order: 'given' | 'reversed' | 'sorted';
  /** How many inputs are in flight at once. */
  readonly batch: number;
  /** The runtime is closed and opened again after so many inputs. */
  readonly reopen: number;
}

const way: fc.Arbitrary<Way> = fc.record({
  epochLeaves: fc.integer({ min: 1, max: 256 }),
  order: fc.constantFrom('given' as const, 'reversed' as const, 'sorted' as const),
  batch: fc.integer({ min: 1, max: 40 }),
  reopen: fc.integer({ min: 1, max: 60 }),
});

function ordered<Item>(items: readonly Item[], by: Way['order']): Item[] {
  if (by === 'given') return [...items];
  if (by === 'reversed') return [...items].reverse();
  return [...items].sort((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
}

/** Runs a stream one way and gives every byte that its log holds about leaves and payloads. */
async function run(set: RuleSet, inputs: readonly OrderInput[], one: Way): Promise<string[]> {
  const data = join(temporary(), 'data');
  const clock = counterClock();
  const open = () =>
    openTest({
      data,
      clock,
      observations: ordered(both, one.order),
      rules: ordered(set.rules, one.order),
      unguarded: set.unguarded,
      epochLeaves: one.epochLeaves,
    });
  let runtime = await open();
  for (let at = 0; at < inputs.length; at += one.batch) {
    if (at > 0 && at % one.reopen === 0) {
      await runtime.close();
      runtime = await open();
    }
    await Promise.all(
      inputs
        .slice(at, at + one.batch)
        .map((input, index) =>
          runtime.apply(Order, input, { id: `id-${at + index}`, trace: 't', principal: 'p' }),
        ),
    );
  }
  await runtime.close();
  const entries = await entriesOf(data);
  return entries.map(({ leafBytes, payload }) => `${Buffer.from(leafBytes)} ${payload ?? ''}`);
}

const plainWay: Way = { epochLeaves: 256, order: 'given', batch: 1, reopen: 1_000 };

describe('A = mu(O, C, S)', () => {
  test('leaves and payloads are equal byte for byte, however they came to be', async () => {
    let acted = 0;
    await fc.assert(
      fc.asyncProperty(ruleSet, streamOf(40), way, async (set, inputs, one) => {
        const expected = await run(set, inputs, plainWay);
        expect(expected).toHaveLength(inputs.length + 1);
        acted += expected.filter((text) => text.includes('"outcome":"acted"')).length;
        expect(await run(set, inputs, one)).toEqual(expected);
      }),
      { numRuns: 25 },
    );
    expect(acted).toBeGreaterThan(0);
  });

  test('epochs of every size cut the same leaves', async () => {
    const [set] = fc.sample(ruleSet, { numRuns: 1, seed: 7 }) as [RuleSet];
    const [inputs] = fc.sample(streamOf(30), { numRuns: 1, seed: 11 }) as [OrderInput[]];
    const expected = await run(set, inputs, plainWay);
    for (const epochLeaves of [1, 2, 3, 7, 29, 30, 31, 255, 256]) {
      expect(await run(set, inputs, { ...plainWay, epochLeaves, batch: 30 })).toEqual(expected);
    }
  });

  test('the clock is read exactly once for each leaf', async () => {
    const data = join(temporary(), 'data');
    const readings: number[] = [];
    const clock = { now: () => 1_000 + 7 * readings.push(0) };
    const [set] = fc.sample(ruleSet, { numRuns: 1, seed: 7 }) as [RuleSet];
    const [inputs] = fc.sample(streamOf(30), { numRuns: 1, seed: 11 }) as [OrderInput[]];
    const runtime = await openTest({ data, clock, observations: both, ...set });
    await Promise.all(inputs.map((input) => runtime.apply(Order, input)));
    await runtime.close();
    const times = (await entriesOf(data)).map(({ leaf }) => leaf.time);
    expect(times).toEqual(times.map((_, seq) => 1_007 + 7 * seq));
  });

  test('another secret or clock gives other leaves: nothing above is a constant', async () => {
    const [set] = fc.sample(ruleSet, { numRuns: 1, seed: 7 }) as [RuleSet];
    const inputs = [{ ...fc.sample(streamOf(1), { numRuns: 1, seed: 3 })[0]![0]! }];
    const of = async (options: object): Promise<string> => {
      const data = join(temporary(), 'data');
      const runtime = await openTest({ data, observations: both, ...set, ...options });
      await runtime.apply(Order, inputs[0]!);
      await runtime.close();
      return (await entriesOf(data)).map(({ hash }) => hash).join();
    };
    const same = await of({});
    expect(await of({})).toBe(same);
    expect(await of({ secret: new Uint8Array(32).fill(6) })).not.toBe(same);
    expect(await of({ clock: counterClock(2_000) })).not.toBe(same);
  });
});
