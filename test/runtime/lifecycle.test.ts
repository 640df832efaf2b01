import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Control, controlOf } from '../../src/runtime/control.ts';
import type { ObservationOptions } from '../../src/runtime/decide.ts';
import { openRuntime } from '../../src/runtime/open.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { integer, iri } from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import { Order, order, ship, Visit } from '../support/ops.ts';
import {
  codeOf,
  counterClock,
  openTest,
  origin,
  secret,
  signer,
  temporary,
} from '../support/runtime.ts';

const observations = [Order, Visit] as unknown as Observation[];
const options = { observations, rules: [ship], unguarded: 'allow' } as const;
const open = (): Promise<Runtime> => openTest(options);
const visit = { page: 'urn:page:1', visitor: 'ann', seconds: 3 };

describe('freeze and close', () => {
  test('frozen: apply is refused, decide goes on, unfreezing takes it back', async () => {
    const runtime = await openTest({ ...options, clock: counterClock(500) });
    runtime.freeze('audit');
    runtime.freeze('again');
    expect(await codeOf(() => runtime.apply(Order, order(1)))).toBe('KNHK_RUNTIME_FROZEN');
    expect(runtime.decide(Order, order(1))).toMatchObject({ outcome: 'acted' });
    expect(runtime.health()).toMatchObject({
      status: 'failing',
      reasons: [{ code: 'frozen', message: 'audit' }],
      size: 1,
    });
    runtime.unfreeze();
    expect(runtime.health()).toMatchObject({ status: 'ok', reasons: [] });
    expect(await runtime.apply(Order, order(1))).toMatchObject({ outcome: 'acted' });
    await runtime.close();
  });

  test('freezing refuses what waits, promotions too', async () => {
    const runtime = await open();
    const control = controlOf(runtime) as Control;
    const stop = control.every(1, async () => {
      stop();
      runtime.freeze();
    });
    const results = await Promise.allSettled([1, 2, 3].map((n) => runtime.apply(Order, order(n))));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    const { hash: parent, document } = control.snapshot();
    const promotion = { kind: 'promote', parent, document, proposal: 'a'.repeat(64) } as const;
    expect(await codeOf(() => control.promote({ ...promotion, stages: [] }))).toBe(
      'KNHK_RUNTIME_FROZEN',
    );
    runtime.unfreeze();
    expect(await runtime.apply(Order, order(2))).toMatchObject({ outcome: 'acted' });
    await runtime.close();
  });

  test('close answers everything in flight first; afterwards apply is refused', async () => {
    const runtime = await open();
    const work = Array.from({ length: 600 }, (_, index) => runtime.apply(Order, order(index)));
    const closing = runtime.close();
    expect(runtime.close()).toBe(closing);
    expect(await codeOf(() => runtime.apply(Order, order(9_999)))).toBe('KNHK_RUNTIME_CLOSED');
    await closing;
    const outcomes = await Promise.all(work);
    expect(outcomes.every(({ outcome }) => outcome === 'acted')).toBe(true);
    expect(runtime.health()).toMatchObject({ status: 'closed', durableSize: 601, inFlight: 0 });
    expect(await codeOf(() => runtime.apply(Order, order(1)))).toBe('KNHK_RUNTIME_CLOSED');
  });

  test('a runtime is disposable', async () => {
    let kept: Runtime;
    {
      await using runtime = await open();
      kept = runtime;
      await runtime.apply(Order, order(1));
    }
    expect(kept.health().status).toBe('closed');
  });

  test('flush makes everything durable', async () => {
    const runtime = await open();
    const work = runtime.apply(Order, order(1));
    await runtime.flush();
    expect(runtime.health()).toMatchObject({ size: 2, durableSize: 2 });
    await work;
    expect(runtime.checkpoint?.split('\n').slice(0, 2)).toEqual([origin, '2']);
    await runtime.close();
  });
});

test('1,024 may be in flight, not one more; the refused one may come again', async () => {
  const runtime = await open();
  const work = Array.from({ length: 1_025 }, (_, index) =>
    codeOf(() => runtime.apply(Order, order(index))),
  );
  const codes = await Promise.all(work);
  expect(codes.filter((code) => code !== undefined)).toEqual(['KNHK_LIMIT_IN_FLIGHT']);
  expect(codes.at(-1)).toBe('KNHK_LIMIT_IN_FLIGHT');
  expect(await runtime.apply(Order, order(1_024))).toMatchObject({ outcome: 'acted' });
  expect(runtime.health().applied).toBe(1_025);
  await runtime.close();
});

