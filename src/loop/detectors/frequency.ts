import type { Detector } from '../types.ts';
import type { MonitorView, TypeView } from '../view.ts';
import { type Judged, latestSeqs, overTypes } from './found.ts';
import { type Bounds, type FindingOptions, type Settings, settingsOf } from './settings.ts';
import { binomialSurprise, dispersionOf } from './statistics.ts';

/** Options of {@link frequencyDetector}. */
export interface FrequencyOptions extends FindingOptions {
  /** Observations that there must be of a type before it is judged; default 20. */
  readonly countMin?: number;
  /** Least ratio to the type's own rate; default 4. */
  readonly ratio?: number;
  /** Windows that a type must be known before its window is compared with them; default 3. */
  readonly windowsMin?: number;
}

type Names = 'countMin' | 'ratio' | 'windowsMin';

const bounds: Bounds<Names> = {
  countMin: [20, 1, 1e9],
  ratio: [4, 1, 1e9],
  windowsMin: [3, 1, 1e6],
};

/** Panes at the window's end that a burst is looked for in: the last one may have just begun. */
const burstPanes = 2;
/** Panes before them that there must be. */
const panesMin = 10;

/**
 * Finds types that come far more often than they used to. `burst`: the last two panes of the window
 * against those before; `high-frequency`: the window against all the time before it. Given their
 * sum, the later one of two Poisson counts is binomial, so that no rate has to be estimated; a type
 * that comes in clusters is allowed as much more as the variance of its panes exceeds their mean.
 * Rates that merely follow the time of day stay below the default ratio as a rule; where they do
 * not, {@link seasonalDetector} knows what is usual at that time.
 *
 * @throws KnhkError KNHK_LOOP_SETTING
 * @example
 * frequencyDetector({ ratio: 10 }).name; // => 'frequency'
 * frequencyDetector({ ratio: 0.5 }); // => throws KNHK_LOOP_SETTING
 */
export function frequencyDetector(options: FrequencyOptions = {}): Detector {
  const settings = settingsOf('frequencyDetector', options, bounds);
  return {
    name: 'frequency',
    detect: (view) =>
      overTypes('frequency', view, settings, (type) => {
        if (type.count < settings.countMin) return undefined;
        return burst(type, view, settings) ?? rise(type, view, settings);
      }),
  };
}

function burst(type: TypeView, view: MonitorView, settings: Settings<Names>): Judged | undefined {
  // A look at the mean gap spares most types the look at their panes.
  if (type.gapMs.mean * (type.total - 1) > type.lastAt - type.firstAt) return undefined;
  const panes = type.panes();
  const known = Math.floor((view.now - type.firstAt) / view.paneMs);
  const to = panes.length - burstPanes;
  const from = Math.max(0, to - Math.max(0, known - burstPanes));
  if (to - from < panesMin) return undefined;
  let count = 0;
  for (let index = to; index < panes.length; index++) count += panes[index]!;
  let before = 0;
  for (let index = from; index < to; index++) before += panes[index]!;
  const expected = (before * burstPanes) / (to - from);
  if (count < settings.countMin || count < settings.ratio * expected) return undefined;
  const dispersion = dispersionOf(panes, from, to);
  const share = burstPanes / (burstPanes + to - from);
  return {
    kind: 'burst',
    subject: type.type,
    direction: 'more',
    surprise: binomialSurprise(count, count + before, share) / dispersion,
    evidence: { count, expected, forMs: burstPanes * view.paneMs, dispersion },
    seqs: latestSeqs(type),
    recommend: 'alert',
  };
}

function rise(type: TypeView, view: MonitorView, settings: Settings<Names>): Judged | undefined {
  const { now, windowMs } = view;
  const { count, total } = type;
  const beforeMs = now - windowMs - type.firstAt;
  if (beforeMs < settings.windowsMin * windowMs) return undefined;
  const expected = ((total - count) * windowMs) / beforeMs;
  if (count < settings.ratio * expected) return undefined;
  const panes = type.panes();
  const dispersion = dispersionOf(panes, 0, panes.length);
  return {
    kind: 'high-frequency',
    subject: type.type,
    direction: 'more',
    surprise: binomialSurprise(count, total, windowMs / (windowMs + beforeMs)) / dispersion,
    evidence: { count, expected, forMs: windowMs, dispersion },
    seqs: latestSeqs(type),
    recommend: 'alert',
  };
}
