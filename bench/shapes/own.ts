import {
  compileShapes,
  type DataGraph,
  type ShapesDocument,
  type ShapesValidator,
  shapesValidator,
  type ValidationReport,
} from 'knhk/shapes';
import { complexPath, type Engine, type Key, keyOf, sizeOf, sumOf } from './engines.ts';
import { shopShapes } from './shop.ts';

/** The shop's shapes. */
export const shopDocument: ShapesDocument = compileShapes(shopShapes);

/** Their validator. */
export const shopValidator = (): ShapesValidator => shapesValidator(shopDocument);

const readResults = ({ results }: ValidationReport): number =>
  sumOf(results, ({ focus, component }) => sizeOf(focus, component));

/** The results of a report for comparison. */
export function keysOf({ results }: ValidationReport): Key[] {
  return results.map(({ focus, value, component, severity, shape, path }) => {
    const [by, as] = [component, severity].map((iri) => ({ termType: 'NamedNode', value: iri }));
    return keyOf(
      [focus, value, by, as, shape],
      path === null ? '-' : path.kind === 'predicate' ? `<${path.iri}>` : complexPath,
    );
  });
}

/** knhk from RDF/JS quads: encoding counts. From text: reading counts. And encoded before. */
export function ownEngines(validator: ShapesValidator): readonly Engine[] {
  const from = (name: string, load: Engine['load']): Engine => ({
    name,
    load,
    read: (loaded) => readResults(validator.validate(loaded as DataGraph | string)),
    keys: (loaded) => keysOf(validator.validate(loaded as DataGraph | string)),
  });
  return [
    from('knhk', (quads) => quads),
    from('knhk from N-Quads', (_, text) => text),
    from('knhk, encoded before', (quads) => validator.graph(quads)),
  ];
}
