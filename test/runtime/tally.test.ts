import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeFs } from '../../src/receipts/log/index.ts';
import { origin, temporary } from '../support/runtime.ts';
import {
  Fixed,
  observed,
  open,
  Plain,
  positive,
  sampled,
  shapes,
  Task,
  task,
  wishes,
  zeroErrors,
  zeroOutcomes,
  zeroViolations,
} from './tally-support.ts';

const noTicks = {
  ...{ measurable: 0, within: 0, unmeasurable: 0, hot: 0, parked: {}, compliancePercent: null },
  classes: { R1: 0, W1: 0, C1: 0 },
};

describe('before anything happened', () => {
  it('every outcome, guard and code is there with zero', async () => {
    await using _ = await open();
    const { observations, ...rest } = sampled();
    expect(rest).toEqual({
      origin,
      status: 'ok',
      decisions: { acted: 0, pending: 0, denied: 0, idle: 0, failed: 0, invalid: 0 },
      streamed: { 'fixed.seen': 0, 'plain.seen': 0, 'task.seen': 0 },
      violations: zeroViolations,
      errors: zeroErrors,
      ticks: expect.objectContaining(noTicks),
      verification: { leaves: 0, findings: 0, roundAgeMs: expect.any(Number) },
    });
    // The sectors of a field are known when they are seen.
    expect(observations.map(({ sector }) => sector)).toEqual(['power', 'none']);
    for (const { outcomes, ingestMs } of observations) {
      expect(outcomes).toEqual(zeroOutcomes);
      expect(ingestMs).toMatchObject({ count: 0, sum: 0 });
      expect(ingestMs.counts).toHaveLength(ingestMs.bounds.length + 1);
    }
  });
});

describe('apply', () => {
  it.each([
    ['act', 'acted', {}, {}],
    ['wait', 'pending', {}, {}],
    ['risk', 'denied', { 'no-risk': 2, 'no-risk-at-all': 2 }, {}],
    ['wild', 'denied', { unguarded: 1 }, {}],
    ['nothing', 'idle', {}, {}],
    ['throws', 'failed', {}, { KNHK_HOOK_THREW: 1 }],
    ['nonsense', 'failed', {}, { KNHK_HOOK_ANSWER: 1 }],
    ['huge', 'failed', {}, { KNHK_HOOK_ACTION: 1 }],
    ['many', 'failed', {}, { KNHK_LIMIT_ACTIONS: 1 }],
  ])('counts %s as %s', async (wish, outcome, violations, errors) => {
    await using runtime = await open();
    expect((await runtime.apply(Task, task(1, wish))).outcome).toBe(outcome);
    const sample = sampled();
    expect(observed(sample).outcomes).toEqual({ power: {}, none: {}, a: { [outcome]: 1 } });
    expect(observed(sample).durable).toEqual({ power: 0, none: 0, a: 1 });
    expect(sample.violations).toEqual({ ...zeroViolations, ...violations });
    expect(sample.errors).toEqual({ ...zeroErrors, ...errors });
    expect(positive(sample.decisions)).toEqual({});
  });

  it('counts what it could not read under no sector, without an ingest time', async () => {
    await using runtime = await open();
    await runtime.apply(Task, { sector: 'a' } as never);
    await runtime.apply(Fixed, {} as never);
    expect(observed()).toEqual({
      outcomes: { power: { invalid: 1 }, none: { invalid: 1 } },
      durable: { power: 0, none: 0 },
    });
    expect(sampled().errors).toEqual(zeroErrors);
  });

  it('counts what violates its shapes, which has a receipt', async () => {
    await using runtime = await open({ shapes });
    await runtime.apply(Task, task(1, 'nothing'));
    await runtime.apply(Task, task(2, 'act'));
    expect(observed()).toEqual({
      outcomes: { power: {}, none: {}, a: { invalid: 1, acted: 1 } },
      durable: { power: 0, none: 0, a: 2 },
    });
  });

  it('counts repeated ids, in flight and known, without an ingest time', async () => {
    await using runtime = await open();
    const twice = async () =>
      Promise.all([
        runtime.apply(Task, task(1, 'act'), { id: 'x' }),
        runtime.apply(Task, task(1, 'act'), { id: 'x' }),
        runtime.apply(Task, task(2, 'act', 'b'), { id: 'x' }),
      ]);
    await twice();
    const none = { power: {}, none: {} };
    const a = { acted: 1, duplicate: 1 };
    expect(observed()).toEqual({
      outcomes: { ...none, a, b: { conflict: 1 } },
      durable: { power: 0, none: 0, a: 1, b: 0 },
    });
    await twice();
    expect(observed().outcomes).toEqual({
      ...{ ...none, a: { acted: 1, duplicate: 3 }, b: { conflict: 2 } },
    });
    expect(observed().durable).toEqual({ power: 0, none: 0, a: 1, b: 0 });
  });

  it('counts after a restart from zero', async () => {
    const data = join(temporary(), 'data');
    const first = await open({ data, fs: nodeFs });
    await first.apply(Fixed, task(1, 'risk'));
    await first.close();
    await using again = await open({ data, fs: nodeFs });
    await again.apply(Fixed, task(1, 'risk'));
    expect(observed()).toEqual({
      outcomes: { power: { duplicate: 1 }, none: {} },
      durable: { power: 0, none: 0 },
    });
    expect(sampled().violations).toEqual(zeroViolations);
  });
});

const call = fc.record({
  type: fc.constantFrom(Task, Task, Fixed, Plain),
  wish: fc.constantFrom(...Object.keys(wishes), 'nothing', 'unreadable'),
  sector: fc.constantFrom('a', 'b', 'constructor', '__proto__'),
  id: fc.integer({ min: 0, max: 6 }),
  together: fc.boolean(),
});

function add(counts: Map<string, number>, ...path: string[]): void {
  const name = path.join(' ');
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

it('counts every answer once, in its sector, whatever is applied in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(call, { maxLength: 30 }), async (calls) => {
      await using runtime = await open();
      const expected = new Map<string, number>();
      const waiting: Promise<void>[] = [];
      for (const { type, wish, sector, id, together } of calls) {
        const input = wish === 'unreadable' ? {} : task(id % 2, wish, sector);
        const cell = type === Fixed ? 'power' : type === Plain || !('task' in input) ? '' : sector;
        const work = runtime.apply(type as typeof Task, input as never, { id: `${id}` });
        const counted = work.then((answer) => {
          add(expected, cell || 'none', answer.outcome);
          const first = answer.outcome !== 'duplicate' && answer.outcome !== 'conflict';
          if ('receipt' in answer && first) add(expected, cell || 'none', 'durable');
          if ('failure' in answer) add(expected, answer.failure!.code);
          for (const { guard, verdict } of 'verdicts' in answer ? answer.verdicts : []) {
            if (verdict === 'deny') add(expected, 'guard', guard ?? 'unguarded');
          }
        });
        waiting.push(counted);
        if (!together) await counted;
      }
      await Promise.all(waiting);
      const got = new Map<string, number>();
      const { observations, errors, violations } = sampled();
      for (const { sector, outcomes, ingestMs } of observations) {
        for (const [name, count] of Object.entries(outcomes)) got.set(`${sector} ${name}`, count);
        got.set(`${sector} durable`, ingestMs.count);
      }
      for (const [name, count] of Object.entries(errors)) got.set(name, count);
      for (const [name, count] of Object.entries(violations)) got.set(`guard ${name}`, count);
      for (const [name, count] of got) if (count === 0) got.delete(name);
      expect(got).toEqual(expected);
    }),
    { numRuns: 60 },
  );
});
