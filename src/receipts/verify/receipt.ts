import { equalBytes, toHex } from '../../base/bytes.ts';
import { type Checkpoint, parseCheckpoint, type SignedCheckpoint } from './checkpoint.ts';
import { type Cosignature, checkCosignatures } from './cosignature.ts';
import { nobleVerify } from './ed25519.ts';
import { checkCheckpoint, type Keyring, type TrustedKeys, trustKeys } from './keyring.ts';
import { KnownBlocks } from './known-blocks.ts';
import { leafHashBytes, parseLeaf } from './leaf.ts';
import type { Leaf } from './leaf-types.ts';
import type { Verify } from './note.ts';
import { type ProofText, parseHashes, splitProof } from './proof.ts';
import {
  noWitnesses,
  type TrustedWitnesses,
  trustWitnesses,
  type WitnessPolicy,
} from './witnesses.ts';

/** How receipts are verified. */
export interface ReceiptOptions {
  /** Witnesses that must have cosigned the checkpoint; none unless given. */
  readonly witnesses?: WitnessPolicy;
  /** Ed25519 verification; plain JavaScript unless given. */
  readonly verify?: Verify;
}

/** What is wrong with a receipt; the first defect found, in this order. */
export type ReceiptProblemKind =
  /** The text is not a tlog-proof. */
  | 'malformed'
  /** The proof carries no well-formed checkpoint. */
  | 'checkpoint'
  /** The checkpoint is of another log than the keyring. */
  | 'other-log'
  /** A trusted key's or witness's line does not verify. */
  | 'signature'
  /** No key that is valid for the checkpoint's last leaf signed it. */
  | 'unknown-key'
  /** Only a key that is revoked for the checkpoint's last leaf signed it. */
  | 'revoked-key'
  /** Fewer trusted witnesses than asked for cosigned it. */
  | 'witnesses'
  /** The leaf is absent, is another one than was given, or is not a leaf of that seq. */
  | 'leaf'
  /** The hashes do not lead from the leaf to the checkpoint's root. */
  | 'inclusion';

/** A receipt that holds: the leaf stands at its seq in the log that the keyring names. */
export interface ReceiptAccepted {
  /** Tells it from a {@link ReceiptRefused}. */
  readonly ok: true;
  /** Place of the leaf in the log. */
  readonly seq: number;
  readonly leaf: Leaf;
  /** Lower-case hexadecimal. */
  readonly leafHash: string;
  /** Leaves that the checkpoint covers. */
  readonly size: number;
  /** The signed note that the receipt carries: comparable with any other of the log. */
  readonly checkpoint: string;
  /** vkeys of the log, valid for that size, that signed it; at least one. */
  readonly signedBy: readonly string[];
  /** Trusted witnesses that cosigned it, at least as many as the policy asks for. */
  readonly cosignedBy: readonly Cosignature[];
}

/** A receipt that proves nothing. */
export interface ReceiptRefused {
  /** Tells it from a {@link ReceiptAccepted}. */
  readonly ok: false;
  /** The first defect that was found; there may be more. */
  readonly problem: {
    readonly kind: ReceiptProblemKind;
    /** For people; holds no record data. */
    readonly message: string;
  };
}

/** What a receipt is worth; `ok` tells the two apart. */
export type ReceiptReport = ReceiptAccepted | ReceiptRefused;

/** A checkpoint that was found good: what receipts over it share. */
interface Vouched extends Checkpoint {
  readonly ok: true;
  readonly signedBy: readonly string[];
  readonly cosignedBy: readonly Cosignature[];
}

/** Good checkpoints that are kept: more than a reader of recent receipts meets at a time. */
const checkpointsMax = 256;
/** Longer notes are not kept: anybody can append lines of unknown keys to a good one. */
const keptUnitsMax = 16_384;

function refuse(kind: ReceiptProblemKind, message: string): ReceiptRefused {
  return { ok: false, problem: { kind, message } };
}

const malformed = (): ReceiptRefused => refuse('malformed', 'not a tlog-proof of version 1');
/** The hash of a leaf that is not there: no tree has it. */
const noHash = new Uint8Array(32);

/**
 * Verifies receipts of one log, any number of them. The signatures of a checkpoint are checked
 * once, however many receipts carry it: the 256 last ones are remembered.
 *
 * @throws KnhkError KNHK_RECEIPTS_KEYRING, KNHK_RECEIPTS_WITNESS from the constructor only
 * @example
 * const verifier = new ReceiptVerifier(keyring);
 * verifier.verify('not a receipt').ok; // => false
 */
export class ReceiptVerifier {
  readonly #trusted: TrustedKeys;
  readonly #witnesses: TrustedWitnesses;
  readonly #verify: Verify;
  readonly #known = new Map<string, Vouched>();
  readonly #blocks = new KnownBlocks();

  constructor(keyring: Keyring, options: ReceiptOptions = {}) {
    const { witnesses, verify } = options;
    this.#trusted = trustKeys(keyring);
    this.#witnesses = witnesses === undefined ? noWitnesses : trustWitnesses(witnesses);
    this.#verify = verify ?? nobleVerify;
  }

