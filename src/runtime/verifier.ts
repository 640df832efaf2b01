import { monotonicMs } from '../base/clock.ts';
import { fail } from '../base/errors.ts';
import type { LogFs } from '../receipts/log/fs.ts';
import type { ReceiptLog } from '../receipts/log/index.ts';
import { DirectoryWalk } from '../receipts/log/verify-walk.ts';
import type { Finding } from '../receipts/verify/report.ts';
import type { VerifyState } from '../receipts/verify/verify-state.ts';
import type { RuntimeCore } from './core.ts';

/** How a runtime verifies its own log while it runs. */
export interface VerificationOptions {
  /** How often what became durable is verified, and how soon a round follows the last; 60,000. */
  readonly everyMs?: number;
  /** Bytes that are read in a second at most; 8 MiB. */
  readonly bytesPerSecond?: number;
  /** False lets a runtime go on after a finding, which then shows in health() alone. */
  readonly freeze?: boolean;
}

/** {@link VerificationOptions} with what holds where they say nothing. */
export type VerificationSettings = Required<VerificationOptions>;

/** What verification came to since opening; plain data. */
export interface VerificationSample {
  /** Leaves verified, those of repeated rounds each time. */
  readonly leaves: number;
  /** Defects found; verification ends with the first. */
  readonly findings: number;
  /** Milliseconds since a round over the whole log was complete, or since opening. */
  readonly roundAgeMs: number;
}

/** What a {@link BackgroundVerifier} works with. */
export interface VerifierParts {
  readonly directory: string;
  readonly fs: LogFs;
  readonly log: Pick<ReceiptLog, 'durableSize' | 'checkpoint' | 'keyring'>;
  readonly settings: VerificationSettings;
  /** Called with the first finding; verification ends with it. */
  readonly onFinding: (finding: Finding) => void;
  /** Called where the log could not be read, and without an error once it could again. */
  readonly onUnreadable: (error: unknown) => void;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

/** One walk over the log, piece by piece. */
interface Walking {
  readonly walk: DirectoryWalk;
  /** Leaves that were durable when it began: about later ones it says nothing. */
  readonly durable: number;
  /** Leaves that were verified before it. */
  readonly before: number;
  readonly isRound: boolean;
}

// A piece takes about a millisecond: what waits in the event loop meanwhile notices little.
const pieceBytes = 131_072;

/** The settings, `undefined` where verification is off. */
export function verificationOf(
  given: VerificationOptions | false = {},
): VerificationSettings | undefined {
  if (given === false) return undefined;
  const { everyMs = 60_000, bytesPerSecond = 8_388_608, freeze = true } = given;
  for (const [name, value] of Object.entries({ everyMs, bytesPerSecond })) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    fail('KNHK_RUNTIME_OPTION', `openRuntime, verification, ${name}`, 'a positive integer', value);
  }
  return { everyMs, bytesPerSecond, freeze };
}

/**
 * Verifies a runtime's own log beside it: what became durable at every interval, and the whole log
 * round after round, at a bounded rate. It writes nothing and keeps no process alive.
 */
export class BackgroundVerifier {
  readonly #parts: VerifierParts;
  readonly #now: () => number;
  #state: VerifyState | undefined;
  #tail: Walking | undefined;
  #round: Walking | undefined;
  #timer: NodeJS.Timeout | undefined;
  #dueMs: number;
  #roundMs: number;
  #leaves = 0;
  #findings = 0;
  #isUnreadable = false;

  constructor(parts: VerifierParts) {
    this.#parts = parts;
    this.#now = parts.now ?? monotonicMs;
    this.#roundMs = this.#now();
    this.#dueMs = this.#roundMs + parts.settings.everyMs;
    this.#wait(parts.settings.everyMs);
  }

