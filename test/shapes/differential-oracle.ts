import type { ShapePath } from '../../src/shapes/model.ts';
import { readTriples } from '../../src/shapes/nquads.ts';
import type { QuadLike, TermLike } from '../../src/terms/turtle.ts';
import { termKey } from './arbitrary-data.ts';
import { type ComparedResult, pathReader } from './arbitrary-results.ts';
import { checks } from './differential-checks.ts';

// SHACL Core word for word: lists of triples that are searched from end to end, shapes read anew
// for each node, nothing remembered. It shares no code with the engines that it judges.

const sh = 'http://www.w3.org/ns/shacl#';
const rdf = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
const rdfs = 'http://www.w3.org/2000/01/rdf-schema#';

type Triple = Pick<QuadLike, 'subject' | 'predicate' | 'object'>;
export const same = (left: TermLike, right: TermLike): boolean => termKey(left) === termKey(right);

export function unique(terms: readonly TermLike[]): TermLike[] {
  return [...new Map(terms.map((term) => [termKey(term), term])).values()];
}

/** A list of triples with the few questions that SHACL asks. */
export class Triples {
  readonly all: readonly Triple[];
  /** Where superclasses are looked up: the triples, and perhaps those of a shapes graph. */
  readonly #classes: Triples;

  constructor(all: readonly Triple[], moreClasses: readonly Triple[] = []) {
    this.all = all;
    this.#classes = moreClasses.length === 0 ? this : new Triples([...all, ...moreClasses]);
  }

  objects(subject: TermLike, predicate: string): TermLike[] {
    const found = this.all.filter(
      (one) => one.predicate.value === predicate && same(one.subject, subject),
    );
    return unique(found.map(({ object }) => object));
  }

  subjects(predicate: string, object: TermLike): TermLike[] {
    const found = this.all.filter(
      (one) => one.predicate.value === predicate && same(one.object, object),
    );
    return unique(found.map(({ subject }) => subject));
  }

  list(head: TermLike): TermLike[] {
    const [first] = this.objects(head, `${rdf}first`);
    const [rest] = this.objects(head, `${rdf}rest`);
    return first === undefined || rest === undefined ? [] : [first, ...this.list(rest)];
  }

  isInstance(node: TermLike, of: TermLike): boolean {
    const reached = this.#closure(this.objects(node, `${rdf}type`), (name) =>
      this.#classes.objects(name, `${rdfs}subClassOf`),
    );
    return reached.some((name) => same(name, of));
  }

  /** The nodes at the end of a path (SPARQL 1.1, section 9.3), each once. */
  follow(node: TermLike, path: ShapePath, back = false): TermLike[] {
    const step = (from: TermLike, by: ShapePath): TermLike[] => this.follow(from, by, back);
    switch (path.kind) {
      case 'predicate':
        return back ? this.subjects(path.iri, node) : this.objects(node, path.iri);
      case 'inverse':
        return this.follow(node, path.path, !back);
      case 'alternative':
        return unique(path.paths.flatMap((one) => step(node, one)));
      case 'zeroOrOne':
        return unique([node, ...step(node, path.path)]);
      case 'zeroOrMore':
        return this.#closure([node], (from) => step(from, path.path));
      case 'oneOrMore':
        return this.#closure(step(node, path.path), (from) => step(from, path.path));
      default: {
        const order = back ? [...path.paths].reverse() : path.paths;
        return order.reduce<TermLike[]>(
          (from, one) => unique(from.flatMap((start) => step(start, one))),
          [node],
        );
      }
    }
  }

  #closure(start: readonly TermLike[], next: (node: TermLike) => TermLike[]): TermLike[] {
    let found = unique(start);
    for (let size = -1; size !== found.length; ) {
      size = found.length;
      found = unique([...found, ...found.flatMap(next)]);
    }
    return found;
  }
}

/** What a constraint may ask while a shape is applied to a node. */
export interface Place {
  readonly data: Triples;
  readonly shapes: Triples;
  readonly focus: TermLike;
  readonly values: readonly TermLike[];
  readonly shape: TermLike;
  readonly isProperty: boolean;
  /** The values of one of the shape's properties, by local name. */
  own(name: string): TermLike[];
  conforms(node: TermLike, shape: TermLike): boolean;
}

