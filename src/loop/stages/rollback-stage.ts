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
    const wrong = (message: string): StageResult =>
      refuse('KNHK_LOOP_INVERSE', message, { restored: 0 });
    try {
      const restored = applyChange(candidate.document, proposal.inverse);
      // Equal data has equal hashes, and most of it is the very same objects.
      if (isEqual(restored, current.document)) return pass({ restored: 1 });
      const rules = rulesHash(restored);
      if (rules === current.rules) return pass({ restored: 1 });
      return wrong(`the inverse gives rules ${rules}, not ${current.rules}`);
    } catch (error) {
      if (!(error instanceof KnhkError)) throw error;
      return wrong(error.message);
    }
  },
};

/** Whether two values are the same plain data, member by member. */
function isEqual(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object') return false;
  if (one === null || other === null || Array.isArray(one) !== Array.isArray(other)) return false;
  const names = Object.keys(one);
  if (names.length !== Object.keys(other).length) return false;
  const [left, right] = [one, other] as readonly { readonly [name: string]: unknown }[];
  return names.every((name) => Object.hasOwn(other, name) && isEqual(left![name], right![name]));
}
