import { limits } from '../base/limits.ts';
import { readClass, readEscape } from './pattern-classes.ts';
import { Cursor } from './pattern-cursor.ts';
import { dot, type Ranges } from './pattern-ranges.ts';

/** What a place between two characters must be. */
export type Assertion = 'start' | 'end' | 'boundary' | 'inside';

/** A pattern as its syntax has it, without what a test does not depend on: captures, laziness. */
export type PatternTree =
  | { readonly kind: 'set'; readonly ranges: Ranges }
  | { readonly kind: 'assert'; readonly what: Assertion }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternTree[] }
  | { readonly kind: 'choice'; readonly options: readonly PatternTree[] }
  | {
      readonly kind: 'repeat';
      readonly body: PatternTree;
      readonly min: number;
      /** Infinity where there is no upper bound. */
      readonly max: number;
    };

/**
 * Reads a pattern: ECMA-262 "Patterns" with flag u, without what needs a memory of the text.
 *
 * @throws KnhkError KNHK_TERMS_PATTERN
 */
export function parsePattern(source: string, where: string): PatternTree {
  const cursor = new Cursor(source, where);
  const tree = readChoice(cursor, 0);
  if (!cursor.done) cursor.refuse('no ) without its (');
  return tree;
}

function readChoice(cursor: Cursor, depth: number): PatternTree {
  const options = [readSequence(cursor, depth)];
  while (cursor.eat('|')) options.push(readSequence(cursor, depth));
  return options.length === 1 ? options[0]! : { kind: 'choice', options };
}

function readSequence(cursor: Cursor, depth: number): PatternTree {
  const parts: PatternTree[] = [];
  while (!cursor.done && cursor.next !== '|' && cursor.next !== ')') {
    parts.push(readAssertion(cursor) ?? readQuantifier(cursor, readAtom(cursor, depth)));
  }
  return parts.length === 1 ? parts[0]! : { kind: 'sequence', parts };
}

const assertions: readonly (readonly [text: string, what: Assertion])[] = [
  ['^', 'start'],
  ['$', 'end'],
  ['\\b', 'boundary'],
  ['\\B', 'inside'],
];

function readAssertion(cursor: Cursor): PatternTree | undefined {
  const found = assertions.find(([text]) => cursor.eat(text));
  return found === undefined ? undefined : { kind: 'assert', what: found[1] };
}

function readAtom(cursor: Cursor, depth: number): PatternTree {
  const { next } = cursor;
  if (next === '(') return readGroup(cursor, depth + 1);
  if (next === '[') return { kind: 'set', ranges: readClass(cursor) };
  if ('*+?{'.includes(next)) cursor.refuse('something to repeat before it');
  if (']}'.includes(next)) cursor.refuse('a backslash before a lone bracket');
  if (next === '\\') return setOf(readEscape(cursor, false));
  cursor.take();
  return next === '.' ? { kind: 'set', ranges: dot } : setOf(next.codePointAt(0)!);
}

function setOf(item: number | Ranges): PatternTree {
  return { kind: 'set', ranges: typeof item === 'number' ? [item, item] : item };
}

function readGroup(cursor: Cursor, depth: number): PatternTree {
  const start = cursor.offset;
  if (depth > limits.patternDepth) cursor.refuse(`at most ${limits.patternDepth} nested groups`);
  cursor.eat('(');
  if (cursor.next === '?' && !cursor.eat('?:')) {
    cursor.refuse('( or (?: without lookaround, names and flags', start);
  }
  const tree = readChoice(cursor, depth);
  if (!cursor.eat(')')) cursor.refuse(') to close the group', start);
  return tree;
}

/** Reads a quantifier, if one follows. The lazy forms match the same texts as the greedy ones. */
function readQuantifier(cursor: Cursor, body: PatternTree): PatternTree {
  let bounds: readonly [number, number];
  if (cursor.eat('*')) bounds = [0, Number.POSITIVE_INFINITY];
  else if (cursor.eat('+')) bounds = [1, Number.POSITIVE_INFINITY];
  else if (cursor.eat('?')) bounds = [0, 1];
  else if (cursor.next === '{') bounds = readBounds(cursor);
  else return body;
  cursor.eat('?');
  return { kind: 'repeat', body, min: bounds[0], max: bounds[1] };
}

function readBounds(cursor: Cursor): readonly [number, number] {
  const start = cursor.offset;
  cursor.eat('{');
  const min = readCount(cursor);
  let max = min;
  if (cursor.eat(',')) max = cursor.next === '}' ? Number.POSITIVE_INFINITY : readCount(cursor);
  if (!cursor.eat('}')) cursor.refuse('} to close the repetition', start);
  if (min > max) cursor.refuse('a repetition that goes upwards', start);
  return [min, max];
}

function readCount(cursor: Cursor): number {
  const start = cursor.offset;
  while (/^[0-9]/.test(cursor.next)) cursor.take();
  if (cursor.offset === start) cursor.refuse('a number of repetitions');
  const count = Number(cursor.source.slice(start, cursor.offset));
  if (count > limits.patternRepeat) {
    cursor.refuse(`at most ${limits.patternRepeat} repetitions`, start);
  }
  return count;
}
