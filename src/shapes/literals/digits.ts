/** True for the code of an ASCII digit; false for the NaN that lies past the end of a text. */
function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** The first place at or after `at` that holds no ASCII digit. */
export function digitsEnd(text: string, at: number): number {
  let end = at;
  while (end < text.length && isDigit(text.charCodeAt(end))) end++;
  return end;
}

/** The two digits at `at` as a number, or -1. */
export function twoDigits(text: string, at: number): number {
  if (at + 1 >= text.length) return -1;
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

/** The place after an optional `+` or `-` at the start. */
export function afterSign(text: string): number {
  const code = text.charCodeAt(0);
  return code === 43 || code === 45 ? 1 : 0;
}
