import { KnhkError } from '../../base/errors.ts';
import { formProblem } from './form.ts';
import { proposalFault, shapesFault } from './form-shapes.ts';
import { pass, refuse, type Stage } from './stage.ts';

/**
 * Stage 1: the proposal conforms to the shapes of proposals, its change fits the snapshot, and
 * shapes that it carries compile and are well-formed by SHACL's own rules, which ask some things
 * that no engine needs.
 */
export const staticStage: Stage = {
  name: 'static',
  budgetMs: 5,
  judge: ({ proposal, current, catalogue }, candidate) => {
    const { change, shapesText } = proposal;
    const malformed = (message: string, results = 0) =>
      refuse('KNHK_LOOP_PROPOSAL', message, { results });
    const fault = proposalFault(proposal);
    if (fault !== undefined) return malformed(fault.message, fault.results);
    if (candidate instanceof KnhkError) {
      return refuse(candidate.code, candidate.message, { results: 0 });
    }
    const problem = formProblem(change, current.document, catalogue);
    if (problem !== undefined) return malformed(problem);
    const isOfShapes = change.kind === 'shapes';
    const named = isOfShapes ? change.shapes : null;
    const shapes = shapesText === undefined ? undefined : candidate.shapes;
    const carried = shapes?.hash ?? null;
    if (isOfShapes ? named !== carried : shapesText !== undefined) {
      return malformed(`the change names ${named ?? 'no shapes'}, the proposal carries ${carried}`);
    }
    if (shapes === undefined) return pass({ results: 0, triples: 0 });
    const unformed = shapesFault(shapes);
    if (unformed === undefined) return pass({ results: 0, triples: shapes.triples });
    return refuse('KNHK_LOOP_SHAPES', unformed.message, { results: unformed.results });
  },
};
