import { Buffer } from 'node:buffer';
import { hmacKey } from '#sha256';
import type { KeyStore } from './key-store.ts';
import { openBytes, sealBytes } from './payload-aes.ts';

const bound = 'knhk/1/savepoint';
const mark = 'aes-256-gcm ';
const nonceBytes = 12;

/**
 * Encrypts what savepoints hold: windows and budgets are keyed by subjects. The nonce follows from
 * the text, so that saving takes no randomness: how often that happens must change no leaf.
 */
export class SavepointCipher {
  readonly #key: Uint8Array;
  readonly #nonces: ReturnType<typeof hmacKey>;

  constructor(store: KeyStore) {
    this.#key = store.derive(bound);
    this.#nonces = hmacKey(store.derive(`${bound}/nonce`));
  }

  seal(text: string): string {
    const nonce = this.#nonces.bytes(text).subarray(0, nonceBytes);
    const sealed = sealBytes(this.#key, nonce, Buffer.from(text, 'utf8'), bound);
    return mark + sealed.toString('base64');
  }

  /** What was sealed; undefined for anything else: then the log itself is read. */
  open(sealed: string): string | undefined {
    if (!sealed.startsWith(mark)) return undefined;
    const bytes = Buffer.from(sealed.slice(mark.length), 'base64');
    return openBytes(this.#key, bytes, bound)?.toString('utf8');
  }
}
