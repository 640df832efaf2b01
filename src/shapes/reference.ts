import SHACLValidator from 'rdf-validate-shacl';
import type { TermFactory } from '../terms/rdf.ts';
import type { QuadLike, TermLike } from '../terms/turtle.ts';
import { QuadIndex } from './dataset.ts';
import type { CompiledShapes, EngineResult, ShapesEngine } from './engine.ts';
import { correctedValidators, type Validator } from './exact.ts';
import { indexShapes } from './graph.ts';
import { readTriples, type Triple } from './nquads.ts';
import { DataPointer } from './pointer.ts';
import { checkReferenceLimits } from './reference-limits.ts';
import { rdfs, sh } from './vocabulary.ts';

// The parts of rdf-validate-shacl that are used, structurally; its own types need packages that
// are no dependencies of ours.
interface Factory extends TermFactory<QuadLike> {
  namedNode(value: string): TermLike;
  blankNode(value: string): TermLike;
  literal(value: string, languageOrDatatype: unknown): TermLike;
  dataset(quads?: Iterable<QuadLike>): QuadIndex;
}
interface Registry {
  set(component: TermLike, validator: Validator): void;
}
interface Result {
  readonly focusNode: TermLike | null;
  readonly path: TermLike | null;
  readonly value: TermLike | null;
  readonly sourceConstraintComponent: TermLike | null;
  readonly severity: TermLike | null;
  readonly sourceShape: TermLike | null;
  readonly message: readonly TermLike[];
}
interface ShaclValidator {
  readonly factory: Factory;
  readonly validators: Registry;
  shapesGraph: object;
  readonly validationEngine: { nestedResults: object };
  validate(data: DataPointer): Promise<{ readonly results: readonly Result[] }>;
}
type Constructor<Made> = new (shapes: unknown, options?: object) => Made;

const Shacl = SHACLValidator as unknown as Constructor<ShaclValidator>;

function makeFactory(): Factory {
  const { factory } = new Shacl(new QuadIndex());
  return Object.assign(Object.create(factory) as Factory, {
    dataset: (quads?: Iterable<QuadLike>) => new QuadIndex(quads),
  });
}

// The validator names its results b1, b2, ... in the graph into which it copies shapes, so blank
// nodes of shapes get a prefix of their own.
const blankPrefix = 'shape-';

function toTerm(factory: Factory, term: TermLike): TermLike {
  if (term.termType === 'NamedNode') return factory.namedNode(term.value);
  if (term.termType === 'BlankNode') return factory.blankNode(blankPrefix + term.value);
  if (term.language) return factory.literal(term.value, term.language);
  return factory.literal(term.value, factory.namedNode(term.datatype?.value ?? ''));
}

function fromTerm(term: TermLike | null): TermLike | null {
  if (term?.termType !== 'BlankNode' || !term.value.startsWith(blankPrefix)) return term;
  return { termType: 'BlankNode', value: term.value.slice(blankPrefix.length) };
}

function compile(factory: Factory, text: string): CompiledShapes {
  const { triples } = readTriples([{ name: 'shapes', turtle: text }]);
  checkReferenceLimits(indexShapes(triples));
  const toQuad = ({ subject, predicate, object }: Triple): QuadLike =>
    factory.quad(
      toTerm(factory, subject),
      factory.namedNode(predicate.value),
      toTerm(factory, object),
    );
  const shapes = new QuadIndex(triples.map(toQuad));
  // At its default of 50 checks per node and shape it loses violations without a word.
  const validator = new Shacl(shapes, { factory, maxNodeChecks: 0 });
  for (const [component, corrected] of Object.entries(correctedValidators)) {
    validator.validators.set(factory.namedNode(sh + component), corrected);
  }
  // The components were bound to the validators when the first graph of shapes was made.
  const ShapesGraph = validator.shapesGraph.constructor as new (context: unknown) => object;
  validator.shapesGraph = new ShapesGraph(validator);
  // A data graph is expected to hold the class hierarchy (W3C SHACL, section 1.5); records cannot.
  const hierarchy = [...shapes.match(null, factory.namedNode(`${rdfs}subClassOf`))];
  return {
    async validate(graph) {
      // It keeps details of results for sh:detail, which nobody reads here, without end.
      validator.validationEngine.nestedResults = {};
      const data = new QuadIndex(graph);
      for (const quad of hierarchy) data.add(quad);
      const report = await validator.validate(new DataPointer(data));
      return report.results.map(toResult);
    },
  };
}

function toResult(result: Result): EngineResult {
  return {
    focus: result.focusNode,
    path: fromTerm(result.path),
    value: fromTerm(result.value),
    component: result.sourceConstraintComponent,
    severity: result.severity,
    shape: fromTerm(result.sourceShape),
    messages: result.message.map((message) => message.value),
  };
}

/**
 * The engine rdf-validate-shacl, with the constraints corrected that it decides wrongly: order of
 * large numbers and of strings, lengths and patterns of characters beyond U+FFFF, sh:and.
 */
export function referenceEngine(): ShapesEngine {
  const factory = makeFactory();
  return { terms: factory, compile: (text) => compile(factory, text) };
}
