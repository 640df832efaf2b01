import { entryOf } from '../kernel/maps.ts';
import { compileProgram, type Lane, type Program } from '../kernel/program.ts';
import { matchInto } from '../kernel/run.ts';
import type { ShapesModel } from '../shapes/model.ts';
import { modelOf } from '../shapes/models.ts';
import type { Operand } from '../terms/conditions.ts';
import type { Observation } from '../terms/observation.ts';
import { seenOf } from '../terms/operands.ts';
import type { Data } from '../terms/read.ts';
import { lanesOf, not, reasonsMax, type WarmReason } from './sigma-formula.ts';
import { RecordShapes, shapeName, tooMany } from './sigma-shapes.ts';

export type { WarmReason } from './sigma-formula.ts';

/** A record conforms exactly where no lane fires. */
export interface HotRoute {
  readonly kind: 'hot';
  readonly lanes: readonly Lane[];
  readonly program: Program;
  /** Bits of the lanes that fired last. */
  readonly fired: Int32Array;
}

/**
 * Where the records of one type are validated. `hot`: by rows. `warm`: the engine is asked about
 * each record, for these reasons.
 */
export type SigmaRoute =
  | HotRoute
  | { readonly kind: 'warm'; readonly reasons: readonly WarmReason[] };

/**
 * Classifies what shapes ask of the records of one type, by evaluating them over its declaration.
 * What is left over becomes lanes that fire where a record violates; whatever is not classified
 * makes the type warm.
 */
export function routeOf(model: ShapesModel, observation: Observation): SigmaRoute {
  const conforms = new RecordShapes(model, observation).conforms();
  if (conforms.kind === 'warm') return { kind: 'warm', reasons: distinct(conforms.reasons) };
  const lanes = lanesOf(not(conforms));
  if (lanes === undefined) {
    const shapes = model.shapes.filter(({ targets }) => targets.length > 0);
    const reasons = shapes.map((shape) => ({
      shape: shapeName(shape),
      constraint: 'all',
      reason: tooMany,
    }));
    return { kind: 'warm', reasons: distinct(reasons) };
  }
  const compiled = lanes.map((conditions): Lane => ({ conditions, absentHolds: false }));
  const program = compileProgram(compiled);
  return { kind: 'hot', lanes: compiled, program, fired: new Int32Array(program.words) };
}

/** The verdict of the rows on a record that was read. */
export function conformsTo({ program, fired }: HotRoute, data: Data): boolean {
  if (program.laneCount === 0) return true;
  const read = (operand: Operand): unknown =>
    'field' in operand ? seenOf(operand, data[operand.field]) : undefined;
  matchInto(program, read, fired);
  for (let word = 0; word < fired.length; word++) if (fired[word] !== 0) return false;
  return true;
}

const routes = new WeakMap<object, Map<string, SigmaRoute>>();

/** The route of a type under a shapes document, classified once. */
export function routeUnder(
  document: { readonly text: string },
  observation: Observation,
): SigmaRoute {
  let ofDocument = routes.get(document);
  if (ofDocument === undefined) {
    ofDocument = new Map();
    routes.set(document, ofDocument);
  }
  return entryOf(ofDocument, observation.hash, () => routeOf(modelOf(document), observation));
}

function distinct(reasons: readonly WarmReason[]): readonly WarmReason[] {
  const found = new Map(reasons.map((reason) => [JSON.stringify(reason), reason]));
  return [...found.values()].slice(0, reasonsMax);
}
