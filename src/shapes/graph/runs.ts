/**
 * The edges of a graph by one end: for each node a run of slots, ordered by predicate and then by
 * the node at the other end. A run is read in place, never copied.
 */
export class Runs {
  /** Where the run of a node begins; equal to `to` where it has no edge. */
  from: Int32Array;
  to: Int32Array;
  /** Predicate of each slot. */
  p: Int32Array;
  /** The other end of each slot. */
  other: Int32Array;
  /** What {@link Runs.find} found: the slots from `lo` to before `hi`. */
  lo = 0;
  hi = 0;
  /** Where the room of each run ends, once something was inserted. */
  #room: Int32Array | undefined;
  /** Slots in use, those of runs that moved away included. */
  #end = 0;

  constructor() {
    this.from = new Int32Array(0);
    this.to = new Int32Array(0);
    this.p = new Int32Array(0);
    this.other = new Int32Array(0);
  }

  /** Finds the edges of a node with one predicate; true if there are any. */
  find(node: number, predicate: number): boolean {
    let lo = this.from[node] as number;
    const end = this.to[node] as number;
    const { p } = this;
    if (end - lo > 16) lo = this.#search(lo, end, predicate);
    while (lo < end && (p[lo] as number) < predicate) lo++;
    let hi = lo;
    if (hi < end && p[hi] === predicate) {
      if (end - hi > 64) hi = this.#search(hi, end, predicate + 1);
      while (hi < end && p[hi] === predicate) hi++;
    }
    this.lo = lo;
    this.hi = hi;
    return hi > lo;
  }

  has(node: number, predicate: number, other: number): boolean {
    if (!this.find(node, predicate)) return false;
    const slot = this.#place(this.lo, this.hi, other);
    return slot < this.hi && this.other[slot] === other;
  }

  /** Edges of a node. */
  count(node: number): number {
    return (this.to[node] as number) - (this.from[node] as number);
  }

