import { describe, expect, test, vi } from 'vitest';
import type { Runtime } from '../../src/runtime/runtime.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { Order, type OrderInput, order, ship } from '../support/ops.ts';
import { codeOf, openTest } from '../support/runtime.ts';

const observations = [Order as unknown as Observation];
const open = (): Promise<Runtime> => openTest({ observations, rules: [ship], unguarded: 'allow' });
const nothing = new Promise<never>(() => {});

function* orders(count: number, onPull: (index: number) => void = () => {}): Generator<OrderInput> {
  for (let index = 0; index < count; index++) {
    onPull(index);
    yield order(index, index % 10 === 3 ? { amount: 1.5 } : {});
  }
}

describe('applyAll', () => {
  test.each(['a generator', 'an array', 'an async generator'])(
    'keeps the order of %s',
    async (kind) => {
      const runtime = await open();
      async function* later(): AsyncGenerator<OrderInput> {
        for (const input of orders(700)) {
          if (Math.imul(input.order.length, 7) % 3 === 0) await null;
          yield input;
        }
      }
      const source =
        kind === 'a generator' ? orders(700) : kind === 'an array' ? [...orders(700)] : later();
      const id = (_: unknown, index: number): string => `id-${index}`;
      let index = 0;
      let seq = 0;
      for await (const outcome of runtime.applyAll(Order, source, { id, principal: 'p' })) {
        expect(outcome).toMatchObject({ outcome: index % 10 === 3 ? 'invalid' : 'acted' });
        expect((outcome as { id?: string }).id).toBe(`id-${index++}`);
        if (outcome.outcome === 'acted') expect(outcome.receipt.seq).toBe(++seq);
      }
      expect(index).toBe(700);
      expect(runtime.health()).toMatchObject({ applied: 630, unreadable: 70, inFlight: 0 });
      await runtime.close();
    },
  );

  test('reads the source only as far ahead as it keeps in flight', async () => {
    const runtime = await open();
    let pulled = 0;
    let taken = 0;
    const source = orders(3_000, () => pulled++);
    for await (const _ of runtime.applyAll(Order, source)) {
      taken++;
      expect(pulled - taken).toBeLessThanOrEqual(768);
      if (taken % 100 === 0) await new Promise(setImmediate);
    }
    expect([pulled, taken]).toEqual([3_000, 3_000]);
    await runtime.close();
  });

  test('a ready outcome does not wait for a slow source', async () => {
    const runtime = await open();
    async function* slow(): AsyncGenerator<OrderInput> {
      yield order(1);
      yield order(2);
      await nothing;
    }
    const outcomes = runtime.applyAll(Order, slow());
    expect(await outcomes.next()).toMatchObject({ value: { outcome: 'acted' } });
    expect(await outcomes.next()).toMatchObject({ value: { outcome: 'acted' } });
    await runtime.close();
  });

  test('breaking out closes the source and leaves the runtime usable', async () => {
    const runtime = await open();
    const closed = vi.fn();
    function* source(): Generator<OrderInput> {
      try {
        yield* orders(10_000);
      } finally {
        closed();
      }
    }
    for await (const _ of runtime.applyAll(Order, source())) break;
    expect(closed).toHaveBeenCalledTimes(1);
    await runtime.close();
    expect(runtime.health().inFlight).toBe(0);
  });

  test('breaking out does not wait for a source that gives nothing', async () => {
    const runtime = await open();
    const returned = vi.fn();
    const source = {
      count: 0,
      [Symbol.asyncIterator]() {
        return this;
      },
      next(): Promise<IteratorResult<OrderInput>> {
        return this.count++ === 0 ? Promise.resolve({ done: false, value: order(1) }) : nothing;
      },
      return(): Promise<IteratorResult<OrderInput>> {
        returned();
        return nothing;
      },
    };
    for await (const _ of runtime.applyAll(Order, source)) break;
    expect(returned).toHaveBeenCalledTimes(1);
    await runtime.close();
  }, 5_000);

  test('an error of the source ends it, after what came before', async () => {
    const runtime = await open();
    function* source(): Generator<OrderInput> {
      yield order(1);
      throw new Error('source is gone');
    }
    const work = async (): Promise<void> => {
      for await (const _ of runtime.applyAll(Order, source()));
    };
    await expect(work()).rejects.toThrow('source is gone');
    expect(await runtime.apply(Order, order(2))).toMatchObject({ outcome: 'acted' });
    expect(runtime.health().applied).toBe(2);
    await runtime.close();
  });

  test('a frozen runtime ends it with the reason', async () => {
    const runtime = await open();
    const work = async (): Promise<void> => {
      for await (const _ of runtime.applyAll(Order, orders(5_000))) runtime.freeze();
    };
    expect(await codeOf(work)).toBe('KNHK_RUNTIME_FROZEN');
    runtime.unfreeze();
    await runtime.close();
  });

  test('nothing in, nothing out', async () => {
    const runtime = await open();
    expect(await runtime.applyAll(Order, []).next()).toEqual({ done: true, value: undefined });
    expect(runtime.health().size).toBe(1);
    await runtime.close();
  });
});
