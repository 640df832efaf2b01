import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { monotonicMs } from '../base/clock.ts';
import { findLanes, scratchOf } from '../kernel/run.ts';
import type { Slo } from '../rules/slo.ts';
import type { Snapshot } from '../rules/snapshot.ts';
import type { TickReport } from '../runtime/kernel.ts';

/**
 * What the invariants are judged by: given by the caller, never read from a live clock inside a
 * judgement. `null` says not measured.
 */
export interface Measurements {
  /** Q1: receipts or snapshots that run backwards. */
  readonly retrocausationViolations: number;
  /** Q2: violating observations that were acted upon. */
  readonly violationsActedUpon: number;
  /** Q4: share of measurable batches within 8 ticks, in percent. */
  readonly tickCompliancePercent: number | null;
  /** Q4: ns per hot operation, where ticks are not measurable. */
  readonly operationNs: number | null;
  /** Q4: p95 of the warm path in ms; null where there are no shapes. */
  readonly warmP95Ms: number | null;
  /** Q4: share of failed observations, in percent. */
  readonly errorPercent: number;
  /** Q5: resident memory of the process. */
  readonly rssBytes: number;
  /** Q5: of one core, so two busy cores are 200. */
  readonly cpuPercent: number;
  /** Q5: p99 of the event loop's delay in ms. */
  readonly loopDelayP99Ms: number;
  /** Stage 5: p99 of a hot operation in ns. */
  readonly hotP99Ns?: number;
  /** Stage 5: samples behind `hotP99Ns`. */
  readonly hotSamples?: number;
}

/**
 * Names of the measurements that break an invariant, with value and limit; empty where all hold.
 *
 * @example
 * const safe = { retrocausationViolations: 0, violationsActedUpon: 0, errorPercent: 3 };
 * const fast = { tickCompliancePercent: null, operationNs: 50, warmP95Ms: null };
 * const calm = { rssBytes: 100_000_000, cpuPercent: 5, loopDelayP99Ms: 1 };
 * brokenInvariants({ ...safe, ...fast, ...calm }, defaultSlo); // => ['Q4 errorPercent: 3 > 1']
 */
export function brokenInvariants(given: Measurements, slo: Slo): string[] {
  const broken: string[] = [];
  const most = (name: string, value: number | null, limit: number): void => {
    // A comparison with NaN is false, so "not within" also refuses what is no number.
    if (value !== null && !(value <= limit)) broken.push(`${name}: ${value} > ${limit}`);
  };
  most('Q1 retrocausationViolations', given.retrocausationViolations, 0);
  most('Q2 violationsActedUpon', given.violationsActedUpon, 0);
  if (given.tickCompliancePercent !== null) {
    if (!(given.tickCompliancePercent >= slo.tickCompliancePercent)) {
      const { tickCompliancePercent: share } = given;
      broken.push(`Q4 tickCompliancePercent: ${share} < ${slo.tickCompliancePercent}`);
    }
  } else if (given.operationNs === null) {
    broken.push('Q4: neither ticks nor ns per operation were measured');
  } else {
    most('Q4 operationNs', given.operationNs, slo.operationNs);
  }
  most('Q4 warmP95Ms', given.warmP95Ms, slo.warmP95Ms);
  most('Q4 errorPercent', given.errorPercent, slo.errorPercent);
  most('Q5 rssBytes', given.rssBytes, slo.rssBytes);
  most('Q5 cpuPercent', given.cpuPercent, slo.cpuPercent);
  most('Q5 loopDelayP99Ms', given.loopDelayP99Ms, slo.loopDelayP99Ms);
  return broken;
}

/** Streamed batches so far: those that could be measured, and those of them within 8 ticks. */
type BatchCounts = Pick<TickReport, 'measurable' | 'within'>;

/** Measures this process live; one instance per loop, because shares are over its window. */
export class LiveMeter {
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: 20 });
  #cpu: NodeJS.CpuUsage = process.cpuUsage();
  #since: number = monotonicMs();
  #measurable = 0;
  #within = 0;

  constructor() {
    this.#delay.enable();
  }

  /** What the process has done since the last call; counts come from the loop's own fold. */
  measure(
    counts: {
      readonly failed: number;
      readonly observed: number;
      readonly warmP95Ms: number | null;
      readonly ticks: BatchCounts;
      /** Of the verification in the background. */
      readonly findings: number;
    },
    snapshot: Snapshot,
  ): Measurements {
    const elapsedMs = Math.max(1, monotonicMs() - this.#since);
    const used = process.cpuUsage(this.#cpu);
    const delayP99Ns = this.#delay.percentile(99);
    this.#cpu = process.cpuUsage();
    this.#since = monotonicMs();
    this.#delay.reset();
    return {
      // A log that does not verify cannot show that nothing ran backwards. Without verification in
      // the background this is held by construction: the log clamps its clock.
      retrocausationViolations: counts.findings,
      // Held by construction, not measured: SEQUENCE evaluates nothing that violates its shapes.
      violationsActedUpon: 0,
      tickCompliancePercent: this.#compliancePercent(counts.ticks),
      operationNs: operationNs(snapshot),
      warmP95Ms: counts.warmP95Ms,
      errorPercent: counts.observed === 0 ? 0 : (100 * counts.failed) / counts.observed,
      rssBytes: process.memoryUsage.rss(),
      cpuPercent: ((used.user + used.system) / 1_000 / elapsedMs) * 100,
      loopDelayP99Ms: delayP99Ns / 1e6,
    };
  }

  /** Of the batches since the last call; null where none of them could be measured. */
  #compliancePercent({ measurable, within }: BatchCounts): number | null {
    const batches = measurable - this.#measurable;
    const kept = within - this.#within;
    this.#measurable = measurable;
    this.#within = within;
    return batches === 0 ? null : (100 * kept) / batches;
  }

  close(): void {
    this.#delay.disable();
  }
}

const probeRuns = 4_096;

/** ns per fact evaluated against all hooks of the largest type, over 4,096 runs. */
function operationNs(snapshot: Snapshot): number | null {
  let widest: { readonly columns: number; run(): void } | undefined;
  for (const { program } of snapshot.plans.values()) {
    const columns = program.columns.length;
    if (columns === 0 || columns <= (widest?.columns ?? 0)) continue;
    const scratch = scratchOf(program);
    widest = { columns, run: () => findLanes(program.layout, scratch) };
  }
  if (widest === undefined) return null;
  const start = monotonicMs();
  for (let run = 0; run < probeRuns; run++) widest.run();
  return ((monotonicMs() - start) * 1e6) / probeRuns / widest.columns;
}
