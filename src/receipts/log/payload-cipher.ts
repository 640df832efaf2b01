import { toHex } from '../../base/bytes.ts';

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

const nameBytes = 32;

/** The name of the subject that a sealed payload belongs to; undefined where it is too short. */
export function subjectOf(content: Uint8Array): string | undefined {
  return content.length < nameBytes ? undefined : toHex(content.subarray(0, nameBytes));
}
