import type { QuadLike, TermLike } from '../terms/turtle.ts';
import type { EngineResult, ShapesEngine } from './engine.ts';
import type { ShapePath } from './model.ts';
import { modelOf } from './models.ts';
import { termText } from './nquads.ts';
import type { GraphSettings } from './pool/task.ts';
import { readInto } from './reading/input.ts';
import type { ValidationReport, ValidationResult } from './report/types.ts';

/** `knhk` is ours; `reference` is rdf-validate-shacl, corrected, 30 to 100 times slower. */
export type EngineName = 'knhk' | 'reference';

/** Shapes made ready for whole graphs. */
export interface GraphShapes {
  /** Throws KnhkError about the text, and anything else where the engine fails. */
  validate(text: string, settings: GraphSettings): ValidationReport | Promise<ValidationReport>;
}

/** What a thread validates with. */
export interface Engines {
  readonly records: ShapesEngine;
  /** Compiles the canonical text of a shapes document. */
  readonly graphs: (text: string) => GraphShapes;
}

/** Loads an engine; the reference costs 90 ms, so that only who asks for it does that. */
export async function enginesOf(name: EngineName): Promise<Engines> {
  if (name === 'reference') {
    const { referenceEngine } = await import('./reference.ts');
    const records = referenceEngine();
    return { records, graphs: (text) => referenceGraphs(records, text) };
  }
  const { nativeEngine } = await import('./engine/seam.ts');
  const { shapesValidator } = await import('./validator.ts');
  // A thread has the text alone of what was checked where the document was made.
  const graphs = (text: string): GraphShapes =>
    shapesValidator({ hash: '', text, triples: 0, local: false, sparql: false });
  return { records: nativeEngine(), graphs };
}

function quadsOf(text: string, settings: GraphSettings, { terms }: ShapesEngine): QuadLike[] {
  const read: unknown[] = [];
  const quads: QuadLike[] = [];
  const keep = (term: unknown): number => read.push(term) - 1;
  const sink = {
    iri: (value: string) => keep(terms.namedNode(value)),
    blank: (label: string) => keep(terms.blankNode(label)),
    literal: (value: string, datatype: string, language: string) =>
      keep(terms.literal(value, language === '' ? terms.namedNode(datatype) : language)),
    triple: (subject: number, predicate: number, object: number) => {
      quads.push(terms.quad(read[subject], read[predicate], read[object]));
    },
  };
  readInto(text, sink, 'data graph', settings);
  return quads;
}

function referenceGraphs(engine: ShapesEngine, text: string): GraphShapes {
  const shapes = engine.compile(text);
  const paths = new Map<string, ShapePath>();
  for (const { path } of modelOf({ text }).shapes) {
    if (path !== undefined) paths.set(termText(path.term), path.path);
  }
  const toResult = (result: EngineResult): ValidationResult => ({
    focus: plain(result.focus),
    path: result.path === null ? null : (paths.get(termText(result.path)) ?? null),
    value: result.value === null ? null : plain(result.value),
    component: result.component?.value ?? '',
    severity: result.severity?.value ?? '',
    shape: plain(result.shape),
    messages: result.messages.map((value) => ({ termType: 'Literal', value })),
    detail: [],
  });
  return {
    async validate(graph, settings) {
      const { limit = Number.POSITIVE_INFINITY } = settings;
      const results = await shapes.validate(quadsOf(graph, settings, engine));
      const given = results.slice(0, limit).map(toResult);
      const conforms = results.length === 0;
      return { conforms, results: given, truncated: results.length > given.length };
    },
  };
}

/** A term without the methods of its library, which no clone keeps, as our engine gives it. */
function plain(term: TermLike | null): TermLike {
  if (term === null) return { termType: 'BlankNode', value: '' };
  const { termType, value, language = '' } = term;
  if (termType !== 'Literal') return { termType, value };
  const datatype: TermLike = { termType: 'NamedNode', value: term.datatype?.value ?? '' };
  return { termType, value, language, datatype };
}
