import type { Detector } from '../types.ts';
import { type DriftOptions, driftDetector } from './drift.ts';
import { type FrequencyOptions, frequencyDetector } from './frequency.ts';
import { type HookRateOptions, hookRateDetector } from './hook-rate.ts';
import { type HookUseOptions, hookUseDetector } from './hook-use.ts';
import { type NoveltyOptions, noveltyDetector } from './novelty.ts';
import { type OutcomeOptions, outcomeDetector } from './outcomes.ts';
import { type PresenceOptions, presenceDetector } from './presence.ts';
import { type SeasonalOptions, seasonalDetector } from './seasonal.ts';
import { type SeriesOptions, seriesDetector } from './series.ts';
import { type SilenceOptions, silenceDetector } from './silence.ts';

/** Options of {@link standardDetectors}: those of each detector, or false to leave it out. */
export interface StandardOptions {
  /** Hooks that fire at another rate than before. */
  readonly hookRate?: HookRateOptions | false;
  /** Hooks that never or always fire. */
  readonly hookUse?: HookUseOptions | false;
  /** Types that come far more often. */
  readonly frequency?: FrequencyOptions | false;
  /** Types that fail, are invalid or denied far more often. */
  readonly outcomes?: OutcomeOptions | false;
  /** Types that come no more. */
  readonly silence?: SilenceOptions | false;
  /** Types that come unusually for the time of day and week. */
  readonly seasonal?: SeasonalOptions | false;
  /** Numeric fields whose level has changed. */
  readonly drift?: DriftOptions | false;
  /** Values and texts unlike all earlier ones. */
  readonly novelty?: NoveltyOptions | false;
  /** Fields that are there, or are numbers, on another share of observations. */
  readonly presence?: PresenceOptions | false;
  /** Numeric fields that are anomalous as a series. */
  readonly series?: SeriesOptions | false;
}

/**
 * All detectors of the library: how hooks fire, how types come and turn out, what their fields
 * hold. Each may keep state, so that a set belongs to one loop.
 *
 * @throws KnhkError KNHK_LOOP_SETTING
 * @example
 * standardDetectors({ series: false, silence: { ratio: 5 } }).length; // => 9
 */
export function standardDetectors(options: StandardOptions = {}): readonly Detector[] {
  const made = <Given>(
    make: (given: Given | undefined) => Detector,
    given: Given | false | undefined,
  ): Detector[] => (given === false ? [] : [make(given)]);
  return [
    ...made(hookRateDetector, options.hookRate),
    ...made(hookUseDetector, options.hookUse),
    ...made(frequencyDetector, options.frequency),
    ...made(outcomeDetector, options.outcomes),
    ...made(silenceDetector, options.silence),
    ...made(seasonalDetector, options.seasonal),
    ...made(driftDetector, options.drift),
    ...made(noveltyDetector, options.novelty),
    ...made(presenceDetector, options.presence),
    ...made(seriesDetector, options.series),
  ];
}
