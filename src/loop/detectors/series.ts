import type { Detector, Pattern } from '../types.ts';
import type { MonitorView } from '../view.ts';
import { type Bounds, type FindingOptions, type Settings, settingsOf } from './settings.ts';
import { round } from './statistics.ts';

/** Options of {@link seriesDetector}. */
export interface SeriesOptions extends Omit<FindingOptions, 'falseAlarms'> {
  /**
   * Least score, above 0 to 1; default 0.9. Of one series alone an alarm is
   * due at 0.5; the highest is 0.9375.
   */
  readonly scoreMin?: number;
  /** Values of the field before the open cycle that there must be; default 100. */
  readonly historyMin?: number;
}

type Names = 'scoreMin' | 'historyMin';

const bounds: Bounds<Names> = {
  scoreMin: [0.9, Number.MIN_VALUE, 1],
  historyMin: [100, 1, 1e12],
};

/**
 * Finds numeric fields that are anomalous as a series: `series-anomaly`, where the monitor's
 * streaming anomaly detector ({@link seriesAnomaly}) gave a value of the open cycle so high a
 * score. Its confidence is that score. Independent normal numbers reach the default about once in
 * 200,000.
 *
 * @throws KnhkError KNHK_LOOP_SETTING
 * @example
 * seriesDetector({ scoreMin: 0.75 }).name; // => 'series'
 * seriesDetector({ scoreMin: 0 }); // => throws KNHK_LOOP_SETTING
 */
export function seriesDetector(options: SeriesOptions = {}): Detector {
  const settings = settingsOf('seriesDetector', options, bounds);
  return { name: 'series', detect: (view) => detect(view, settings) };
}

function detect(view: MonitorView, settings: Settings<Names>): readonly Pattern[] {
  const found: Pattern[] = [];
  for (const field of view.fields()) {
    const { anomaly } = field;
    if (anomaly === undefined || anomaly.score < settings.scoreMin) continue;
    const count = field.numbers?.count ?? 0;
    if (count < settings.historyMin) continue;
    const { score, seq } = anomaly;
    found.push({
      detector: 'series',
      kind: 'series-anomaly',
      subject: `${field.type} ${field.field}`,
      confidence: round(score),
      evidence: { score: round(score), count },
      seqs: [seq],
      recommend: settings.recommend ?? 'alert',
    });
  }
  found.sort((left, right) => right.confidence - left.confidence);
  return found.slice(0, settings.patternsMax);
}
