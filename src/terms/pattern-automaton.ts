import { fail } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Alphabet } from './pattern-alphabet.ts';
import { matchNode, type Nfa } from './pattern-nfa.ts';
import type { Assertion } from './pattern-parse.ts';

/** A deterministic automaton that need not be the smallest. */
export interface Dfa {
  /** Classes of the alphabet, and one column more: the end of the text. */
  readonly width: number;
  /** Next state by `state * width + column`. */
  readonly cells: readonly number[];
  readonly start: number;
}

/** The state of a text that matches whatever follows. */
export const accepted = 0;
/** The state of a text that no longer can. */
export const dead = 1;

type Before = 'start' | 'word' | 'other';

/** What a text so far leaves open: the nodes it may be at, and what its last character was. */
interface Place {
  readonly nodes: readonly number[];
  readonly before: Before;
}

/**
 * Subset construction (M. O. Rabin and D. Scott, "Finite automata and their decision problems",
 * 1959). A state holds its assertions undecided; the next character, or the end, decides them.
 * The pattern may begin at every character, as in a search from left to right.
 */
export function determine(nfa: Nfa, alphabet: Alphabet, where: string): Dfa {
  return new Construction(nfa, alphabet, where).run();
}

class Construction {
  readonly #nfa: Nfa;
  readonly #alphabet: Alphabet;
  readonly #where: string;
  readonly #places: Place[] = [];
  readonly #stateOf = new Map<string, number>();
  /** When each node was last added to a set: at which call of `#open`. */
  readonly #addedAt: Uint32Array;
  #opened = 0;
  #steps = 0;

  constructor(nfa: Nfa, alphabet: Alphabet, where: string) {
    this.#nfa = nfa;
    this.#alphabet = alphabet;
    this.#where = where;
    this.#addedAt = new Uint32Array(nfa.nodes.length);
  }

  run(): Dfa {
    const width = this.#alphabet.count + 1;
    const cells: number[] = [];
    for (const sink of [accepted, dead]) {
      for (let column = 0; column < width; column++) cells.push(sink);
    }
    const nodes = this.#open();
    this.#reach(this.#nfa.start, nodes);
    const start = this.#state(nodes, 'start');
    for (let state = 0; state < this.#places.length; state++) {
      for (let column = 0; column < width; column++) {
        cells.push(this.#next(this.#places[state]!, column));
      }
    }
    return { width, cells, start };
  }

  #next(place: Place, column: number): number {
    const { count, holds } = this.#alphabet;
    const after = column === count ? 'end' : this.#kind(column);
    const now = this.#decided(place, after);
    if (now.includes(matchNode)) return accepted;
    if (after === 'end') return dead;
    const nodes = this.#open();
    this.#reach(this.#nfa.start, nodes);
    for (const index of now) {
      const node = this.#nfa.nodes[index]!;
      if (node.kind === 'set' && holds[node.set * count + column] === 1) {
        this.#reach(node.next, nodes);
      }
    }
    return this.#state(nodes, after);
  }

  #kind(column: number): Before {
    return this.#alphabet.holds[column] === 1 ? 'word' : 'other';
  }

  /** The nodes of a place and those behind its assertions that hold there. */
  #decided({ nodes, before }: Place, after: Before | 'end'): readonly number[] {
    const now = this.#open();
    for (const index of nodes) this.#reach(index, now);
    for (let at = 0; at < now.length; at++) {
      const node = this.#nfa.nodes[now[at]!]!;
      if (node.kind === 'assert' && holdsAt(node.what, before, after)) this.#reach(node.next, now);
    }
    return now;
  }

  /** An empty set of nodes; only one is open at a time. */
  #open(): number[] {
    this.#opened += 1;
    return [];
  }

  /** Adds a node, or what it splits into, to the open set. */
  #reach(first: number, into: number[]): void {
    const stack = [first];
    for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
      this.#count();
      if (this.#addedAt[index] === this.#opened) continue;
      this.#addedAt[index] = this.#opened;
      const node = this.#nfa.nodes[index]!;
      if (node.kind === 'split') stack.push(...node.next);
      else into.push(index);
    }
  }

  #state(nodes: number[], before: Before): number {
    // What follows would find the match as well; to end here makes fewer states.
    if (nodes.includes(matchNode)) return accepted;
    nodes.sort((left, right) => left - right);
    const key = `${before},${nodes.join()}`;
    const found = this.#stateOf.get(key) ?? this.#places.push({ nodes, before }) + dead;
    this.#stateOf.set(key, found);
    return found;
  }

  #count(): void {
    if (++this.#steps <= limits.patternSteps) return;
    const expected = `at most ${limits.patternSteps} steps to build its automaton`;
    fail('KNHK_TERMS_PATTERN', this.#where, expected, 'more');
  }
}

function holdsAt(what: Assertion, before: Before, after: Before | 'end'): boolean {
  if (what === 'start') return before === 'start';
  if (what === 'end') return after === 'end';
  return ((before === 'word') !== (after === 'word')) === (what === 'boundary');
}
