import { sha256 } from '#sha256';
import { equalBytes, toHex } from '../../base/bytes.ts';
import { parseCheckpoint, type SignedCheckpoint } from './checkpoint.ts';
import { type Crc32, tableCrc32 } from './crc32.ts';
import { nobleVerify } from './ed25519.ts';
import { alignSlots, decideHashes, extend, type Slot, splitHashes } from './epoch.ts';
import { type FrameEvent, FrameReader } from './frame-reader.ts';
import { decodeEpoch, frameTypes } from './frames.ts';
import { checkCheckpoint, type Keyring, type TrustedKeys, trustKeys } from './keyring.ts';
import { parseLeaf, zeroHash } from './leaf.ts';
import type { Leaf } from './leaf-types.ts';
import type { Verify } from './note.ts';
import { FindingList, type VerifyReport } from './report.ts';
import { CompactRange } from './tree.ts';

/** What a {@link LogVerifier} works with. */
export interface VerifierOptions {
  /** The keys to trust, from outside the log. */
  readonly keyring: Keyring;
  /** A checkpoint remembered from an earlier run: finds rollback and fork. */
  readonly since?: string;
  /** Ed25519 verification; plain JavaScript unless given. */
  readonly verify?: Verify;
  readonly crc32?: Crc32;
  /** Called with each leaf whose bytes match its hash, in order. */
  readonly onLeaf?: (leaf: Leaf) => void;
}

type FrameOf<Kind> = Extract<FrameEvent, { readonly kind: Kind }>;

/**
 * Verifies a log incrementally from its segments' bytes and public keys alone. Bad data never
 * throws: every defect becomes one finding, and reading goes on behind it.
 *
 * @throws KnhkError KNHK_RECEIPTS_KEYRING from the constructor only
 * @example
 * const verifier = new LogVerifier({ keyring });
 * verifier.segment(0, '000000000000.seg');
 * verifier.push(bytes);
 * const report = verifier.finish();
 */
export class LogVerifier {
  readonly #trusted: TrustedKeys;
  readonly #verify: Verify;
  readonly #onLeaf: ((leaf: Leaf) => void) | undefined;
  readonly #since: SignedCheckpoint | undefined;
  readonly #reader: FrameReader;
  readonly #findings = new FindingList();
  #tree = new CompactRange();
  /** False once leaf hashes are missing or wrong: later roots cannot be recomputed. */
  #treeKnown = true;
  #segment = '';
  /** Leaves in complete epochs: the seq that comes next. */
  #size = 0;
  #slots: Slot[] = [];
  #hasPayload = false;
  #previous: string | undefined = zeroHash;
  #time = 0;
  #verified = 0;
  #intact = 0;
  #tailBytes = 0;
  #checkpoint: string | null = null;

  constructor(options: VerifierOptions) {
    this.#trusted = trustKeys(options.keyring);
    this.#verify = options.verify ?? nobleVerify;
    this.#onLeaf = options.onLeaf;
    this.#reader = new FrameReader(options.crc32 ?? tableCrc32);
    if (options.since !== undefined) this.#since = this.#remember(options.since);
  }

  /** Adds a defect that the caller found in what belongs to the log but is not in its segments. */
  addFinding(...finding: Parameters<FindingList['add']>): void {
    this.#findings.add(...finding);
  }

