import type { BenchContext } from '../harness.ts';
import { shopShapes } from './shop.ts';

/** An RDF term of RDF/JS. */
export interface Term {
  readonly termType: string;
  readonly value: string;
  readonly language?: string;
  readonly datatype?: { readonly value: string };
}
/** An RDF quad of RDF/JS. */
export interface Quad {
  readonly subject: Term;
  readonly predicate: Term;
  readonly object: Term;
  readonly graph: Term;
}

interface N3 {
  readonly Parser: new (options?: object) => { parse(text: string): Quad[] };
  readonly Store: new (quads?: readonly Quad[]) => Iterable<Quad>;
  readonly DataFactory: object;
}

/** A result as every engine can say it; terms as N-Quads writes them. */
export type Key = string;

/** An engine with the shop's shapes, compiled. */
export interface Engine<Loaded = unknown> {
  readonly name: string;
  /** What is ready before the clock starts. */
  load(quads: readonly Quad[], text: string): Loaded;
  /** Validates, reads the results and gives a sum over them, the same for every engine. */
  read(loaded: Loaded): number | Promise<number>;
  /** The same for comparison. */
  keys(loaded: Loaded): Key[] | Promise<Key[]>;
}

/** n3, whose stores and quads are what the engines get. */
export const n3 = (context: BenchContext): Promise<N3> => context.peer<N3>('n3');

/** A term as N-Quads writes it, near enough to compare. */
function termKey(term: Term | null | undefined): string {
  if (!term) return '-';
  if (term.termType === 'NamedNode') return `<${term.value}>`;
  if (term.termType === 'BlankNode') return `_:${term.value}`;
  return `"${term.value}"${term.language ? `@${term.language}` : `^^${term.datatype?.value}`}`;
}

/** A result for comparison. */
export const keyOf = (terms: readonly (Term | null | undefined)[], path: string): Key =>
  [...terms.map(termKey), path].join(' ');
/** The shape says which path it is; that there is one is compared. */
export const complexPath = '(path)';

/** What each engine must read of a result: all of them give the same number. */
export const sizeOf = (focus: Term, component: string): number =>
  focus.value.length + component.length;

/** Sums over results. */
export function sumOf<Result>(
  results: readonly Result[],
  size: (result: Result) => number,
): number {
  let sum = 0;
  for (const result of results) sum += size(result);
  return sum;
}

interface SlowResult {
  readonly focusNode: Term | null;
  readonly path: Term | null;
  readonly value: Term | null;
  readonly sourceConstraintComponent: Term | null;
  readonly severity: Term | null;
  readonly sourceShape: Term | null;
}
type SlowEngine = new (
  shapes: object,
  options: object,
) => { validate(data: object): Promise<{ readonly results: readonly SlowResult[] }> };

/** rdf-validate-shacl over an n3.Store; at its defaults it would lose violations. */
export async function rdfValidateShacl(context: BenchContext): Promise<Engine> {
  const { Parser, Store } = await n3(context);
  const module = await context.peer<{ readonly default: SlowEngine }>('rdf-validate-shacl');
  const validator = new module.default(new Store(new Parser().parse(shopShapes)), {
    maxNodeChecks: 0,
  });
  return {
    name: 'rdf-validate-shacl',
    load: (quads) => new Store(quads),
    read: async (data) => {
      const { results } = await validator.validate(data as object);
      return sumOf(results, ({ focusNode, sourceConstraintComponent: component }) =>
        sizeOf(focusNode!, component!.value),
      );
    },
    keys: async (data) => {
      const { results } = await validator.validate(data as object);
      return results.map((result) => {
        const { focusNode, value, sourceConstraintComponent, severity, sourceShape, path } = result;
        const isComplex = path?.termType === 'BlankNode';
        return keyOf(
          [focusNode, value, sourceConstraintComponent, severity, sourceShape],
          isComplex ? complexPath : termKey(path),
        );
      });
    },
  };
}

interface Pointer {
  readonly term: Term;
}
interface Step {
  readonly quantifier: string;
  readonly start: string;
  readonly predicates: readonly Term[];
}
interface PeerResult {
  readonly focusNode: Pointer;
  readonly value?: Pointer;
  readonly constraintComponent: Term;
  readonly severity: Term;
  readonly shape: { readonly ptr: Pointer };
  readonly path?: readonly Step[] | null;
}
interface PeerModule {
  readonly Validator: new (
    shapes: object,
    options: object,
  ) => {
    validate(data: { dataset: unknown }): Promise<{ readonly results: readonly PeerResult[] }>;
  };
}

function stepsKey(path: readonly Step[] | null | undefined): string {
  if (!path) return '-';
  const [step] = path;
  const isPlain = path.length === 1 && step?.quantifier === 'one' && step.start === 'subject';
  return isPlain && step.predicates.length === 1 ? termKey(step.predicates[0]) : complexPath;
}

/** shacl-engine over an n3.Store. */
export async function shaclEngine(context: BenchContext): Promise<Engine> {
  const { Parser, Store, DataFactory } = await n3(context);
  const { Validator } = await context.peer<PeerModule>('shacl-engine');
  const shapes = new Store(new Parser().parse(shopShapes));
  const validator = new Validator(shapes, { factory: DataFactory });
  return {
    name: 'shacl-engine',
    load: (quads) => new Store(quads),
    read: async (dataset) => {
      const { results } = await validator.validate({ dataset });
      return sumOf(results, ({ focusNode, constraintComponent }) =>
        sizeOf(focusNode.term, constraintComponent.value),
      );
    },
    keys: async (dataset) => {
      const { results } = await validator.validate({ dataset });
      return results.map(({ focusNode, value, constraintComponent, severity, shape, path }) =>
        keyOf(
          [focusNode.term, value?.term, constraintComponent, severity, shape.ptr.term],
          stepsKey(path),
        ),
      );
    },
  };
}
