import { fail } from '../base/errors.ts';

/** Limits that the invariants Q4 and Q5 are judged by, part of the snapshot. */
export interface Slo {
  /** Q4: least share of measurable batches within 8 ticks, in percent. */
  readonly tickCompliancePercent: number;
  /** Q4: where ticks are not measurable, most ns per operation. */
  readonly operationNs: number;
  /** Q4: warm path p95 in ms. */
  readonly warmP95Ms: number;
  /** Q4: most failed observations, in percent. */
  readonly errorPercent: number;
  /** Q5: resident memory in bytes. */
  readonly rssBytes: number;
  /** Q5: share of one core over the window, in percent. */
  readonly cpuPercent: number;
  /** Q5: event-loop delay p99 in ms. */
  readonly loopDelayP99Ms: number;
}

/**
 * The limits that hold where a runtime is given no others.
 *
 * @example
 * defaultSlo.warmP95Ms; // => 100
 */
export const defaultSlo: Slo = Object.freeze({
  tickCompliancePercent: 99,
  operationNs: 100,
  warmP95Ms: 100,
  errorPercent: 1,
  rssBytes: 1_073_741_824,
  cpuPercent: 50,
  loopDelayP99Ms: 500,
});

/**
 * Fills in the defaults.
 *
 * @throws KnhkError KNHK_RULES_SLO for an unknown name or a value that is no positive number
 */
export function sloOf(given: Partial<Slo> = {}): Slo {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(defaultSlo, name)) {
      fail('KNHK_RULES_SLO', 'slo', Object.keys(defaultSlo).join(', '), name);
    }
    if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) {
      fail('KNHK_RULES_SLO', `slo.${name}`, 'a positive number', value);
    }
  }
  return Object.freeze({ ...defaultSlo, ...given });
}
