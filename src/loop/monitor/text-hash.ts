/** Where {@link hashText} puts its two halves: read them before the next call. */
export const halves: Uint32Array = new Uint32Array(2);

/**
 * Hashes a text to 64 bits in {@link halves}: fast, the same on every machine, and no protection of
 * what was hashed. Two multiplicative hashes over the UTF-16 code units, each finished by
 * MurmurHash3's mixer (fmix32), which every bit of the result depends on.
 */
export function hashText(text: string): void {
  let high = 0x6b6e686b;
  let low = 0x3c6ef372;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    high = Math.imul(high ^ unit, 0x9e3779b1);
    low = Math.imul(low ^ unit, 0x85ebca6b);
  }
  high ^= text.length;
  // Crossed, so that a collision of one half alone is no collision.
  high = mix(high ^ Math.imul(low ^ (low >>> 15), 0x27d4eb2f));
  low = mix(low ^ high);
  halves[0] = high;
  halves[1] = low;
}

function mix(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** 16 hexadecimal digits of two halves. */
export function hexOf(high: number, low: number): string {
  return (high >>> 0).toString(16).padStart(8, '0') + (low >>> 0).toString(16).padStart(8, '0');
}

/**
 * The name that the monitor and its sketches know a text by: 16 hexadecimal digits of a fast hash,
 * the same on every machine. It tells texts apart; it does not hide what can be guessed.
 *
 * @example
 * textHash('JFK') === textHash('JFK'); // => true
 * textHash('JFK').length; // => 16
 */
export function textHash(text: string): string {
  hashText(text);
  return hexOf(halves[0]!, halves[1]!);
}
