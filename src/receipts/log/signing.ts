import { fail } from '../../base/errors.ts';
import type { Checkpoint } from '../verify/checkpoint.ts';
import { type Keyring, keysValidFor, type TrustedKeys, trustKeys } from '../verify/keyring.ts';
import { checkNote, parseNote, parseVkey, type VerifierKey } from '../verify/note.ts';
import { addSignature, type Signer, signCheckpoint } from '../verify/signer.ts';
import { isOwnSigner, nodeVerify } from './signer.ts';

/** A key whose private half can be asked to sign. */
export interface HeldKey {
  readonly signer: Signer;
  readonly key: VerifierKey;
}

/** Reads the public half of a signer's key. */
export function heldKey(signer: Signer): HeldKey {
  const key = parseVkey(signer.vkey);
  if (key === undefined) fail('KNHK_LOG_SIGNATURE', 'signer', 'an Ed25519 vkey', signer.vkey);
  return { signer, key };
}

/**
 * Who signs which checkpoint: of the keys that the keyring calls valid for its last leaf all those
 * at hand, the oldest first. In the overlap of a rotation these are two.
 */
export class Signing {
  #keyring: Keyring;
  #trusted: TrustedKeys;
  readonly #held = new Map<string, HeldKey>();

  constructor(keyring: Keyring, signers: readonly Signer[]) {
    this.#keyring = keyring;
    this.#trusted = trustKeys(keyring);
    for (const signer of signers) this.hold(signer);
  }

  get keyring(): Keyring {
    return this.#keyring;
  }

  get trusted(): TrustedKeys {
    return this.#trusted;
  }

  /** Takes another keyring for everything from here on. */
  follow(keyring: Keyring): void {
    this.#trusted = trustKeys(keyring);
    this.#keyring = keyring;
  }

  /** Can ask one more key from here on. */
  hold(signer: Signer): void {
    if (!this.#held.has(signer.vkey)) this.#held.set(signer.vkey, heldKey(signer));
  }

  heldBy(vkey: string): HeldKey | undefined {
    return this.#held.get(vkey);
  }

  /** The keys that sign a checkpoint whose last leaf this is. */
  keysFor(seq: number): readonly HeldKey[] {
    return keysValidFor(this.#trusted, seq).flatMap(({ vkey }) => this.#held.get(vkey) ?? []);
  }

  /** The checkpoint with the signature lines of all who sign it, each of them checked. */
  async sign(checkpoint: Checkpoint): Promise<string> {
    const last = checkpoint.size - 1;
    const [first, ...others] = this.keysFor(last);
    if (first === undefined) throw new Error(`no key at hand is valid for seq ${last}`);
    let note = await signCheckpoint(checkpoint, first.signer, first.key);
    checkSigned(note, first);
    for (const other of others) {
      note = await addSignature(note, other.signer, other.key);
      checkSigned(note, other);
    }
    return note;
  }
}

/** A signer may be far away and broken: a wrong signature must not reach the disk. */
function checkSigned(note: string, { signer, key }: HeldKey): void {
  if (isOwnSigner(signer)) return;
  const parsed = parseNote(note);
  if (parsed === undefined || checkNote(parsed, [key], nodeVerify) !== 'signed') {
    throw new Error('the signer gave a signature that its own key does not verify');
  }
}
