import type { Clock } from '../base/clock.ts';
import { channels } from './channels.ts';
import type { RuntimeCore } from './core.ts';

/**
 * Why a runtime is not well. With `frozen` and `log-failed` nothing can be applied; with
 * `shapes-unavailable` the latest validation by the engine went wrong, while rows go on; with
 * `cycle-failed` the latest cycle did; with `key-old` the key that signs should be changed; with
 * `clock-skew` the clock is behind the log; with `sealing-failed` a complete segment keeps its
 * payloads; with `verification-failed` the log is not what was written, or cannot be read.
 */
export type HealthCode =
  | 'frozen'
  | 'log-failed'
  | 'shapes-unavailable'
  | 'cycle-failed'
  | 'key-old'
  | 'clock-skew'
  | 'sealing-failed'
  | 'verification-failed';

/** One reason, since when, in ms. */
export interface HealthReason {
  readonly code: HealthCode;
  /** Milliseconds since 1970, by the runtime's clock. */
  readonly since: number;
  /** For people. */
  readonly message: string;
}

/** What health() answers. `failing`: nothing can be applied; `degraded`: something is amiss. */
export interface Health {
  readonly status: 'ok' | 'degraded' | 'failing' | 'closed';
  /** Empty where the status is ok, oldest first. */
  readonly reasons: readonly HealthReason[];
  /** Leaves in the log. */
  readonly size: number;
  /** Leaves on disk under a signed checkpoint. */
  readonly durableSize: number;
  /** Observations sequenced over the log's whole life. */
  readonly applied: number;
  /** Inputs refused as unreadable since opening. */
  readonly unreadable: number;
  /** Observations taken in and not yet answered. */
  readonly inFlight: number;
  /** Hash of the current snapshot. */
  readonly snapshot: string;
  /** Its version: deploys and promotions, counted from 1. */
  readonly version: number;
}

const failing: ReadonlySet<HealthCode> = new Set<HealthCode>(['frozen', 'log-failed']);

/**
 * What a look finds; without `since` it holds from the first look on. The clock is read then alone:
 * looking must not change the times of receipts under a clock that goes on with each reading.
 */
export type WatchedReason = Pick<HealthReason, 'message'> & Partial<Pick<HealthReason, 'since'>>;

/** Keeps reasons and since when they hold. */
export class HealthBook {
  readonly #clock: Clock;
  readonly #reasons = new Map<HealthCode, HealthReason>();
  readonly #watched = new Map<HealthCode, () => WatchedReason | undefined>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Asks for a reason whenever somebody looks; undefined where there is none at the time. */
  watch(code: HealthCode, ask: () => WatchedReason | undefined): void {
    this.#watched.set(code, ask);
  }

  /** `since` is now unless given. */
  raise(code: HealthCode, message: string, since?: number): void {
    if (this.#reasons.has(code)) return;
    this.#reasons.set(code, { code, since: since ?? this.#clock.now(), message });
    this.#publish();
  }

  clear(code: HealthCode): void {
    if (this.#reasons.delete(code)) this.#publish();
  }

  has(code: HealthCode): boolean {
    return this.#reasons.has(code);
  }

  status(): 'ok' | 'degraded' | 'failing' {
    this.#look();
    for (const code of this.#reasons.keys()) if (failing.has(code)) return 'failing';
    return this.#reasons.size === 0 ? 'ok' : 'degraded';
  }

  reasons(): readonly HealthReason[] {
    this.#look();
    return [...this.#reasons.values()].sort((left, right) => left.since - right.since);
  }

  #look(): void {
    for (const [code, ask] of this.#watched) {
      const reason = ask();
      if (reason === undefined) this.clear(code);
      else this.raise(code, reason.message, reason.since);
    }
  }

  #publish(): void {
    if (!channels.health.hasSubscribers) return;
    channels.health.publish({ status: this.status(), reasons: this.reasons() });
  }
}

/** How a runtime is. What the log alone knows so far is noted first, with its reason. */
export function statusOf({ parts, health, closing }: RuntimeCore): Health['status'] {
  const { failure } = parts.log;
  if (failure !== undefined) health.raise('log-failed', failure.message);
  return closing ? 'closed' : health.status();
}

/** How a runtime is, as a host sees it. */
export function healthOf(core: RuntimeCore): Health {
  const { log } = core.parts;
  return {
    status: statusOf(core),
    reasons: core.health.reasons(),
    size: log.size,
    durableSize: log.durableSize,
    applied: core.applied,
    unreadable: core.admittance.unreadable,
    inFlight: core.pipeline.inFlight,
    snapshot: core.snapshot.hash,
    version: core.snapshot.version,
  };
}
