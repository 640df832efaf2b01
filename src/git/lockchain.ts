import { equalBytes, toBase64 } from '../base/bytes.ts';
import { type Clock, monotonicMs, systemClock } from '../base/clock.ts';
import { fail } from '../base/errors.ts';
import { type LogFs, nodeFs } from '../receipts/log/fs.ts';
import type { Lock } from '../receipts/log/lock.ts';
import type { SignedCheckpoint } from '../receipts/verify/checkpoint.ts';
import { type Keyring, trustKeys } from '../receipts/verify/keyring.ts';
import { Chain } from './chain.ts';
import { checkOwnKey, takeRepository } from './checks.ts';
import { EpochReader } from './epochs.ts';
import { pushChain } from './push.ts';
import type { Pushed } from './push-types.ts';
import { createRepository, gitDirectoryOf, syncRepository } from './repository.ts';
import { lastCheckpoint } from './source.ts';
import { TileBranch } from './tiles.ts';
import type {
  Committed,
  Lockchain,
  LockchainOptions,
  LockchainReason,
  LockchainStatus,
  Packed,
} from './types.ts';

const defaults = { everyMs: 60_000, everyLeaves: 4_096, packEvery: 1_024 } as const;
// So often it is asked whether there is enough that is new: at most one commit a second.
const pollMs = 1_000;

/** The keyring as it is now. */
function keyringOf(keyring: Keyring | (() => Keyring)): Keyring {
  return typeof keyring === 'function' ? keyring() : keyring;
}

function positive(name: keyof typeof defaults, value: number | undefined): number {
  const chosen = value ?? defaults[name];
  const isSound = Number.isSafeInteger(chosen) && chosen >= 1 && chosen <= 2 ** 31 - 1;
  return isSound ? chosen : fail('KNHK_LOCKCHAIN_OPTION', name, 'an integer from 1 on', value);
}

/**
 * Writes a log's checkpoints into a Git repository, as SSH-signed commits with a signed tag a day,
 * so that an auditor needs Git alone. It reads the log's directory and never writes there; no git
 * binary is needed. What fails stands in `status` and never reaches the log.
 *
 * @throws KnhkError KNHK_LOCKCHAIN_REPOSITORY, KNHK_LOCKCHAIN_LOCKED, KNHK_LOCKCHAIN_KEY,
 * KNHK_LOCKCHAIN_OPTION, KNHK_LOCKCHAIN_CHECKPOINT, KNHK_LOCKCHAIN_OBJECT, KNHK_RECEIPTS_KEYRING;
 * KNHK_LOCKCHAIN_ROLLBACK and KNHK_LOCKCHAIN_FORK where the repository names a larger tree than the
 * log has, or another one
 * @example
 * const key = nodeSigner({ name: 'lockchain', privateKey: new Uint8Array(32).fill(3) });
 * const given = { repository: `${directory}.git`, data: directory, keyring, key, log: knhk };
 * await using lockchain = await openLockchain({ ...given, create: true });
 * (await lockchain.commit()).size; // => 1
 */
