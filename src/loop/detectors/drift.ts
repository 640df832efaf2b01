import type { Detector } from '../types.ts';
import type { FieldView } from '../view.ts';
import { type Judged, overFields } from './found.ts';
import { type Bounds, type FindingOptions, type Settings, settingsOf } from './settings.ts';

/** Options of {@link driftDetector}. */
export interface DriftOptions extends FindingOptions {
  /** Values before the open cycle that there must be; default 100. */
  readonly historyMin?: number;
  /** Least change of the level in standard deviations; default 0.5. */
  readonly deviations?: number;
}

type Names = 'historyMin' | 'deviations';

const bounds: Bounds<Names> = { historyMin: [100, 2, 1e12], deviations: [0.5, 0, 1e9] };

/**
 * Nats that the monitor's statistic is worth at its threshold, which exponential numbers cross once
 * in some million; a sum of deviations has an exponential tail, hence in proportion beyond it.
 */
const natsAtThreshold = Math.log(1_000_000);

/**
 * Finds numeric fields whose level has changed for good: `drift`, with the means before and since
 * and the seq at which it is thought to have begun.
 *
 * @throws KnhkError KNHK_LOOP_SETTING
 * @example
 * driftDetector({ deviations: 1 }).name; // => 'drift'
 * driftDetector({ historyMin: 0 }); // => throws KNHK_LOOP_SETTING
 */
export function driftDetector(options: DriftOptions = {}): Detector {
  const settings = settingsOf('driftDetector', options, bounds);
  return {
    name: 'drift',
    detect: (view) => overFields('drift', view, settings, (field) => judge(field, settings)),
  };
}

function judge(field: FieldView, settings: Settings<Names>): Judged | undefined {
  const { drift } = field;
  if (drift === undefined) return undefined;
  const { numbers } = field;
  if (numbers === undefined || numbers.count < settings.historyMin) return undefined;
  const { before, after, strength, direction, since } = drift;
  if (Math.abs(after - before) < settings.deviations * numbers.deviation) return undefined;
  return {
    kind: 'drift',
    subject: `${field.type} ${field.field}`,
    direction,
    surprise: natsAtThreshold * strength,
    evidence: { before, after, strength, deviation: numbers.deviation, count: numbers.count },
    seqs: [since],
    recommend: 'propose',
  };
}
