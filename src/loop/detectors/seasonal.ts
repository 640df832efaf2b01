import { fail } from '../../base/errors.ts';
import type { Detector, Pattern } from '../types.ts';
import type { MonitorView } from '../view.ts';
import { type Judged, latestSeqs, surprising } from './found.ts';
import { Season, type SeasonJson } from './season.ts';
import { type Bounds, type FindingOptions, type Settings, settingsOf } from './settings.ts';
import { binomialSurprise } from './statistics.ts';

/** Options of {@link seasonalDetector}. */
export interface SeasonalOptions extends FindingOptions {
  /** Length of a slot in ms; default 3,600,000, an hour. */
  readonly slotMs?: number;
  /** Length of the period in ms, 2 to 1,024 slots; default 604,800,000, a week. */
  readonly periodMs?: number;
  /** Complete periods that a type must be known; default 3. */
  readonly periodsMin?: number;
  /** Observations in the slot, or usual in it, that there must be; default 20. */
  readonly countMin?: number;
  /** Least ratio to what is usual, either way; default 1.5. */
  readonly ratio?: number;
  /** Types that are watched, the first ones that come; default 1,024, at most 65,536. */
  readonly typesMax?: number;
}

type Names = 'slotMs' | 'periodMs' | 'periodsMin' | 'countMin' | 'ratio' | 'typesMax';

const bounds: Bounds<Names> = {
  slotMs: [3_600_000, 1, 1e12],
  periodMs: [604_800_000, 1, 1e15],
  periodsMin: [3, 1, 1_000],
  countMin: [20, 1, 1e9],
  ratio: [1.5, 1, 1e9],
  typesMax: [1_024, 1, 65_536],
};

/**
 * Finds types that come far more or far less often than is usual at this time of the day and week:
 * `season`. Once a slot is over it is compared with the same slot of earlier periods; given their
 * sum, the later one of two Poisson counts is binomial, and what a type's slots vary from week to
 * week beyond that is allowed for. Periods begin in UTC. It keeps two numbers per type and slot;
 * observations that are only counted (streamed ones that fire nothing) are not heard. Several of
 * other slots or periods may watch side by side: their names tell these.
 *
 * @throws KnhkError KNHK_LOOP_SETTING
 * @example
 * seasonalDetector({ periodMs: 86_400_000 }).name; // => 'seasonal-3600000-86400000'
 * seasonalDetector({ slotMs: 7 }); // => throws KNHK_LOOP_SETTING
 */
export function seasonalDetector(options: SeasonalOptions = {}): Detector {
  const settings = settingsOf('seasonalDetector', options, bounds);
  const { slotMs, periodMs, typesMax } = settings;
  const slots = periodMs / slotMs;
  if (!Number.isInteger(slots) || slots < 2 || slots > 1_024) {
    fail('KNHK_LOOP_SETTING', 'seasonalDetector, periodMs', '2 to 1,024 slots', periodMs);
  }
  const season = new Season(slotMs, slots, typesMax);
  const isUsual = slotMs === bounds.slotMs[0] && periodMs === bounds.periodMs[0];
  const name = isUsual ? 'seasonal' : `seasonal-${slotMs}-${periodMs}`;
  return {
    name,
    observe: ({ type, at, seq }) => season.add(type, at, seq),
    detect: (view) => detect(name, season, view, settings),
    save: () => season.toJSON(),
    restore: (state) => season.restore(state as SeasonJson),
  };
}

function detect(
  name: string,
  season: Season,
  view: MonitorView,
  settings: Settings<Names>,
): readonly Pattern[] {
  const { slot: newest, seq } = season.newest;
  // A slot is over once another has begun, which is judged in that cycle alone.
  if (seq < view.open.seqs[0]) return [];
  const found: Judged[] = [];
  for (const type of season.keys()) {
    const judged = judge(season, type, newest - 1, view, settings);
    if (judged !== undefined) found.push(judged);
  }
  return surprising(name, found, season.size, settings);
}

function judge(
  season: Season,
  type: string,
  slot: number,
  view: MonitorView,
  settings: Settings<Names>,
): Judged | undefined {
  const { count, before, periods } = season.slot(type, slot);
  if (periods < settings.periodsMin) return undefined;
  const expected = before / periods;
  if (Math.max(count, expected) < settings.countMin) return undefined;
  const { ratio } = settings;
  if (count < ratio * expected && count * ratio > expected) return undefined;
  const restlessness = season.restlessness(type);
  const surprise = binomialSurprise(count, count + before, 1 / (periods + 1));
  const shown = view.type(type);
  return {
    kind: 'season',
    subject: type,
    direction: count > expected ? 'more' : 'less',
    surprise: surprise / (1 + restlessness * expected),
    evidence: { count, expected, periods, restlessness, forMs: settings.slotMs },
    seqs: shown === undefined ? [] : latestSeqs(shown),
    recommend: 'alert',
  };
}
