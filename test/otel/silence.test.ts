import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { context, metrics, trace } from '@opentelemetry/api';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as knhk from '../../src/index.ts';
import { openTelemetry, type Telemetry } from '../../src/otel/index.ts';
import { beat, declarations } from './scenario.mjs';

let calls = 0;

/** The same object, but every call of a function on it or on what it gives is counted. */
function counting<T extends object>(target: T): T {
  return new Proxy(target, {
    get(inner, name) {
      const value = Reflect.get(inner, name, inner) as unknown;
      if (typeof value !== 'function') return value;
      return (...words: unknown[]): unknown => {
        calls++;
        const answer = Reflect.apply(value, inner, words) as unknown;
        return typeof answer === 'object' && answer !== null ? counting(answer) : answer;
      };
    },
  });
}

const directory = mkdtempSync(join(tmpdir(), 'knhk-silence-'));
const { Order, Trip, Beat, rules } = declarations(knhk);
const observations = [Order, Trip, Beat] as unknown as readonly knhk.Observation[];
let telemetry: Telemetry;

beforeAll(() => {
  trace.setGlobalTracerProvider(counting(new BasicTracerProvider()));
  metrics.setGlobalMeterProvider(counting(new MeterProvider()));
  telemetry = openTelemetry();
});

afterAll(() => {
  telemetry.close();
  for (const part of [context, metrics, trace]) part.disable();
  rmSync(directory, { recursive: true, force: true });
});

it('hears nothing of 1,000,000 hot operations', async () => {
  const origin = 'example.com/silence';
  const runtime = await knhk.openRuntime({
    origin,
    data: `${directory}/log`,
    observations,
    rules,
  });
  try {
    expect(calls).toBeGreaterThan(0);
    calls = 0;
    let idle = 0;
    // One in a thousand fires, which takes the long way through hooks and guards.
    for (let n = 0; n < 1_000_000; n++) {
      const amount = n % 1_000 === 0 ? 20 : n % 10;
      const { outcome } = runtime.decide(Order, { order: 'urn:order:1', amount });
      if (outcome === 'idle') idle++;
    }
    expect(idle).toBe(999_000);
    expect(calls).toBe(0);
    // The same provider hears of warm work, so it is no deaf one.
    await runtime.apply(Order, { order: 'urn:order:1', amount: 1 });
    expect(calls).toBeGreaterThan(0);
  } finally {
    await runtime.close();
  }
});

it('hears nothing of 1,000,000 streamed observations', async () => {
  const origin = 'example.com/stream';
  const data = `${directory}/stream`;
  const runtime = await knhk.openRuntime({ origin, data, observations, rules });
  try {
    const beats = Array.from({ length: 64 }, (_, n) => beat(n, n));
    calls = 0;
    let observed = 0;
    for (let n = 0; n < 1_000_000; n++) {
      if (runtime.observe(Beat, beats[n % 64]! as never) === 'observed') observed++;
    }
    expect([observed, calls]).toEqual([1_000_000, 0]);
    // Warm are the 15 count leaves, whose epochs are told of once they are durable.
    await runtime.flush();
    expect(runtime.health().applied).toBe(0);
    expect(calls).toBeGreaterThan(0);
  } finally {
    await runtime.close();
  }
});
