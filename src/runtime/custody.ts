import type { Keyring } from '../receipts/verify/keyring.ts';
import { type AuditEntry, type AuditReceipt, auditOn } from './audit.ts';
import type { RuntimeCore } from './core.ts';
import type { EraseOptions, EraseReport } from './erase.ts';
import { keyAgeReason, type RotateKeyOptions, rotateKeyOn } from './keys.ts';

/** What a runtime lets its operators do about its log, beside applying observations. */
export class Custody {
  readonly #core: RuntimeCore;

  constructor(core: RuntimeCore) {
    this.#core = core;
    const { log, clock, keys } = core.parts;
    core.health.watch('key-old', () => keyAgeReason(log, clock.now(), keys.maxAgeMs));
  }

  /**
   * Has another key sign checkpoints from here on. A leaf says so, and old and new key sign
   * together until the overlap is over (DESIGN 6, C2SP signed-note). Resolves with the new keyring
   * once all of it is durable: give copies to everybody who verifies.
   *
   * @throws KnhkError KNHK_RUNTIME_OPTION where no signer is given to a runtime that was opened
   * with one, KNHK_RUNTIME_CLOSED, KNHK_RUNTIME_FROZEN, KNHK_LOG_ROTATION, KNHK_LOG_SIGNATURE,
   * KNHK_LOG_KEYS, KNHK_LOG_OPEN, KNHK_LOG_POISONED, KNHK_RECEIPTS_KEYRING
   * @example
   * const next = nodeSigner({ name: 'example.com/ops', privateKey: new Uint8Array(32).fill(9) });
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
   * const entry = { kind: 'access', actor: 'ann', resource: 'receipts', action: 'export' } as const;
   * const { seq } = await knhk.audit({ ...entry, outcome: 'success', reason: 'case 7' });
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
