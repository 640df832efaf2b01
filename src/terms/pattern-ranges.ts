/**
 * A set of code points as a flat list of ranges, first and last in turn, ascending and apart:
 * `[48, 57, 97, 97]` is the digits and `a`. Equal sets have equal lists.
 */
export type Ranges = readonly number[];

/** The greatest code point. */
export const codePointMax = 0x10ffff;

/** The set of everything that one of the lists holds; they may overlap and stand in any order. */
export function union(lists: readonly Ranges[]): Ranges {
  const pairs: (readonly [number, number])[] = [];
  for (const list of lists) {
    for (let index = 0; index < list.length; index += 2) {
      pairs.push([list[index]!, list[index + 1]!]);
    }
  }
  pairs.sort(([left], [right]) => left - right);
  const merged: number[] = [];
  for (const [first, last] of pairs) {
    const end = merged.length - 1;
    if (end > 0 && first <= merged[end]! + 1) merged[end] = Math.max(merged[end]!, last);
    else merged.push(first, last);
  }
  return merged;
}

/** All code points outside the set. */
export function complement(ranges: Ranges): Ranges {
  const rest: number[] = [];
  let next = 0;
  for (let index = 0; index < ranges.length; index += 2) {
    if (ranges[index]! > next) rest.push(next, ranges[index]! - 1);
    next = ranges[index + 1]! + 1;
  }
  if (next <= codePointMax) rest.push(next, codePointMax);
  return rest;
}

/** ECMA-262 CharacterClassEscape `d`. */
const digits: Ranges = [0x30, 0x39];

/** ECMA-262 WordCharacters without flag i; what `\b` looks at. */
export const wordCharacters: Ranges = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a];

/** ECMA-262 WhiteSpace and LineTerminator. */
const spaces: Ranges = [
  ...[0x09, 0x0d, 0x20, 0x20, 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a],
  ...[0x2028, 0x2029, 0x202f, 0x202f, 0x205f, 0x205f, 0x3000, 0x3000, 0xfeff, 0xfeff],
];

/** What `.` matches: everything but ECMA-262 LineTerminator. */
export const dot: Ranges = complement([0x0a, 0x0a, 0x0d, 0x0d, 0x2028, 0x2029]);

/** The sets of `\d`, `\w`, `\s` and of their negations, by letter. */
export const classEscapes: ReadonlyMap<string, Ranges> = new Map([
  ['d', digits],
  ['D', complement(digits)],
  ['w', wordCharacters],
  ['W', complement(wordCharacters)],
  ['s', spaces],
  ['S', complement(spaces)],
]);
