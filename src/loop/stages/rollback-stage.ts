import { KnhkError } from '../../base/errors.ts';
import { applyChange } from '../../rules/changes.ts';
import { rulesHash } from '../../rules/document.ts';
import { pass, refuse, type Stage, type StageResult, skip } from './stage.ts';

/** Stage 6: the proposal's inverse restores the parent's exact rules. */
export const rollbackStage: Stage = {
  name: 'rollback',
  budgetMs: 5,
  judge: ({ proposal, current }, candidate) => {
    if (candidate instanceof KnhkError) return skip;
    const wrong = (message: string): StageResult => refuse('KNHK_LOOP_INVERSE', message, {});
    try {
      const restored = rulesHash(applyChange(candidate.document, proposal.inverse));
      if (restored === current.rules) return pass({});
      return wrong(`the inverse gives rules ${restored}, not ${current.rules}`);
    } catch (error) {
      if (!(error instanceof KnhkError)) throw error;
      return wrong(error.message);
    }
  },
};
