import { SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { describe, expect, it } from 'vitest';
import { openLoop } from '../../src/loop/open.ts';
import type { LoopOptions } from '../../src/loop/options.ts';
import type { Pattern } from '../../src/loop/types.ts';
import { channels } from '../../src/runtime/channels.ts';
import type { Operation } from '../../src/runtime/operations.ts';
import { fine, openDesk, Reading, reading, setHigh } from '../loop/support.ts';
import { clockStartMs, contextOf, hostForEach, idOf, linksOf, parentOf } from './recorder.ts';

const host = hostForEach();

const pattern: Pattern = {
  ...{ detector: 'always', kind: 'test', subject: 'raise', direction: 'more' },
  ...{ confidence: 1, evidence: {}, seqs: [], recommend: 'propose' },
};
/** Traces a call of its own, as one that asks another service does. */
const traced = <T>(name: string, answer: T): T => {
  host.tracerProvider.getTracer('host').startSpan(name).end();
  return answer;
};
const given: Omit<LoopOptions, 'runtime'> = {
  detectors: [{ name: 'always', detect: () => traced('asked by the detector', [pattern]) }],
  planners: [
    {
      name: 'raise-high',
      plan: () => traced('asked by the planner', { change: setHigh(51), reasoning: 'one more' }),
    },
  ],
  autonomy: 'promote',
  bake: false,
  measure: () => traced('asked by the meter', fine),
};

/** Names of the spans below each span of a name, in the order in which they ended. */
function childrenOf(name: string): readonly string[] {
  const parents = new Set(host.spans(name).map(idOf));
  const isChild = (span: ReadableSpan): boolean => parents.has(parentOf(span) ?? '');
  return host
    .spans()
    .filter(isChild)
    .map((span) => span.name);
}

const nanoseconds = ([seconds, rest]: readonly [number, number]): bigint =>
  BigInt(seconds) * 1_000_000_000n + BigInt(rest);

describe('a cycle', () => {
  const tree: readonly (readonly [string, readonly string[]])[] = [
    [
      'mape_k.cycle',
      [
        ...['mape_k.monitor', 'mape_k.analyze', 'mape_k.plan', 'mape_k.knowledge'],
        ...['proposal.validate', 'mape_k.execute'],
      ],
    ],
    ['mape_k.monitor', ['asked by the meter']],
    ['mape_k.analyze', ['asked by the detector']],
    ['mape_k.plan', ['asked by the planner']],
    ['proposal.validate', Array.from({ length: 7 }, () => 'validation.stage')],
    ['mape_k.execute', ['snapshot.promote']],
    ['snapshot.promote', ['receipt.issue']],
    ['mape_k.knowledge', []],
  ];

  it('of a caller is its child, and everything in it hangs together', async () => {
    await using runtime = await host.openQuietly();
    await using loop = await openLoop({ ...given, runtime });
    await runtime.apply(Reading, reading(1, 1));
    const caller = await host.within('caller', async (span) => {
      const { proposals } = await loop.cycle();
      expect(proposals.map(({ verdict }) => verdict)).toEqual(['promote']);
      return contextOf(span);
    });
    expect(parentOf(host.one('mape_k.cycle'))).toBe(caller.spanId);
    for (const [name, children] of tree) expect([name, childrenOf(name)]).toEqual([name, children]);
    const [before, ...rest] = host.spans();
    expect([before?.name, parentOf(before!)]).toEqual(['receipt.issue', undefined]);
    expect(new Set(rest.map((span) => contextOf(span).traceId))).toEqual(new Set([caller.traceId]));
  });

  it('that the loop takes by itself is a root, whoever applied what made it due', async () => {
    await using runtime = await host.openQuietly();
    await using _ = await openLoop({ ...given, runtime, everyObservations: 1 });
    const traceId = await host.within('caller', async (span) => {
      await runtime.apply(Reading, reading(1, 1));
      return contextOf(span).traceId;
    });
    await runtime.close();
    const cycle = host.one('mape_k.cycle');
    expect([parentOf(cycle), linksOf(cycle)]).toEqual([undefined, []]);
    expect(contextOf(cycle).traceId).not.toBe(traceId);
    for (const [name, children] of tree) expect([name, childrenOf(name)]).toEqual([name, children]);
    const stages = host.spans('validation.stage');
    expect(stages.every((span) => contextOf(span).traceId === contextOf(cycle).traceId)).toBe(true);
  });

  it('spans an interval that holds those of its children, and so do they', async () => {
    await using runtime = await host.openQuietly();
    await using loop = await openLoop({ ...given, runtime });
    for (let round = 0; round < 5; round++) {
      await runtime.apply(Reading, reading(round, 1));
      await loop.cycle();
    }
    const ours = host.spans().filter(({ instrumentationScope: { name } }) => name === 'knhk');
    const byId = new Map(ours.map((span) => [idOf(span), span]));
    let compared = 0;
    for (const child of ours) {
      const parent = byId.get(parentOf(child) ?? '');
      expect(nanoseconds(child.endTime)).toBeGreaterThanOrEqual(nanoseconds(child.startTime));
      if (parent === undefined) continue;
      compared++;
      const where = `${child.name} in ${parent.name}`;
      const [from, to] = [nanoseconds(parent.startTime), nanoseconds(parent.endTime)];
      expect(nanoseconds(child.startTime) >= from, where).toBe(true);
      expect(nanoseconds(child.endTime) <= to, where).toBe(true);
    }
    expect(compared).toBeGreaterThan(60);
  });
});

it('a span begins when its work began and lasts as long', async () => {
  const ends: Operation[] = [];
  const listen = (message: unknown): void => void ends.push(message as Operation);
  channels.operationEnd.subscribe(listen);
  try {
    await using runtime = await host.openQuietly();
    ends.length = 0;
    await using loop = await openLoop({ ...given, runtime });
    await runtime.apply(Reading, reading(1, 1));
    await loop.cycle();
    const ours = host.spans().filter(({ instrumentationScope: { name } }) => name === 'knhk');
    expect(ours).toHaveLength(ends.length);
    for (const [index, { startedMs, durationMs = -1 }] of ends.entries()) {
      const [start, end] = [ours[index]!.startTime, ours[index]!.endTime].map(nanoseconds);
      // A double of ms since 1970 is exact to a quarter of a microsecond.
      expect(Math.abs(Number(end! - start!) - durationMs * 1e6)).toBeLessThan(1_000);
      const aside = Number(start! - nanoseconds([clockStartMs / 1_000, 0])) / 1e6 - startedMs;
      expect(Math.abs(aside)).toBeLessThanOrEqual(2);
    }
  } finally {
    channels.operationEnd.unsubscribe(listen);
  }
});

describe('a failing detector', () => {
  const secret = 'customer 4711 owes';

  /** Everything that a span says, without who it is and when. */
  const said = ({ name, attributes, status, events }: ReadableSpan): string =>
    JSON.stringify({ name, attributes, status, events });

  it('is an error with its code alone, wherever it passes', async () => {
    await using runtime = await host.openQuietly();
    const detect = (): never => {
      throw new Error(secret);
    };
    const detectors = [{ name: 'broken', detect }];
    await using loop = await openLoop({ ...given, runtime, detectors });
    await runtime.apply(Reading, reading(1, 1));
    expect((await loop.cycle()).problems).toMatchObject([{ message: secret }]);
    const failed = host.spans().filter(({ status }) => status.code === SpanStatusCode.ERROR);
    expect(failed.map(({ name }) => name)).toEqual(['mape_k.analyze']);
    for (const span of failed) {
      expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: '_OTHER' });
      expect(span.attributes['error.type']).toBe('_OTHER');
      expect(span.events).toEqual([]);
    }
    expect(host.spans().filter((span) => said(span).includes('4711'))).toEqual([]);
  });
});

describe('what another subscriber puts around work', () => {
  it.each(['before', 'after'])('is kept, where it came %s telemetry', async (order) => {
    const seen: string[] = [];
    const listen = (message: unknown): void => {
      const operation = message as Operation;
      const inner = operation.around;
      operation.around = <T>(work: () => T): T => {
        seen.push(operation.name);
        return inner === undefined ? work() : inner(work);
      };
    };
    if (order === 'after') host.open();
    channels.operationStart.subscribe(listen);
    if (order === 'before') host.open();
    try {
      await using runtime = await openDesk();
      await using loop = await openLoop({ ...given, runtime });
      await runtime.apply(Reading, reading(1, 1));
      expect((await loop.cycle()).proposals).toHaveLength(1);
      expect(seen.filter((name) => name === 'analyze')).toHaveLength(1);
      expect(childrenOf('mape_k.analyze')).toEqual(['asked by the detector']);
    } finally {
      channels.operationStart.unsubscribe(listen);
    }
  });
});
