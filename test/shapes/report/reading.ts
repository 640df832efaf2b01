import SHACLValidator from 'rdf-validate-shacl';
import type { ShapePath } from '../../../src/shapes/model.ts';
import type { ValidationReport, ValidationResult } from '../../../src/shapes/report/types.ts';
import { parseTurtle, type QuadLike, type TermLike } from '../../../src/terms/turtle.ts';
import { termKey } from '../arbitrary-data.ts';
import { rdf, sh } from './fixtures.ts';

interface Dataset extends Iterable<QuadLike> {}
type Shacl = new (
  shapes: Dataset,
  options: object,
) => {
  readonly factory: { dataset(quads?: readonly QuadLike[]): Dataset };
  validate(data: Dataset): Promise<{
    readonly conforms: boolean;
    readonly term: TermLike;
    readonly dataset: Dataset;
  }>;
};
const Validator = SHACLValidator as unknown as Shacl;
const { factory } = new Validator(new Set<QuadLike>(), { maxNodeChecks: 0 });
const datasetOf = (turtle: string): Dataset => factory.dataset(parseTurtle(turtle, 'text'));

/** The report of rdf-validate-shacl, its graph included. */
export async function referenceReport(
  shapes: string,
  data: string,
): Promise<{ conforms: boolean; term: TermLike; quads: readonly QuadLike[] }> {
  const validator = new Validator(datasetOf(shapes), { maxNodeChecks: 0 });
  const { conforms, term, dataset } = await validator.validate(datasetOf(data));
  return { conforms, term, quads: [...dataset] };
}

const tripleKey = ({ subject, predicate, object }: QuadLike): string =>
  [subject, predicate, object].map(termKey).join(' ');

/** Triples by subject, with what a reader of reports asks for. */
export class GraphReader {
  readonly #bySubject = new Map<string, QuadLike[]>();

  constructor(quads: Iterable<QuadLike>) {
    for (const quad of quads) {
      const key = termKey(quad.subject);
      this.#bySubject.set(key, [...(this.#bySubject.get(key) ?? []), quad]);
    }
  }

  values(subject: TermLike, predicate: string): TermLike[] {
    const quads = this.#bySubject.get(termKey(subject)) ?? [];
    return quads.flatMap((quad) => (quad.predicate.value === predicate ? [quad.object] : []));
  }

  one(subject: TermLike, name: string): TermLike {
    const values = this.values(subject, sh + name);
    if (values.length !== 1) throw new Error(`${values.length} values of sh:${name}`);
    return values[0] as TermLike;
  }

  path(node: TermLike): ShapePath {
    if (this.values(node, `${rdf}first`).length > 0) {
      return { kind: 'sequence', paths: this.#list(node) };
    }
    if (node.termType === 'NamedNode') return { kind: 'predicate', iri: node.value };
    const kinds = ['inverse', 'zeroOrMore', 'oneOrMore', 'zeroOrOne', 'alternative'] as const;
    const kind = kinds.find((name) => this.values(node, `${sh}${name}Path`).length === 1);
    if (kind === undefined) throw new Error(`no path at ${node.value}`);
    const inner = this.one(node, `${kind}Path`);
    return kind === 'alternative'
      ? { kind, paths: this.#list(inner) }
      : { kind, path: this.path(inner) };
  }

  #list(cell: TermLike): ShapePath[] {
    if (cell.value === `${rdf}nil`) return [];
    const [first, ...none] = this.values(cell, `${rdf}first`);
    const [rest, ...more] = this.values(cell, `${rdf}rest`);
    if (first === undefined || rest === undefined || none.length + more.length > 0) {
      throw new Error(`ill-formed list at ${cell.value}`);
    }
    return [this.path(first), ...this.#list(rest)];
  }

  result(node: TermLike): ValidationResult {
    const path = this.values(node, `${sh}resultPath`)[0];
    return {
      focus: this.one(node, 'focusNode'),
      path: path === undefined ? null : this.path(path),
      value: this.values(node, `${sh}value`)[0] ?? null,
      component: this.one(node, 'sourceConstraintComponent').value,
      severity: this.one(node, 'resultSeverity').value,
      shape: this.one(node, 'sourceShape'),
      messages: this.values(node, `${sh}resultMessage`),
      detail: this.values(node, `${sh}detail`).map((detail) => this.result(detail)),
    };
  }

  report(node: TermLike): ValidationReport {
    const results = this.values(node, `${sh}result`).map((result) => this.result(result));
    const conforms = this.one(node, 'conforms').value === 'true';
    return { conforms, results, truncated: false };
  }
}

/**
 * Triples with their blank nodes replaced by what stands around them, refined until it settles:
 * equal for two graphs that are the same but for labels. It tells all trees apart, and graphs of
 * reports are trees but for the blank nodes of data and shapes.
 */
export function withoutLabels(given: readonly QuadLike[]): string[] {
  const quads = [...new Map(given.map((quad) => [tripleKey(quad), quad])).values()];
  let colours = new Map<string, string>();
  const of = (term: TermLike): string =>
    term.termType === 'BlankNode' ? (colours.get(term.value) ?? '_') : termKey(term);
  const about = ({ subject, predicate, object }: QuadLike): string =>
    `${of(subject)} <${predicate.value}> ${of(object)}`;
  for (let classes = 0; ; ) {
    const around = new Map<string, string[]>();
    const note = (term: TermLike, words: string): void => {
      if (term.termType !== 'BlankNode') return;
      around.set(term.value, [...(around.get(term.value) ?? []), words]);
    };
    for (const quad of quads) {
      note(quad.subject, `out ${about(quad)}`);
      note(quad.object, `in ${about(quad)}`);
    }
    const seen = [...around].map(([label, words]) => [label, words.sort().join('\n')] as const);
    const sorted = [...new Set(seen.map(([, words]) => words))].sort();
    colours = new Map(seen.map(([label, words]) => [label, `_:c${sorted.indexOf(words)}`]));
    if (sorted.length === classes) return quads.map(about).sort();
    classes = sorted.length;
  }
}
