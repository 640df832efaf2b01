import type { ShapesEngine } from '../shapes/engine.ts';
import { referenceEngine } from '../shapes/reference.ts';
import type { ConformanceCase } from './case.ts';
import { seamLaws, tableLaws } from './shapes-laws.ts';

/**
 * What the shapes gate relies on in a SHACL engine, as cases for any test framework: a table of
 * small cases of SHACL Core, and the promises of the seam itself.
 *
 * @example
 * for (const { run } of shapesEngineConformance(referenceShapesEngine())) await run();
 */
export function shapesEngineConformance(engine: ShapesEngine): ConformanceCase[] {
  return Object.entries({ ...tableLaws, ...seamLaws }).map(([name, law]) => ({
    name,
    run: () => law(engine),
  }));
}

/**
 * The SHACL engine that the library ships with, to compare another one with on data of a host's
 * own. It fulfils {@link shapesEngineConformance}.
 *
 * @example
 * const engine = referenceShapesEngine();
 * const shapes = engine.compile(compileShapes(shapesTurtle).text);
 * await shapes.validate([]); // => []
 */
export function referenceShapesEngine(): ShapesEngine {
  return referenceEngine();
}