export async function openLockchain(options: LockchainOptions): Promise<Lockchain> {
  const { repository, data, key, fs = nodeFs } = options;
  const keyring = keyringOf(options.keyring);
  const { origin } = trustKeys(keyring);
  checkOwnKey(key, keyring);
  const times = {
    everyMs: positive('everyMs', options.everyMs),
    everyLeaves: positive('everyLeaves', options.everyLeaves),
    packEvery: positive('packEvery', options.packEvery),
  };
  const isThere = gitDirectoryOf(fs, repository) !== undefined;
  if (!isThere && options.create === true) createRepository(fs, repository, origin);
  const chain = new Chain({ fs, directory: repository, origin, key });
  const lock = await takeRepository(fs, repository);
  try {
    syncRepository(fs, repository);
    chain.unlock();
    const last = lastCheckpoint(fs, data, keyring, options.log);
    chain.checkFollows(last);
    const reader = new EpochReader(fs, data);
    await checkHistory(chain, reader, data);
    const tiled = { repository: chain.repository, origin, key, reader: new EpochReader(fs, data) };
    const tiles = options.tiles === true ? new TileBranch(tiled) : undefined;
    return new OpenLockchain(options, { ...times, fs, origin, chain, tiles, lock, reader });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Refuses a repository whose newest checkpoint is none of the log's. */
async function checkHistory(chain: Chain, reader: EpochReader, data: string): Promise<void> {
  const head = chain.head();
  if (head === undefined) return;
  const { size, root } = head.checkpoint;
  const epoch = await reader.find(size);
  if (epoch !== undefined && equalBytes(epoch.checkpoint.root, root)) return;
  const got = epoch === undefined ? 'none' : 'another one';
  fail('KNHK_LOCKCHAIN_FORK', data, `the checkpoint at ${size}`, got);
}

interface Parts {
  readonly fs: LogFs;
  readonly origin: string;
  readonly chain: Chain;
  readonly tiles: TileBranch | undefined;
  readonly lock: Lock;
  readonly reader: EpochReader;
  readonly everyMs: number;
  readonly everyLeaves: number;
  readonly packEvery: number;
}

class OpenLockchain implements Lockchain {
  readonly #options: LockchainOptions;
  readonly #parts: Parts;
  readonly #clock: Clock;
  readonly #reasons = new Map<LockchainReason['code'], LockchainReason>();
  readonly #timer: NodeJS.Timeout;
  #work: Promise<unknown> = Promise.resolve();
  #isBusy = false;
  #closing: Promise<void> | undefined;
  #committedMs = monotonicMs();
  #unpacked = 0;
  #newest: Pick<Committed, 'commit' | 'size'>;
  #pushed: string | undefined;

  constructor(options: LockchainOptions, parts: Parts) {
    this.#options = options;
    this.#parts = parts;
    this.#clock = options.clock ?? systemClock;
    const head = parts.chain.head();
    this.#newest = { commit: head?.commit, size: head?.checkpoint.size ?? 0 };
    this.#timer = setInterval(() => this.#poll(), Math.min(pollMs, parts.everyMs));
    this.#timer.unref();
  }

  get status(): LockchainStatus {
    const reasons = [...this.#reasons.values()];
    const isOpen = this.#closing === undefined;
    const status = !isOpen ? 'closed' : reasons.length === 0 ? 'ok' : 'degraded';
    return { status, reasons, ...this.#newest, pushed: this.#pushed };
  }

  async commit(): Promise<Committed> {
    const committed = await this.#queue('commit-failed', () => this.#commit());
    // What they lack is made up for by the next commit; the checkpoint is in the repository.
    await this.#watched('tiles-failed', () => this.#addTiles()).catch(() => {});
    return committed;
  }

  pack(): Promise<Packed> {
    return this.#queue('pack-failed', () => this.#pack());
  }

  push(): Promise<Pushed> {
    return this.#queue('push-failed', () => this.#push());
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** One thing after the other; a failure is kept in the status until the same thing succeeds. */
  #queue<Result>(code: LockchainReason['code'], work: () => Promise<Result>): Promise<Result> {
    if (this.#closing !== undefined) {
      return Promise.resolve().then(() =>
        fail('KNHK_LOCKCHAIN_CLOSED', this.#options.repository, 'an open one', 'a closed one'),
      );
    }
    return this.#watched(code, work);
  }

  #watched<Result>(code: LockchainReason['code'], work: () => Promise<Result>): Promise<Result> {
    const done = this.#work.then(work);
    this.#work = done.then(
      () => this.#reasons.delete(code),
      (error: unknown) => this.#raise(code, error),
    );
    return done;
  }

  #raise(code: LockchainReason['code'], error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const known = this.#reasons.get(code);
    // Said once, not at every attempt.
    if (known === undefined) process.emitWarning(`lockchain, ${code}: ${message}`, 'KnhkWarning');
    this.#reasons.set(code, { code, since: known?.since ?? this.#clock.now(), message });
  }

  async #commit(): Promise<Committed> {
    const { fs, chain } = this.#parts;
    const { data, log, key } = this.#options;
    this.#committedMs = monotonicMs();
    const keyring = keyringOf(this.#options.keyring);
    const last = lastCheckpoint(fs, data, keyring, log);
    chain.check();
    checkOwnKey(key, keyring);
    chain.checkFollows(last);
    const head = chain.head();
    if (last === undefined || head?.checkpoint.size === last.size) {
      chain.settle();
      await chain.tagBefore(Math.floor(this.#clock.now() / 1_000));
      return { isNew: false, ...this.#newest };
    }
    const epoch = await this.#epochAt(last);
    const made = await chain.append(last, epoch.note, epoch.timeMs, keyring);
    this.#unpacked++;
    this.#newest = { commit: made.commit, size: last.size };
    return { isNew: true, ...this.#newest };
  }

  async #addTiles(): Promise<void> {
    const head = this.#parts.chain.head();
    if (head !== undefined) await this.#parts.tiles?.append(head.checkpoint.size, head.seconds);
  }

  /** What the log's directory holds at a checkpoint; the same, or it is another log's. */
  async #epochAt(
    checkpoint: SignedCheckpoint,
  ): Promise<{ readonly note: string; readonly timeMs: number }> {
    const { size, root } = checkpoint;
    const { data } = this.#options;
    const epoch = await this.#parts.reader.find(size);
    if (epoch?.timeMs === undefined) {
      return fail('KNHK_LOCKCHAIN_CHECKPOINT', data, `an epoch that ends at ${size}`, 'none');
    }
    if (!equalBytes(epoch.checkpoint.root, root)) {
      fail('KNHK_LOCKCHAIN_CHECKPOINT', data, `root ${toBase64(root)} at ${size}`, 'another one');
    }
    return { note: epoch.note, timeMs: epoch.timeMs };
  }

  async #pack(): Promise<Packed> {
    this.#parts.chain.check();
    const packed = await this.#parts.chain.pack();
    this.#unpacked = 0;
    return packed;
  }

  async #push(): Promise<Pushed> {
    const { remote } = this.#options;
    if (remote === undefined) return fail('KNHK_LOCKCHAIN_OPTION', 'remote', 'one', remote);
    const { chain, fs, origin } = this.#parts;
    const pushed = await pushChain(fs, chain.repository, origin, remote);
    this.#pushed = pushed.commit;
    return pushed;
  }

  #poll(): void {
    if (this.#isBusy || this.#closing !== undefined) return;
    const { everyMs, everyLeaves } = this.#parts;
    const isTime = monotonicMs() - this.#committedMs >= everyMs;
    if (!isTime && this.#sizeNow() - this.#newest.size < everyLeaves) return;
    this.#isBusy = true;
    void this.#round().finally(() => {
      this.#isBusy = false;
    });
  }

  #sizeNow(): number {
    const { log } = this.#options;
    // Without an open log beside us its file is asked when a commit is due.
    return Number(log?.checkpoint?.split('\n', 2)[1] ?? 0);
  }

  /** Commit, push and pack as they are due; never rejects. */
  async #round(): Promise<void> {
    const attempt = async (code: LockchainReason['code'], work: () => Promise<unknown>) => {
      await this.#watched(code, work).catch(() => {});
    };
    await attempt('commit-failed', () => this.#commit());
    await attempt('tiles-failed', () => this.#addTiles());
    const isPushed = this.#pushed === this.#newest.commit;
    if (this.#options.remote !== undefined && !isPushed) {
      await attempt('push-failed', () => this.#push());
    }
    if (this.#unpacked >= this.#parts.packEvery) await attempt('pack-failed', () => this.#pack());
  }

  async #close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#round();
    await this.#work;
    await this.#parts.lock.release();
  }
}
