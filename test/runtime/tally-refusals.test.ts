import { describe, expect, it, vi } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import type { LogFs } from '../../src/receipts/log/index.ts';
import { defineHook } from '../../src/rules/hooks.ts';
import { channels } from '../../src/runtime/channels.ts';
import type { RuntimeSample } from '../../src/runtime/tally.ts';
import { gte } from '../../src/terms/conditions.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { memoryFs } from '../../src/testing/index.ts';
import { Order, order } from '../support/ops.ts';
import { codeOf, openTest, temporary } from '../support/runtime.ts';
import {
  collected,
  Fixed,
  observed,
  open,
  Plain,
  positive,
  sampled,
  shapes,
  Task,
  task,
  zeroErrors,
  zeroOutcomes,
} from './tally-support.ts';

const nothingObserved = { outcomes: { power: {}, none: {} }, durable: { power: 0, none: 0 } };

describe('decide', () => {
  it('counts each answer, and nothing else', async () => {
    await using runtime = await open();
    const wishes = ['act', 'wait', 'wait', 'risk', 'nothing', 'throws', 'throws', 'throws'];
    for (const wish of wishes) runtime.decide(Task, task(1, wish));
    for (let left = 4; left > 0; left--) runtime.decide(Fixed, {} as never);
    expect(sampled().decisions).toEqual({
      ...{ acted: 1, pending: 2, denied: 1, idle: 1, failed: 3, invalid: 4 },
    });
    expect(observed()).toEqual(nothingObserved);
    expect(sampled().errors).toEqual(zeroErrors);
    expect(positive(sampled().violations)).toEqual({});
    expect(await codeOf(() => runtime.decide(Order, order(1)))).toBe('KNHK_RUNTIME_TYPE');
    runtime.explain(Task, task(1, 'act'));
    expect(sampled().decisions).toMatchObject({ acted: 1, invalid: 4 });
  });

  it('counts the answers that are constants too', async () => {
    const act = { type: 'ship', target: 'dock' };
    const large = defineHook({ name: 'large', on: Order, when: [gte('amount', 50)], act });
    const observations = [Order as unknown as Observation];
    await using runtime = await openTest({ observations, rules: [large], unguarded: 'allow' });
    for (let left = 3; left > 0; left--) runtime.decide(Order, order(1));
    for (let left = 2; left > 0; left--) runtime.decide(Order, order(1, { amount: 50 }));
    expect(positive(sampled().decisions)).toEqual({ idle: 3, acted: 2 });
  });
});

describe('what is refused is counted by its code and has no outcome', () => {
  it.each<[string, (runtime: Awaited<ReturnType<typeof open>>) => Promise<unknown>]>([
    [
      'KNHK_RUNTIME_FROZEN',
      async (runtime) => {
        runtime.freeze();
        return codeOf(() => runtime.apply(Task, task(1, 'act')));
      },
    ],
    ['KNHK_RUNTIME_TYPE', async (runtime) => codeOf(() => runtime.apply(Order, order(1)))],
    [
      'KNHK_RUNTIME_OPTION',
      async (runtime) => codeOf(() => runtime.apply(Task, task(1, 'act'), { id: '' })),
    ],
    [
      '_OTHER',
      async (runtime) => {
        const options = {
          get id(): string {
            throw new Error("the host's own");
          },
        };
        const told = await codeOf(() => runtime.apply(Task, task(1, 'act'), options));
        return told === "Error: the host's own" ? '_OTHER' : told;
      },
    ],
  ])('%s', async (code, refused) => {
    await using runtime = await open();
    expect(await refused(runtime)).toBe(code);
    expect(sampled().errors).toEqual({ ...zeroErrors, [code]: 1 });
    expect(observed()).toEqual(nothingObserved);
  });

  it('KNHK_RUNTIME_FROZEN while it waits for its shapes', async () => {
    await using runtime = await open({ shapes });
    const waiting = [1, 2].map((index) => codeOf(() => runtime.apply(Task, task(index, 'act'))));
    runtime.freeze();
    expect(await Promise.all(waiting)).toEqual(['KNHK_RUNTIME_FROZEN', 'KNHK_RUNTIME_FROZEN']);
    expect(sampled().errors).toEqual({ ...zeroErrors, KNHK_RUNTIME_FROZEN: 2 });
    expect(observed().durable).toEqual({ power: 0, none: 0, a: 0 });
  });

  it('KNHK_LIMIT_IN_FLIGHT', async () => {
    await using runtime = await open();
    const indices = Array.from({ length: limits.inFlight + 3 }, (_, index) => index);
    const work = await Promise.allSettled(
      indices.map((index) => runtime.apply(Fixed, task(index, 'nothing'))),
    );
    expect(work.filter(({ status }) => status === 'rejected')).toHaveLength(3);
    expect(sampled().errors).toEqual({ ...zeroErrors, KNHK_LIMIT_IN_FLIGHT: 3 });
    expect(observed()).toEqual({
      outcomes: { power: { idle: limits.inFlight }, none: {} },
      durable: { power: limits.inFlight, none: 0 },
    });
    // What was refused is off the table of ids in flight: the same ids are no duplicates.
    await runtime.apply(Fixed, task(limits.inFlight, 'nothing'));
    expect(observed().outcomes).toMatchObject({ power: { idle: limits.inFlight + 1 } });
  });

  it('KNHK_LOG_POISONED, for each one that waited for the disk', async () => {
    const data = temporary();
    const disk = memoryFs({ directories: [data] });
    let isBroken = false;
    const fs: LogFs = {
      ...disk,
      fdatasync: (fd, done) =>
        isBroken ? setImmediate(done, new Error('gone')) : disk.fdatasync(fd, done),
    };
    const runtime = await open({ data, fs });
    await runtime.apply(Fixed, task(0, 'nothing'));
    isBroken = true;
    const work = [1, 2, 3].map((index) =>
      codeOf(() => runtime.apply(Fixed, task(index, 'nothing'))),
    );
    expect(new Set(await Promise.all(work))).toEqual(new Set(['KNHK_LOG_POISONED']));
    expect(await codeOf(() => runtime.apply(Fixed, task(4, 'act')))).toBe('KNHK_LOG_POISONED');
    expect(sampled().errors).toEqual({ ...zeroErrors, KNHK_LOG_POISONED: 4 });
    expect(observed()).toMatchObject({ outcomes: { power: { idle: 1 } }, durable: { power: 1 } });
    expect(sampled().status).toBe('failing');
    await runtime.close().catch(() => {});
  });

  it('but what its own signal ended is no failure', async () => {
    await using runtime = await open({ shapes });
    const signal = AbortSignal.abort(new Error('too late'));
    expect(await codeOf(() => runtime.apply(Fixed, task(1, 'act'), { signal }))).toContain('late');
    const controller = new AbortController();
    const waits = { signal: controller.signal, id: 'a' };
    const cancelled = codeOf(() => runtime.apply(Task, task(2, 'act'), waits));
    controller.abort(new Error('changed my mind'));
    expect(await cancelled).toContain('changed my mind');
    await vi.waitFor(() => expect(runtime.health().inFlight).toBe(0));
    expect(sampled().errors).toEqual(zeroErrors);
    expect(observed().outcomes).toEqual({ power: {}, none: {}, a: {} });
  });
});

