import { join } from 'node:path';
import { metrics, trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { openLoop } from '../../src/loop/open.ts';
import { formatTraceparent } from '../../src/otel/traceparent.ts';
import { channels } from '../../src/runtime/channels.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import type { TraceRequest } from '../../src/runtime/trace.ts';
import { verifyLog } from '../../src/runtime/verify.ts';
import { applyLevels, fine, openDesk, Reading, reading } from '../loop/support.ts';
import { entriesOf, origin, signer, temporary } from '../support/runtime.ts';
import { contextOf, hostForEach, throwing } from './recorder.ts';

const host = hostForEach();
const keyring = { origin, keys: [{ vkey: signer.vkey, from: 0 }] };
const isListenedTo = (): string[] =>
  Object.entries(channels).flatMap(([name, { hasSubscribers }]) => (hasSubscribers ? [name] : []));
const gone = (): Error => new Error('the exporter is gone');

/** A log, something applied, a cycle, a rollback and a verification; what they came to. */
async function everything(runtime: Runtime, data: string) {
  const { outcome } = await runtime.apply(Reading, reading(900, 60));
  await applyLevels(runtime, [10, 60, 70]);
  const loop = await openLoop({
    ...{ runtime, autonomy: 'promote', measure: () => fine },
    detectors: [
      {
        name: 'always',
        detect: () => [
          {
            ...{ detector: 'always', kind: 'test', subject: 'raise', direction: 'more' },
            ...{ confidence: 1, evidence: {}, seqs: [], recommend: 'propose' },
          },
        ],
      },
    ],
    planners: [
      {
        name: 'raise-high',
        plan: () => ({ change: { kind: 'parameter', name: 'high', value: 51 }, reasoning: 'x' }),
      },
    ],
  });
  const { proposals } = await loop.cycle();
  const { seq } = await loop.rollback();
  await loop.close();
  await runtime.close();
  const { ok } = await verifyLog(data, keyring);
  return { outcome, verdicts: proposals.map(({ verdict }) => verdict), seq, ok };
}
const asEver = { outcome: 'acted', verdicts: ['promote'], seq: 9, ok: true };

describe('opening and closing', () => {
  it('is once at a time', () => {
    const first = host.open();
    expect(() => host.open()).toThrow(expect.objectContaining({ code: 'KNHK_TELEMETRY_OPEN' }));
    first.close();
    const second = host.open();
    // Closing again is nothing, and closes no other.
    first.close();
    expect(isListenedTo()).not.toEqual([]);
    expect(() => host.open()).toThrow('KNHK_TELEMETRY_OPEN');
    second[Symbol.dispose]();
    expect(isListenedTo()).toEqual([]);
  });

  it('listens to the channels that it needs, and to none once closed', async () => {
    expect(isListenedTo()).toEqual([]);
    const telemetry = host.open();
    expect(isListenedTo().sort()).toEqual(['closed', 'operationEnd', 'operationStart', 'trace']);
    telemetry.close();
    expect(isListenedTo()).toEqual([]);
    const data = join(temporary(), 'data');
    await host.within('caller', async () => everything(await openDesk({ data }), data));
    expect(host.spans().map(({ name }) => name)).toEqual(['caller']);
    const leaves = await entriesOf(data);
    expect(leaves.filter(({ leaf }) => 'trace' in leaf)).toEqual([]);
  });

  it('asks runtimes for nothing once it is closed', async () => {
    const telemetry = host.open();
    await using runtime = await openDesk();
    let asked = 0;
    const ask = (): void => void asked++;
    channels.collect.subscribe(ask);
    try {
      await runtime.apply(Reading, reading(1, 60));
      const ingested = '{"sector":"none","observation.outcome":"acted"}';
      expect((await host.values('knhk.observations.ingested')).get(ingested)).toBe(1);
      expect(asked).toBe(1);
      telemetry.close();
      await host.values('knhk.observations.ingested');
      expect(asked).toBe(1);
    } finally {
      channels.collect.unsubscribe(ask);
    }
  });

  it('takes what is registered globally where it is given nothing', async () => {
    trace.setGlobalTracerProvider(host.tracerProvider);
    metrics.setGlobalMeterProvider(host.meterProvider);
    host.open({ tracerProvider: trace, meterProvider: metrics }).close();
    const { openTelemetry } = await import('../../src/otel/index.ts');
    using _ = openTelemetry();
    await (await openDesk()).close();
    expect(host.spans('snapshot.promote')).toHaveLength(1);
    expect((await host.values('knhk.decisions')).size).toBe(6);
  });
});

it('says no share of batches where none could be measured', async () => {
  host.open();
  await using runtime = await openDesk({ engine: 'portable' });
  const readings = Array.from({ length: 64 }, (_, n) => reading(n, 1));
  expect(runtime.observeMany(Reading, readings).observed).toBe(64);
  await runtime.flush();
  expect(await host.values('knhk.guard.chatman_compliance')).toEqual(new Map());
  expect(await host.values('knhk.batches')).toEqual(
    new Map([
      ['{"batch.budget":"within"}', 0],
      ['{"batch.budget":"over"}', 0],
      ['{"batch.budget":"unmeasurable"}', 1],
    ]),
  );
});

describe("the caller's trace", () => {
  /** The trace in the leaf of one reading that is applied inside a caller's span, or outside. */
  async function leafTrace(apply: (runtime: Runtime) => Promise<unknown>) {
    const data = join(temporary(), 'data');
    const runtime = await openDesk({ data });
    await apply(runtime);
    await runtime.close();
    const { leaf } = (await entriesOf(data))[1]!;
    return 'trace' in leaf ? leaf.trace : undefined;
  }

  it('stands in the leaf as W3C writes it', async () => {
    host.open();
    let expected: string | undefined;
    const found = await leafTrace((runtime) =>
      host.within('caller', async (span) => {
        expected = formatTraceparent(contextOf(span));
        await runtime.apply(Reading, reading(1, 1));
      }),
    );
    expect(found).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(found).toBe(expected);
  });

  it('is absent outside of any span', async () => {
    host.open();
    expect(await leafTrace((runtime) => runtime.apply(Reading, reading(1, 1)))).toBeUndefined();
  });

  it('is what another listener said before', async () => {
    const listen = (message: unknown): void => {
      (message as TraceRequest).trace = 'request-17';
    };
    channels.trace.subscribe(listen);
    try {
      host.open();
      const found = await leafTrace((runtime) =>
        host.within('caller', () => runtime.apply(Reading, reading(1, 1))),
      );
      expect(found).toBe('request-17');
    } finally {
      channels.trace.unsubscribe(listen);
    }
  });
});

describe('a provider that throws', () => {
  it.each([
    ['getTracer', { tracerProvider: throwing(gone) }],
    ['getMeter', { meterProvider: throwing(gone) }],
    ['every method of its meter', { meterProvider: { getMeter: () => throwing(gone) } }],
  ])('in %s is the host to hear of at opening, and nothing is left behind', (_, broken) => {
    expect(() => host.open(broken)).toThrow('the exporter is gone');
    expect(isListenedTo()).toEqual([]);
    host.open();
    expect(isListenedTo()).toHaveLength(4);
  });

  it('in every method of its tracer fails no work and takes no count along', async () => {
    host.open({ tracerProvider: { getTracer: () => throwing(gone) } });
    const data = join(temporary(), 'data');
    const work = await host.within('caller', async () =>
      everything(await openDesk({ data }), data),
    );
    expect(work).toEqual(asEver);
    expect(host.spans().map(({ name }) => name)).toEqual(['caller']);
    expect(host.heard.length).toBeGreaterThan(10);
    expect(host.heard[0]).toEqual(['knhk: telemetry was lost', gone()]);
    expect(await host.values('knhk.mape_k.cycle_count')).toEqual(new Map([['{}', 1]]));
  });

  it('in every method of its spans fails no work', async () => {
    const startSpan = () => throwing(gone);
    host.open({ tracerProvider: { getTracer: () => ({ startSpan }) } });
    const data = join(temporary(), 'data');
    expect(await everything(await openDesk({ data }), data)).toEqual(asEver);
    expect(host.heard.length).toBeGreaterThan(10);
    expect(await host.values('knhk.mape_k.cycle_count')).toEqual(new Map([['{}', 1]]));
  });

  it('in its instruments from now on fails no work, and spans go on', async () => {
    let isBroken = false;
    const instrument = new Proxy(
      {},
      {
        get: () => () => {
          if (isBroken) throw gone();
        },
      },
    );
    const meter = new Proxy(
      {},
      {
        get: () => () => {
          if (isBroken) throw gone();
          return instrument;
        },
      },
    );
    const telemetry = host.open({ meterProvider: { getMeter: () => meter } });
    isBroken = true;
    const data = join(temporary(), 'data');
    expect(await everything(await openDesk({ data }), data)).toEqual(asEver);
    expect(host.heard.length).toBeGreaterThan(4);
    expect(host.spans('mape_k.cycle')).toHaveLength(1);
    const before = host.heard.length;
    telemetry.close();
    expect(host.heard).toHaveLength(before + 1);
    expect(isListenedTo()).toEqual([]);
    host.open();
  });
});