  /** Begins the next segment; the one before must have been complete. */
  segment(firstSeq: number, name: string): void {
    if (this.#segment !== '') this.#endSegment(firstSeq);
    this.#segment = name;
    if (firstSeq === this.#size) return;
    if (firstSeq > this.#size) {
      this.#add(this.#size, 'gap', `leaves ${this.#size} to ${firstSeq - 1} are missing`);
      this.#loseTree(firstSeq);
    } else {
      this.#add(firstSeq, 'gap', `segment begins at ${firstSeq}, expected ${this.#size}`);
    }
  }

  /** Takes the next bytes of the segment. */
  push(chunk: Uint8Array): void {
    for (const event of this.#reader.push(chunk)) this.#take(event);
  }

  /**
   * Ends the log and says what was found; to be called once.
   *
   * @param acknowledged Leaves that another trusted source says the log has.
   */
  finish(acknowledged = 0): VerifyReport {
    for (const event of this.#reader.finish()) this.#take(event);
    const expected = Math.max(acknowledged, this.#since?.size ?? 0);
    if (expected > this.#size) {
      this.#add(this.#size, 'rollback', `${expected} leaves were signed, ${this.#size} are left`);
    }
    if (this.#size === 0) this.#findings.add(0, 'empty', 'the log holds no complete epoch');
    return {
      ...this.#findings.summary(),
      origin: this.#trusted.origin,
      total_count: this.#size,
      verified_count: this.#verified,
      unsigned_tail: { leaves: this.#slots.length, bytes: this.#tailBytes },
      checkpoint: this.#checkpoint,
    };
  }

  #add(...[seq, kind, message]: Parameters<FindingList['add']>): void {
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
    this.#size = size;
    this.#previous = undefined;
    this.#intact = 0;
  }

  #endSegment(nextSeq: number): void {
    for (const event of this.#reader.finish()) this.#take(event);
    if (this.#slots.length > 0 && nextSeq === this.#size + this.#slots.length) {
      this.#adopt(this.#slots);
    } else if (this.#tailBytes > 0) {
      this.#add(
        this.#size,
        'damaged_frame',
        `${this.#tailBytes} bytes without an epoch at its end`,
      );
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
      const seq = this.#size + this.#slots.length;
      this.#add(seq, 'damaged_frame', `${event.length} unreadable bytes at ${event.offset}`);
      this.#hasPayload = false;
    }
  }

  #takeFrame(frame: FrameOf<'frame'>): void {
    const seq = this.#size + this.#slots.length;
    if (frame.type === frameTypes.leaf) {
      this.#hasPayload = false;
      this.#slots.push(this.#readLeaf(frame));
      return;
    }
    if (!frame.intact) this.#add(seq, 'damaged_frame', `wrong CRC at ${frame.offset}`);
    if (this.#hasPayload && frame.type !== frameTypes.statistics) {
      this.#add(seq, 'gap', `payload without a leaf before ${frame.offset}`);
    }
    this.#hasPayload = frame.type === frameTypes.payload;
    if (frame.type === frameTypes.epoch) this.#takeEpoch(frame);
  }

  #readLeaf({ content, intact, offset }: FrameOf<'frame'>): Slot {
    // The header's last byte is 0, which is the prefix that RFC 6962 asks for: no copy is needed.
    const prefixed = new Uint8Array(content.buffer, content.byteOffset - 1, content.byteLength + 1);
    return { hash: sha256(prefixed), leaf: parseLeaf(content), intact, where: `at ${offset}` };
  }

  #takeEpoch(frame: FrameOf<'frame'>): void {
    const epoch = decodeEpoch(frame.content);
    if (epoch === undefined) {
      if (frame.intact) this.#add(this.#size, 'gap', `malformed epoch frame at ${frame.offset}`);
      return;
    }
    const checkpoint = parseCheckpoint(epoch.note);
    const verdict = this.#judge(checkpoint);
    // A damaged frame is believed only if its note is signed; its leaves wait for the next one.
    if (!frame.intact && verdict !== 'signed') return;
    const stored = splitHashes(epoch.hashes);
    const end = checkpoint !== undefined && verdict === 'signed' ? checkpoint.size : undefined;
    if (end !== undefined && end < this.#size + stored.length) {
      this.#add(
        end - stored.length,
        'gap',
        `an epoch comes again or out of order at ${frame.offset}`,
      );
      this.#slots = [];
      this.#tailBytes = 0;
      return;
    }
    this.#catchUp(end, stored.length);
    this.#settle(stored, end === undefined ? undefined : checkpoint);
    if (verdict !== 'signed') this.#reportSignature(verdict, frame.offset);
    else if (this.#treeKnown) {
      this.#verified += this.#intact;
      this.#intact = 0;
      this.#checkpoint = epoch.note;
    }
    this.#tailBytes = 0;
  }

  #judge(checkpoint: SignedCheckpoint | undefined): 'signed' | 'unknown' | 'invalid' {
    if (checkpoint === undefined || checkpoint.origin !== this.#trusted.origin) return 'invalid';
    return checkCheckpoint(checkpoint, this.#trusted, this.#verify);
  }

  #reportSignature(verdict: 'unknown' | 'invalid', offset: number): void {
    const last = this.#size - 1;
    if (verdict === 'unknown') {
      this.#add(
        last,
        'unknown_key',
        `no key valid for seq ${last} signed the checkpoint at ${offset}`,
      );
    } else {
      this.#add(last, 'signature', `checkpoint malformed or wrongly signed at ${offset}`);
    }
  }

