import type { Cursor } from './pattern-cursor.ts';
import { classEscapes, codePointMax, complement, type Ranges, union } from './pattern-ranges.ts';

const controls: ReadonlyMap<string, number> = new Map([
  ['t', 0x09],
  ['n', 0x0a],
  ['v', 0x0b],
  ['f', 0x0c],
  ['r', 0x0d],
]);

/** ECMA-262 SyntaxCharacter and the slash: what a backslash takes the meaning from. */
const syntaxCharacters = '^$\\.*+?()[]{}|/';

/**
 * Reads an escape, the backslash first: the code point it stands for, or the set of `\d` and its
 * kind. The caller has read `\b` and `\B` where they look at a word's edge.
 */
export function readEscape(cursor: Cursor, inClass: boolean): number | Ranges {
  const start = cursor.offset;
  cursor.eat('\\');
  const letter = cursor.take();
  const simple = classEscapes.get(letter) ?? controls.get(letter);
  if (simple !== undefined) return simple;
  if (letter !== '' && syntaxCharacters.includes(letter)) return letter.charCodeAt(0);
  if (inClass && letter === '-') return 0x2d;
  if (inClass && letter === 'b') return 0x08;
  if (letter === '0' && !/^[0-9]/.test(cursor.next)) return 0;
  if (letter === 'c' && /^[A-Za-z]/.test(cursor.next)) return cursor.take().charCodeAt(0) % 32;
  if (letter === 'x') return readHex(cursor, 2);
  if (letter === 'u') return cursor.eat('{') ? readCodePoint(cursor) : readUnits(cursor);
  if (/^[1-9k]/.test(letter)) cursor.refuse('no back reference: a group is not remembered', start);
  if (/^[pP]/.test(letter)) cursor.refuse('ranges in place of a Unicode property', start);
  return cursor.refuse('an escape of ECMA-262 with flag u', start);
}

function readHex(cursor: Cursor, digits: number): number {
  const text = cursor.source.slice(cursor.offset, cursor.offset + digits);
  if (text.length < digits || /[^0-9A-Fa-f]/.test(text)) cursor.refuse(`${digits} hex digits`);
  cursor.offset += digits;
  return Number.parseInt(text, 16);
}

function readCodePoint(cursor: Cursor): number {
  const start = cursor.offset;
  while (/^[0-9A-Fa-f]/.test(cursor.next)) cursor.take();
  const value = Number.parseInt(cursor.source.slice(start, cursor.offset), 16);
  // NaN, where there is no digit, is refused by the same comparison.
  if (!(value <= codePointMax)) cursor.refuse('hex digits up to 10ffff', start);
  if (!cursor.eat('}')) cursor.refuse('} after the hex digits');
  return value;
}

/** Four hex digits; two escapes that make a surrogate pair stand for one code point. */
function readUnits(cursor: Cursor): number {
  const lead = readHex(cursor, 4);
  if (lead < 0xd800 || lead > 0xdbff) return lead;
  const trail = /^\\u[Dd][C-Fc-f][0-9A-Fa-f]{2}/.exec(cursor.source.slice(cursor.offset));
  if (trail === null) return lead;
  cursor.offset += trail[0].length;
  return 0x10000 + (lead - 0xd800) * 0x400 + Number.parseInt(trail[0].slice(2), 16) - 0xdc00;
}

/** Reads a class from its opening bracket to its closing one. */
export function readClass(cursor: Cursor): Ranges {
  const start = cursor.offset;
  cursor.eat('[');
  const negated = cursor.eat('^');
  const lists: Ranges[] = [];
  while (!cursor.eat(']')) {
    if (cursor.done) cursor.refuse('] to close the class', start);
    lists.push(readItem(cursor));
  }
  const ranges = union(lists);
  return negated ? complement(ranges) : ranges;
}

function readItem(cursor: Cursor): Ranges {
  const start = cursor.offset;
  const first = readAtom(cursor);
  // A hyphen before the closing bracket stands for itself.
  const isRange = cursor.next === '-' && cursor.source[cursor.offset + 1] !== ']';
  if (!isRange) return typeof first === 'number' ? [first, first] : first;
  cursor.eat('-');
  if (cursor.done) cursor.refuse('the end of the range');
  const last = readAtom(cursor);
  if (typeof first !== 'number' || typeof last !== 'number') {
    return cursor.refuse('one character at each end of a range', start);
  }
  if (first > last) cursor.refuse('a range that goes upwards', start);
  return [first, last];
}

function readAtom(cursor: Cursor): number | Ranges {
  return cursor.next === '\\' ? readEscape(cursor, true) : cursor.take().codePointAt(0)!;
}
