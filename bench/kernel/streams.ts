import type { Contestant } from '../harness.ts';
import type { Encode, Pass } from './pass.ts';
import { type FactCount, type Reading, readingCount } from './readings.ts';

/** Observations that one call evaluates. */
const batch = 64;

/** What the contestants below work on; all loops have their own code, so each is specialised. */
export interface Stream {
  readonly facts: FactCount;
  readonly readings: readonly Reading[];
  /** Class ids of the readings, two words of four each. */
  readonly ids: Int32Array;
  readonly pass: Pass;
}

const mask = readingCount - 1;

/** Class ids of all readings, as an encoder finds them. */
export function encoded(
  { cells, control }: Pass,
  encode: Encode,
  readings: readonly Reading[],
): Int32Array {
  const ids = new Int32Array(2 * readings.length);
  for (const [index, reading] of readings.entries()) {
    control[0] = 0;
    if (!encode(reading)) throw new Error(`reading ${index} cannot be read`);
    ids.set(cells.subarray(0, 2), 2 * index);
  }
  control[0] = 0;
  return ids;
}

/** Evaluation alone: one batch again and again, for no bit of its cells changes a jump. */
export function evaluating({ pass, ids }: Stream, evaluate: () => void = pass.run): Contestant {
  const { cells, control } = pass;
  const run = (iterations: number): number => {
    cells.set(ids.subarray(0, 2 * batch));
    control[0] = batch;
    let fired = 0;
    for (let from = 0; from < iterations; from += batch) {
      evaluate();
      fired += control[1]!;
    }
    return fired;
  };
  return { name: 'evaluate', run };
}

/**
 * Stores the ids of each observation as an encoder's run does: the head moves in the typed array
 * and is compared, not read back; then evaluates.
 */
export function storing({ facts, pass, ids }: Stream): Contestant {
  const { cells, control, run: evaluate } = pass;
  const run = (iterations: number): number => {
    let fired = 0;
    for (let from = 0; from < iterations; from += batch) {
      control[0] = 0;
      let cell: number = control[0]!;
      const end = 2 * ((from & mask) + batch);
      for (let id = 2 * (from & mask); id < end; id += 2) {
        if (control[0] !== cell) cell = control[0]!;
        cells[2 * cell] = ids[id]!;
        cells[2 * cell + 1] = ids[id + 1]!;
        control[0] = ++cell;
      }
      evaluate();
      fired += control[1]!;
    }
    return fired;
  };
  return { name: `store ${facts} ids + evaluate`, run };
}

/** From a plain object to class ids in a cell. */
export function encoding({ facts, readings, pass }: Stream, encode: Encode): Contestant {
  const { control } = pass;
  const run = (iterations: number): number => {
    let taken = 0;
    for (let from = 0; from < iterations; from += batch) {
      control[0] = 0;
      encode.run(readings, from & mask, batch);
      taken += control[0]!;
    }
    return taken;
  };
  return { name: `encode ${facts} facts + store`, run };
}

/** From a plain object to what fired. */
export function allTogether({ facts, readings, pass }: Stream, encode: Encode): Contestant {
  const { control, run: evaluate } = pass;
  const run = (iterations: number): number => {
    let fired = 0;
    for (let from = 0; from < iterations; from += batch) {
      control[0] = 0;
      encode.run(readings, from & mask, batch);
      evaluate();
      fired += control[1]!;
    }
    return fired;
  };
  return { name: `encode ${facts} facts + store + evaluate`, run };
}

/**
 * Compares each cell's mask, and which cells fired, with what looking at every rule gives. Lanes
 * beyond 64 repeat the first ones. Answers the share that fires.
 *
 * @throws Error at the first difference
 */
export function checkStream(
  { pass, readings, ids }: Stream,
  firingOn: (reading: Reading) => number[],
): number {
  const words = pass.laneBytes / 4;
  let firing = 0;
  for (let from = 0; from < readingCount; from += batch) {
    pass.cells.set(ids.subarray(2 * from, 2 * (from + batch)));
    pass.control[0] = batch;
    pass.run();
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
