import { monotonicMs } from '../base/clock.ts';
import type { ReceiptLog } from '../receipts/log/index.ts';
import type { SavepointCipher } from '../receipts/log/savepoint-cipher.ts';
import type { RuntimeParts } from './parts.ts';
import type { SavedState } from './restore.ts';

/** Durations follow monotonic time: an injected clock may run at any speed. */
const everyMs = 300_000;

/** Saves the runtime's state, and what others add to it, beside the log. */
export class Savepoints {
  readonly #log: ReceiptLog;
  readonly #state: () => Omit<SavedState, 'v' | 'more'>;
  /** What the savepoint read at opening held of others, kept until they renew it. */
  readonly #kept: SavedState['more'];
  readonly #cipher: SavepointCipher | undefined;
  readonly #added = new Map<string, () => unknown>();
  #savedAt: number = monotonicMs();

  constructor(
    { log, restored, privacy }: Pick<RuntimeParts, 'log' | 'restored' | 'privacy'>,
    state: () => Omit<SavedState, 'v' | 'more'>,
  ) {
    this.#log = log;
    this.#kept = restored.more;
    this.#cipher = privacy?.savepoints;
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
    const text = JSON.stringify(state);
    await this.#log.saveSavepoint(this.#cipher?.seal(text) ?? text);
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
