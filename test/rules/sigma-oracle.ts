import { matchInto } from '../../src/kernel/run.ts';
import { routeOf, type SigmaRoute } from '../../src/rules/sigma.ts';
import { compileShapes, type ShapesDocument } from '../../src/shapes/document.ts';
import type { ShapesEngine } from '../../src/shapes/engine.ts';
import { modelOf } from '../../src/shapes/models.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { seenOf } from '../../src/terms/operands.ts';
import { toQuads } from '../../src/terms/rdf.ts';
import { type Data, readObservation } from '../../src/terms/read.ts';

const prefixes = `
  @prefix sh: <http://www.w3.org/ns/shacl#> . @prefix t: <https://example.com/t#> .
  @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
  @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
  @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
`;

/** What an engine says of one record alone. */
export async function warmConforms(
  engine: ShapesEngine,
  shapes: ShapesDocument,
  observation: Observation,
  data: Data,
): Promise<boolean> {
  const quads = toQuads(observation, data, engine.terms);
  return (await engine.compile(shapes.text).validate(quads)).length === 0;
}

/** What lanes say of one record. */
export function hotConforms(route: SigmaRoute & { readonly kind: 'hot' }, data: Data): boolean {
  const bits = new Int32Array(route.program.words);
  matchInto(
    route.program,
    (operand) => ('field' in operand ? seenOf(operand, data[operand.field]) : undefined),
    bits,
  );
  return bits.every((word) => word === 0);
}

/** Reads a record that has to be readable. */
export function recordOf(observation: Observation, input: unknown): Data {
  const read = readObservation(observation, input);
  if (!read.ok) throw new Error(JSON.stringify(read.issues));
  return read.data;
}

/** The route of a type under shapes in Turtle. */
export function routed(
  turtle: string,
  observation: Observation,
): { readonly shapes: ShapesDocument; readonly route: SigmaRoute } {
  const shapes = compileShapes(prefixes + turtle);
  return { shapes, route: routeOf(modelOf(shapes), observation) };
}
