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

/** Least panes at the window's end that may be a burst: the last one may have just begun. */
const burstPanes = 2;
/** Panes before a burst that there must be. */
const panesMin = 10;
/**
 * The longest of n gaps of independent arrivals is about log(n) of their means; with gaps so many
 * times as long a type comes in batches or sleeps at night, and its mean rate says little.
 */
const restRatio = 3;

/**
 * Finds types that come far more often than they used to. `burst`: the last 2, 4, 8 and so on
 * panes of the window against those before, where the last two hold enough; `high-frequency`: the
 * window against all the time before it. Given their sum, the later one of two Poisson counts is
 * binomial, so that no rate has to be estimated; a type that comes in clusters is allowed as much
 * more as the variance of its panes exceeds their mean. Types that come in batches or rest at
 * night are not judged by their mean rate: {@link seasonalDetector} learns what is usual at which
 * time.
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
        const { count } = type;
        if (count < settings.countMin) return undefined;
        return burst(type, view, settings) ?? rise(type, count, view, settings);
      }),
  };
}

function burst(type: TypeView, view: MonitorView, settings: Settings<Names>): Judged | undefined {
  const { latest } = type;
  if (latest !== undefined && latest < settings.countMin) return undefined;
  const panes = type.panes();
  const end = panes.length;
  if (latest === undefined && sum(panes, Math.max(0, end - burstPanes), end) < settings.countMin) {
    return undefined;
  }
  const known = Math.floor((view.now - type.firstAt) / view.paneMs);
  const from = Math.max(0, panes.length - known);
  let best: Judged | undefined;
  let scales = 0;
  for (let lately = burstPanes; panes.length - lately - from >= panesMin; lately *= 2) {
    const judged = later(type, panes, from, panes.length - lately, view, settings);
    scales++;
    if (judged !== undefined && judged.surprise > (best?.surprise ?? 0)) best = judged;
  }
  // Whoever looks several times sees more by chance.
  return best === undefined ? undefined : { ...best, surprise: best.surprise - Math.log(scales) };
}

/** The panes from one on against those before it. */
function later(
  type: TypeView,
  panes: readonly number[],
  from: number,
  to: number,
  view: MonitorView,
  settings: Settings<Names>,
): Judged | undefined {
  const count = sum(panes, to, panes.length);
  const before = sum(panes, from, to);
  const share = (panes.length - to) / (panes.length - from);
  const expected = (before * share) / (1 - share);
  // Of a type that rests between clusters the earlier panes say nothing.
  if (before < settings.countMin || count < settings.countMin) return undefined;
  if (count < settings.ratio * expected) return undefined;
  const dispersion = dispersionOf(panes, from, to);
  return {
    kind: 'burst',
    subject: type.type,
    direction: 'more',
    surprise: binomialSurprise(count, count + before, share) / dispersion,
    evidence: { count, expected, forMs: (panes.length - to) * view.paneMs, dispersion },
    seqs: latestSeqs(type),
    recommend: 'alert',
  };
}

function sum(counts: readonly number[], from: number, to: number): number {
  let total = 0;
  for (let index = from; index < to; index++) total += counts[index]!;
  return total;
}

function rise(
  type: TypeView,
  count: number,
  view: MonitorView,
  settings: Settings<Names>,
): Judged | undefined {
  const { now, windowMs } = view;
  const beforeMs = now - windowMs - type.firstAt;
  if (beforeMs < settings.windowsMin * windowMs) return undefined;
  const { total } = type;
  const before = total - count;
  const expected = (before * windowMs) / beforeMs;
  if (count < settings.ratio * expected) return undefined;
  const longest = (restRatio * Math.log(total) * beforeMs) / before;
  if (type.gapMs.longest > longest) return undefined;
  // Without the two busiest ones, which may be what is to be found.
  const panes = [...type.panes()].sort((left, right) => left - right);
  const dispersion = panes.length < 4 ? 1 : dispersionOf(panes, 0, panes.length - 2);
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