  /**
   * Verifies one receipt; never throws.
   *
   * @param text A tlog-proof (C2SP), with the leaf's bytes as its extra data or without.
   * @param leaf The leaf's bytes, for a proof that does not carry them; where it does, both must
   * be equal.
   * @example
   * const verifier = new ReceiptVerifier(keyring);
   * const text = formatProof({ index: 0, hashes: [], checkpoint: knhk.checkpoint ?? '' });
   * const report = verifier.verify(text);
   * report.ok ? undefined : report.problem.kind; // => 'leaf'
   */
  verify(text: string, leaf?: Uint8Array): ReceiptReport {
    const proof = splitProof(text);
    if (proof === undefined) return malformed();
    const vouched = this.#vouch(proof.checkpoint);
    if (vouched.ok) return this.#checkLeaf(proof, vouched, leaf);
    return parseHashes(proof.lines) === undefined ? malformed() : vouched;
  }

  #vouch(text: string): Vouched | ReceiptRefused {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const checkpoint = parseCheckpoint(text);
    if (checkpoint === undefined) return refuse('checkpoint', 'the checkpoint is malformed');
    const judged = this.#judge(checkpoint);
    if (judged.ok && text.length <= keptUnitsMax) this.#keep(text, judged);
    return judged;
  }

  #keep(text: string, vouched: Vouched): void {
    const [oldest] = this.#known.keys();
    if (oldest !== undefined && this.#known.size >= checkpointsMax) this.#known.delete(oldest);
    this.#known.set(text, vouched);
  }

  #judge(checkpoint: SignedCheckpoint): Vouched | ReceiptRefused {
    const { keys, origin } = this.#trusted;
    if (checkpoint.origin !== origin) {
      return refuse('other-log', `the checkpoint is not of ${origin}`);
    }
    const good = new Set<Uint8Array>();
    const verdict = checkCheckpoint(checkpoint, this.#trusted, (key, message, signature) => {
      const isGood = this.#verify(key, message, signature);
      if (isGood) good.add(key);
      return isGood;
    });
    const where = `for a log of ${checkpoint.size} leaves`;
    if (verdict === 'invalid') return refuse('signature', 'the signature of a key is wrong');
    if (verdict === 'revoked') return refuse('revoked-key', `only a key revoked ${where} signed`);
    if (verdict === 'unknown') return refuse('unknown-key', `no key valid ${where} signed`);
    const { verdict: cosigned, cosignatures } = checkCosignatures(
      checkpoint.note,
      this.#witnesses.keys,
      this.#verify,
    );
    if (cosigned === 'invalid') return refuse('signature', 'the cosignature of a witness is wrong');
    if (cosignatures.length < this.#witnesses.threshold) {
      const found = `${cosignatures.length} of ${this.#witnesses.threshold} witnesses cosigned`;
      return refuse('witnesses', found);
    }
    const signedBy = keys.filter(({ publicKey }) => good.has(publicKey)).map(({ vkey }) => vkey);
    return { ...checkpoint, ok: true, signedBy, cosignedBy: cosignatures };
  }

  #checkLeaf(
    { index, lines, checkpoint, extra }: ProofText,
    vouched: Vouched,
    given: Uint8Array | undefined,
  ): ReceiptReport {
    const { size, signedBy, cosignedBy } = vouched;
    const bytes = given ?? extra;
    const hash = bytes === undefined ? noHash : leafHashBytes(bytes);
    const isIncluded = this.#blocks.verify(vouched, index, hash, lines);
    if (isIncluded === undefined) return malformed();
    if (bytes === undefined) return refuse('leaf', 'the receipt carries no leaf, none was given');
    if (extra !== undefined && !equalBytes(bytes, extra)) {
      return refuse('leaf', 'the receipt carries another leaf than was given');
    }
    const leaf = parseLeaf(bytes);
    if ('problem' in leaf) return refuse('leaf', `not a leaf: ${leaf.problem}`);
    if (leaf.seq !== index) return refuse('leaf', `the leaf of seq ${leaf.seq} at index ${index}`);
    if (!isIncluded) {
      return refuse('inclusion', `the hashes do not place the leaf at ${index} of ${size}`);
    }
    const leafHash = toHex(hash);
    return { ok: true, seq: index, leaf, leafHash, size, checkpoint, signedBy, cosignedBy };
  }
}

/**
 * Verifies a receipt, the text of a C2SP tlog-proof that carries its leaf, against the keys that
 * the caller trusts. Needs no log, no network and no clock, and never throws on a bad receipt.
 *
 * @param text What `formatProof` wrote: proof, checkpoint and, as extra data, the leaf's bytes.
 * @param keyring The log's keys, from outside the log.
 * @param options `leaf` holds the leaf's bytes for a proof that does not carry them.
 * @throws KnhkError KNHK_RECEIPTS_KEYRING, KNHK_RECEIPTS_WITNESS for keys that cannot be
 * @example
 * const report = verifyReceipt('not a receipt', keyring);
 * report.ok ? undefined : report.problem.kind; // => 'malformed'
 */
export function verifyReceipt(
  text: string,
  keyring: Keyring,
  options: ReceiptOptions & { readonly leaf?: Uint8Array } = {},
): ReceiptReport {
  return new ReceiptVerifier(keyring, options).verify(text, options.leaf);
}