describe('misuse of apply and decide', () => {
  const Other = defineObservation('order.other', {
    class: 'https://example.com/test#Other',
    subject: 'other',
    fields: { other: iri() },
  });
  const Namesake = defineObservation('order.placed', {
    class: 'https://example.com/test#Order',
    subject: 'order',
    fields: { order: iri(), amount: integer() },
  });

  test('types that the runtime does not have', async () => {
    const runtime = await open();
    const unknown = [Other, Namesake, undefined, null, {}, 'order.placed'] as never[];
    for (const type of unknown) {
      expect(await codeOf(() => runtime.decide(type, {} as never))).toBe('KNHK_RUNTIME_TYPE');
      expect(await codeOf(() => runtime.explain(type, {} as never))).toBe('KNHK_RUNTIME_TYPE');
      expect(await codeOf(() => runtime.apply(type, {} as never))).toBe('KNHK_RUNTIME_TYPE');
    }
    expect(runtime.health().size).toBe(1);
    await runtime.close();
  });

  test.each<[string, ObservationOptions]>([
    ['an empty id', { id: '' }],
    ['an id of 257 bytes', { id: 'x'.repeat(257) }],
    ['an id of 129 two-byte characters', { id: '\u00e9'.repeat(129) }],
    ['an id with a lone surrogate', { id: '\ud800' }],
    ['an id that is no text', { id: 7 as never }],
    ['an empty principal', { principal: '' }],
    ['a long principal', { principal: 'x'.repeat(257) }],
    ['a trace with a space', { trace: 'a b' }],
    ['a trace of 65 characters', { trace: 'x'.repeat(65) }],
    ['a fractional at', { at: 1.5 }],
    ['at -0', { at: -0 }],
    ['at NaN', { at: Number.NaN }],
  ])('%s', async (_name, given) => {
    const runtime = await open();
    expect(await codeOf(() => runtime.apply(Visit, visit, given))).toBe('KNHK_RUNTIME_OPTION');
    expect(runtime.health()).toMatchObject({ size: 1, inFlight: 0 });
    await runtime.close();
  });

  test('at beside a type with a time field; what just fits is taken', async () => {
    const runtime = await open();
    expect(await codeOf(() => runtime.apply(Order, order(1), { at: 5 }))).toBe(
      'KNHK_RUNTIME_OPTION',
    );
    const fits = {
      id: '\u00e9'.repeat(128),
      principal: 'x'.repeat(256),
      trace: '~'.repeat(64),
      at: -5,
    };
    expect(await runtime.apply(Visit, visit, fits)).toMatchObject({ outcome: 'idle', id: fits.id });
    expect(runtime.lastAt).toBe(-5);
    await runtime.close();
  });

  test('unreadable input is an outcome, without a leaf, and counted', async () => {
    const runtime = await open();
    const bad = [null, undefined, [], 'x', {}, order(1, { amount: 1.5 }), { ...order(1), more: 1 }];
    for (const input of bad as never[]) {
      const outcome = await runtime.apply(Order, input, { id: 'x' });
      expect(outcome).toMatchObject({ outcome: 'invalid', stage: 'terms', id: 'x' });
      expect(runtime.decide(Order, input)).toMatchObject({ outcome: 'invalid', stage: 'terms' });
      expect(runtime.explain(Order, input)).toMatchObject({ outcome: 'invalid' });
    }
    expect(runtime.health()).toMatchObject({ size: 1, unreadable: bad.length });
    // The id was never used.
    expect(await runtime.apply(Order, order(1), { id: 'x' })).toMatchObject({ outcome: 'acted' });
    await runtime.close();
  });
});

describe('misuse of openRuntime', () => {
  const base = { origin, signer, secret, observations, rules: [], shapesThreads: 0 };

  test.each<[string, string, (directory: string) => unknown]>([
    ['no directory', 'KNHK_RUNTIME_OPTION', () => openRuntime({ ...base, data: '' })],
    [
      'a word that is neither allow nor deny',
      'KNHK_RUNTIME_OPTION',
      (data) => openRuntime({ ...base, data, unguarded: 'Allow' as 'allow' }),
    ],
    [
      'a short secret',
      'KNHK_LOG_KEYS',
      (data) => openRuntime({ ...base, data, secret: new Uint8Array(8) }),
    ],
    ['a file', 'KNHK_LOG_OPEN', (data) => openRuntime({ ...base, data: join(data, 'file') })],
    [
      'below a file',
      'KNHK_LOG_OPEN',
      (data) => openRuntime({ ...base, data: join(data, 'file', 'x') }),
    ],
    ['a bad origin', 'KNHK_LOG_OPEN', (data) => openRuntime({ ...base, origin: 'a b', data })],
    [
      'a bad number of threads',
      'KNHK_SHAPES_OPTION',
      (data) => openRuntime({ ...base, data, shapesThreads: -1 }),
    ],
    [
      'broken shapes',
      'KNHK_SHAPES_SYNTAX',
      (data) => openRuntime({ ...base, data, shapes: 'oops' }),
    ],
    [
      'two types of a name',
      'KNHK_RULES_DUPLICATE',
      (data) => openRuntime({ ...base, data, observations: [...observations, observations[0]!] }),
    ],
    [
      'a rule that is none',
      'KNHK_RULES_UNKNOWN',
      (data) => openRuntime({ ...base, data, rules: [{ kind: 'rule' } as never] }),
    ],
    [
      'a hook on another type',
      'KNHK_RULES_UNKNOWN',
      (data) => openRuntime({ ...base, data, observations: [observations[1]!], rules: [ship] }),
    ],
  ])('%s', async (_name, code, work) => {
    const directory = join(temporary(), 'data');
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'file'), 'x');
    expect(await codeOf(() => work(join(directory)))).toBe(code);
  });

  test('a directory in use, and free again afterwards', async () => {
    const data = join(temporary(), 'data');
    const first = await openTest({ ...options, data });
    expect(await codeOf(() => openTest({ ...options, data }))).toBe('KNHK_LOG_LOCKED');
    expect(await first.apply(Order, order(1))).toMatchObject({ outcome: 'acted' });
    await first.close();
    const second = await openTest({ ...options, data });
    expect(second.health().size).toBe(2);
    await second.close();
  });

  test('an opening that fails lets go of the directory', async () => {
    const data = join(temporary(), 'data');
    expect(await codeOf(() => openTest({ ...options, data, shapesThreads: -1 }))).toBe(
      'KNHK_SHAPES_OPTION',
    );
    const runtime = await openTest({ ...options, data });
    await runtime.close();
  });
});
