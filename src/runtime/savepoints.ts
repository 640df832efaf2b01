import { monotonicMs } from '../base/clock.ts';
import type { ReceiptLog } from '../receipts/log/index.ts';
import type { SavedState } from './restore.ts';

/** Durations follow monotonic time: an injected clock may run at any speed. */
const everyMs = 300_000;

/** Saves the runtime's state, and what others add to it, beside the log. */
export class Savepoints {
  readonly #log: ReceiptLog;
  readonly #state: () => Omit<SavedState, 'v' | 'more'>;
  readonly #kept: SavedState['more'];
  readonly #added = new Map<string, () => unknown>();
  #savedAt: number = monotonicMs();

  /** @param kept what the savepoint read at opening held of others, kept until they renew it */
  constructor(
    log: ReceiptLog,
    kept: SavedState['more'],
    state: () => Omit<SavedState, 'v' | 'more'>,
  ) {
    this.#log = log;
    this.#kept = kept;
    this.#state = state;
  }

  /** Adds state to every later savepoint under a name. */
  add(name: string, state: () => unknown): void {
    this.#added.set(name, state);
  }

  /** Saves now; the state belongs to the leaves appended so far. */
  async save(): Promise<void> {
    this.#savedAt = monotonicMs();
    const added = Object.fromEntries([...this.#added].map(([name, state]) => [name, state()]));
    const state: SavedState = { v: 1, ...this.#state(), more: { ...this.#kept, ...added } };
    await this.#log.saveSavepoint(JSON.stringify(state));
  }

  /** {@link save}, but a failure is only a warning: the log is whole without a savepoint. */
  async trySave(): Promise<void> {
    try {
      await this.save();
    } catch (error) {
      process.emitWarning(`savepoint: ${String(error)}`, 'KnhkWarning');
    }
  }

  /** Saves if the last savepoint is five minutes old. */
  saveIfDue(): void {
    if (monotonicMs() - this.#savedAt >= everyMs) void this.trySave();
  }
}
