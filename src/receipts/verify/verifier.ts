import { sha256 } from '#sha256';
import { equalBytes } from '../../base/bytes.ts';
import { ChainCheck } from './chain.ts';
import { parseCheckpoint, type SignedCheckpoint } from './checkpoint.ts';
import { type Crc32, tableCrc32 } from './crc32.ts';
import { nobleVerify } from './ed25519.ts';
import { alignSlots, decideHashes, extend, type Slot, splitHashes } from './epoch.ts';
import { type FrameEvent, FrameReader } from './frame-reader.ts';
import { decodeEpoch, frameTypes } from './frames.ts';
import {
  type CheckpointVerdict,
  checkCheckpoint,
  type Keyring,
  type TrustedKeys,
  trustKeys,
} from './keyring.ts';
import { parseLeaf } from './leaf.ts';
import type { Leaf } from './leaf-types.ts';
import type { Verify } from './note.ts';
import { type FindingKind, FindingList, signatureFinding, type VerifyReport } from './report.ts';
import { CompactRange } from './tree.ts';

/** What a {@link LogVerifier} works with. */
export interface VerifierOptions {
  /** The keys to trust, from outside the log. */
  readonly keyring: Keyring;
  /** A checkpoint remembered from an earlier run: finds rollback and fork. */
  readonly since?: string;
  /** Ed25519 verification; plain JavaScript unless given. */
  readonly verify?: Verify;
  /** CRC-32 of frames; from a table unless given. */
  readonly crc32?: Crc32;
  /** Called with each leaf whose bytes match its hash, in order. */
  readonly onLeaf?: (leaf: Leaf) => void;
}

// Leaves held while their epoch frame is looked for: as many as 256 lost frames leave behind.
const slotsMax = 65_536;

type FrameOf<Kind> = Extract<FrameEvent, { readonly kind: Kind }>;

/**
 * Verifies a log incrementally from its segments' bytes and public keys alone. Bad data never
 * throws: every defect becomes one finding, and reading goes on behind it.
 *
 * @throws KnhkError KNHK_RECEIPTS_KEYRING from the constructor only
 * @example
 * const { readFileSync } = await import('node:fs');
 * const verifier = new LogVerifier({ keyring });
 * verifier.segment(0, '000000000000.seg');
 * verifier.push(readFileSync(`${logDirectory}/seg/000000000000.seg`));
 * verifier.finish().ok; // => true
 */
export class LogVerifier {
  readonly #trusted: TrustedKeys;
  readonly #verify: Verify;
  readonly #chain: ChainCheck;
  readonly #since: SignedCheckpoint | undefined;
  readonly #reader: FrameReader;
  readonly #findings = new FindingList();
  #tree = new CompactRange();
  /** False once leaf hashes are missing or wrong: later roots cannot be recomputed. */
  #treeKnown = true;
  #segment = '';
  #slots: Slot[] = [];
  #hasPayload = false;
  #verified = 0;
  #tailBytes = 0;
  #checkpoint: string | null = null;