/** Options of {@link oracleResults}. */
export interface OracleOptions {
  /** Reports a pair of shape and node once, however often it is reached: recursion has no end. */
  readonly once?: boolean;
  /** Whether superclasses count that the shapes graph alone names. */
  readonly hierarchy?: 'data' | 'both';
}

class Oracle {
  readonly #shapes: Triples;
  readonly #data: Triples;
  readonly #pathOf: (term: TermLike) => ShapePath;
  readonly #once: boolean;
  readonly #reported = new Set<string>();

  constructor(turtle: string, data: readonly QuadLike[], { once, hierarchy }: OracleOptions) {
    this.#once = once === true;
    const { triples } = readTriples([{ name: 'shapes', turtle }]);
    this.#shapes = new Triples(triples);
    const classes = triples.filter(({ predicate }) => predicate.value === `${rdfs}subClassOf`);
    this.#data = new Triples(data, hierarchy === 'both' ? classes : []);
    this.#pathOf = pathReader(turtle);
  }

  report(): ComparedResult[] {
    const shapes = unique(this.#shapes.all.map(({ subject }) => subject));
    return shapes.flatMap((shape) =>
      this.#targets(shape).flatMap((focus) => this.#apply(shape, focus, undefined)),
    );
  }

  #targets(shape: TermLike): TermLike[] {
    const own = (name: string): TermLike[] => this.#shapes.objects(shape, sh + name);
    const classes = own('targetClass');
    // Only what is a shape may be one by being a class (W3C SHACL, section 2.1.3.3).
    const kinds = this.#shapes.objects(shape, `${rdf}type`).map(({ value }) => value);
    if (kinds.includes(`${rdfs}Class`) && kinds.some((kind) => kind.startsWith(sh))) {
      classes.push(shape);
    }
    const typed = this.#data.all.filter(({ predicate }) => predicate.value === `${rdf}type`);
    const using = (name: string) =>
      this.#data.all.filter(({ predicate }) =>
        own(name).some(({ value }) => value === predicate.value),
      );
    return unique([
      ...own('targetNode'),
      ...typed
        .map(({ subject }) => subject)
        .filter((node) => classes.some((name) => this.#data.isInstance(node, name))),
      ...using('targetSubjectsOf').map(({ subject }) => subject),
      ...using('targetObjectsOf').map(({ object }) => object),
    ]);
  }

  /**
   * The results of a shape at a node. `above` holds the pairs that are being decided when this is
   * asked on the way to a verdict: such a pair conforms unless something else refutes it. On the
   * way to the report there are none.
   */
  #apply(shape: TermLike, focus: TermLike, above: readonly string[] | undefined): ComparedResult[] {
    const pair = `${termKey(shape)} ${termKey(focus)}`;
    if (above === undefined ? this.#reported.has(pair) : above.includes(pair)) return [];
    if (above === undefined && this.#once) this.#reported.add(pair);
    const own = (name: string): TermLike[] => this.#shapes.objects(shape, sh + name);
    if (own('deactivated').some(({ value }) => value === 'true')) return [];
    const [term] = own('path');
    const path = term === undefined ? null : this.#pathOf(term);
    const inside = above === undefined ? undefined : [...above, pair];
    const place: Place = {
      data: this.#data,
      shapes: this.#shapes,
      focus,
      values: path === null ? [focus] : this.#data.follow(focus, path),
      shape,
      isProperty: path !== null,
      own,
      conforms: (node, other) => this.#apply(other, node, inside ?? []).length === 0,
    };
    const severity = own('severity')[0]?.value ?? `${sh}Violation`;
    const results = Object.entries(checks).flatMap(([component, check]) =>
      check(place).map((found) => ({
        focus,
        path: found.path ?? path,
        value: found.value ?? null,
        component: `${sh}${component}ConstraintComponent`,
        shape,
        severity,
      })),
    );
    const properties = own('property').flatMap((one) =>
      place.values.flatMap((value) => this.#apply(one, value, inside)),
    );
    return [...results, ...properties];
  }
}

/** All results of a document on a data graph, by the letter of W3C SHACL, sections 2 to 4. */
export function oracleResults(
  turtle: string,
  data: readonly QuadLike[],
  options: OracleOptions = {},
): ComparedResult[] {
  return new Oracle(turtle, data, options).report();
}
