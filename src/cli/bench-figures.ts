import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '#sha256';
import { monotonicMs } from '../base/clock.ts';
import { describe } from '../base/errors.ts';
import { openKeys } from '../receipts/log/keys.ts';
import { nodeSigner } from '../receipts/log/signer.ts';
import { verifyLog } from '../receipts/log/verify-log.ts';
import { defineHook } from '../rules/hooks.ts';
import { openRuntime } from '../runtime/open.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { eq, gte } from '../terms/conditions.ts';
import { boolean, integer, iri, string } from '../terms/fields.ts';
import { defineObservation, type ObservationInput } from '../terms/observation.ts';

/** One thing measured. */
export interface BenchFigure {
  readonly figure: string;
  readonly value: number;
  readonly unit: string;
}

const Payment = defineObservation('bench.payment', {
  class: 'https://example.com/knhk#Payment',
  subject: 'payment',
  fields: { payment: iri(), amount: integer(), country: string(), verified: boolean() },
});
type Payment = ObservationInput<typeof Payment>;

const review = defineHook({
  name: 'review',
  version: '1',
  on: Payment,
  when: [gte('amount', 500), eq('country', 'NG'), eq('verified', false)],
  act: { type: 'payment.review', target: 'desk' },
});

const origin = 'bench.example/self';
const countries = ['NG', 'DE', 'FR', 'US'];

/** Payments from a fixed generator; none comes twice, and every condition holds for some. */
function payments(count: number, first: number): Payment[] {
  let state = first + 20_261_121;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return Array.from({ length: count }, (_, index) => ({
    payment: `urn:payment:${first + index}`,
    amount: Math.floor(random() * 1_000),
    country: countries[Math.floor(random() * countries.length)] as string,
    verified: random() < 0.5,
  }));
}

const isStopped = ({ amount, country, verified }: Payment): boolean =>
  amount >= 500 && country === 'NG' && !verified;

const openBench = (data: string): Promise<Runtime> =>
  openRuntime({ origin, data, observations: [Payment], rules: [review], unguarded: 'allow' });

const checked = 256;

/** Applies some observations and verifies their receipts; says what is wrong, if anything is. */
export async function checkWork(directory: string): Promise<string | undefined> {
  const data = join(directory, 'check');
  try {
    const inputs = payments(checked, 0);
    const knhk = await openBench(data);
    try {
      let place = 0;
      for await (const { outcome } of knhk.applyAll(Payment, inputs)) {
        const expected = isStopped(inputs[place++] as Payment) ? 'acted' : 'idle';
        if (outcome !== expected) return `outcome ${outcome} in place of ${expected}`;
      }
      if (place !== checked) return `${place} outcomes of ${checked}`;
    } finally {
      await knhk.close();
    }
    const { ok, total_count, findings } = await verifyLog(
      data,
      openKeys(`${data}.keys`, { origin }).keyring,
    );
    // The deploy's leaf comes first.
    if (total_count !== checked + 1) return `${total_count} leaves of ${checked + 1}`;
    return ok ? undefined : `the log does not verify: ${findings[0]?.message}`;
  } catch (error) {
    return describe(error);
  }
}

/** Milliseconds of rounds of a fixed size, until the time is used up; at least one. */
async function rounds(budgetMs: number, round: () => void | Promise<void>): Promise<void> {
  const start = monotonicMs();
  do await round();
  while (monotonicMs() - start < budgetMs);
}

/** The value that a share of the others does not exceed, by nearest rank. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.ceil(share * (sorted.length - 1))] as number;
}

const blocks = 1_024;
const blockSize = 64;

/** Time of an empty block: reading the clock twice. */
function emptyMs(): number {
  const times = Array.from({ length: blocks }, () => {
    const start = monotonicMs();
    return monotonicMs() - start;
  });
  return quantile(times, 0.5);
}

