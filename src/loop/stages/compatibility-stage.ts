import { KnhkError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { storedView } from '../../rules/context.ts';
import { evaluate } from '../../rules/evaluate.ts';
import { pass, refuse, type Stage, type StageResult, skip } from './stage.ts';

/** Recorded observations that are tried. */
const recordedMax = limits.shapesBatch;

/** Stage 7: made for this snapshot, every input declared, recorded observations still evaluate. */
export const compatibilityStage: Stage = {
  name: 'compatibility',
  budgetMs: 10,
  judge: ({ proposal, current, recorded }, candidate) => {
    if (candidate instanceof KnhkError) return skip;
    let evaluated = 0;
    const unfit = (message: string): StageResult =>
      refuse('KNHK_LOOP_INCOMPATIBLE', message, { evaluated });
    if (proposal.parent !== current.hash) {
      return unfit(`made for snapshot ${proposal.parent}, current is ${current.hash}`);
    }
    const { snapshot } = candidate;
    if (snapshot instanceof KnhkError) return unfit(snapshot.message);
    for (const { seq, outcome, record, context } of recorded.slice(-recordedMax)) {
      if (outcome === 'failed' || outcome === 'invalid') continue;
      const { failure } = evaluate(snapshot, storedView(context), record);
      evaluated++;
      if (failure === undefined) continue;
      // Not its message: that may hold values of the observation, and reports are kept.
      const { name } = snapshot.document.hooks[failure.hook]!;
      return unfit(`the observation at seq ${seq} would fail: ${failure.code} in ${name}`);
    }
    return pass({ evaluated });
  },
};
