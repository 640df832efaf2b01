import { fail } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { type Alphabet, classify, number } from './pattern-alphabet.ts';
import { accepted, type Dfa, dead, determine } from './pattern-automaton.ts';
import { equivalentStates } from './pattern-minimal.ts';
import { buildNfa } from './pattern-nfa.ts';
import { parsePattern } from './pattern-parse.ts';

/** Code points below this are looked up, the others searched for. */
export const asciiCount = 128;

/**
 * The smallest automaton of a pattern. Patterns that match the same texts have equal tables:
 * columns and rows are numbered in the order in which texts first reach them.
 */
export interface PatternTables {
  /** States, as {@link Pattern.states} counts them. */
  readonly states: number;
  /** Columns of a row; the last is the end of the text. */
  readonly width: number;
  /** Offset of the row of the empty text. */
  readonly start: number;
  /** Offset of the next row by offset of a row + column. Row 0 has matched, row 1 never will. */
  readonly next: Uint16Array;
  /** Column of each ASCII character. */
  readonly ascii: Uint16Array;
  /** First code point of each interval, ascending from 0. */
  readonly firsts: Uint32Array;
  /** Column of each interval. */
  readonly columns: Uint16Array;
}

/**
 * Builds a pattern's tables.
 *
 * @throws KnhkError KNHK_TERMS_PATTERN
 */
export function patternTables(source: string, where: string): PatternTables {
  const nfa = buildNfa(parsePattern(source, where), where);
  const alphabet = classify(nfa.sets);
  const dfa = determine(nfa, alphabet, where);
  return layOut(quotient(dfa), alphabet, where);
}

/** One state for each block of equivalent ones, breadth first; the sinks keep their numbers. */
function quotient(dfa: Dfa): Dfa {
  const blocks = equivalentStates(dfa);
  const numbers = new Map([
    [blocks[accepted]!, accepted],
    [blocks[dead]!, dead],
  ]);
  const firstOf: number[] = [accepted, dead];
  const stateOf = (state: number): number => {
    const block = blocks[state]!;
    const found = numbers.get(block) ?? firstOf.push(state) - 1;
    numbers.set(block, found);
    return found;
  };
  const start = stateOf(dfa.start);
  const cells: number[] = [];
  // `firstOf` grows while it is gone through.
  for (let state = 0; state < firstOf.length; state++) {
    for (let column = 0; column < dfa.width; column++) {
      cells.push(stateOf(dfa.cells[firstOf[state]! * dfa.width + column]!));
    }
  }
  return { width: dfa.width, cells, start };
}

function layOut(dfa: Dfa, alphabet: Alphabet, where: string): PatternTables {
  const rows = dfa.cells.length / dfa.width;
  const states = rows - unreached(dfa);
  if (states > limits.patternStates) {
    fail('KNHK_TERMS_PATTERN', where, `at most ${limits.patternStates} states`, states);
  }
  // Classes whose columns are equal are one.
  const columnOf = number(
    Array.from({ length: alphabet.count }, (_, column) =>
      Array.from({ length: rows }, (_, row) => dfa.cells[row * dfa.width + column]).join(),
    ),
  );
  const merged = Math.max(...columnOf) + 1;
  const width = merged + 1;
  const intervals = joined(alphabet, columnOf);
  const bytes =
    2 * (rows * width + asciiCount + intervals.columns.length) + 4 * intervals.firsts.length;
  if (bytes > limits.patternBytes) {
    fail('KNHK_TERMS_PATTERN', where, `at most ${limits.patternBytes} bytes of tables`, bytes);
  }
  const next = new Uint16Array(rows * width);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < dfa.width; column++) {
      const to = column === alphabet.count ? merged : columnOf[column]!;
      next[row * width + to] = dfa.cells[row * dfa.width + column]! * width;
    }
  }
  const ascii = Uint16Array.from({ length: asciiCount }, (_, code) => columnAt(intervals, code));
  return { states, width, start: dfa.start * width, next, ascii, ...intervals };
}

/** How many of the two sinks no text leads to. */
function unreached({ cells, width, start }: Dfa): number {
  const isReached = (sink: number): boolean =>
    start === sink ||
    cells.some((to, cell) => to === sink && cell >= 2 * width && cell % width !== width - 1);
  return [accepted, dead].filter((sink) => !isReached(sink)).length;
}

type Intervals = Pick<PatternTables, 'firsts' | 'columns'>;

/** Neighbouring intervals with one column are one. */
function joined(alphabet: Alphabet, columnOf: readonly number[]): Intervals {
  const columns = alphabet.classes.map((item) => columnOf[item]!);
  const kept = columns
    .map((_, at) => at)
    .filter((at) => at === 0 || columns[at] !== columns[at - 1]);
  return {
    firsts: Uint32Array.from(kept, (at) => alphabet.firsts[at]!),
    columns: Uint16Array.from(kept, (at) => columns[at]!),
  };
}

/** The column of a code point, by binary search. */
export function columnAt({ firsts, columns }: Intervals, code: number): number {
  let low = 0;
  let high = firsts.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (firsts[middle]! <= code) low = middle;
    else high = middle;
  }
  return columns[low]!;
}
