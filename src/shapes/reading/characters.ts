/** What a byte of UTF-8 may be in N-Quads, as bits. */
export const bytesOf: Uint8Array = new Uint8Array(256);
/** ASCII that stands for itself in an IRI (IRIREF). */
export const inIri = 1;
/** ASCII in a blank node's label, but for the dot. */
export const inLabel = 2;
/** ASCII at the start of a label. */
export const startsLabel = 4;
/** What stands for itself in a quoted string, beyond ASCII too. */
export const inString = 8;

bytesOf.fill(inString);
for (const character of '"\\\r\n') bytesOf[character.charCodeAt(0)] = 0;
for (let code = 0x21; code < 128; code++) {
  const letter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
  const digit = code >= 0x30 && code <= 0x39;
  const character = String.fromCharCode(code);
  if (!'<>"{}|\\^`'.includes(character)) bytesOf[code]! |= inIri;
  if (letter || digit || character === '_') bytesOf[code]! |= inLabel | startsLabel;
  if (character === '-') bytesOf[code]! |= inLabel;
}

/** True for a code unit that stands for itself in an IRI. */
export function isInIri(code: number): boolean {
  return code > 127 || (bytesOf[code]! & inIri) !== 0;
}

/**
 * The code units of a character that a blank node's label may start with (PN_CHARS_U or a digit,
 * no colon: RDF 1.1 erratum, RDF 1.2); 0 where it may not.
 */
export function labelStartUnits(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code < 128) return (bytesOf[code]! & startsLabel) === 0 ? 0 : 1;
  return baseUnits(code);
}

/** The same for the characters that may follow (PN_CHARS), without the dot. */
export function labelUnits(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code < 128) return (bytesOf[code]! & inLabel) === 0 ? 0 : 1;
  if (code === 0xb7 || (code >= 0x300 && code <= 0x36f)) return 1;
  return code === 0x203f || code === 0x2040 ? 1 : baseUnits(code);
}

/** PN_CHARS_BASE from 128 on, as pairs of the first and last code unit. */
const baseRanges = [
  [0xc0, 0xd6],
  [0xd8, 0xf6],
  [0xf8, 0x2ff],
  [0x370, 0x37d],
  [0x37f, 0x1fff],
  [0x200c, 0x200d],
  [0x2070, 0x218f],
  [0x2c00, 0x2fef],
  [0x3001, 0xd7ff],
  [0xf900, 0xfdcf],
  [0xfdf0, 0xfffd],
] as const;

function baseUnits(code: number): number {
  // A well-formed text has a low surrogate after this one; together U+10000 to U+EFFFF.
  if (code >= 0xd800 && code <= 0xdb7f) return 2;
  for (const [first, last] of baseRanges) if (code >= first && code <= last) return 1;
  return 0;
}

/** True where a scheme and its colon stand (RFC 3986, section 3.1). */
export function hasScheme(text: string, from: number): boolean {
  for (let index = from; ; index++) {
    const code = text.charCodeAt(index);
    const letter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
    if (letter) continue;
    if (code === 0x3a) return index > from;
    const other = (code >= 0x30 && code <= 0x39) || code === 0x2b || code === 0x2d || code === 0x2e;
    if (!other || index === from) return false;
  }
}