  sample(): VerificationSample {
    const roundAgeMs = this.#now() - this.#roundMs;
    return { leaves: this.#leaves, findings: this.#findings, roundAgeMs };
  }

  /** Ends it at once. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const walking of [this.#tail, this.#round]) walking?.walk.close();
    this.#tail = undefined;
    this.#round = undefined;
  }

  /** Begins what is due and reads one piece; false where nothing is left to read. */
  step(): boolean {
    if (this.#findings > 0) return false;
    try {
      if (this.#now() >= this.#dueMs) this.#begin();
      const walking = this.#tail ?? this.#round;
      if (walking === undefined) return false;
      if (!walking.walk.step(pieceBytes) && walking.walk.segments.length === 0) this.#end(walking);
      return this.#tail !== undefined || this.#round !== undefined;
    } catch (error) {
      // A disk that cannot be read is not yet a log that was changed.
      this.stop();
      this.#isUnreadable = true;
      this.#parts.onUnreadable(error);
      return false;
    }
  }

  #wait(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const hasMore = this.step();
      if (this.#findings > 0) return;
      const { bytesPerSecond } = this.#parts.settings;
      const pieceMs = Math.ceil((pieceBytes / bytesPerSecond) * 1_000);
      this.#wait(hasMore ? pieceMs : Math.max(1, this.#dueMs - this.#now()));
    }, ms);
    this.#timer.unref();
  }

  #begin(): void {
    this.#dueMs = this.#now() + this.#parts.settings.everyMs;
    const { durableSize } = this.#parts.log;
    if (durableSize === 0) return;
    // Without a state there is no tail yet: the first round brings one.
    const isNew = this.#state !== undefined && stateSize(this.#state) < durableSize;
    if (isNew && this.#tail === undefined) this.#tail = this.#walk(this.#state);
    this.#round ??= this.#walk(undefined);
  }

  #walk(resume: VerifyState | undefined): Walking {
    const { directory, fs, log } = this.#parts;
    const { checkpoint, durableSize, keyring } = log;
    const walk = new DirectoryWalk(directory, keyring, {
      fs,
      remembered: checkpoint === undefined ? [] : [checkpoint],
      ...(resume === undefined ? {} : { resume }),
    });
    const isRound = resume === undefined;
    return { walk, durable: durableSize, before: isRound ? 0 : walk.size, isRound };
  }

  #end(walking: Walking): void {
    const { walk, durable, before, isRound } = walking;
    if (isRound) this.#round = undefined;
    else this.#tail = undefined;
    const report = walk.report();
    this.#leaves += report.verified_count - before;
    // What came later may have been read half written, or under a key that came later too. That a
    // key was revoked is what the owner of the keys said, and no news.
    const finding = report.findings.find(
      ({ seq, kind }) => seq < durable && kind !== 'revoked_key',
    );
    if (finding !== undefined) {
      this.#findings++;
      this.stop();
      this.#parts.onFinding(finding);
      return;
    }
    if (report.state !== null && stateSize(report.state) >= stateSize(this.#state)) {
      this.#state = report.state;
    }
    if (isRound) this.#roundMs = this.#now();
    if (this.#isUnreadable) this.#parts.onUnreadable(undefined);
    this.#isUnreadable = false;
  }
}

/** Leaves that a state's checkpoint covers. */
function stateSize(state: VerifyState | undefined): number {
  return state === undefined ? 0 : Number(state.checkpoint.split('\n')[1]);
}

/** Starts what verifies a runtime's log, unless that is off. */
export function verifierOf(core: RuntimeCore): BackgroundVerifier | undefined {
  const { log, verification } = core.parts;
  if (verification === undefined) return undefined;
  const { health } = core;
  return new BackgroundVerifier({
    ...verification,
    log,
    onFinding: ({ seq, kind, message }) => {
      health.raise('verification-failed', `${kind} at seq ${seq}: ${message}`);
      if (verification.settings.freeze) core.freeze(`verification failed: ${kind} at seq ${seq}`);
    },
    onUnreadable: (error) => {
      if (error === undefined) health.clear('verification-failed');
      else health.raise('verification-failed', `the log cannot be read: ${String(error)}`);
    },
  });
}
