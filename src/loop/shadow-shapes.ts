import { conformsTo, routeUnder } from '../rules/sigma.ts';
import type { ShapesDocument } from '../shapes/document.ts';
import { nativeEngine } from '../shapes/engine/seam.ts';
import type { CompiledShapes } from '../shapes/engine.ts';
import { toQuads } from '../terms/rdf.ts';
import type { RecordedObservation } from './recorded.ts';

/** Whether recorded observations conform to shapes: rows say so, or else the engine. */
export class ShadowShapes {
  readonly #document: ShapesDocument | undefined;
  readonly #engine = nativeEngine();
  #compiled: CompiledShapes | undefined;

  constructor(document: ShapesDocument | undefined) {
    this.#document = document;
  }

  conforms({ observation, record: { data } }: RecordedObservation): boolean | Promise<boolean> {
    const document = this.#document;
    if (document === undefined) return true;
    const route = routeUnder(document, observation);
    if (route.kind === 'hot') return conformsTo(route, data);
    this.#compiled ??= this.#engine.compile(document.text);
    const quads = toQuads(observation, data, this.#engine.terms);
    return this.#compiled.validate(quads).then(({ length }) => length === 0);
  }
}