  /** Accounts for leaves before this epoch whose own epoch frame was lost. */
  #catchUp(end: number | undefined, count: number): void {
    const lead = this.#slots.length - count;
    const missing = end === undefined ? Math.max(0, lead) : end - count - this.#size;
    if (missing === 0) return;
    if (lead === missing) {
      this.#adopt(this.#slots.splice(0, lead));
      return;
    }
    const next = this.#size + missing;
    this.#add(
      this.#size,
      'gap',
      `leaves ${this.#size} to ${next - 1} are missing or cannot be placed`,
    );
    if (lead > 0) this.#slots.splice(0, lead);
    this.#loseTree(next);
  }

  /** Takes leaves at their own word; the next signed root confirms or refutes them. */
  #adopt(slots: readonly Slot[]): void {
    const hashes = slots.map(({ hash }) => hash);
    if (this.#treeKnown) this.#tree = extend(this.#tree, hashes);
    this.#checkLeaves(slots, hashes, hashes);
  }

  #settle(stored: readonly Uint8Array[], signed: SignedCheckpoint | undefined): void {
    const { placed, extra } = alignSlots(this.#slots, stored);
    this.#slots = [];
    for (const slot of extra) {
      this.#add(this.#size, 'leaf_mismatch', `a leaf ${slot.where} that its epoch does not name`);
    }
    if (!this.#treeKnown) {
      this.#checkLeaves(placed, stored, stored);
      return;
    }
    const before = this.#tree;
    const decision = decideHashes(before, stored, placed, signed?.root);
    this.#tree = decision.tree;
    this.#compareSince(before, decision.hashes);
    const end = this.#size + stored.length;
    this.#checkLeaves(placed, stored, decision.hashes);
    if (signed !== undefined && !decision.confirmed) {
      this.#add(end - 1, 'root_mismatch', `the signed root at size ${end} does not follow`);
      this.#treeKnown = false;
      this.#intact = 0;
    }
  }

  #compareSince(before: CompactRange, hashes: readonly Uint8Array[]): void {
    const since = this.#since;
    const count = since === undefined ? 0 : since.size - before.size;
    if (since === undefined || count < 1 || count > hashes.length) return;
    if (!equalBytes(extend(before, hashes.slice(0, count)).root(), since.root)) {
      this.#add(
        since.size - 1,
        'fork',
        `another history than the checkpoint of size ${since.size}`,
      );
    }
  }

  #checkLeaves(
    placed: readonly (Slot | undefined)[],
    stored: readonly Uint8Array[],
    hashes: readonly Uint8Array[],
  ): void {
    for (let index = 0; index < hashes.length; index++) {
      const seq = this.#size++;
      const hash = hashes[index] as Uint8Array;
      const slot = placed[index];
      if (slot === undefined) {
        this.#add(seq, 'gap', 'the bytes of the leaf are missing');
      } else if (!equalBytes(slot.hash, hash)) {
        this.#add(seq, 'leaf_mismatch', `the leaf ${slot.where} was changed`);
      } else {
        this.#checkLeaf(seq, slot, hash === stored[index] || equalBytes(stored[index]!, hash));
      }
      this.#previous = toHex(hash);
    }
  }

  #checkLeaf(seq: number, { leaf, intact, where }: Slot, isStored: boolean): void {
    if (!isStored)
      this.#add(seq, 'leaf_mismatch', `the stored hash of the leaf ${where} was changed`);
    else if (!intact) this.#add(seq, 'damaged_frame', `wrong CRC ${where}`);
    this.#intact++;
    if ('problem' in leaf) {
      this.#add(seq, 'non_canonical', `${leaf.problem} ${where}`);
      return;
    }
    if (leaf.seq !== seq) this.#add(seq, 'gap', `leaf ${where} says seq ${leaf.seq}`);
    if (this.#previous !== undefined && leaf.prev !== this.#previous) {
      this.#add(seq, 'chain_break', `prev ${where} is not the hash of the leaf before`);
    }
    if (leaf.time < this.#time) {
      this.#add(seq, 'retrocausation', `time ${leaf.time} ${where} is below ${this.#time}`);
    }
    this.#time = leaf.time;
    this.#onLeaf?.(leaf);
  }
}
