import { compareDecimals, doubleOf } from './numbers.ts';

const floatMax = 2 ** 128 - 2 ** 104;
/** Half way from the greatest float to what would follow it. */
const overflow = 2 ** 128 - 2 ** 103;
// Every number half way between two floats is a multiple of 2 to the power of minus this.
const halfBits = 150;

/**
 * The float that a text of xsd:float or xsd:decimal means, or NaN. Rounded once: through the
 * nearest double alone, what lies just beside the middle of two floats would be rounded twice.
 */
export function floatOf(text: string): number {
  const double = doubleOf(text);
  const float = Math.fround(double);
  if (float === double || Number.isNaN(double)) return float;
  const size = Math.abs(double);
  const near = Math.abs(float);
  const other = size === overflow ? floatMax : 2 * size - near;
  if (!Number.isFinite(other) || Math.fround(other) !== other) return float;
  const side = compareDecimals(plain(text), exact(size));
  const nearest = side === 0 ? near : side < 0 ? Math.min(near, other) : Math.max(near, other);
  return double < 0 ? 0 - nearest : nearest;
}

/** The magnitude that a text writes, without sign and exponent. */
function plain(text: string): string {
  const [mantissa = '', exponent = '0'] = text.replace(/^[+-]/, '').split(/[eE]/);
  const [whole = '', fraction = ''] = mantissa.split('.');
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `.${'0'.repeat(0 - point)}${digits}`;
  return `${digits.slice(0, point).padEnd(point, '0')}.${digits.slice(point)}`;
}

/** All decimal digits of a positive multiple of 2 ** -halfBits. */
function exact(value: number): string {
  const digits = BigInt(value * 2 ** halfBits) * 5n ** BigInt(halfBits);
  const text = `${digits}`.padStart(halfBits, '0');
  return `${text.slice(0, -halfBits)}.${text.slice(-halfBits)}`;
}