  /** First slot whose predicate is not less. */
  #search(from: number, to: number, predicate: number): number {
    const { p } = this;
    let lo = from;
    let hi = to;
    while (lo < hi) {
      const middle = (lo + hi) >>> 1;
      if ((p[middle] as number) < predicate) lo = middle + 1;
      else hi = middle;
    }
    return lo;
  }

  /** First slot among those of one predicate whose other end is not less; `to` for none. */
  #place(from: number, to: number, other: number): number {
    let lo = from;
    let hi = to;
    while (lo < hi) {
      const middle = (lo + hi) >>> 1;
      if ((this.other[middle] as number) < other) lo = middle + 1;
      else hi = middle;
    }
    return lo;
  }

  /** Takes over slots, of which `end` are in use; {@link Runs.place} says whose they are. */
  adopt(p: Int32Array, other: Int32Array, end: number): void {
    this.p = p;
    this.other = other;
    this.#room = undefined;
    this.#end = end;
  }

  /** Gives slots to a node, sorts them and drops repeated ones; the number that is left. */
  place(node: number, from: number, to: number): number {
    const end = sortSlots(this.p, this.other, from, to);
    this.from[node] = from;
    this.to[node] = end;
    return end - from;
  }

  /** Empties the run of a node. */
  drop(node: number): void {
    this.from[node] = 0;
    this.to[node] = 0;
  }

  /** Empties all runs. */
  clear(): void {
    this.from.fill(0);
    this.to.fill(0);
  }

  /** Room for this many ids. */
  reserve(ids: number): void {
    if (ids <= this.from.length) return;
    const length = Math.max(64, ids + (ids >>> 1));
    this.from = grown(this.from, length);
    this.to = grown(this.to, length);
    if (this.#room !== undefined) this.#room = grown(this.#room, length);
  }

  /** Inserts an edge that is not there. */
  insert(node: number, predicate: number, other: number): void {
    this.#room ??= Int32Array.from(this.to);
    let from = this.from[node] as number;
    let to = this.to[node] as number;
    if (to === from || to === this.#room[node]) {
      this.#move(node);
      from = this.from[node] as number;
      to = this.to[node] as number;
    }
    let slot = this.#search(from, to, predicate);
    if (slot < to && this.p[slot] === predicate) {
      const end = this.#search(slot, to, predicate + 1);
      slot = this.#place(slot, end, other);
    }
    this.p.copyWithin(slot + 1, slot, to);
    this.other.copyWithin(slot + 1, slot, to);
    this.p[slot] = predicate;
    this.other[slot] = other;
    this.to[node] = to + 1;
  }

  /** Takes out an edge; false if there is none. */
  remove(node: number, predicate: number, other: number): boolean {
    if (!this.has(node, predicate, other)) return false;
    this.#room ??= Int32Array.from(this.to);
    const slot = this.#place(this.lo, this.hi, other);
    const to = this.to[node] as number;
    this.p.copyWithin(slot, slot + 1, to);
    this.other.copyWithin(slot, slot + 1, to);
    this.to[node] = to - 1;
    return true;
  }

  /** Gives a run twice the room at the end of the slots. */
  #move(node: number): void {
    const from = this.from[node] as number;
    const count = (this.to[node] as number) - from;
    const room = Math.max(8, 2 * count);
    if (this.#end + room > this.p.length) this.#compact(room);
    const start = this.#end;
    const source = this.from[node] as number;
    this.p.copyWithin(start, source, source + count);
    this.other.copyWithin(start, source, source + count);
    this.from[node] = start;
    this.to[node] = start + count;
    (this.#room as Int32Array)[node] = start + room;
    this.#end = start + room;
  }

  /** Packs the runs into new arrays with as much room again, so that this happens rarely. */
  #compact(more: number): void {
    let used = 0;
    for (let node = 0; node < this.from.length; node++) used += this.count(node);
    const p = new Int32Array(2 * used + more + 64);
    const other = new Int32Array(p.length);
    let end = 0;
    for (let node = 0; node < this.from.length; node++) {
      const from = this.from[node] as number;
      const to = this.to[node] as number;
      p.set(this.p.subarray(from, to), end);
      other.set(this.other.subarray(from, to), end);
      this.from[node] = end;
      end += to - from;
      this.to[node] = end;
      (this.#room as Int32Array)[node] = end;
    }
    this.p = p;
    this.other = other;
    this.#end = end;
  }
}

function grown(before: Int32Array, length: number): Int32Array {
  const after = new Int32Array(length);
  after.set(before);
  return after;
}

/** Sorts slots by predicate and other end, drops repeated ones and gives the new end. */
function sortSlots(p: Int32Array, other: Int32Array, from: number, to: number): number {
  if (to - from > 48) return sortMany(p, other, from, to);
  for (let slot = from + 1; slot < to; slot++) {
    const predicate = p[slot] as number;
    const end = other[slot] as number;
    let at = slot - 1;
    while (at >= from && comesAfter(p, other, at, predicate, end)) {
      p[at + 1] = p[at] as number;
      other[at + 1] = other[at] as number;
      at--;
    }
    p[at + 1] = predicate;
    other[at + 1] = end;
  }
  return distinct(p, other, from, to);
}

function comesAfter(
  p: Int32Array,
  other: Int32Array,
  slot: number,
  predicate: number,
  end: number,
): boolean {
  const there = p[slot] as number;
  return there > predicate || (there === predicate && (other[slot] as number) > end);
}

function distinct(p: Int32Array, other: Int32Array, from: number, to: number): number {
  let kept = from;
  for (let slot = from; slot < to; slot++) {
    if (kept > from && p[slot] === p[kept - 1] && other[slot] === other[kept - 1]) continue;
    if (kept !== slot) {
      p[kept] = p[slot] as number;
      other[kept] = other[slot] as number;
    }
    kept++;
  }
  return kept;
}

const shift = 2 ** 26;

/** As one number each: two ids of less than 2^26 fit a double's 53 bits. */
function sortMany(p: Int32Array, other: Int32Array, from: number, to: number): number {
  if (isSorted(p, other, from, to)) return distinct(p, other, from, to);
  const keys = new Float64Array(to - from);
  for (let slot = from; slot < to; slot++) {
    keys[slot - from] = (p[slot] as number) * shift + (other[slot] as number);
  }
  keys.sort();
  for (let slot = from; slot < to; slot++) {
    const key = keys[slot - from] as number;
    const predicate = Math.floor(key / shift);
    p[slot] = predicate;
    other[slot] = key - predicate * shift;
  }
  return distinct(p, other, from, to);
}

function isSorted(p: Int32Array, other: Int32Array, from: number, to: number): boolean {
  for (let slot = from + 1; slot < to; slot++) {
    if (comesAfter(p, other, slot - 1, p[slot] as number, other[slot] as number)) return false;
  }
  return true;
}
