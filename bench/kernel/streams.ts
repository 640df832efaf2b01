import type { Contestant } from '../harness.ts';
import type { Compiled, Pass } from './pass.ts';
import { type FactCount, type Reading, readingCount } from './readings.ts';

/** Observations that one call evaluates. */
export const batch = 64;

/** What the contestants below work on; all loops have their own code, so each is specialised. */
export interface Stream {
  readonly facts: FactCount;
  readonly readings: readonly Reading[];
  /** Class ids of the readings, eight bytes each. */
  readonly ids: Uint8Array;
  readonly compiled: Compiled;
  readonly pass: Pass;
  /** Evaluates the first `control[0]` cells. */
  readonly evaluate: () => void;
}

const mask = readingCount - 1;

/** Evaluation alone: the cells of one batch again and again, none of whose bits changes a jump. */
export function evaluating({ pass, evaluate, ids }: Stream): Contestant {
  const run = (iterations: number): number => {
    pass.cells.set(ids.subarray(0, 8 * batch));
    pass.control[0] = batch;
    let fired = 0;
    for (let from = 0; from < iterations; from += batch) {
      evaluate();
      fired += pass.control[1]!;
    }
    return fired;
  };
  return { name: 'evaluate', run };
}

/** Stores class ids one byte at a time, then evaluates. */
export function storing({ facts, pass, evaluate, ids }: Stream): Contestant {
  const { cells, control } = pass;
  const store8 = (from: number): void => {
    for (let at = 0, id = 8 * (from & mask); at < 8 * batch; at += 8, id += 8) {
      cells[at] = ids[id]!;
      cells[at + 1] = ids[id + 1]!;
      cells[at + 2] = ids[id + 2]!;
      cells[at + 3] = ids[id + 3]!;
      cells[at + 4] = ids[id + 4]!;
      cells[at + 5] = ids[id + 5]!;
      cells[at + 6] = ids[id + 6]!;
      cells[at + 7] = ids[id + 7]!;
    }
  };
  const store5 = (from: number): void => {
    for (let at = 0, id = 8 * (from & mask); at < 8 * batch; at += 8, id += 8) {
      cells[at] = ids[id]!;
      cells[at + 1] = ids[id + 1]!;
      cells[at + 2] = ids[id + 2]!;
      cells[at + 3] = ids[id + 3]!;
      cells[at + 4] = ids[id + 4]!;
    }
  };
  const store = facts === 8 ? store8 : store5;
  const run = (iterations: number): number => {
    cells.fill(0);
    let fired = 0;
    for (let from = 0; from < iterations; from += batch) {
      store(from);
      control[0] = batch;
      evaluate();
      fired += control[1]!;
    }
    return fired;
  };
  return { name: `store ${facts} ids + evaluate`, run };
}

/** Stores the same ids as two words of four, as an encoder can give them, then evaluates. */
export function storingWords({ facts, pass, evaluate, ids }: Stream): Contestant {
  const { cellWords, control } = pass;
  const words = new Uint32Array(ids.buffer);
  const run = (iterations: number): number => {
    let fired = 0;
    for (let from = 0; from < iterations; from += batch) {
      for (let at = 0, id = 2 * (from & mask); at < 2 * batch; at += 2, id += 2) {
        cellWords[at] = words[id]!;
        cellWords[at + 1] = words[id + 1]!;
      }
      control[0] = batch;
      evaluate();
      fired += control[1]!;
    }
    return fired;
  };
  return { name: `store ${facts} ids as 2 words + evaluate`, run };
}

/** From a plain object to class ids in a cell. */
export function encoding({ facts, readings, compiled, pass }: Stream): Contestant {
  const { cells } = pass;
  const { encode } = compiled;
  const run = (iterations: number): number => {
    let sum = 0;
    for (let index = 0; index < iterations; index++) {
      const at = 8 * (index & (batch - 1));
      encode(readings[index & mask]!, cells, at);
      sum += cells[at]!;
    }
    return sum;
  };
  return { name: `encode ${facts} facts`, run };
}

/** From a plain object to what fired. */
export function allTogether({ facts, readings, compiled, pass, evaluate }: Stream): Contestant {
  const { cells, control } = pass;
  const { encode } = compiled;
  const run = (iterations: number): number => {
    let fired = 0;
    for (let from = 0; from < iterations; from += batch) {
      for (let index = 0; index < batch; index++) {
        encode(readings[(from + index) & mask]!, cells, 8 * index);
      }
      control[0] = batch;
      evaluate();
      fired += control[1]!;
    }
    return fired;
  };
  return { name: `encode ${facts} facts + store + evaluate`, run };
}

/**
 * Compares each cell's mask, and which cells fired, with what looking at every rule gives. Lanes
 * beyond 64 repeat the first ones.
 *
 * @throws Error at the first difference
 */
export function checkStream(stream: Stream, firingOn: (reading: Reading) => number[]): number {
  const { pass, readings, ids, evaluate } = stream;
  const words = pass.laneBytes / 4;
  let firing = 0;
  for (let from = 0; from < readingCount; from += batch) {
    pass.cells.set(ids.subarray(8 * from, 8 * (from + batch)));
    pass.control[0] = batch;
    evaluate();
    const cells: number[] = [];
    for (let cell = 0; cell < batch; cell++) {
      const wanted = [0, 0];
      for (const hook of firingOn(readings[from + cell]!)) wanted[hook >>> 5]! |= 1 << (hook & 31);
      if (wanted.some((bits) => bits !== 0)) cells.push(cell);
      for (let word = 0; word < words; word++) {
        if (pass.masks[cell * words + word] === wanted[word & 1]) continue;
        throw new Error(`reading ${from + cell}: other hooks fire in word ${word}`);
      }
    }
    const found = [...pass.fired.subarray(0, pass.control[1])];
    if (found.join() !== cells.join()) throw new Error(`batch ${from}: other cells fire`);
    firing += cells.length;
  }
  return firing / readingCount;
}
