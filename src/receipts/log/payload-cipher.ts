import { Buffer } from 'node:buffer';
import type { RandomBytes } from '../../base/clock.ts';
import { openBytes, sealBytes } from './payload-aes.ts';
import type { SubjectKeyring, SubjectKeys } from './subject-keys.ts';

/**
 * Seals payloads of apply leaves under their data subject's key, and opens them while that key is
 * there. A subject goes by its name: 64 hexadecimal digits (secrets.ts), never by itself.
 */
export interface PayloadCipher {
  /**
   * The content of a payload frame with encryption 1: name (32 bytes), nonce (12), ciphertext,
   * tag (16).
   *
   * @param leafId `id` of the leaf it belongs to: the frame opens beside no other.
   */
  seal(subject: string, text: string, leafId: string): Uint8Array;
  /**
   * The text; `erased` where the key was destroyed, `unknown-key` where there is none that opens
   * it. A text is canonical JSON of an object, so neither word can be one.
   */
  open(content: Uint8Array, leafId: string): string;
  /** Makes new keys durable: before the write of the first payload that needs them. */
  flush(): Promise<void>;
}

/** A payload that was opened. */
export interface OpenedPayload {
  readonly text: string;
  /** The keys of its subject that it was sealed with. */
  readonly keys: SubjectKeys;
}

const nameBytes = 32;
const nonceBytes = 12;

/** The name of the subject that a sealed payload belongs to; undefined where it is too short. */
export function subjectOf(content: Uint8Array): string | undefined {
  if (content.length < nameBytes) return undefined;
  return Buffer.from(content.buffer, content.byteOffset, nameBytes).toString('hex');
}

/** The cipher over a store of subject keys. */
export class SubjectCipher implements PayloadCipher {
  readonly #origin: string;
  readonly #random: RandomBytes;
  #keyring: SubjectKeyring | undefined;

  constructor(origin: string, random: RandomBytes) {
    this.#origin = origin;
    this.#random = random;
  }

  /** Sets the keys: a log is opened with its cipher, and its keys are opened under its lock. */
  use(keyring: SubjectKeyring): void {
    this.#keyring = keyring;
  }

  seal(subject: string, text: string, leafId: string): Uint8Array {
    // The leaf's commitments were made with this key just now.
    const [keys] = this.#keyring!.find(subject);
    const name = Buffer.from(subject, 'hex');
    const nonce = this.#random(nonceBytes);
    const plain = Buffer.from(text, 'utf8');
    return Buffer.concat([name, sealBytes(keys!.payload, nonce, plain, this.#bound(leafId))]);
  }

  open(content: Uint8Array, leafId: string): string {
    const opened = this.openWith(content, leafId);
    return typeof opened === 'string' ? opened : opened.text;
  }

  /** {@link SubjectCipher.open}, with the keys that opened it. */
  openWith(content: Uint8Array, leafId: string): OpenedPayload | 'erased' | 'unknown-key' {
    const name = subjectOf(content);
    if (name === undefined || this.#keyring === undefined) return 'unknown-key';
    const sealed = content.subarray(nameBytes);
    for (const keys of this.#keyring.find(name)) {
      const plain = openBytes(keys.payload, sealed, this.#bound(leafId));
      if (plain !== undefined) return { text: plain.toString('utf8'), keys };
    }
    return this.#keyring.erasedBy(name).length === 0 ? 'unknown-key' : 'erased';
  }

  flush(): Promise<void> {
    return this.#keyring?.flush() ?? Promise.resolve();
  }

  #bound(leafId: string): string {
    return `knhk/1/payload\n${this.#origin}\n${leafId}`;
  }
}