async function decideFigures(knhk: Runtime, budgetMs: number): Promise<readonly BenchFigure[]> {
  const inputs = payments(blocks * blockSize, 0);
  const expected = inputs.filter(isStopped).length;
  const empty = emptyMs();
  const times: number[] = [];
  const round = (): void => {
    let stopped = 0;
    for (let block = 0; block < blocks; block++) {
      const start = monotonicMs();
      for (let index = block * blockSize; index < (block + 1) * blockSize; index++) {
        if (knhk.decide(Payment, inputs[index] as Payment).outcome === 'acted') stopped++;
      }
      times.push(Math.max(0, monotonicMs() - start - empty));
    }
    if (stopped !== expected) throw new Error(`${stopped} stopped, expected ${expected}`);
  };
  round();
  times.length = 0;
  await rounds(budgetMs, round);
  const ns = (share: number): number => (quantile(times, share) * 1e6) / blockSize;
  const name = 'decide, 3 conditions';
  return [
    { figure: `${name}, median`, value: ns(0.5), unit: 'ns' },
    { figure: `${name}, p99 of blocks of ${blockSize}`, value: ns(0.99), unit: 'ns' },
  ];
}

const applied = 4_096;

async function applyFigure(knhk: Runtime, budgetMs: number): Promise<BenchFigure> {
  const rates: number[] = [];
  let next = 0;
  const round = async (): Promise<void> => {
    const inputs = payments(applied, next);
    next += applied;
    let receipts = 0;
    const start = monotonicMs();
    for await (const outcome of knhk.applyAll(Payment, inputs)) {
      if ('receipt' in outcome && outcome.outcome !== 'duplicate') receipts++;
    }
    rates.push((receipts * 1_000) / (monotonicMs() - start));
    if (receipts !== applied) throw new Error(`${receipts} receipts, expected ${applied}`);
  };
  await round();
  rates.length = 0;
  await rounds(budgetMs, round);
  const figure = 'apply, durable receipts, no shapes';
  return { figure, value: quantile(rates, 0.5), unit: 'receipts/s' };
}

/** Median time of one call in ms; `work` runs `calls` of them, each on other bytes. */
async function probe(budgetMs: number, calls: number, work: (from: number) => void) {
  const times: number[] = [];
  let from = 0;
  work(from);
  await rounds(budgetMs, () => {
    from += calls;
    const start = monotonicMs();
    work(from);
    times.push((monotonicMs() - start) / calls);
  });
  return quantile(times, 0.5);
}

async function sha256Figure(budgetMs: number): Promise<BenchFigure> {
  const bytes = new Uint8Array(256);
  const view = new DataView(bytes.buffer);
  const calls = 1_024;
  let seen = 0;
  const ms = await probe(budgetMs, calls, (from) => {
    for (let index = 0; index < calls; index++) {
      view.setUint32(0, from + index);
      seen += sha256(bytes)[0] as number;
    }
  });
  // The digests have to be used, or nothing need be computed.
  if (seen === 0) throw new Error('all digests began with 0');
  return { figure: 'SHA-256 of 256 B', value: ms * 1_000, unit: 'us' };
}

async function signFigure(budgetMs: number): Promise<BenchFigure> {
  const signer = nodeSigner({ name: origin, privateKey: new Uint8Array(32).fill(1) });
  const bytes = new Uint8Array(128);
  const view = new DataView(bytes.buffer);
  const calls = 32;
  let seen = 0;
  const ms = await probe(budgetMs, calls, (from) => {
    for (let index = 0; index < calls; index++) {
      view.setUint32(0, from + index);
      seen += (signer.sign(bytes) as Uint8Array).length;
    }
  });
  if (seen % 64 !== 0) throw new Error('a signature has 64 bytes');
  return { figure: 'Ed25519 signature of 128 B', value: ms * 1_000, unit: 'us' };
}

async function syncFigure(directory: string, budgetMs: number): Promise<BenchFigure> {
  const fd = openSync(join(directory, 'sync'), 'wx');
  const bytes = new Uint8Array(300);
  const calls = 8;
  try {
    const value = await probe(budgetMs, calls, () => {
      for (let index = 0; index < calls; index++) {
        writeSync(fd, bytes);
        fdatasyncSync(fd);
      }
    });
    return { figure: 'append of 300 B and fdatasync', value, unit: 'ms' };
  } finally {
    closeSync(fd);
  }
}

/** Measures everything; the time is shared out, and each figure takes at least one round. */
export async function figures(
  directory: string,
  budgetMs: number,
): Promise<readonly BenchFigure[]> {
  const knhk = await openBench(join(directory, 'apply'));
  try {
    return [
      ...(await decideFigures(knhk, 0.3 * budgetMs)),
      await applyFigure(knhk, 0.4 * budgetMs),
      await sha256Figure(0.1 * budgetMs),
      await signFigure(0.1 * budgetMs),
      await syncFigure(directory, 0.1 * budgetMs),
    ];
  } finally {
    await knhk.close();
  }
}
