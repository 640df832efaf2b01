import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { channels } from '../../src/runtime/channels.ts';
import { type Control, controlOf } from '../../src/runtime/control.ts';
import type { ObservationOptions } from '../../src/runtime/decide.ts';
import { isTrace, type TraceRequest, traceOf } from '../../src/runtime/trace.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { Order, order, ship } from '../support/ops.ts';
import { codeOf, entriesOf, openTest, temporary } from '../support/runtime.ts';

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
  vi.restoreAllMocks();
});

/** Answers knhk.trace; gives the types that were asked about. */
function answer(trace: unknown): string[] {
  const asked: string[] = [];
  const listen = (message: unknown): void => {
    const request = message as TraceRequest;
    expect(request.trace).toBeUndefined();
    asked.push(request.type);
    request.trace = trace as string;
  };
  channels.trace.subscribe(listen);
  stops.push(() => void channels.trace.unsubscribe(listen));
  return asked;
}

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

/** Applies one order for each of these options, and gives the trace of each leaf. */
async function tracesOf(options: readonly ObservationOptions[]) {
  const data = join(temporary(), 'data');
  const observations = [Order as unknown as Observation];
  const runtime = await openTest({ data, observations, rules: [ship], unguarded: 'allow' });
  for (const [index, option] of options.entries()) await runtime.apply(Order, order(index), option);
  await runtime.close();
  return (await entriesOf(data))
    .filter(({ leaf }) => leaf.kind === 'apply')
    .map(({ leaf }) => ('trace' in leaf ? leaf.trace : undefined));
}

describe("the caller's trace", () => {
  it('is asked of nobody where nobody listens', () => {
    const publish = vi.spyOn(channels.trace, 'publish');
    expect(traceOf('order.placed')).toBeUndefined();
    expect(publish).not.toHaveBeenCalled();
  });

  it('stands in the leaf of an apply', async () => {
    const asked = answer(traceparent);
    expect(await tracesOf([{}, { id: 'x' }])).toEqual([traceparent, traceparent]);
    expect(asked.filter((type) => type === Order.type)).toHaveLength(2);
  });

  it('is what the host says, where it says something, and nobody is asked then', async () => {
    const asked = answer(traceparent);
    expect(await tracesOf([{ trace: 'request-17' }, {}])).toEqual(['request-17', traceparent]);
    expect(asked.filter((type) => type === Order.type)).toHaveLength(1);
  });

  it('is absent where nobody says anything', async () => {
    expect(await tracesOf([{}])).toEqual([undefined]);
    answer(undefined);
    expect(await tracesOf([{}])).toEqual([undefined]);
  });

  it.each([
    ['empty', ''],
    ['too long', 'a'.repeat(65)],
    ['with a space', 'a b'],
    ['with a line break', 'a\n'],
    ['beyond ASCII', 'é'],
    ['with the character behind the last printable one', 'a\u007f'],
    ['no text', 17],
    ['an object', { toString: () => traceparent }],
  ])('is left out where a leaf could not hold it: %s', async (_, trace) => {
    answer(trace);
    expect(traceOf('order.placed')).toBeUndefined();
    expect(await tracesOf([{}])).toEqual([undefined]);
  });

  it('is refused where the host itself says what a leaf cannot hold', async () => {
    expect(await codeOf(() => tracesOf([{ trace: 'a b' }]))).toBe('KNHK_RUNTIME_OPTION');
  });

  it('is any text of 1 to 64 printable ASCII characters and nothing else', () => {
    const printable = fc.string({ unit: 'binary-ascii', maxLength: 70 });
    fc.assert(
      fc.property(fc.oneof(printable, fc.string({ unit: 'binary', maxLength: 4 })), (text) => {
        const codes = [...text].map((character) => character.codePointAt(0)!);
        const fits = codes.length >= 1 && codes.length <= 64;
        expect(isTrace(text)).toBe(fits && codes.every((code) => code > 0x20 && code < 0x7f));
      }),
    );
    expect([isTrace('~'.repeat(64)), isTrace('!'.repeat(65))]).toEqual([true, false]);
  });
});

it('a promotion carries it as well', async () => {
  const data = join(temporary(), 'data');
  const observations = [Order as unknown as Observation];
  const runtime = await openTest({ data, observations, rules: [ship], unguarded: 'allow' });
  const control = controlOf(runtime) as Control;
  const promote = async (kind: 'promote' | 'rollback'): Promise<void> => {
    const { hash: parent, document } = control.snapshot();
    const promotion = { kind, parent, document, proposal: 'a'.repeat(64) } as const;
    const stages = Array.from({ length: 7 }, () => 'pass' as const);
    await control.promote({ ...promotion, stages });
  };
  await promote('promote');
  const asked = answer(traceparent);
  await promote('promote');
  await promote('rollback');
  expect(asked).toEqual(['promotion', 'promotion']);
  await runtime.close();
  const leaves = (await entriesOf(data)).map(({ leaf }) => leaf);
  expect(leaves.map((leaf) => [leaf.kind, 'trace' in leaf ? leaf.trace : undefined])).toEqual([
    ['deploy', undefined],
    ['promote', undefined],
    ['promote', traceparent],
    ['rollback', traceparent],
  ]);
});
