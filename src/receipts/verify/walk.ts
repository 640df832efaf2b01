import { parseCheckpoint, type SignedCheckpoint } from './checkpoint.ts';
import { tableCrc32 } from './crc32.ts';
import { nobleVerify } from './ed25519.ts';
import { frameHash, readLeaf, type Slot, splitHashes } from './epoch.ts';
import { type FrameEvent, FrameReader } from './frame-reader.ts';
import { decodeEpoch, frameOverhead, frameTypes } from './frames.ts';
import { addSkews, History, type ReadSegment } from './history.ts';
import { type CheckpointVerdict, checkCheckpoint, type TrustedKeys, trustKeys } from './keyring.ts';
import type { Leaf } from './leaf-types.ts';
import type { Verify } from './note.ts';
import { type FindingKind, FindingList, signatureFinding, type VerifyReport } from './report.ts';
import { addStatistics } from './statistics.ts';
import type { VerifierOptions } from './verifier.ts';
import { type Mark, readState, type Skews, type VerifyState, writeState } from './verify-state.ts';

/** What a {@link Walk} works with. */
export interface WalkOptions extends VerifierOptions {
  /** Called with each leaf but ordinary ones of applied observations, which are cheaper to skip. */
  readonly onOther?: (leaf: Leaf) => void;
  /** Further checkpoints like `since`. */
  readonly remembered?: readonly string[];
}

// Leaves held while their epoch frame is looked for: as many as 256 lost frames leave behind.
const slotsMax = 65_536;

type Frame = Extract<FrameEvent, { readonly kind: 'frame' }>;

/** Verifies a log's segments in order; what is behind `LogVerifier`. */
export class Walk {
  readonly #trusted: TrustedKeys;
  readonly #verify: Verify;
  readonly #history: History;
  /** Checkpoints from elsewhere that the log must go on from. */
  readonly #remembered: SignedCheckpoint[] = [];
  readonly #reader: FrameReader;
  readonly #findings = new FindingList();
  readonly #isWhole: boolean;
  #segment = '';
  #first = 0;
  #slots: Slot[] = [];
  #hasPayload = false;
  #verified: number;
  #tailBytes = 0;
  #checkpoint: string | null = null;
  #skews: Skews = { count: 0, msMax: 0 };
  /** Where the last signed epoch ended, and where it began. */
  #end: Mark;
  #before: Mark | undefined;

  constructor(options: WalkOptions) {
    this.#trusted = trustKeys(options.keyring);
    this.#verify = options.verify ?? nobleVerify;
    this.#isWhole = options.onLeaf !== undefined;
    this.#reader = new FrameReader(options.crc32 ?? tableCrc32);
    const { since, remembered = [] } = options;
    for (const text of since === undefined ? remembered : [since]) this.#remember(text);
    const from = options.resume === undefined ? undefined : this.#resume(options.resume);
    const add = this.#add.bind(this);
    const onLeaf = options.onLeaf ?? options.onOther;
    this.#history = new History(add, this.#remembered, onLeaf, from);
    this.#verified = this.#history.size;
    this.#end = from ?? this.#history.mark({ segment: 0, offset: 0 }, this.#skews);
  }

  /** Where reading has to begin: the first seq of a segment, and a place in it. */
  get place(): { readonly segment: number; readonly offset: number } {
    const { segment, offset } = this.#end;
    return { segment, offset };
  }

  /** Leaves in complete epochs. */
  get size(): number {
    return this.#history.size;
  }

  /** See {@link FindingList.add}. */
  addFinding(...finding: Parameters<FindingList['add']>): void {
    this.#findings.add(...finding);
  }

