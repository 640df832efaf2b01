import type { Detector } from 'knhk/loop';
import type { BenchContext } from '../harness.ts';

/** What the benches use of the monitor; no entry of the package exports it. */
export interface BenchMonitor {
  observe(event: BenchEvent, handle?: TypeHandle): void;
  closeCycle(): void;
  view(): Parameters<Detector['detect']>[0];
}

/** A type that is looked up once, as the loop does it for what a runtime declares. */
export interface TypeHandle {
  track: undefined;
}

/** An event that is filled in before each use. */
export interface BenchEvent {
  seq: number;
  time: number;
  at: number;
  type: string;
  subject: string | undefined;
  readonly data: { readonly [field: string]: unknown };
  readonly fired: readonly string[];
  readonly outcome: 'idle';
}

interface Modules {
  readonly Monitor: new (
    document: object,
    options: object,
    observations: readonly object[],
  ) => BenchMonitor;
}

const noRules = { hooks: [], parameters: {}, switches: [], shapes: null };
export const start: number = Date.UTC(2026, 0, 1);

/** A monitor of so many types, each with one numeric field; and their names. */
export async function monitorOf(
  context: BenchContext,
  types: number,
  options: object,
): Promise<{ readonly monitor: BenchMonitor; readonly names: readonly string[] }> {
  const { Monitor } = (await context.internal<Modules>('loop/monitor/monitor.js'))!;
  const names = Array.from({ length: types }, (_, index) => `plant.sensor-${index}`);
  const fields = { value: { kind: 'number' } };
  const declared = names.map((type) => ({ type, fields }));
  return { monitor: new Monitor(noRules, options, declared), names };
}

/** Numbers from 0 to 1 that repeat after 2^32: a linear congruential generator. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Delays: most short, some long (log-normal). */
export function delaysOf(seed: number, count: number): Float64Array {
  const random = randomOf(seed);
  return Float64Array.from({ length: count }, () => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.exp(3 + normal);
  });
}
