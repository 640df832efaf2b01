import { compileProgram, type Program } from '../kernel/program.ts';
import type { ShapesModel } from '../shapes/model.ts';
import { termText } from '../shapes/nquads.ts';
import type { Observation } from '../terms/observation.ts';
import { lanesOf, not, type WarmReason } from './sigma-formula.ts';
import { RecordShapes } from './sigma-shapes.ts';

export type { WarmReason } from './sigma-formula.ts';

/**
 * Where the records of one type are validated. `hot`: a record conforms exactly where no lane of
 * the program fires. `warm`: the engine is asked about each record, for these reasons.
 */
export type SigmaRoute =
  | { readonly kind: 'hot'; readonly program: Program }
  | { readonly kind: 'warm'; readonly reasons: readonly WarmReason[] };

const reasonsMax = 64;

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
    const reason = 'more alternatives than rows hold';
    const shapes = model.shapes.filter(({ targets }) => targets.length > 0);
    const reasons = shapes.map(({ term }) => ({
      shape: termText(term),
      constraint: 'all',
      reason,
    }));
    return { kind: 'warm', reasons: distinct(reasons) };
  }
  const program = compileProgram(lanes.map((conditions) => ({ conditions, absentHolds: false })));
  return { kind: 'hot', program };
}

function distinct(reasons: readonly WarmReason[]): readonly WarmReason[] {
  const found = new Map(reasons.map((reason) => [JSON.stringify(reason), reason]));
  return [...found.values()].slice(0, reasonsMax);
}
