import { hmac } from '@noble/hashes/hmac.js';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { toHex, utf8 } from './bytes.ts';
import type { HmacKey } from './sha256.types.ts';

export type { HmacKey } from './sha256.types.ts';

const bytesOf = (data: string | Uint8Array): Uint8Array =>
  typeof data === 'string' ? utf8(data) : data;

/** SHA-256 (FIPS 180-4) of bytes, or of the UTF-8 bytes of a string. */
export function sha256(data: string | Uint8Array): Uint8Array {
  return nobleSha256(bytesOf(data));
}

/** SHA-256 as lower-case hexadecimal. */
export function sha256Hex(data: string | Uint8Array): string {
  return toHex(sha256(data));
}

/** Prepares an HMAC-SHA-256 key (RFC 2104) for many messages. */
export function hmacKey(key: Uint8Array): HmacKey {
  return {
    bytes: (message) => hmac(nobleSha256, key, utf8(message)),
    hex: (message) => toHex(hmac(nobleSha256, key, utf8(message))),
    derive: (message) => hmacKey(hmac(nobleSha256, key, utf8(message))),
  };
}
