import { join } from 'node:path';
import { SpanStatusCode } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { verifyLog } from '../../src/runtime/verify.ts';
import { openDesk, Reading, reading } from '../loop/support.ts';
import { codeOf, origin, signer, temporary } from '../support/runtime.ts';
import { contextOf, hostForEach, idOf, linksOf, parentOf } from './recorder.ts';

const host = hostForEach();
const keyring = { origin, keys: [{ vkey: signer.vkey, from: 0 }] };
// A pattern of numbers is the engine's to check.
const shapes = `@prefix sh: <http://www.w3.org/ns/shacl#> .
  @prefix t: <https://example.com/test#> .
  t:S a sh:NodeShape ; sh:targetClass t:Reading ;
    sh:property [ sh:path t:level ; sh:minInclusive 0 ; sh:pattern "." ] .`;

describe('an epoch', () => {
  it('that serves one caller is its child', async () => {
    await using runtime = await host.openQuietly();
    const caller = await host.within('caller', async (span) => {
      await Promise.all([1, 2, 3].map((n) => runtime.apply(Reading, reading(n, 1))));
      return contextOf(span);
    });
    const epochs = host.spans('receipt.issue');
    const leaves = epochs.map(({ attributes }) => attributes['receipt.count'] as number);
    expect(leaves.reduce((total, count) => total + count, 0)).toBe(3);
    for (const epoch of epochs) {
      expect(contextOf(epoch).traceId).toBe(caller.traceId);
      expect([parentOf(epoch), linksOf(epoch)]).toEqual([caller.spanId, []]);
      expect(epoch.parentSpanContext?.isRemote).toBe(true);
      expect(epoch.status.code).toBe(SpanStatusCode.UNSET);
    }
    expect(epochs[0]?.attributes).toMatchObject({
      'receipt.log.origin': origin,
      'receipt.seq': 1,
      'receipt.bytes': expect.any(Number),
      'receipt.commit_ms': expect.any(Number),
    });
  });

  it('that serves several links to each, 128 at most, and has no parent', async () => {
    await using runtime = await host.openQuietly();
    const callers = new Set<string>();
    const numbers = Array.from({ length: 200 }, (_, index) => index);
    await Promise.all(
      numbers.map((n) =>
        host.within(`caller ${n}`, async (span) => {
          callers.add(idOf(span));
          await runtime.apply(Reading, reading(n, 1));
        }),
      ),
    );
    const shared = host.spans('receipt.issue').filter((span) => linksOf(span).length > 0);
    expect(Math.max(...shared.map((span) => linksOf(span).length))).toBe(128);
    for (const span of shared) {
      expect(parentOf(span)).toBeUndefined();
      expect(linksOf(span).every((id) => callers.has(id))).toBe(true);
      expect(new Set(linksOf(span)).size).toBe(linksOf(span).length);
    }
  });

  it('that serves callers without a trace too links to the one that has', async () => {
    await using runtime = await host.openQuietly();
    const caller = host.within('caller', async (span) => {
      await runtime.apply(Reading, reading(1, 1));
      return idOf(span);
    });
    await runtime.apply(Reading, reading(2, 1));
    const epoch = host.one('receipt.issue');
    expect(epoch.attributes['receipt.count']).toBe(2);
    expect([parentOf(epoch), linksOf(epoch)]).toEqual([undefined, [await caller]]);
  });

  it.each([
    ['serves nobody who is traced', undefined],
    ['serves a trace of a form of its own', 'request-17'],
    ['serves a trace that W3C forbids', `00-${'0'.repeat(32)}-${'1'.repeat(16)}-01`],
  ])('that %s has neither parent nor links', async (_, trace) => {
    await using runtime = await host.openQuietly();
    await runtime.apply(Reading, reading(1, 1), trace === undefined ? {} : { trace });
    const epoch = host.one('receipt.issue');
    expect([parentOf(epoch), linksOf(epoch)]).toEqual([undefined, []]);
  });

  it('of observations that nobody was asked about is a root, whatever span is active', async () => {
    await host.within('caller', async () => {
      await using runtime = await openDesk();
      const work = runtime.apply(Reading, reading(1, 1));
      host.open();
      await work;
    });
    const epoch = host.one('receipt.issue');
    expect([parentOf(epoch), linksOf(epoch)]).toEqual([undefined, []]);
  });

  it('is the child of a trace that the host names', async () => {
    await using runtime = await host.openQuietly();
    const [traceId, spanId] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];
    // The span that is active is another one: the host's word counts.
    await host.within('caller', () =>
      runtime.apply(Reading, reading(1, 1), { trace: `00-${traceId}-${spanId}-01` }),
    );
    const epoch = host.one('receipt.issue');
    expect([contextOf(epoch).traceId, parentOf(epoch)]).toEqual([traceId, spanId]);
  });
});

describe('a batch of shapes', () => {
  it('is a child of its caller, with an event where it violates them', async () => {
    await using runtime = await host.openQuietly({ shapes });
    const callers = [];
    for (const level of [1, -1]) {
      const apply = () => runtime.apply(Reading, reading(10 + level, level));
      callers.push(await host.within('caller', async (span) => (await apply()) && idOf(span)));
    }
    const batches = host.spans('validation.shacl');
    expect(batches.map(parentOf)).toEqual(callers);
    expect(batches.map(({ events }) => events.map(({ name }) => name))).toEqual([
      [],
      ['validation.shacl.failed'],
    ]);
    expect(batches[1]?.events[0]?.attributes).toEqual({ 'violation.count': 1 });
    expect(batches.map(({ status }) => status.code)).toEqual([0, 0]);
  });
});

describe('a failure', () => {
  it('is told by its stable code', async () => {
    host.open();
    const missing = join(temporary(), 'customer-4711');
    expect(await codeOf(() => verifyLog(missing, keyring))).toBe('KNHK_LOG_OPEN');
    const span = host.one('receipt.verify');
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: 'KNHK_LOG_OPEN' });
    expect(span.attributes).toEqual({
      'receipt.log.origin': origin,
      'error.type': 'KNHK_LOG_OPEN',
    });
    expect(JSON.stringify([span.name, span.events, span.links])).not.toContain('4711');
  });
});

describe('verification', () => {
  it('is a child of whoever asks, and says what it found', async () => {
    const data = join(temporary(), 'data');
    const runtime = await openDesk({ data });
    await runtime.apply(Reading, reading(1, 1));
    await runtime.close();
    host.open();
    const caller = await host.within('caller', async (span) => {
      await verifyLog(data, keyring);
      return idOf(span);
    });
    const span = host.one('receipt.verify');
    expect(parentOf(span)).toBe(caller);
    expect(span.attributes).toEqual({
      ...{ 'receipt.log.origin': origin, 'receipt.count': 2, 'finding.count': 0 },
    });
  });
});
