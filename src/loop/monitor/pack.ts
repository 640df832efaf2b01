import { fail } from '../../base/errors.ts';

/**
 * Non-negative integers as text: numbers of 7 bits a byte, runs of zeros as one number, in base64.
 * Sketches are mostly zeros, so this is a fraction of what a JSON array takes.
 */
export function packCounts(counts: ArrayLike<number>): string {
  const bytes: number[] = [];
  for (let index = 0; index < counts.length; ) {
    const count = counts[index]!;
    let run = 1;
    if (count === 0) while (counts[index + run] === 0) run++;
    push(bytes, count);
    if (count === 0) push(bytes, run);
    index += run;
  }
  return Buffer.from(bytes).toString('base64');
}

function push(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
}

/**
 * Reads what {@link packCounts} wrote into an array of the length it had.
 *
 * @throws KnhkError KNHK_LOOP_STATE where it is something else
 */
export function unpackCounts(text: string, length: number): Float64Array {
  const bytes = Buffer.from(text, 'base64');
  const counts = new Float64Array(length);
  let at = 0;
  const next = (): number => {
    let value = 0;
    for (let scale = 1; at < bytes.length; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
    return fail('KNHK_LOOP_STATE', 'packed counts', 'whole numbers', 'a text that ends early');
  };
  let index = 0;
  while (at < bytes.length) {
    const count = next();
    if (count === 0) index += next();
    else counts[index++] = count;
    if (index > length) break;
  }
  if (index !== length) {
    fail('KNHK_LOOP_STATE', 'packed counts', `${length} numbers`, `${index}`);
  }
  return counts;
}

/** A number as JSON can say it: infinities and NaN, which sums can overflow to, are spelled. */
export function jsonNumber(value: number): number | string {
  return Number.isFinite(value) ? value : `${value}`;
}
