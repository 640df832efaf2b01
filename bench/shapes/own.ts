import type { BenchContext } from '../harness.ts';
import {
  complexPath,
  type Engine,
  type Key,
  keyOf,
  type Quad,
  sizeOf,
  sumOf,
  type Term,
} from './engines.ts';
import { shopShapes } from './shop.ts';

/** What the bench uses of knhk/shapes. */
export interface OwnResult {
  readonly focus: Term;
  readonly path: { readonly kind: string; readonly iri?: string } | null;
  readonly value: Term | null;
  readonly component: string;
  readonly severity: string;
  readonly shape: Term;
}
export interface OwnReport {
  readonly conforms: boolean;
  readonly results: readonly OwnResult[];
}
export interface Change {
  readonly added?: Iterable<Quad>;
  readonly removed?: Iterable<Quad>;
}
export interface Session {
  apply(change: Change): {
    readonly added: readonly OwnResult[];
    readonly removed: readonly OwnResult[];
    readonly checked: number;
  };
  report(): OwnReport;
}
export interface OwnValidator {
  graph(input: Iterable<Quad> | string): object;
  validate(input: object | string): OwnReport;
  conforms(input: object | string): boolean;
  open(input: object | string): Session;
}
export interface ShapesModule {
  compileShapes(turtle: string): object;
  shapesValidator(document: object): OwnValidator;
  openShapesGate(options: object): {
    validateGraph(document: object, text: string): Promise<OwnReport>;
    validateGraphs(document: object, texts: Iterable<string>): AsyncIterable<OwnReport>;
    close(): Promise<void>;
  };
}

/** knhk/shapes of the build. */
export async function shapesModule(context: BenchContext): Promise<ShapesModule> {
  const module = await context.internal<ShapesModule>('shapes/index.js');
  if (module === undefined) throw new Error('no shapes in dist');
  return module;
}

/** The validator of the shop's shapes. */
export async function shopValidator(context: BenchContext): Promise<OwnValidator> {
  const { compileShapes, shapesValidator } = await shapesModule(context);
  return shapesValidator(compileShapes(shopShapes));
}

const readResults = ({ results }: OwnReport): number =>
  sumOf(results, ({ focus, component }) => sizeOf(focus, component));

/** The results of a report for comparison. */
export function keysOf({ results }: OwnReport): Key[] {
  return results.map(({ focus, value, component, severity, shape, path }) => {
    const [by, as] = [component, severity].map((iri) => ({ termType: 'NamedNode', value: iri }));
    const isPlain = path?.kind === 'predicate';
    return keyOf(
      [focus, value, by, as, shape],
      path === null ? '-' : isPlain ? `<${path.iri}>` : complexPath,
    );
  });
}

/** knhk from RDF/JS quads: encoding counts. From text: reading counts. And encoded before. */
export function ownEngines(validator: OwnValidator): readonly Engine[] {
  const from = (name: string, load: Engine['load']): Engine => ({
    name,
    load,
    read: (loaded) => readResults(validator.validate(loaded as object | string)),
    keys: (loaded) => keysOf(validator.validate(loaded as object | string)),
  });
  return [
    from('knhk', (quads) => quads),
    from('knhk from N-Quads', (_, text) => text),
    from('knhk, encoded before', (quads) => validator.graph(quads)),
  ];
}
