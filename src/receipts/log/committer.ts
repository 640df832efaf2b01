import { monotonicMs } from '../../base/clock.ts';
import { KnhkError } from '../../base/errors.ts';
import { extend, splitHashes } from '../verify/epoch.ts';
import { encodeEpoch } from '../verify/frames.ts';
import type { LeafBody } from '../verify/leaf-types.ts';
import { checkNote, parseNote, type VerifierKey } from '../verify/note.ts';
import { type Signer, signCheckpoint } from '../verify/signer.ts';
import { OpenEpoch } from './open-epoch.ts';
import type { SegmentWriter } from './segment-writer.ts';
import { isOwnSigner, nodeVerify } from './signer.ts';
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
  readonly signer: Signer;
  readonly key: VerifierKey;
  readonly state: LogState;
  readonly writer: SegmentWriter;
  readonly segmentBytes: number;
  readonly epochLeaves: number;
  /** Called when an epoch is durable, before the next one is begun. */
  readonly onCommit: (epoch: CommittedEpoch) => void;
}

// An epoch of large payloads is closed early, so that memory and one write stay small.
const epochBytesMax = 4_194_304;

const nextTurn = (): Promise<void> => new Promise((done) => void setImmediate(done));

function checkSigned(note: string, key: VerifierKey): void {
  const parsed = parseNote(note);
  if (parsed === undefined || checkNote(parsed, [key], nodeVerify) !== 'signed') {
    throw new Error('the signer gave a signature that its own key does not verify');
  }
}

/** Makes epochs durable one at a time: root, signature, one write, one sync, acknowledge. */
export class Committer {
  readonly #options: CommitterOptions;
  #open: OpenEpoch;
  readonly #full: OpenEpoch[] = [];
  #flying: OpenEpoch | undefined;
  #spare: Uint8Array | undefined;
  #running = false;
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

  /** Must follow each appended leaf: closes a full epoch and starts the work. */
  added(): void {
    const { count, length } = this.#open;
    const isFull = count >= this.#options.epochLeaves || length >= epochBytesMax;
    if (isFull) this.seal();
    if (!this.#running) this.#work = this.#run(isFull);
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
    const { origin, signer, key, state, writer, segmentBytes } = this.#options;
    const hashes = epoch.hashBytes();
    const tree = extend(state.tree, splitHashes(hashes));
    const note = await signCheckpoint({ origin, size: tree.size, root: tree.root() }, signer, key);
    // A signer may be far away and broken: a wrong signature must not reach the disk.
    if (!isOwnSigner(signer)) checkSigned(note, key);
    epoch.addEpoch(encodeEpoch(hashes, note));
    const { bytes } = epoch;
    if (writer.end > 0 && writer.end + bytes.length > segmentBytes) {
      writer.rotate(epoch.first);
      state.index.addSegment(epoch.first);
    }
    await writer.append(bytes);
    // Only now does anything leave: a checkpoint that a crash could take back would be a fork.
    state.index.addEpoch(epoch.count, bytes.length);
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
