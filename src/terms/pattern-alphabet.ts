import { codePointMax, type Ranges } from './pattern-ranges.ts';

/** Code points in classes: a pattern's sets cannot tell two of one class apart. */
export interface Alphabet {
  /** Number of classes. */
  readonly count: number;
  /** First code point of each interval, ascending from 0. */
  readonly firsts: readonly number[];
  /** Class of each interval; classes are numbered in the order of their first code points. */
  readonly classes: readonly number[];
  /** `holds[set * count + class]` is 1 iff the set has the class. */
  readonly holds: Uint8Array;
}

/** The coarsest classes that all sets are unions of. */
export function classify(sets: readonly Ranges[]): Alphabet {
  const cuts = new Set([0]);
  for (const ranges of sets) {
    for (let index = 0; index < ranges.length; index += 2) {
      cuts.add(ranges[index]!);
      if (ranges[index + 1]! < codePointMax) cuts.add(ranges[index + 1]! + 1);
    }
  }
  const firsts = [...cuts].sort((left, right) => left - right);
  const classes = number(refine(firsts, sets));
  const count = Math.max(...classes) + 1;
  const holds = new Uint8Array(sets.length * count);
  const intervals = intervalsOf(firsts);
  for (const [set, ranges] of sets.entries()) {
    for (const index of intervals(ranges)) holds[set * count + classes[index]!] = 1;
  }
  return { count, firsts, classes, holds };
}

/** Splits the one class of all intervals by each set in turn. */
function refine(firsts: readonly number[], sets: readonly Ranges[]): number[] {
  const classes = firsts.map(() => 0);
  const intervals = intervalsOf(firsts);
  let count = 1;
  for (const ranges of sets) {
    const inside = new Map<number, number>();
    for (const index of intervals(ranges)) {
      const before = classes[index]!;
      const after = inside.get(before) ?? count++;
      inside.set(before, after);
      classes[index] = after;
    }
  }
  return classes;
}

/** Lists the intervals of a set; each range begins and ends where an interval does. */
function intervalsOf(firsts: readonly number[]): (ranges: Ranges) => number[] {
  const indexOf = new Map(firsts.map((first, index) => [first, index]));
  return (ranges) => {
    const found: number[] = [];
    for (let range = 0; range < ranges.length; range += 2) {
      let index = indexOf.get(ranges[range]!)!;
      while (index < firsts.length && firsts[index]! <= ranges[range + 1]!) found.push(index++);
    }
    return found;
  };
}

/** The same partition with dense numbers in order of appearance. */
export function number<Key>(keys: readonly Key[]): number[] {
  const numbers = new Map<Key, number>();
  return keys.map((key) => {
    const found = numbers.get(key) ?? numbers.size;
    numbers.set(key, found);
    return found;
  });
}
