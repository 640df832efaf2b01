import type { GraphTerms } from '../graph/terms.ts';
import type { TripleGraph } from '../graph/triples.ts';

/**
 * The class hierarchy of one graph: `rdfs:subClassOf` of the data, and where the host wants it of
 * the shapes too. Classes with no superclass cost a look at one flag.
 */
export class ClassTree {
  readonly #graph: TripleGraph;
  readonly #subClassOf: number;
  readonly #fixed: ReadonlyMap<number, readonly number[]>;
  /** Superclasses of each class that was asked about, itself included. */
  readonly #known = new Map<number, ReadonlySet<number>>();
  #isFlat = true;
  /** Whether the data itself says anything of subclasses. */
  hasData = false;

  /** @param fixed direct superclasses by the shapes document */
  constructor(
    graph: TripleGraph,
    subClassOf: number,
    fixed: ReadonlyMap<number, readonly number[]>,
  ) {
    this.#graph = graph;
    this.#subClassOf = subClassOf;
    this.#fixed = fixed;
  }

  /** Forgets the graph before. @param hasHierarchy whether the data has any subclass */
  reset(hasHierarchy: boolean): void {
    this.hasData = hasHierarchy;
    this.#isFlat = !hasHierarchy && this.#fixed.size === 0;
    if (this.#known.size > 0) this.#known.clear();
  }

  /** Whether a class has no superclass but itself for sure. */
  get isFlat(): boolean {
    return this.#isFlat;
  }

  /** Whether neither the data nor the shapes say of a class that it is a subclass. */
  isRoot(type: number): boolean {
    return !this.#graph.out.find(type, this.#subClassOf) && !this.#fixed.has(type);
  }

  isSubclass(type: number, of: number): boolean {
    return type === of || (!this.#isFlat && this.superclasses(type).has(of));
  }

  superclasses(type: number): ReadonlySet<number> {
    const known = this.#known.get(type);
    if (known !== undefined) return known;
    const found = new Set([type]);
    const { out } = this.#graph;
    // A set is iterated in the order of insertion, what is added meanwhile included.
    for (const each of found) {
      for (const above of this.#fixed.get(each) ?? []) found.add(above);
      if (!out.find(each, this.#subClassOf)) continue;
      for (let slot = out.lo; slot < out.hi; slot++) found.add(out.other[slot] as number);
    }
    this.#known.set(type, found);
    return found;
  }
}

/** The document's hierarchy as ids. */
export function fixedHierarchy(
  terms: GraphTerms,
  hierarchy: readonly (readonly [string, string])[],
): ReadonlyMap<number, readonly number[]> {
  const fixed = new Map<number, number[]>();
  for (const [sub, sup] of hierarchy) {
    const id = terms.iri(sub);
    const above = fixed.get(id);
    if (above === undefined) fixed.set(id, [terms.iri(sup)]);
    else above.push(terms.iri(sup));
  }
  return fixed;
}
