import { monotonicMs } from '../../base/clock.ts';
import { fail, KnhkError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { nextTurn } from '../../base/turn.ts';
import { extend, splitHashes } from '../verify/epoch.ts';
import { encodeEpoch } from '../verify/frames.ts';
import type { LeafBody } from '../verify/leaf-types.ts';
import { OpenEpoch } from './open-epoch.ts';
import type { PayloadCipher } from './payload-cipher.ts';
import type { SegmentWriter } from './segment-writer.ts';
import type { Signing } from './signing.ts';
import type { LogState } from './state.ts';

/** What one durable epoch was. */
export interface CommittedEpoch {
  /** Leaves that its checkpoint covers. */
  readonly size: number;
  /** Root as in the checkpoint, base64. */
  readonly root: string;
  /** The signed checkpoint. */
  readonly note: string;
  /** Leaves of its own. */
  readonly leaves: number;
  /** Bytes written. */
  readonly bytes: number;
  /** From signing to the end of the sync, in ms. */
  readonly commitMs: number;
  /** From the first leaf to the end of the sync, in ms. */
  readonly openMs: number;
  /** The bodies of its leaves. */
  readonly bodies: readonly LeafBody[];
}

/** What a {@link Committer} works with. */
export interface CommitterOptions {
  readonly origin: string;
  readonly signing: Signing;
  readonly state: LogState;
  readonly writer: SegmentWriter;
  readonly segmentBytes: number;
  readonly epochLeaves: number;
  /** Has new keys of encrypted payloads to make durable before these. */
  readonly cipher: PayloadCipher | undefined;
  /** Called when an epoch is durable, before the next one is begun. */
  readonly onCommit: (epoch: CommittedEpoch) => void;
}

/** A clock that is behind by no more than this is not worth a word. */
export const skewToleratedMs = 1_000;

// An epoch of large payloads is closed early, so that memory and one write stay small.
const epochBytesMax = 4_194_304;

/** Makes epochs durable one at a time: root, signature, one write, one sync, acknowledge. */
export class Committer {
  readonly #options: CommitterOptions;
  #open: OpenEpoch;
  readonly #full: OpenEpoch[] = [];
  #flying: OpenEpoch | undefined;
  #spare: Uint8Array | undefined;
  #running = false;
  /** Leaves that belong together are being appended. */
  #whole = false;
  #work: Promise<void> = Promise.resolve();
  #failure: KnhkError | undefined;

  constructor(options: CommitterOptions) {
    this.#options = options;
    this.#open = new OpenEpoch(options.state.index.size, undefined);
  }

  /** The epoch that takes the next leaf; asks for a commit soon. */
  get open(): OpenEpoch {
    return this.#open;
  }

  /** Why nothing can be appended any more. */
  get failure(): KnhkError | undefined {
    return this.#failure;
  }

  /**
   * Has all leaves that `append` adds stand in one epoch, which is not cut before it returns.
   *
   * @throws KnhkError KNHK_LIMIT_EPOCH
   */
  together<T>(leaves: number, append: () => T): T {
    const { epochLeaves } = limits;
    if (leaves > epochLeaves) {
      fail('KNHK_LIMIT_EPOCH', this.#options.origin, `at most ${epochLeaves} leaves`, leaves);
    }
    if (this.#open.count + leaves > epochLeaves) this.seal();
    const { end } = this.#open;
    this.#whole = true;
    try {
      return append();
    } finally {
      this.#whole = false;
      if (this.#open.end > end) this.added();
    }
  }

  /** Must follow each appended leaf: closes a full epoch and starts the work. */
  added(): void {
    const { count, length } = this.#open;
    if (this.#whole) {
      // Somebody adds more than was said: a longer epoch could not be read.
      if (count >= limits.epochLeaves) this.seal();
      return;
    }
    const isFull = count >= this.#options.epochLeaves || length >= epochBytesMax;
    if (isFull) this.seal();
    if (!this.#running) this.#work = this.#run(isFull);
  }

  /** Ends the segment in hand; nothing may be on its way to it. */
  endSegment(): void {
    if (this.#flying !== undefined || this.#options.writer.end === 0) return;
    try {
      this.#beginSegment();
    } catch (error) {
      // The new segment may be there or not: a leaf in the old one might stand before it.
      this.poison(error);
      throw this.#failure;
    }
  }

  #beginSegment(): void {
    const { writer, state } = this.#options;
    const first = state.index.size;
    writer.rotate(first);
    state.index.addSegment(first);
  }

  /** Closes the open epoch, so that a checkpoint will end exactly here. */
  seal(): void {
    if (this.#open.count === 0) return;
    const { end } = this.#open;
    this.#full.push(this.#open);
    this.#open = new OpenEpoch(end, this.#spare);
    this.#spare = undefined;
  }

  /** The youngest epoch with leaves that are not durable, undefined if all are. */
  get last(): OpenEpoch | undefined {
    return this.#open.count > 0 ? this.#open : (this.#full.at(-1) ?? this.#flying);
  }

  /** The epoch not yet durable that holds a leaf. */
  holding(seq: number): OpenEpoch | undefined {
    const epochs = [this.#flying, ...this.#full, this.#open];
    return epochs.find((epoch) => epoch !== undefined && epoch.first <= seq && seq < epoch.end);
  }

  /** Resolves when nothing is being written; never rejects. */
  idle(): Promise<void> {
    return this.#work;
  }

  async #run(isUrgent: boolean): Promise<void> {
    this.#running = true;
    try {
      // One turn of the event loop lets a burst of synchronous calls share an epoch.
      if (!isUrgent) await nextTurn();
      for (let epoch = this.#take(); epoch !== undefined; epoch = this.#take()) {
        this.#flying = epoch;
        const committed = await this.#commit(epoch);
        if (epoch.afterwards !== undefined) await epoch.afterwards();
        this.#flying = undefined;
        this.#spare ??= epoch.memory;
        epoch.resolve();
        this.#options.onCommit(committed);
        if (this.#full.length === 0) await nextTurn();
      }
    } catch (error) {
      this.poison(error);
    } finally {
      this.#running = false;
    }
  }

  #take(): OpenEpoch | undefined {
    if (this.#failure !== undefined) return undefined;
    if (this.#full.length === 0) this.seal();
    return this.#full.shift();
  }

  async #commit(epoch: OpenEpoch): Promise<CommittedEpoch> {
    const startedMs = monotonicMs();
    const { origin, signing, state, writer, segmentBytes, cipher } = this.#options;
    const hashes = epoch.hashBytes();
    const tree = extend(state.tree, splitHashes(hashes));
    const note = await signing.sign({ origin, size: tree.size, root: tree.root() });
    if (epoch.skewMs > skewToleratedMs) epoch.addStatistics(`{"skewMs":${epoch.skewMs}}`);
    epoch.addEpoch(encodeEpoch(hashes, note));
    const { bytes } = epoch;
    if (writer.end > 0 && writer.end + bytes.length > segmentBytes) this.#beginSegment();
    await cipher?.flush();
    await writer.append(bytes);
    // Only now does anything leave: a checkpoint that a crash could take back would be a fork.
    state.index.addEpoch(epoch.count, bytes.length);
    state.tail.append(hashes);
    state.tree = tree;
    state.note = note;
    state.time = epoch.time;
    state.hash = epoch.hashes.at(-1) as string;
    epoch.note = note;
    const root = note.split('\n', 3)[2] as string;
    const endedMs = monotonicMs();
    return {
      size: tree.size,
      root,
      note,
      leaves: epoch.count,
      bytes: bytes.length,
      commitMs: endedMs - startedMs,
      openMs: endedMs - epoch.startedMs,
      bodies: epoch.bodies,
    };
  }

  /** Ends all appending: what was not acknowledged never will be. */
  poison(cause: unknown): void {
    if (this.#failure !== undefined) return;
    const got = cause instanceof Error ? cause.message : String(cause);
    const details = { where: this.#options.origin, expected: 'write, sync and signature', got };
    this.#failure = new KnhkError('KNHK_LOG_POISONED', details, { cause });
    for (const epoch of [this.#flying, ...this.#full, this.#open]) epoch?.reject(this.#failure);
    this.#flying = undefined;
    this.#full.length = 0;
  }
}
