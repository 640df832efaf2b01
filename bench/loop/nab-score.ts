import type { NabSeries } from './nab-corpus.ts';

/** What a false alarm and a missed window cost; a window found at its start earns 1. */
interface Profile {
  readonly falseAlarm: number;
  readonly missed: number;
}

const profiles = {
  standard: { falseAlarm: 0.11, missed: 1 },
  lowFalseAlarms: { falseAlarm: 0.22, missed: 1 },
  lowMissed: { falseAlarm: 0.11, missed: 2 },
} as const satisfies Readonly<Record<string, Profile>>;

export type NabProfile = keyof typeof profiles;

/** A score, of 100 for all windows at once and nothing else, of 0 for no alarm at all. */
export interface NabScore {
  readonly score: number;
  /** The threshold, one for all series, that gives it. */
  readonly threshold: number;
}

/** A record after the probation: its anomaly score and what an alarm there is worth. */
interface Point {
  readonly anomaly: number;
  readonly worth: number;
  /** Number of its window among all series; undefined outside. */
  readonly window: number | undefined;
}

/** Records at the start of a series of which alarms do not count. */
const probation = (length: number): number => Math.floor(0.15 * Math.min(length, 5_000));

/** 1 well before 0, 0 there, -1 well after. */
const fading = (position: number): number =>
  position > 3 ? -1 : 2 / (1 + Math.exp(5 * position)) - 1;

/**
 * NAB's score of anomaly scores (Lavin and Ahmad, "Evaluating Real-time Anomaly Detection
 * Algorithms", 2015), with the threshold that is best for the profile: in a window only the alarm
 * that is worth most counts, outside all do.
 *
 * @param anomalies the anomaly scores of each series
 */
export function nabScore(
  corpus: readonly NabSeries[],
  anomalies: readonly ArrayLike<number>[],
  name: NabProfile,
): NabScore {
  const profile = profiles[name];
  let windows = 0;
  const points = corpus.flatMap((series, index) => {
    const found = pointsOf(series, anomalies[index]!, profile, windows);
    windows += series.windows.length;
    return found;
  });
  const best = sweep(points, profile);
  const none = -profile.missed * windows;
  return { score: (100 * (best.sum - none)) / (windows - none), threshold: best.threshold };
}

function pointsOf(
  series: NabSeries,
  anomalies: ArrayLike<number>,
  profile: Profile,
  windowsBefore: number,
): Point[] {
  const points: Point[] = [];
  const start = probation(series.values.length);
  let next = 0;
  for (let index = 0; index < series.values.length; index++) {
    const [first, last] = series.windows[next] ?? [Number.POSITIVE_INFINITY, 0];
    const inside = index >= first;
    let worth: number;
    if (inside) {
      const width = last - first + 1;
      worth = fading((index - last - 1) / width) / fading(-1);
    } else {
      const before = series.windows[next - 1];
      const behind = before && (index - before[1]) / (before[1] - before[0]);
      worth = profile.falseAlarm * (behind === undefined ? -1 : fading(behind));
    }
    const window = inside ? windowsBefore + next : undefined;
    if (index >= start) points.push({ anomaly: anomalies[index]!, worth, window });
    if (index === last && inside) next++;
  }
  return points;
}

/** Lowers the threshold from score to score. */
function sweep(points: readonly Point[], profile: Profile): { sum: number; threshold: number } {
  const sorted = [...points].sort((left, right) => right.anomaly - left.anomaly);
  const ofWindow = new Map<number, number>();
  for (const { window } of points) if (window !== undefined) ofWindow.set(window, -profile.missed);
  let sum = -profile.missed * ofWindow.size;
  let best = { sum, threshold: Number.POSITIVE_INFINITY };
  sorted.forEach(({ anomaly, worth, window }, index) => {
    if (window === undefined) sum += worth;
    else if (worth > ofWindow.get(window)!) {
      sum += worth - ofWindow.get(window)!;
      ofWindow.set(window, worth);
    }
    // Equal scores alarm together.
    const whole = sorted[index + 1]?.anomaly !== anomaly;
    if (whole && sum > best.sum) best = { sum, threshold: anomaly };
  });
  return best;
}
