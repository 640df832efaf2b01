import type { Clock } from '../base/clock.ts';
import { integerOption } from './options.ts';

/** A clock that shows what its test says. */
export interface FixedClock extends Clock {
  /** Milliseconds since 1970 that the next reading shows. */
  set(ms: number): void;
  /** Lets `ms` milliseconds pass, 0 or more; {@link set} goes back. */
  advance(ms: number): void;
}

/**
 * A clock that stands still, or goes on by a fixed step with each reading.
 *
 * @param startMs What the first reading shows, in ms since 1970; an integer.
 * @param stepMs How far each reading moves the clock, in ms; 0 unless given.
 * @throws KnhkError KNHK_RUNTIME_OPTION for anything but integers; so do `set` and `advance`
 * @example
 * const clock = fixedClock(1_000);
 * clock.advance(500);
 * clock.now(); // => 1_500
 */
export function fixedClock(startMs: number, stepMs = 0): FixedClock {
  let now = integerOption('fixedClock, startMs', startMs);
  const step = integerOption('fixedClock, stepMs', stepMs);
  return {
    now: () => {
      const shown = now;
      now += step;
      return shown;
    },
    set: (ms) => {
      now = integerOption('fixedClock, set', ms);
    },
    advance: (ms) => {
      now += integerOption('fixedClock, advance', ms, 0);
    },
  };
}
