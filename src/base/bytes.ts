const encoder = new TextEncoder();
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8 bytes of a well-formed string. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The string that UTF-8 bytes encode, or undefined where they are not valid UTF-8. */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return undefined;
  }
}

const hexDigits: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
);

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += hexDigits[byte];
  return text;
}

/** Bytes of lower-case hexadecimal, or undefined where the text is anything else. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = Number.parseInt(text.slice(2 * index, 2 * index + 2), 16);
  }
  return bytes;
}

/** Standard base64 with padding (RFC 4648 section 4). */
export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

const base64Digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const noDigit = 0x80;
/** The six bits of each digit by its code. */
const base64Values: Uint8Array = new Uint8Array(256).fill(noDigit);
for (let value = 0; value < 64; value++) base64Values[base64Digits.charCodeAt(value)] = value;

/** Codes beyond the table are no digits either; those are told by themselves. */
const sextet = (unit: number): number => base64Values[unit & 0xff] as number;

/**
 * Bytes of canonical base64 with padding; undefined for any other spelling (RFC 4648, 3.5). By a
 * table, ten times as fast as decoding and encoding again: a proof is little else than base64.
 */
export function fromBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined;
  let padding = 0;
  if (text.endsWith('=')) padding = text.endsWith('==') ? 2 : 1;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let units = 0;
  let values = 0;
  let filled = 0;
  const groups = text.length - (padding === 0 ? 0 : 4);
  for (let at = 0; at < groups; at += 4) {
    const [first, second] = [text.charCodeAt(at), text.charCodeAt(at + 1)];
    const [third, fourth] = [text.charCodeAt(at + 2), text.charCodeAt(at + 3)];
    units |= first | second | third | fourth;
    const [high, low] = [sextet(first), sextet(fourth)];
    const [upper, lower] = [sextet(second), sextet(third)];
    values |= high | upper | lower | low;
    bytes[filled++] = (high << 2) | (upper >> 4);
    bytes[filled++] = (upper << 4) | (lower >> 2);
    bytes[filled++] = (lower << 6) | low;
  }
  // The last group has one byte or two; bits behind them are zero in the one canonical spelling.
  let held = 0;
  for (let at = groups; at < text.length - padding; at++) {
    const unit = text.charCodeAt(at);
    units |= unit;
    values |= sextet(unit);
    held = (held << 6) | sextet(unit);
  }
  if (padding === 1) bytes.set([held >> 10, held >> 2], filled);
  if (padding === 2) bytes[filled] = held >> 4;
  const rest = held & (4 ** padding - 1);
  return units < 0x100 && values < noDigit && rest === 0 ? bytes : undefined;
}

/** One array holding all parts in order. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** True if both arrays hold the same bytes; for public values, not constant-time. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index++) {
    if (left[index] !== right[index]) return false;
  }
  return true;
}
