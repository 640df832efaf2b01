import { fail } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Assertion, PatternTree } from './pattern-parse.ts';
import { type Ranges, wordCharacters } from './pattern-ranges.ts';

/** A node of the nondeterministic automaton; `next` are indices of nodes. */
export type NfaNode =
  | { readonly kind: 'match' }
  | { readonly kind: 'set'; readonly set: number; readonly next: number }
  | { readonly kind: 'assert'; readonly what: Assertion; readonly next: number }
  | { readonly kind: 'split'; readonly next: readonly number[] };

/** A nondeterministic automaton (K. Thompson, "Regular expression search algorithm", 1968). */
export interface Nfa {
  readonly nodes: readonly NfaNode[];
  readonly start: number;
  /** The sets that nodes name; set 0 is what boundaries look at: `\w`, empty if there are none. */
  readonly sets: readonly Ranges[];
}

/** Index of the node where a match is complete. */
export const matchNode = 0;

/** Writes a tree out as nodes, repetitions as copies. */
export function buildNfa(tree: PatternTree, where: string): Nfa {
  const builder = new Builder(where);
  const start = builder.build(tree, matchNode);
  const { nodes, sets } = builder;
  const looksAtWords = nodes.some(
    (node) => node.kind === 'assert' && node.what !== 'start' && node.what !== 'end',
  );
  // Without boundaries `\w` would only split the alphabet, which costs steps.
  return { nodes, start, sets: looksAtWords ? sets : [[], ...sets.slice(1)] };
}

class Builder {
  readonly nodes: NfaNode[] = [{ kind: 'match' }];
  readonly sets: Ranges[] = [wordCharacters];
  readonly #setOf = new Map<string, number>();
  readonly #where: string;
  #parts = 0;

  constructor(where: string) {
    this.#where = where;
  }

  /** Adds the nodes of a tree that go on at `next`, and gives the first of them. */
  build(tree: PatternTree, next: number): number {
    // Counted here and not by nodes: copies of an empty group add no node but take time.
    if (++this.#parts > limits.patternParts) {
      const expected = `at most ${limits.patternParts} parts once repetitions are written out`;
      fail('KNHK_TERMS_PATTERN', this.#where, expected, 'more');
    }
    switch (tree.kind) {
      case 'set':
        return this.#add({ kind: 'set', set: this.#set(tree.ranges), next });
      case 'assert':
        return this.#add({ kind: 'assert', what: tree.what, next });
      case 'sequence':
        return tree.parts.reduceRight((after, part) => this.build(part, after), next);
      case 'choice':
        return this.#add({
          kind: 'split',
          next: tree.options.map((option) => this.build(option, next)),
        });
      case 'repeat':
        return this.#repeat(tree.body, tree.min, tree.max, next);
    }
  }

  #repeat(body: PatternTree, min: number, max: number, next: number): number {
    let first = next;
    let copies = min;
    if (max === Number.POSITIVE_INFINITY) {
      const ways: number[] = [];
      const loop = this.#add({ kind: 'split', next: ways });
      const again = this.build(body, loop);
      ways.push(again, next);
      // The loop's own copy is the last that is required, so that `+` copies nothing.
      first = min === 0 ? loop : again;
      copies = min === 0 ? 0 : min - 1;
    } else {
      for (let count = min; count < max; count++) {
        first = this.#add({ kind: 'split', next: [this.build(body, first), next] });
      }
    }
    for (let count = 0; count < copies; count++) first = this.build(body, first);
    return first;
  }

  #add(node: NfaNode): number {
    return this.nodes.push(node) - 1;
  }

  #set(ranges: Ranges): number {
    const key = ranges.join();
    const found = this.#setOf.get(key) ?? this.sets.push(ranges) - 1;
    this.#setOf.set(key, found);
    return found;
  }
}
