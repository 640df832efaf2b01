import type { QuadLike, TermLike } from '../../terms/turtle.ts';
import type { ShapePath } from '../model.ts';
import { rdf, sh, xsd } from '../vocabulary.ts';
import { ReportLabels } from './labels.ts';
import type { ValidationReport, ValidationResult } from './types.ts';

const defaultGraph: TermLike = { termType: 'DefaultGraph', value: '' };
const named = (value: string): TermLike => ({ termType: 'NamedNode', value });
const blank = (value: string): TermLike => ({ termType: 'BlankNode', value });

const [type, nil, first, rest] = ['type', 'nil', 'first', 'rest'].map((name) =>
  named(rdf + name),
) as [TermLike, TermLike, TermLike, TermLike];

class Writer {
  readonly quads: QuadLike[] = [];
  readonly #labels: ReportLabels;

  constructor(labels: ReportLabels) {
    this.#labels = labels;
  }

  fresh(): TermLike {
    return blank(this.#labels.fresh());
  }

  add(subject: TermLike, predicate: TermLike, object: TermLike): void {
    this.quads.push({ subject, predicate, object, graph: defaultGraph });
  }

  say(subject: TermLike, name: string, object: TermLike): void {
    this.add(subject, named(sh + name), object);
  }

  result(node: TermLike, result: ValidationResult): void {
    this.add(node, type, named(`${sh}ValidationResult`));
    this.say(node, 'focusNode', this.#ofData(result.focus));
    if (result.path !== null) this.say(node, 'resultPath', this.#path(result.path));
    if (result.value !== null) this.say(node, 'value', this.#ofData(result.value));
    for (const message of result.messages) this.say(node, 'resultMessage', message);
    this.say(node, 'resultSeverity', named(result.severity));
    this.say(node, 'sourceConstraintComponent', named(result.component));
    this.say(node, 'sourceShape', this.#ofShapes(result.shape));
    for (const detail of result.detail) {
      const nested = this.fresh();
      this.say(node, 'detail', nested);
      this.result(nested, detail);
    }
  }

  #ofData(term: TermLike): TermLike {
    return term.termType === 'BlankNode' ? blank(this.#labels.ofData(term.value)) : term;
  }

  #ofShapes(term: TermLike): TermLike {
    return term.termType === 'BlankNode' ? blank(this.#labels.ofShapes(term.value)) : term;
  }

  #path(path: ShapePath): TermLike {
    if (path.kind === 'predicate') return named(path.iri);
    if (path.kind === 'sequence') return this.#list(path.paths);
    const node = this.fresh();
    const inner = 'paths' in path ? this.#list(path.paths) : this.#path(path.path);
    this.say(node, `${path.kind}Path`, inner);
    return node;
  }

  #list(paths: readonly ShapePath[]): TermLike {
    const cells = paths.map(() => this.fresh());
    for (const [index, path] of paths.entries()) {
      const cell = cells[index] as TermLike;
      this.add(cell, first, this.#path(path));
      this.add(cell, rest, cells[index + 1] ?? nil);
    }
    return cells[0] ?? nil;
  }
}

/**
 * A report as RDF triples (W3C SHACL, section 3.6): each result, each detail and each path with
 * blank nodes of its own, labelled in the order of the results. Blank nodes of the data keep their
 * labels, those of shapes get others, for the two graphs may use the same. That a report was cut
 * at a limit has no word in SHACL and is not said.
 *
 * @example
 * const [type, conforms] = reportQuads({ conforms: true, results: [], truncated: false });
 * type?.object.value; // => 'http://www.w3.org/ns/shacl#ValidationReport'
 * conforms?.object.value; // => 'true'
 */
export function reportQuads(report: ValidationReport): QuadLike[] {
  const writer = new Writer(new ReportLabels(report));
  const node = writer.fresh();
  const datatype = named(`${xsd}boolean`);
  writer.add(node, type, named(`${sh}ValidationReport`));
  const conforms = { termType: 'Literal', value: String(report.conforms), language: '', datatype };
  writer.say(node, 'conforms', conforms);
  for (const result of report.results) {
    const about = writer.fresh();
    writer.say(node, 'result', about);
    writer.result(about, result);
  }
  return writer.quads;
}