  /** Begins the next segment at a place in it; the one before must have been complete. */
  segment(firstSeq: number, name: string, offset = 0): void {
    if (this.#segment !== '') this.#endSegment(firstSeq);
    this.#segment = name;
    this.#first = firstSeq;
    this.#reader.startAt(offset);
    if (offset > 0) return;
    const { size } = this.#history;
    if (firstSeq === size) {
      const isNext = this.#end.tree.size === size;
      if (isNext) this.#end = { ...this.#end, segment: firstSeq, offset: 0 };
    } else if (firstSeq > size) {
      this.#add('gap', `leaves ${size} to ${firstSeq - 1} are missing`);
      this.#history.lose(firstSeq);
    } else {
      this.#add('gap', `segment begins at ${firstSeq}, expected ${size}`);
    }
  }

  /** Takes the next bytes of the segment. */
  push(chunk: Uint8Array): void {
    for (const event of this.#reader.push(chunk)) this.#take(event);
  }

  /**
   * Takes a whole segment that was read by itself, in place of its bytes; false where it has to be
   * read here, because something is amiss or has to be compared leaf by leaf.
   */
  takeSegment(read: ReadSegment, name: string): boolean {
    // What stands at the end of the segment before is judged first, as it would be otherwise.
    if (this.#segment !== '') this.#endSegment(read.first);
    this.#segment = '';
    const before = this.#history.takeSegment(read, this.#skews);
    if (before === undefined) return false;
    this.#segment = name;
    this.#before = before;
    this.#verified += (this.#history.takeVerified() as number) + read.hashes.length / 32;
    this.#checkpoint = read.note;
    this.#skews = addSkews(this.#skews, read.skews);
    this.#end = this.#history.mark({ segment: read.first, offset: read.bytes }, this.#skews);
    return true;
  }

  /** Ends the log and says what was found; to be called once. */
  finish(acknowledged: number): VerifyReport {
    this.#endFrames();
    const expected = Math.max(acknowledged, ...this.#remembered.map((one) => one.size));
    const { size } = this.#history;
    if (expected > size) this.#add('rollback', `${expected} leaves were signed, ${size} are left`);
    if (size === 0) this.#findings.add(0, 'empty', 'the log holds no complete epoch');
    const summary = this.#findings.summary();
    return {
      ...summary,
      origin: this.#trusted.origin,
      total_count: size,
      verified_count: this.#verified,
      clock_skews: this.#skews.count,
      skew_ms_max: this.#skews.msMax,
      unsigned_tail: { leaves: this.#slots.length, bytes: this.#tailBytes },
      checkpoint: this.#checkpoint,
      state: summary.ok && this.#before !== undefined ? this.#state(this.#before) : null,
    };
  }

  #state(before: Mark): VerifyState {
    return writeState(before, this.#checkpoint as string);
  }

  #add(kind: FindingKind, message: string, seq: number = this.#history.size): void {
    this.#findings.add(seq, kind, `${this.#segment === '' ? 'log' : this.#segment}: ${message}`);
  }

  #remember(text: string): void {
    const checkpoint = parseCheckpoint(text);
    const isTrusted =
      checkpoint?.origin === this.#trusted.origin &&
      checkCheckpoint(checkpoint, this.#trusted, this.#verify) === 'signed';
    if (isTrusted) {
      this.#remembered.push(checkpoint);
      return;
    }
    this.#findings.add(0, 'signature', 'the remembered checkpoint is not signed by a trusted key');
  }

  #resume(state: VerifyState): Mark | undefined {
    const read = readState(state, this.#trusted, this.#verify);
    if (read === undefined) {
      this.#findings.add(0, 'signature', 'the state to resume from is not one of this log');
      return undefined;
    }
    // A remembered checkpoint of before can only be compared by reading everything.
    const { size } = read.before.tree;
    const isReadAgain = this.#remembered.every((one) => one.size > size);
    this.#remembered.push(read.checkpoint);
    if (!isReadAgain) return undefined;
    this.#skews = read.before.skews;
    return read.before;
  }

  #endFrames(): boolean {
    const events = [...this.#reader.finish()];
    for (const event of events) this.#take(event);
    return events.at(-1)?.kind === 'torn';
  }

  #endSegment(nextSeq: number): void {
    const isTorn = this.#endFrames();
    const isNext = this.#slots.length > 0 && nextSeq === this.#history.size + this.#slots.length;
    if (this.#tailBytes > 0 && (isTorn || !isNext)) {
      this.#add('damaged_frame', `${this.#tailBytes} bytes without an epoch at its end`);
    }
    if (isNext) this.#history.adopt(this.#slots);
    [this.#slots, this.#tailBytes, this.#hasPayload] = [[], 0, false];
  }

  #take(event: FrameEvent): void {
    if (event.kind === 'frame') {
      this.#tailBytes += event.content.length + frameOverhead;
      this.#takeFrame(event);
      return;
    }
    this.#tailBytes += event.length;
    if (event.kind === 'garbage') {
      const seq = this.#history.size + this.#slots.length;
      this.#add('damaged_frame', `${event.length} unreadable bytes at ${event.offset}`, seq);
      this.#hasPayload = false;
    }
  }

  #takeFrame(frame: Frame): void {
    if (frame.type === frameTypes.leaf) {
      this.#hasPayload = false;
      if (this.#slots.length === slotsMax) this.#dropSlots();
      const { content, intact, offset } = frame;
      const leaf = readLeaf(content, this.#isWhole);
      this.#slots.push({ hash: frameHash(content), leaf, intact, offset });
      return;
    }
    const seq = this.#history.size + this.#slots.length;
    if (!frame.intact) this.#add('damaged_frame', `wrong CRC at ${frame.offset}`, seq);
    if (frame.type === frameTypes.statistics) {
      this.#takeStatistics(frame, seq);
      return;
    }
    if (this.#hasPayload) this.#add('gap', `payload without a leaf before ${frame.offset}`, seq);
    this.#hasPayload = frame.type === frameTypes.payload;
    if (frame.type === frameTypes.epoch) this.#takeEpoch(frame, seq);
  }

  #takeStatistics({ content, intact, offset }: Frame, seq: number): void {
    const skews = intact ? addStatistics(this.#skews, content) : this.#skews;
    if (skews === undefined) this.#add('damaged_frame', `malformed statistics at ${offset}`, seq);
    else this.#skews = skews;
  }

  #dropSlots(): void {
    this.#add('gap', `${slotsMax} leaves without an epoch`);
    this.#slots = [];
  }

  #takeEpoch(frame: Frame, seq: number): void {
    const epoch = decodeEpoch(frame.content);
    if (epoch === undefined) {
      if (frame.intact) this.#add('gap', `malformed epoch frame at ${frame.offset}`, seq);
      return;
    }
    const checkpoint = parseCheckpoint(epoch.note);
    const verdict = this.#judge(checkpoint);
    // A damaged frame is believed only if its note is signed; its leaves wait for the next one.
    if (!frame.intact && verdict !== 'signed') return;
    const stored = splitHashes(epoch.hashes);
    const end = checkpoint !== undefined && verdict === 'signed' ? checkpoint.size : undefined;
    if (end !== undefined && end < this.#history.size + stored.length) {
      this.#add('gap', `an epoch comes again or out of order at ${frame.offset}`);
      this.#slots = [];
      this.#tailBytes = 0;
      return;
    }
    this.#catchUp(end, stored.length);
    const slots = this.#slots;
    this.#slots = [];
    this.#history.settle(slots, stored, end === undefined ? undefined : checkpoint);
    if (verdict === 'signed') this.#confirm(epoch.note, frame);
    else this.#add(...signatureFinding(verdict, this.#history.size - 1, frame.offset));
    this.#tailBytes = 0;
  }

  #judge(checkpoint: SignedCheckpoint | undefined): CheckpointVerdict {
    if (checkpoint === undefined || checkpoint.origin !== this.#trusted.origin) return 'invalid';
    return checkCheckpoint(checkpoint, this.#trusted, this.#verify);
  }

  /** A good signature covers the leaves so far. */
  #confirm(note: string, { content, offset }: Frame): void {
    const verified = this.#history.takeVerified();
    if (verified === undefined) return;
    this.#verified += verified;
    this.#checkpoint = note;
    const after = { segment: this.#first, offset: offset + content.length + frameOverhead };
    this.#before = this.#end;
    this.#end = this.#history.mark(after, this.#skews);
  }

  /** Accounts for leaves before this epoch whose own epoch frame was lost. */
  #catchUp(end: number | undefined, count: number): void {
    const { size } = this.#history;
    const lead = this.#slots.length - count;
    const missing = end === undefined ? Math.max(0, lead) : end - count - size;
    if (missing === 0) return;
    if (lead === missing) {
      this.#history.adopt(this.#slots.splice(0, lead));
      return;
    }
    const next = size + missing;
    this.#add('gap', `leaves ${size} to ${next - 1} are missing or misplaced`);
    if (lead > 0) this.#slots.splice(0, lead);
    this.#history.lose(next);
  }
}
