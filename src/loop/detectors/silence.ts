import type { Detector } from '../types.ts';
import type { MonitorView, TypeView } from '../view.ts';
import { type Judged, latestSeqs, overTypes } from './found.ts';
import { type Bounds, type FindingOptions, type Settings, settingsOf } from './settings.ts';

/** Options of {@link silenceDetector}. */
export interface SilenceOptions extends FindingOptions {
  /** Observations of a type before it can be missed; default 30. */
  readonly countMin?: number;
  /** Least ratio to the longest gap that there ever was; default 3. */
  readonly ratio?: number;
  /** Least ratio of the time a type came for to that of its silence; default 3. */
  readonly knownRatio?: number;
}

type Names = 'countMin' | 'ratio' | 'knownRatio';

const bounds: Bounds<Names> = {
  countMin: [30, 2, 1e9],
  ratio: [3, 1, 1e9],
  knownRatio: [3, 0, 1e9],
};

/**
 * Finds types that used to come and do not: `silence`, relative to the newest time of all. The
 * surprise is that of a gap of independent arrivals; what is bursty or sleeps is kept out by its
 * longest gap so far, and a silence that is long beside the time for which a type was known is not
 * judged: the first night of a day-old type is an alarm in its first hours only, its first weekend
 * is none. For the same reason what has stopped for good is not said for ever.
 *
 * @throws KnhkError KNHK_LOOP_SETTING
 * @example
 * silenceDetector({ ratio: 5 }).name; // => 'silence'
 * silenceDetector({ countMin: 1 }); // => throws KNHK_LOOP_SETTING
 */
export function silenceDetector(options: SilenceOptions = {}): Detector {
  const settings = settingsOf('silenceDetector', options, bounds);
  return {
    name: 'silence',
    detect: (view) => overTypes('silence', view, settings, (type) => judge(type, view, settings)),
  };
}

function judge(type: TypeView, view: MonitorView, settings: Settings<Names>): Judged | undefined {
  const { total, lastAt } = type;
  const silentMs = view.now - lastAt;
  const knownMs = lastAt - type.firstAt;
  if (total < settings.countMin || silentMs * settings.knownRatio > knownMs) return undefined;
  const { mean, longest } = type.gapMs;
  if (silentMs < settings.ratio * longest) return undefined;
  // The slower of the latest and the long-run rate: a burst at its end does not hurry a type.
  const gapMs = Math.max(mean, knownMs / (total - 1));
  return {
    kind: 'silence',
    subject: type.type,
    direction: 'less',
    surprise: silentMs / gapMs,
    evidence: { silentMs, gapMs, longestGapMs: longest, observed: total },
    seqs: latestSeqs(type),
    recommend: 'alert',
  };
}
