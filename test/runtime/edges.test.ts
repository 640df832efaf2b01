import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { verifyLog } from '../../src/receipts/log/index.ts';
import { action } from '../../src/rules/actions.ts';
import { defineGuard } from '../../src/rules/guards.ts';
import { type Control, controlOf } from '../../src/runtime/control.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { systemError } from '../../src/runtime/systemError.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { always, Order, type OrderInput, order, ship } from '../support/ops.ts';
import { entriesOf, openTest, origin, signer, temporary } from '../support/runtime.ts';

const observations = [Order as unknown as Observation];
const options = { observations, rules: [ship], unguarded: 'allow' } as const;

afterEach(() => void vi.restoreAllMocks());

describe('a source of inputs', () => {
  test('that rejects ends the iteration; what it gave before is applied', async () => {
    const runtime = await openTest(options);
    const gone = new Error('the source is gone');
    async function* source(): AsyncGenerator<OrderInput> {
      yield order(1);
      yield order(2);
      await new Promise(setImmediate);
      throw gone;
    }
    const iterate = async (): Promise<void> => {
      for await (const _ of runtime.applyAll(Order, source()));
    };
    await expect(iterate()).rejects.toBe(gone);
    expect(await runtime.apply(Order, order(3))).toMatchObject({ outcome: 'acted' });
    expect(runtime.health()).toMatchObject({ applied: 3, inFlight: 0, status: 'ok' });
    await runtime.close();
  });

  test('that is left while it is silent is closed, and may fail at that unheard', async () => {
    const runtime = await openTest(options);
    const inputs: IteratorResult<OrderInput>[] = [{ value: order(1) }];
    let closed = 0;
    // No mock, which would listen to the promise that nobody may have to listen to.
    const close = (): Promise<never> => {
      closed++;
      return Promise.reject(new Error('unheard'));
    };
    const silent = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve(inputs.shift() ?? new Promise<never>(() => {})),
        return: close,
      }),
    };
    for await (const { outcome } of runtime.applyAll(Order, silent)) {
      expect(outcome).toBe('acted');
      break;
    }
    await new Promise(setImmediate);
    expect(closed).toBe(1);
    await runtime.close();
  });
});

test('of many answers to an action a leaf lists eight and counts the others', async () => {
  const data = join(temporary(), 'data');
  const both = always(() => [
    action('ship', { target: 'a', amount: 1 }),
    action('ship', { target: 'b', amount: 2 }),
  ]);
  const guards = Array.from({ length: 11 }, (_, n) =>
    defineGuard({ name: `no-${String(n).padStart(2, '0')}`, on: 'ship', deny: [], code: `C${n}` }),
  );
  const runtime = await openTest({ data, observations, rules: [both, ...guards] });
  const outcome = await runtime.apply(Order, order(1));
  expect(outcome).toMatchObject({ outcome: 'denied' });
  expect('verdicts' in outcome && outcome.verdicts).toHaveLength(22);
  await runtime.close();
  const [, { leaf }] = (await entriesOf(data)) as [unknown, { leaf: { verdicts: unknown[] } }];
  const listed = (of: number) =>
    Array.from({ length: 8 }, (_, n) => ({ action: of, guard: n, verdict: 'deny', code: `C${n}` }));
  expect(leaf.verdicts).toEqual([
    ...listed(0),
    { action: 0, more: 3 },
    ...listed(1),
    { action: 1, more: 3 },
  ]);
  const keyring = { origin, keys: [{ vkey: signer.vkey, from: 0 }] };
  expect((await verifyLog(data, keyring)).ok).toBe(true);
});

describe('a savepoint', () => {
  const savepoints = (data: string): readonly string[] => {
    const names = readdirSync(data);
    return names.includes('savepoint') ? readdirSync(join(data, 'savepoint')) : [];
  };

  test('is written five minutes after the last one, by monotonic time', async () => {
    const data = join(temporary(), 'data');
    let nowMs = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
    const runtime = await openTest({ ...options, data });
    const applyAt = async (ms: number, n: number): Promise<void> => {
      nowMs = ms;
      await runtime.apply(Order, order(n));
    };
    await applyAt(299_999, 1);
    await applyAt(300_000, 2);
    await vi.waitFor(() => expect(savepoints(data)).toEqual(['000000000003.json']));
    await applyAt(599_999, 3);
    await applyAt(600_000, 4);
    await vi.waitFor(() => expect(savepoints(data)).toContain('000000000005.json'));
    expect(savepoints(data)).toEqual(['000000000003.json', '000000000005.json']);
    await runtime.close();
  });
});

describe.each([
  [new Error('listener'), 'listener'],
  ['only text', 'only text'],
])(
  'what throws behind a leaf, such as %s, shows in health and undoes nothing',
  (thrown, message) => {
    const failed = { status: 'degraded', reasons: [{ code: 'cycle-failed', message }] };

    test('a listener', async () => {
      const runtime = await openTest(options);
      (controlOf(runtime) as Control).tap(() => {
        throw thrown;
      });
      expect(await runtime.apply(Order, order(1))).toMatchObject({ outcome: 'acted' });
      expect(runtime.health()).toMatchObject(failed);
      await runtime.close();
    });

    test('a turn, until the next one goes well', async () => {
      const runtime = await openTest(options);
      const control = controlOf(runtime) as Control;
      let turn = 0;
      control.every(1, async () => {
        if (turn++ === 0) throw thrown;
      });
      expect(await runtime.apply(Order, order(1))).toMatchObject({ outcome: 'acted' });
      await control.settled();
      expect(runtime.health()).toMatchObject(failed);
      await runtime.apply(Order, order(2));
      await control.settled();
      expect(runtime.health()).toMatchObject({ status: 'ok', reasons: [] });
      await runtime.close();
    });
  },
);

test('errors of the file system become the library’s own, mistakes in code stay', () => {
  const eio = Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
  expect(systemError(eio, 'here')).toMatchObject({
    ...{ code: 'KNHK_LOG_OPEN', cause: eio },
    details: { where: 'here', got: 'EIO: i/o error' },
  });
  for (const other of [new TypeError('x'), 'text', Object.assign(new Error(), { code: 'Exy' })]) {
    expect(systemError(other, 'here')).toBe(other);
  }
});

test('a runtime is disposed of at the end of a block', async () => {
  let kept: Runtime;
  {
    await using runtime = await openTest(options);
    kept = runtime;
    await runtime.apply(Order, order(1));
  }
  expect(kept.health().status).toBe('closed');
});
