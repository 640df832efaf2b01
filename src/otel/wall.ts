import { type Clock, monotonicMs } from '../base/clock.ts';
import type { HrTime } from './api.ts';

// Wall clocks are set now and then; readings of integer ms alone differ by less than this.
const driftMs = 2;

/**
 * Places readings of the monotonic clock on the wall clock. One offset serves as long as it holds,
 * so that a span never seems to begin before its parent by a rounding of the wall clock.
 */
export class Wall {
  readonly #clock: Clock;
  #offsetMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offsetMs = clock.now() - monotonicMs();
  }

  /** Milliseconds since 1970 with fractions. */
  at(monotonic: number): number {
    const offsetMs = this.#clock.now() - monotonicMs();
    if (Math.abs(offsetMs - this.#offsetMs) > driftMs) this.#offsetMs = offsetMs;
    return this.#offsetMs + monotonic;
  }

  /** The same as seconds and nanoseconds. */
  hrTime(monotonic: number): HrTime {
    const atMs = this.at(monotonic);
    const seconds = Math.floor(atMs / 1_000);
    const nanoseconds = Math.round((atMs - 1_000 * seconds) * 1e6);
    // Rounding may arrive at the next second.
    return nanoseconds < 1e9 ? [seconds, nanoseconds] : [seconds + 1, 0];
  }
}
