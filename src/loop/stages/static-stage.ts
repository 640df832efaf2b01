import { KnhkError } from '../../base/errors.ts';
import { formProblem } from './form.ts';
import { pass, refuse, type Stage } from './stage.ts';

/** Stage 1: the change has its form, fits the snapshot, and new shapes compile. */
export const staticStage: Stage = {
  name: 'static',
  budgetMs: 5,
  judge: ({ proposal, current, catalogue }, candidate) => {
    if (candidate instanceof KnhkError) return refuse(candidate.code, candidate.message, {});
    const { change, shapesText } = proposal;
    const malformed = (message: string) => refuse('KNHK_LOOP_PROPOSAL', message, {});
    const problem = formProblem(change, current.document, catalogue);
    if (problem !== undefined) return malformed(problem);
    const shapesChange = change.kind === 'shapes';
    const named = shapesChange ? change.shapes : null;
    const carried = shapesText === undefined ? null : (candidate.shapes?.hash ?? null);
    if (shapesChange ? named !== carried : shapesText !== undefined) {
      return malformed(`the change names ${named ?? 'no shapes'}, the proposal carries ${carried}`);
    }
    return pass({});
  },
};
