import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';
import type { HmacKey } from './sha256.types.ts';

export type { HmacKey } from './sha256.types.ts';

/** SHA-256 (FIPS 180-4) of bytes, or of the UTF-8 bytes of a string. */
export function sha256(data: string | Uint8Array): Uint8Array {
  // 'binary' and back: the one-shot hash hands a string over 2x faster than a new Buffer.
  return Buffer.from(hash('sha256', data, 'binary'), 'latin1');
}

/** SHA-256 as lower-case hexadecimal. */
export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

const block = 64;
const digestBytes = 32;
// Most committed values are below 4 KiB; longer ones get a buffer of their own.
const scratchBytes = 4_096;
const inner = Buffer.allocUnsafeSlow(block + scratchBytes);
const outer = Buffer.allocUnsafeSlow(block + digestBytes);

/**
 * Prepares an HMAC-SHA-256 key (RFC 2104) for many messages. Two one-shot hashes over shared
 * scratch memory cost 0.7 us here, crypto.createHmac 1.6 us; a receipt needs six of them.
 */
export function hmacKey(key: Uint8Array): HmacKey {
  const innerPad = new Uint8Array(block).fill(0x36);
  const outerPad = new Uint8Array(block).fill(0x5c);
  const short = key.length > block ? sha256(key) : key;
  for (let index = 0; index < short.length; index++) {
    innerPad[index] = innerPad[index]! ^ short[index]!;
    outerPad[index] = outerPad[index]! ^ short[index]!;
  }
  const prepare = (message: string): Buffer => {
    // Three bytes of UTF-8 at most for each UTF-16 unit.
    const scratch =
      3 * message.length <= scratchBytes ? inner : Buffer.allocUnsafe(block + 3 * message.length);
    scratch.set(innerPad, 0);
    const end = block + scratch.write(message, block, 'utf8');
    outer.set(outerPad, 0);
    outer.write(hash('sha256', scratch.subarray(0, end), 'binary'), block, 'latin1');
    return outer;
  };
  return {
    bytes: (message) => sha256(prepare(message)),
    hex: (message) => hash('sha256', prepare(message), 'hex'),
  };
}
