import { nodeVerify } from '../receipts/log/signer.ts';
import { parseCheckpoint } from '../receipts/verify/checkpoint.ts';
import {
  keysValidFor,
  parseKeyring,
  type TrustedKeys,
  trustKeys,
} from '../receipts/verify/keyring.ts';
import { checkNote } from '../receipts/verify/note.ts';
import { readText } from './files.ts';
import { keyringPath } from './status.ts';

/** Says which key of a keyring vouches for checkpoints. */
export class SigningKeys {
  readonly #trusted: TrustedKeys | undefined;
  #note: string | undefined;
  #id: string | null = null;

  constructor(trusted: TrustedKeys | undefined) {
    this.#trusted = trusted;
  }

  /**
   * Id of the key behind the first signature line that holds and that the keyring allows; null
   * where there is none, or no keyring.
   */
  of(note: string | undefined): string | null {
    // All receipts of an epoch have the same checkpoint.
    if (note !== this.#note) this.#id = this.#find(note);
    this.#note = note;
    return this.#id;
  }

  #find(note: string | undefined): string | null {
    const checkpoint = parseCheckpoint(note ?? '');
    if (checkpoint === undefined || checkpoint.origin !== this.#trusted?.origin) return null;
    const keys = keysValidFor(this.#trusted, checkpoint.size - 1);
    const { text, signatures } = checkpoint.note;
    const found = signatures.find(
      (line) => checkNote({ text, signatures: [line] }, keys, nodeVerify) === 'signed',
    );
    return found?.id ?? null;
  }
}

/** The keys of a keyring file; by default of the one beside the log, none where there is none. */
export function signingKeys(data: string, path: string | undefined): SigningKeys {
  let text: string;
  try {
    text = readText(path ?? keyringPath(data));
  } catch (error) {
    const isAbsent = (error as { readonly code?: unknown }).code === 'ENOENT';
    if (path === undefined && isAbsent) return new SigningKeys(undefined);
    throw error;
  }
  return new SigningKeys(trustKeys(parseKeyring(text)));
}
