import type { ProveOptions } from '../receipts/log/log-types.ts';
import type { Keyring } from '../receipts/verify/keyring.ts';
import { type AuditEntry, type AuditReceipt, auditOn } from './audit.ts';
import type { RuntimeCore } from './core.ts';
import type { EraseOptions, EraseReport } from './erase.ts';
import { findOn, type ReceiptQuery } from './find.ts';
import { keyAgeReason, type RotateKeyOptions, rotateKeyOn } from './keys.ts';
import { sealingReason, skewReason } from './log-health.ts';

/**
 * What a runtime lets its operators do about its log, beside applying observations.
 *
 * @example knhk.findReceipts({ hook: 'hold-connections' }); // => []
 */
export class Custody {
  readonly #core: RuntimeCore;

  constructor(core: RuntimeCore) {
    this.#core = core;
    const { log, clock, keys } = core.parts;
    core.health.watch('key-old', () => keyAgeReason(log, clock, keys.maxAgeMs));
    core.health.watch('clock-skew', () => skewReason(log));
    core.health.watch('sealing-failed', () => sealingReason(log));
  }

  /**
   * The portable receipt of a durable leaf: a tlog-proof (C2SP) that holds the leaf, its path to
   * the root and the signed checkpoint. `verifyReceipt` of `knhk/receipts` needs nothing else but
   * the keyring.
   *
   * @throws KnhkError KNHK_LOG_SEQ, KNHK_LOG_CORRUPT
   * @example
   * const receipt = knhk.proveInclusion(0);
   * receipt.split('\n', 1); // => ['c2sp.org/tlog-proof@v1']
   * verifyReceipt(receipt, keyring).ok; // => true
   */
  proveInclusion(seq: number, options?: ProveOptions): string {
    return this.#core.parts.log.prove(seq, options);
  }

  /**
   * Hashes that show that the tree of one size is the beginning of the tree of another, by default
   * the size on disk; 32 bytes each (RFC 9162 section 2.1.4). `compareCheckpoints` takes them.
   *
   * @throws KnhkError KNHK_RECEIPTS_PROOF for sizes that the log does not have, KNHK_LOG_CORRUPT
   * @example knhk.proveConsistency(1, 1); // => []
   */
  proveConsistency(from: number, to?: number): readonly Uint8Array[] {
    return this.#core.parts.log.proveConsistency(from, to);
  }

  /**
   * Seqs of durable receipts, the newest first: of an id, with a hash, of a data subject, or in
   * which a hook fired. Answered from an index that is made of the log.
   *
   * @throws KnhkError KNHK_LOG_QUERY unless exactly one is asked for, KNHK_LOG_CORRUPT,
   * KNHK_LOG_BLOB
   * @example
   * await knhk.apply(Flight, flight, { id: 'LH400' });
   * knhk.findReceipts({ type: Flight, id: 'LH400' }); // => [1]
   * knhk.findReceipts({ subject: flight.flight }); // => [1]
   * knhk.findReceipts({ hook: 'hold-connections', limit: 1 }); // => [1]
   */
  findReceipts(query: ReceiptQuery): readonly number[] {
    return findOn(this.#core, query);
  }

  /**
   * Has another key sign checkpoints from here on. A leaf says so, and old and new key sign
   * together until the overlap is over (C2SP signed-note). Resolves with the new keyring
   * once all of it is durable: give copies to everybody who verifies.
   *
   * @throws KnhkError KNHK_RUNTIME_OPTION where no signer is given to a runtime that was opened
   * with one, KNHK_RUNTIME_CLOSED, KNHK_RUNTIME_FROZEN, KNHK_LOG_ROTATION, KNHK_LOG_SIGNATURE,
   * KNHK_LOG_KEYS, KNHK_LOG_OPEN, KNHK_LOG_POISONED, KNHK_RECEIPTS_KEYRING
   * @example
   * const next = nodeSigner({ name: 'example.com/ops', privateKey: new Uint8Array(32).fill(42) });
   * const { keys } = await knhk.rotateKey({ signer: next, overlap: 16 });
   * keys.at(-1)?.vkey === next.vkey; // => true
   */
  rotateKey(options: RotateKeyOptions = {}): Promise<Keyring> {
    return rotateKeyOn(this.#core, options);
  }

  /**
   * Writes an entry of the audit trail and resolves once it is durable: who read or changed what,
   * beside the decisions themselves. Erasures, key changes and retention have leaves of their own.
   *
   * @throws KnhkError KNHK_RUNTIME_OPTION, KNHK_RUNTIME_CLOSED, KNHK_RUNTIME_FROZEN, KNHK_LOG_LEAF,
   * KNHK_LOG_POISONED
   * @example
   * const what = { resource: 'receipts', action: 'export', reason: 'case 7' };
   * const who = { kind: 'access', actor: 'ann', outcome: 'success' } as const;
   * const { seq } = await knhk.audit({ ...who, ...what });
   * knhk.health().durableSize > seq; // => true
   */
  audit(entry: AuditEntry): Promise<AuditReceipt> {
    return auditOn(this.#core, entry);
  }

  /**
   * Erases a data subject: destroys its key, and with it every payload and commitment of it. Leaves
   * stay, so the log verifies as before; replay says `erased` of them. The erase leaf holds a keyed
   * hash and the reason, never the subject. Windows and budgets keyed by the subject begin anew.
   * Erasing again changes nothing; what is observed of the subject later is under a new key.
   *
   * @param subject Value of the field that declarations name as `personal`; a number in its digits.
   * @throws KnhkError KNHK_RUNTIME_ENCRYPTION, KNHK_RUNTIME_ERASE, KNHK_RUNTIME_CLOSED,
   * KNHK_RUNTIME_FROZEN, KNHK_LOG_OPEN, KNHK_LOG_POISONED, KNHK_LOG_CORRUPT, KNHK_LOG_SUBJECT_KEYS;
   * where the erase leaf was durable by then, the next opening finishes the erasure
   * @example
   * const options = { origin, data: directory, observations: [Flight], rules, encryption: {} };
   * await using desk = await openRuntime(options);
   * await desk.apply(Flight, flight, { id: 'LH400' });
   * const { keys, payloads } = await desk.erase(flight.flight, { reason: 'GDPR article 17' });
   * [keys, payloads]; // => [1, 1]
   */
  erase(subject: string, options: EraseOptions): Promise<EraseReport> {
    return this.#core.erasures.erase(subject, options);
  }
}