  constructor(options: VerifierOptions) {
    this.#trusted = trustKeys(options.keyring);
    this.#verify = options.verify ?? nobleVerify;
    this.#chain = new ChainCheck(
      (seq, kind, message) => this.#add(kind, message, seq),
      options.onLeaf,
    );
    this.#reader = new FrameReader(options.crc32 ?? tableCrc32);
    if (options.since !== undefined) this.#since = this.#remember(options.since);
  }

  /**
   * Adds a defect that the caller found in what belongs to the log but is not in its segments.
   *
   * @example new LogVerifier({ keyring }).addFinding(7, 'blob', 'the snapshot is missing');
   */
  addFinding(...finding: Parameters<FindingList['add']>): void {
    this.#findings.add(...finding);
  }

  /**
   * Begins the next segment; the one before must have been complete.
   *
   * @example new LogVerifier({ keyring }).segment(0, '000000000000.seg');
   */
  segment(firstSeq: number, name: string): void {
    if (this.#segment !== '') this.#endSegment(firstSeq);
    this.#segment = name;
    if (firstSeq === this.#chain.size) return;
    if (firstSeq > this.#chain.size) {
      this.#add('gap', `leaves ${this.#chain.size} to ${firstSeq - 1} are missing`);
      this.#loseTree(firstSeq);
    } else {
      this.#add('gap', `segment begins at ${firstSeq}, expected ${this.#chain.size}`);
    }
  }

  /**
   * Takes the next bytes of the segment, in chunks of any size.
   * @example new LogVerifier({ keyring }).push(new Uint8Array(16));
   */
  push(chunk: Uint8Array): void {
    for (const event of this.#reader.push(chunk)) this.#take(event);
  }

  /**
   * Ends the log and says what was found; to be called once.
   *
   * @param acknowledged Leaves that another trusted source says the log has.
   * @example new LogVerifier({ keyring }).finish(3).rollback; // => true
   */
  finish(acknowledged = 0): VerifyReport {
    for (const event of this.#reader.finish()) this.#take(event);
    const expected = Math.max(acknowledged, this.#since?.size ?? 0);
    const { size } = this.#chain;
    if (expected > size) this.#add('rollback', `${expected} leaves were signed, ${size} are left`);
    if (size === 0) this.#findings.add(0, 'empty', 'the log holds no complete epoch');
    return {
      ...this.#findings.summary(),
      origin: this.#trusted.origin,
      total_count: size,
      verified_count: this.#verified,
      unsigned_tail: { leaves: this.#slots.length, bytes: this.#tailBytes },
      checkpoint: this.#checkpoint,
    };
  }

  #add(kind: FindingKind, message: string, seq: number = this.#chain.size): void {
    this.#findings.add(seq, kind, `${this.#segment === '' ? 'log' : this.#segment}: ${message}`);
  }

  #remember(text: string): SignedCheckpoint | undefined {
    const checkpoint = parseCheckpoint(text);
    const isTrusted =
      checkpoint?.origin === this.#trusted.origin &&
      checkCheckpoint(checkpoint, this.#trusted, this.#verify) === 'signed';
    if (isTrusted) return checkpoint;
    this.#findings.add(0, 'signature', 'the remembered checkpoint is not signed by a trusted key');
    return undefined;
  }

  #loseTree(size: number): void {
    this.#treeKnown = false;
    this.#chain.lose(size);
  }

  #endSegment(nextSeq: number): void {
    for (const event of this.#reader.finish()) this.#take(event);
    if (this.#slots.length > 0 && nextSeq === this.#chain.size + this.#slots.length) {
      this.#adopt(this.#slots);
    } else if (this.#tailBytes > 0) {
      this.#add('damaged_frame', `${this.#tailBytes} bytes without an epoch at its end`);
    }
    this.#slots = [];
    this.#tailBytes = 0;
    this.#hasPayload = false;
  }

  #take(event: FrameEvent): void {
    if (event.kind === 'frame') {
      this.#tailBytes += event.content.length + 12;
      this.#takeFrame(event);
      return;
    }
    this.#tailBytes += event.length;
    if (event.kind === 'garbage') {
      const seq = this.#chain.size + this.#slots.length;
      this.#add('damaged_frame', `${event.length} unreadable bytes at ${event.offset}`, seq);
      this.#hasPayload = false;
    }
  }

  #takeFrame(frame: FrameOf<'frame'>): void {
    const seq = this.#chain.size + this.#slots.length;
    if (frame.type === frameTypes.leaf) {
      this.#hasPayload = false;
      if (this.#slots.length === slotsMax) this.#dropSlots();
      this.#slots.push(this.#readLeaf(frame));
      return;
    }
    if (!frame.intact) this.#add('damaged_frame', `wrong CRC at ${frame.offset}`, seq);
    if (this.#hasPayload && frame.type !== frameTypes.statistics) {
      this.#add('gap', `payload without a leaf before ${frame.offset}`, seq);
    }
    this.#hasPayload = frame.type === frameTypes.payload;
    if (frame.type === frameTypes.epoch) this.#takeEpoch(frame, seq);
  }

  #dropSlots(): void {
    this.#add('gap', `${slotsMax} leaves without an epoch`);
    this.#slots = [];
  }

  #readLeaf({ content, intact, offset }: FrameOf<'frame'>): Slot {
    // The header's last byte is 0, which is the prefix that RFC 6962 asks for: no copy is needed.
    const prefixed = new Uint8Array(content.buffer, content.byteOffset - 1, content.byteLength + 1);
    return { hash: sha256(prefixed), leaf: parseLeaf(content), intact, where: `at ${offset}` };
  }

  #takeEpoch(frame: FrameOf<'frame'>, seq: number): void {
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
    if (end !== undefined && end < this.#chain.size + stored.length) {
      this.#add('gap', `an epoch comes again or out of order at ${frame.offset}`);
      this.#slots = [];
      this.#tailBytes = 0;
      return;
    }
    this.#catchUp(end, stored.length);
    this.#settle(stored, end === undefined ? undefined : checkpoint);
    if (verdict !== 'signed')
      this.#add(...signatureFinding(verdict, this.#chain.size - 1, frame.offset));
    else if (this.#treeKnown) {
      this.#verified += this.#chain.takeIntact();
      this.#checkpoint = epoch.note;
    }
    this.#tailBytes = 0;
  }

  #judge(checkpoint: SignedCheckpoint | undefined): CheckpointVerdict {
    if (checkpoint === undefined || checkpoint.origin !== this.#trusted.origin) return 'invalid';
    return checkCheckpoint(checkpoint, this.#trusted, this.#verify);
  }

  /** Accounts for leaves before this epoch whose own epoch frame was lost. */
  #catchUp(end: number | undefined, count: number): void {
    const lead = this.#slots.length - count;
    const missing = end === undefined ? Math.max(0, lead) : end - count - this.#chain.size;
    if (missing === 0) return;
    if (lead === missing) {
      this.#adopt(this.#slots.splice(0, lead));
      return;
    }
    const next = this.#chain.size + missing;
    this.#add('gap', `leaves ${this.#chain.size} to ${next - 1} are missing or misplaced`);
    if (lead > 0) this.#slots.splice(0, lead);
    this.#loseTree(next);
  }

  /** Takes leaves at their own word; the next signed root confirms or refutes them. */
  #adopt(slots: readonly Slot[]): void {
    const hashes = slots.map(({ hash }) => hash);
    if (this.#treeKnown) this.#tree = extend(this.#tree, hashes);
    this.#chain.check(slots, hashes, hashes);
  }

  #settle(stored: readonly Uint8Array[], signed: SignedCheckpoint | undefined): void {
    const { placed, extra } = alignSlots(this.#slots, stored);
    this.#slots = [];
    for (const slot of extra) {
      this.#add('leaf_mismatch', `a leaf ${slot.where} that its epoch does not name`);
    }
    if (!this.#treeKnown) {
      this.#chain.check(placed, stored, stored);
      return;
    }
    const before = this.#tree;
    const decision = decideHashes(before, stored, placed, signed?.root);
    this.#tree = decision.tree;
    this.#compareSince(before, decision.hashes);
    const end = this.#chain.size + stored.length;
    this.#chain.check(placed, stored, decision.hashes);
    if (signed !== undefined && !decision.confirmed) {
      this.#add('root_mismatch', `the signed root at size ${end} does not follow`, end - 1);
      this.#treeKnown = false;
      this.#chain.takeIntact();
    }
  }

  #compareSince(before: CompactRange, hashes: readonly Uint8Array[]): void {
    const since = this.#since;
    const count = since === undefined ? 0 : since.size - before.size;
    if (since === undefined || count < 1 || count > hashes.length) return;
    if (!equalBytes(extend(before, hashes.slice(0, count)).root(), since.root)) {
      const message = `another history than the checkpoint of size ${since.size}`;
      this.#add('fork', message, since.size - 1);
    }
  }
}
