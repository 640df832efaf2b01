import { accepted, type Dfa } from './pattern-automaton.ts';

/**
 * Blocks of states that no text tells apart, by J. Hopcroft's algorithm ("An n log n algorithm
 * for minimizing states in a finite automaton", 1971): refine by the smaller half of each split.
 * Returns the block of each state.
 */
export function equivalentStates(dfa: Dfa): Uint32Array {
  const partition = new Partition(dfa.cells.length / dfa.width);
  const before = predecessors(dfa);
  // Told apart by the empty text first: the column of the end.
  const end = dfa.width - 1;
  for (let state = 0; state < partition.block.length; state++) {
    if (dfa.cells[state * dfa.width + end] === accepted) partition.mark(state);
  }
  const waiting = [0];
  const isWaiting = [true];
  const split = (): void => {
    for (const [block, made] of partition.split()) {
      isWaiting[made] = false;
      const next = isWaiting[block] || partition.size(made) <= partition.size(block) ? made : block;
      isWaiting[next] = true;
      waiting.push(next);
    }
  };
  split();
  for (let block = waiting.pop(); block !== undefined; block = waiting.pop()) {
    isWaiting[block] = false;
    // A copy: the block itself may be split while its classes are gone through.
    const splitter = partition.states(block);
    for (let column = 0; column < end; column++) {
      for (const state of splitter) before(state, column, (from) => partition.mark(from));
      split();
    }
  }
  return partition.block;
}

/** Which states lead to a state at a column, all in one array. */
function predecessors(
  dfa: Dfa,
): (state: number, column: number, each: (from: number) => void) => void {
  const { cells, width } = dfa;
  const offsets = new Uint32Array(cells.length + 1);
  const keyOf = (cell: number): number => cells[cell]! * width + (cell % width);
  for (let cell = 0; cell < cells.length; cell++) offsets[keyOf(cell) + 1]! += 1;
  for (let key = 0; key < cells.length; key++) offsets[key + 1]! += offsets[key]!;
  const filled = offsets.slice();
  const froms = new Uint32Array(cells.length);
  for (let cell = 0; cell < cells.length; cell++) {
    froms[filled[keyOf(cell)]!++] = Math.floor(cell / width);
  }
  return (state, column, each) => {
    const key = state * width + column;
    for (let at = offsets[key]!; at < offsets[key + 1]!; at++) each(froms[at]!);
  };
}

/** A refinable partition: the states of a block lie side by side, marked ones first. */
class Partition {
  readonly block: Uint32Array;
  readonly #order: Uint32Array;
  readonly #position: Uint32Array;
  readonly #first: number[] = [0];
  readonly #past: number[];
  readonly #marked: number[] = [0];
  #touched: number[] = [];

  constructor(states: number) {
    this.block = new Uint32Array(states);
    this.#order = Uint32Array.from({ length: states }, (_, state) => state);
    this.#position = this.#order.slice();
    this.#past = [states];
  }

  size(block: number): number {
    return this.#past[block]! - this.#first[block]!;
  }

  states(block: number): Uint32Array {
    return this.#order.slice(this.#first[block]!, this.#past[block]!);
  }

  /** Moves a state to the marked ones of its block. */
  mark(state: number): void {
    const block = this.block[state]!;
    const to = this.#first[block]! + this.#marked[block]!;
    const from = this.#position[state]!;
    if (from < to) return;
    if (this.#marked[block] === 0) this.#touched.push(block);
    const other = this.#order[to]!;
    this.#order[to] = state;
    this.#order[from] = other;
    this.#position[state] = to;
    this.#position[other] = from;
    this.#marked[block]! += 1;
  }

  /** Makes the marked states of each block a block of their own, where some are not marked. */
  split(): (readonly [block: number, made: number])[] {
    const splits: (readonly [number, number])[] = [];
    for (const block of this.#touched) {
      const marked = this.#marked[block]!;
      this.#marked[block] = 0;
      if (marked === this.size(block)) continue;
      const first = this.#first[block]!;
      const made = this.#first.push(first) - 1;
      this.#past.push(first + marked);
      this.#marked.push(0);
      this.#first[block] = first + marked;
      for (let at = first; at < first + marked; at++) this.block[this.#order[at]!] = made;
      splits.push([block, made]);
    }
    this.#touched = [];
    return splits;
  }
}
