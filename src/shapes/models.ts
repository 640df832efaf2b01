import { indexShapes } from './graph.ts';
import type { ShapesModel } from './model.ts';
import { readTriples } from './nquads.ts';
import { readModel } from './read-model.ts';

const models = new WeakMap<object, ShapesModel>();

/** Keeps the model that was read while a document was checked, so that nobody reads it again. */
export function keepModel(document: { readonly text: string }, model: ShapesModel): void {
  models.set(document, model);
}

/** The model of a checked document: the one that was kept, or else read from its text once. */
export function modelOf(document: { readonly text: string }): ShapesModel {
  let model = models.get(document);
  if (model === undefined) {
    const { triples } = readTriples([{ name: 'shapes', turtle: document.text }]);
    model = readModel(indexShapes(triples));
    models.set(document, model);
  }
  return model;
}
