import type { QuadLike, TermLike } from '../terms/turtle.ts';

type Pattern = TermLike | null | undefined;

/** What {@link QuadIndex.match} gives: enough of a dataset for an engine to iterate and count. */
export class Matches {
  readonly quads: readonly QuadLike[];

  constructor(quads: readonly QuadLike[]) {
    this.quads = quads;
  }

  get size(): number {
    return this.quads.length;
  }

  [Symbol.iterator](): IterableIterator<QuadLike> {
    return this.quads[Symbol.iterator]();
  }
}

const noQuads: readonly QuadLike[] = [];
const noMatches = new Matches(noQuads);

/**
 * A set of triples indexed by subject, by predicate and, once somebody asks, by object. It answers
 * the look-ups of a SHACL engine from arrays of the quads themselves: batches of 256 took 42 us a
 * record with it, 104 with n3.Store and 246 with the package's own dataset, which make keys and a
 * new index for each answer. It has the methods of RDF/JS DatasetCore that the engine calls, for
 * triples of the default graph only.
 */
export class QuadIndex {
  readonly #bySubject = new Map<string, QuadLike[]>();
  readonly #byPredicate = new Map<string, QuadLike[]>();
  #byObject: Map<string, QuadLike[]> | undefined;
  readonly #quads: QuadLike[] = [];

  constructor(quads: Iterable<QuadLike> = noQuads) {
    for (const quad of quads) this.add(quad);
  }

  get size(): number {
    return this.#quads.length;
  }

  add(quad: QuadLike): this {
    const ofSubject = bucket(this.#bySubject, keyOf(quad.subject));
    const ofPredicate = bucket(this.#byPredicate, quad.predicate.value);
    // The shorter list decides quickest whether the set holds the triple already.
    const candidates = ofSubject.length < ofPredicate.length ? ofSubject : ofPredicate;
    for (const other of candidates) if (sameTriple(other, quad)) return this;
    ofSubject.push(quad);
    ofPredicate.push(quad);
    this.#quads.push(quad);
    this.#byObject = undefined;
    return this;
  }

  has(quad: QuadLike): boolean {
    return this.match(quad.subject, quad.predicate, quad.object).size > 0;
  }

  match(subject?: Pattern, predicate?: Pattern, object?: Pattern): Matches {
    if (subject) {
      const quads = this.#bySubject.get(keyOf(subject));
      return quads === undefined ? noMatches : ofKind(quads, subject, predicate, object);
    }
    if (predicate) {
      const quads = this.#byPredicate.get(predicate.value);
      if (quads === undefined) return noMatches;
      if (!object || quads.length <= 8) return narrow(quads, null, object);
    }
    if (!object) return new Matches(this.#quads);
    const quads = this.#objects().get(keyOf(object));
    return quads === undefined ? noMatches : narrow(quads, predicate, object);
  }

  [Symbol.iterator](): IterableIterator<QuadLike> {
    return this.#quads[Symbol.iterator]();
  }

  #objects(): Map<string, QuadLike[]> {
    if (this.#byObject === undefined) {
      this.#byObject = new Map();
      for (const quad of this.#quads) bucket(this.#byObject, keyOf(quad.object)).push(quad);
    }
    return this.#byObject;
  }
}

// Only the first cut: terms of different kinds may share a key, and narrow() tells them apart.
function keyOf(term: TermLike): string {
  return term.value;
}

function bucket(index: Map<string, QuadLike[]>, key: string): QuadLike[] {
  let quads = index.get(key);
  if (quads === undefined) {
    quads = [];
    index.set(key, quads);
  }
  return quads;
}

function ofKind(
  quads: readonly QuadLike[],
  subject: TermLike,
  predicate: Pattern,
  object: Pattern,
): Matches {
  // An IRI never equals a blank node's label, but a literal's text may equal an IRI.
  return subject.termType === quads[0]?.subject.termType
    ? narrow(quads, predicate, object)
    : noMatches;
}

function narrow(quads: readonly QuadLike[], predicate: Pattern, object: Pattern): Matches {
  if (!predicate && !object) return new Matches(quads);
  const found: QuadLike[] = [];
  for (const quad of quads) {
    if (predicate && quad.predicate.value !== predicate.value) continue;
    if (object && !sameTerm(quad.object, object)) continue;
    found.push(quad);
  }
  return found.length === 0 ? noMatches : new Matches(found);
}

function sameTriple(left: QuadLike, right: QuadLike): boolean {
  return (
    left.predicate.value === right.predicate.value &&
    sameTerm(left.object, right.object) &&
    sameTerm(left.subject, right.subject)
  );
}

/** Term equality of RDF 1.1 Concepts, section 3. */
export function sameTerm(left: TermLike, right: TermLike): boolean {
  if (left.value !== right.value || left.termType !== right.termType) return false;
  return left.termType !== 'Literal'
    ? true
    : left.datatype?.value === right.datatype?.value &&
        (left.language ?? '') === (right.language ?? '');
}
