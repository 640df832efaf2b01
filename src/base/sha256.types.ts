/** An HMAC-SHA-256 key that is ready for use; messages are UTF-8 strings. */
export interface HmacKey {
  bytes(message: string): Uint8Array;
  /** The code as lower-case hexadecimal. */
  hex(message: string): string;
  /** The key that a message's code is. */
  derive(message: string): HmacKey;
}
