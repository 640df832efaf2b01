import { Runs } from './runs.ts';
import type { GraphTerms } from './terms.ts';

/**
 * A set of triples over {@link GraphTerms}, indexed by subject and, once somebody asks, by object.
 * It is loaded in bulk, then read; after that single triples may be inserted and removed.
 */
export class TripleGraph {
  readonly terms: GraphTerms;
  /** Edges by subject. */
  readonly out: Runs = new Runs();
  /** The subjects; some may have lost all their triples. */
  readonly subjects: number[] = [];
  #subject: Int32Array = new Int32Array(64);
  #predicate: Int32Array = new Int32Array(64);
  #object: Int32Array = new Int32Array(64);
  #loaded = 0;
  #size = 0;
  #inbound: Runs | undefined;
  /** The edges by object, or the memory for them. */
  readonly #spare: Runs = new Runs();
  #objects: readonly number[] = [];
  #listed: Set<number> | undefined;

  constructor(terms: GraphTerms) {
    this.terms = terms;
  }

  /** Distinct triples. */
  get size(): number {
    return this.#size;
  }

  /** Adds a triple while loading. */
  add(subject: number, predicate: number, object: number): void {
    const slot = this.#loaded++;
    if (slot === this.#subject.length) this.#grow();
    this.#subject[slot] = subject;
    this.#predicate[slot] = predicate;
    this.#object[slot] = object;
  }

  /** Ends loading: sorts the triples and drops repeated ones. */
  seal(): void {
    this.out.reserve(this.terms.size);
    if (!this.#takeGroups()) this.#deal();
    this.#size = 0;
    for (const subject of this.subjects) this.#size += this.out.count(subject);
  }

  /** Where every subject's triples came in a row, they stand where they are. */
  #takeGroups(): boolean {
    const { out, subjects } = this;
    const count = this.#loaded;
    out.adopt(this.#predicate, this.#object, count);
    for (let slot = 0; slot < count; ) {
      const subject = this.#subject[slot] as number;
      const start = slot;
      while (slot < count && this.#subject[slot] === subject) slot++;
      if (out.count(subject) > 0) return false;
      subjects.push(subject);
      // Sorting moves predicates and objects inside this group, never its subjects.
      out.place(subject, start, slot);
    }
    return true;
  }

  /** Deals the triples to their subjects by counting. */
  #deal(): void {
    const { out, subjects } = this;
    for (const subject of subjects) out.drop(subject);
    subjects.length = 0;
    // Groups that were placed already may have lost repeated triples, which then come twice here;
    // placing drops them again.
    const dealt = dealt3(
      this.#subject,
      this.#predicate,
      this.#object,
      this.#loaded,
      this.terms.size,
    );
    out.adopt(dealt.p, dealt.other, this.#loaded);
    this.#predicate = new Int32Array(64);
    this.#object = new Int32Array(64);
    this.#subject = new Int32Array(64);
    for (let node = 0; node < this.terms.size; node++) {
      const [from, to] = [dealt.starts[node] as number, dealt.starts[node + 1] as number];
      if (from === to) continue;
      subjects.push(node);
      out.place(node, from, to);
    }
  }

  /** Edges by object: built at the first call. */
  inbound(): Runs {
    if (this.#inbound === undefined) {
      this.#spare.reserve(this.terms.size);
      this.#inbound = this.#invert();
    }
    // Ids that came later have no edges, and their places must exist.
    this.#inbound.reserve(this.terms.size);
    return this.#inbound;
  }

  has(subject: number, predicate: number, object: number): boolean {
    return subject < this.out.from.length && this.out.has(subject, predicate, object);
  }

  /** Puts in a triple; false if it is there already. */
  insert(subject: number, predicate: number, object: number): boolean {
    this.out.reserve(this.terms.size);
    if (this.out.has(subject, predicate, object)) return false;
    this.#list(subject);
    this.out.insert(subject, predicate, object);
    if (this.#inbound !== undefined) {
      this.#inbound.reserve(this.terms.size);
      this.#inbound.insert(object, predicate, subject);
    }
    this.#size++;
    return true;
  }

  /** Takes out a triple; false if it is not there. */
  remove(subject: number, predicate: number, object: number): boolean {
    if (!this.has(subject, predicate, object)) return false;
    this.out.remove(subject, predicate, object);
    this.#inbound?.remove(object, predicate, subject);
    this.#size--;
    return true;
  }

  /** Empties the graph for the next one; the memory is kept. */
  reset(): void {
    for (const subject of this.subjects) this.out.drop(subject);
    // Objects that were inserted since are not on the list.
    if (this.#listed === undefined) for (const object of this.#objects) this.#spare.drop(object);
    else this.#spare.clear();
    this.#objects = [];
    this.subjects.length = 0;
    this.#inbound = undefined;
    this.#listed = undefined;
    this.#loaded = 0;
    this.#size = 0;
  }

  #list(subject: number): void {
    this.#listed ??= new Set(this.subjects);
    if (this.#listed.has(subject)) return;
    this.#listed.add(subject);
    this.subjects.push(subject);
  }

  /** Edges by object: counted, dealt, sorted, at a cost that only the edges decide. */
  #invert(): Runs {
    const { out, subjects } = this;
    const { from, to } = this.#spare;
    const objects: number[] = [];
    for (const subject of subjects) {
      const end = out.to[subject] as number;
      for (let slot = out.from[subject] as number; slot < end; slot++) {
        const object = out.other[slot] as number;
        if (to[object] === 0) objects.push(object);
        (to[object] as number)++;
      }
    }
    let used = 0;
    for (const object of objects) {
      from[object] = used;
      used += to[object] as number;
      to[object] = from[object] as number;
    }
    const { p, other } = this.#room(used);
    for (const subject of subjects) {
      const end = out.to[subject] as number;
      for (let slot = out.from[subject] as number; slot < end; slot++) {
        const place = (to[out.other[slot] as number] as number)++;
        p[place] = out.p[slot] as number;
        other[place] = subject;
      }
    }
    this.#spare.adopt(p, other, used);
    for (const object of objects) {
      this.#spare.place(object, from[object] as number, to[object] as number);
    }
    this.#objects = objects;
    return this.#spare;
  }

  /** Slots for the edges by object: those of the graph before, where they are enough. */
  #room(count: number): { readonly p: Int32Array; readonly other: Int32Array } {
    const { p, other } = this.#spare;
    if (p.length >= count) return { p, other };
    return { p: new Int32Array(count), other: new Int32Array(count) };
  }

  #grow(): void {
    this.#subject = doubled(this.#subject);
    this.#predicate = doubled(this.#predicate);
    this.#object = doubled(this.#object);
  }
}

function doubled(before: Int32Array): Int32Array {
  const after = new Int32Array(2 * before.length);
  after.set(before);
  return after;
}

function dealt3(
  subject: Int32Array,
  predicate: Int32Array,
  object: Int32Array,
  count: number,
  ids: number,
): { readonly starts: Int32Array; readonly p: Int32Array; readonly other: Int32Array } {
  const starts = new Int32Array(ids + 1);
  for (let slot = 0; slot < count; slot++) (starts[(subject[slot] as number) + 1] as number)++;
  for (let node = 0; node < ids; node++) (starts[node + 1] as number) += starts[node] as number;
  const at = starts.slice(0, ids);
  const p = new Int32Array(count);
  const other = new Int32Array(count);
  for (let slot = 0; slot < count; slot++) {
    const place = (at[subject[slot] as number] as number)++;
    p[place] = predicate[slot] as number;
    other[place] = object[slot] as number;
  }
  return { starts, p, other };
}