describe('sectors', () => {
  it('come from a field, a declaration, or are none', async () => {
    await using runtime = await open();
    await runtime.apply(Task, task(1, 'nothing', 'rail'));
    await runtime.apply(Task, task(2, 'nothing', 'air'));
    await runtime.apply(Fixed, task(3, 'nothing', 'rail'));
    await runtime.apply(Plain, task(4, 'nothing', 'rail'));
    const one = { idle: 1 };
    expect(observed().outcomes).toEqual({ power: one, none: one, rail: one, air: one });
  });

  it('beyond the bound share a cell', async () => {
    const observations = [Task as unknown as Observation];
    await using runtime = await open({ observations, rules: [] });
    const sectors = Array.from({ length: limits.telemetrySectors + 6 }, (_, n) => `sector-${n}`);
    for (let round = 0; round < 2; round++) {
      await Promise.all(
        sectors.map((sector, index) =>
          runtime.apply(Task, task(round * 100 + index, 'act', sector)),
        ),
      );
    }
    const own = sectors.slice(0, limits.telemetrySectors).map((sector) => [sector, { idle: 2 }]);
    const expected = Object.fromEntries([...own, ['_OTHER', { idle: 12 }]]);
    expect(observed().outcomes).toEqual(expected);
    expect(observed().durable).toMatchObject({ 'sector-0': 2, _OTHER: 12 });
    expect(limits.telemetrySectors).toBe(64);
    expect(sampled().observations[0]?.outcomes).toEqual({ ...zeroOutcomes, idle: 2 });
  });
});

describe('closing', () => {
  it('leaves the last sums behind and answers no more', async () => {
    const told: RuntimeSample[] = [];
    const listen = (message: unknown): void => void told.push(message as RuntimeSample);
    channels.closed.subscribe(listen);
    try {
      const runtime = await open();
      const work = [1, 2, 3].map((index) => runtime.apply(Fixed, task(index, 'risk')));
      const closing = runtime.close();
      expect(sampled().status).toBe('closed');
      expect(await codeOf(() => runtime.apply(Fixed, task(4, 'act')))).toBe('KNHK_RUNTIME_CLOSED');
      expect(told).toEqual([]);
      await closing;
      expect(collected()).toEqual([]);
      await Promise.all(work);
      await runtime.close();
      expect(told).toHaveLength(1);
      const [last] = told;
      expect(last).toMatchObject({ status: 'closed', violations: { 'no-risk': 6 } });
      expect(last?.errors).toEqual({ ...zeroErrors, KNHK_RUNTIME_CLOSED: 1 });
      expect(observed(last)).toEqual({
        outcomes: { power: { denied: 3 }, none: {} },
        durable: { power: 3, none: 0 },
      });
    } finally {
      channels.closed.unsubscribe(listen);
    }
  });

  it('of one runtime leaves the others answering', async () => {
    const first = await open({ origin: 'example.com/first' });
    await using _ = await open({ origin: 'example.com/second' });
    const origins = () => collected().map(({ origin }) => origin);
    expect(origins()).toEqual(['example.com/first', 'example.com/second']);
    await first.close();
    expect(origins()).toEqual(['example.com/second']);
  });

  it('answers with how it is', async () => {
    await using runtime = await open();
    expect(sampled().status).toBe('ok');
    runtime.freeze();
    expect(sampled().status).toBe('failing');
    runtime.unfreeze();
    expect(sampled().status).toBe('ok');
  });
});
