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
  readonly hookRate?: HookRateOptions | false;
  readonly hookUse?: HookUseOptions | false;
  readonly frequency?: FrequencyOptions | false;
  readonly outcomes?: OutcomeOptions | false;
  readonly silence?: SilenceOptions | false;
  readonly seasonal?: SeasonalOptions | false;
  readonly drift?: DriftOptions | false;
  readonly novelty?: NoveltyOptions | false;
  readonly presence?: PresenceOptions | false;
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
