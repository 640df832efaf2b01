/**
 * The memory of one pass and its meaning, written down a second time and without any thought of
 * speed: what every engine is compared with. Plain JavaScript, for it runs under any Node.
 */

export const cellsMax = 1024;
const columns = 8;
const classes = 256;

/** Where the parts of a pass lie, in bytes. */
export function layoutOf(laneBytes) {
  const table = 256 + cellsMax * columns;
  const masks = table + columns * classes * laneBytes;
  const fired = masks + cellsMax * laneBytes;
  return { cells: 256, table, masks, fired, end: fired + cellsMax * 2 };
}

/** A pass at the end of its memory; behind shared WebAssembly memory lie pages nobody may touch. */
export function guardedPass(laneBytes) {
  const { end } = layoutOf(laneBytes);
  const pages = Math.ceil(end / 65_536);
  const { buffer } = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  return new Uint8Array(buffer, buffer.byteLength - end, end);
}

const control = (memory) => new Uint32Array(memory.buffer, memory.byteOffset, 64);

/** What the pass says: for each cell its mask, and the cells whose mask is not zero. */
export function expectedOf(memory, laneBytes) {
  const at = layoutOf(laneBytes);
  const n = Math.min(control(memory)[0], cellsMax);
  const masks = new Uint8Array(n * laneBytes);
  const fired = [];
  for (let i = 0; i < n; i++) {
    for (let byte = 0; byte < laneBytes; byte++) {
      let mask = 255;
      for (let column = 0; column < columns; column++) {
        const id = memory[at.cells + i * columns + column];
        mask &= memory[at.table + (column * classes + id) * laneBytes + byte];
      }
      masks[i * laneBytes + byte] = mask;
    }
    if (masks.subarray(i * laneBytes, (i + 1) * laneBytes).some((mask) => mask !== 0)) {
      fired.push(i);
    }
  }
  return { masks, fired };
}

const stale = 0xa5;

/**
 * Runs a bound function over the pass and compares all of the memory with what it should be.
 * Gives back what is wrong, or undefined.
 */
export function judge(memory, laneBytes, run) {
  const at = layoutOf(laneBytes);
  const words = control(memory);
  memory.fill(stale, at.masks);
  words.fill(0xffffffff, 1, 4);
  const before = memory.slice(0, at.masks);
  const { masks, fired } = expectedOf(memory, laneBytes);
  if (run() !== undefined) return 'it returns something';
  if (words[1] !== fired.length) return `${words[1]} fired, not ${fired.length}`;
  if (words[3] !== 0) return `it took ${words[3]} times 2^32 ticks`;
  const list = [...new Uint16Array(memory.buffer, memory.byteOffset + at.fired, fired.length)];
  if (String(list) !== String(fired)) return `fired ${list}, not ${fired}`;
  const found = memory.subarray(at.masks, at.masks + masks.length);
  if (Buffer.compare(found, masks) !== 0) return 'a mask differs';
  if (memory.subarray(at.masks + masks.length, at.fired).some((byte) => byte !== stale)) {
    return 'it wrote masks of cells that were not asked for';
  }
  // The words it writes are in the first part too.
  before.set(memory.subarray(4, 16), 4);
  return Buffer.compare(before, memory.subarray(0, at.masks)) === 0 ? undefined : 'it wrote inputs';
}

/** Numbers from a seed (xorshift), so that every platform judges the same passes. */
export function numbers(seed) {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

const fillWith = (bytes, next) => {
  for (let i = 0; i < bytes.length; i++) bytes[i] = next();
};

const dense = (next) => () => (next() | next() | next()) & 255;
const sparse = (next) => () => (next() % 16 === 0 ? next() & 255 : 0);

/** Passes that look for the places where an engine could go wrong; each fills table and cells. */
const shapes = [
  { name: 'zeros', table: () => () => 0, cells: () => () => 0 },
  { name: 'ones', table: () => () => 255, cells: () => () => 255 },
  { name: 'all classes 0', table: dense, cells: () => () => 0 },
  { name: 'all classes 255', table: dense, cells: () => () => 255 },
  { name: 'few classes', table: dense, cells: (next) => () => next() % 4 },
  { name: 'every class', table: dense, cells: (next) => () => next() & 255 },
  { name: 'hardly a bit', table: sparse, cells: (next) => () => next() % 3 },
];
const counts = [0, 1, 2, 63, 64, 65, 1023, 1024, 1025, 0x80000000, 0xffffffff];

/** Fills the memory with one pass after another; each is named. */
export function* passes(memory, laneBytes) {
  const at = layoutOf(laneBytes);
  for (const [index, shape] of shapes.entries()) {
    const next = numbers(laneBytes * 1000 + index);
    fillWith(memory.subarray(at.table, at.masks), shape.table(next));
    fillWith(memory.subarray(at.cells, at.table), shape.cells(next));
    for (const count of counts) {
      control(memory)[0] = count;
      yield `${shape.name}, n ${count}`;
    }
  }
  yield* oneBit(memory, laneBytes);
}

/** All but one bit of one row set, then that bit alone: each column and each lane matters. */
function* oneBit(memory, laneBytes) {
  const at = layoutOf(laneBytes);
  control(memory)[0] = 3;
  for (let lane = 0; lane < laneBytes * 8; lane += 7) {
    const column = lane % columns;
    const row = at.table + (column * classes + (lane % classes)) * laneBytes;
    memory.fill(255, at.table, at.masks).fill(lane % classes, at.cells, at.cells + 24);
    memory[row + (lane >> 3)] &= ~(1 << (lane % 8));
    yield `lane ${lane} off`;
    memory.fill(0, row, row + laneBytes);
    memory[row + (lane >> 3)] = 1 << (lane % 8);
    yield `lane ${lane} alone`;
  }
}
