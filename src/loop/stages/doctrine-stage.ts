import { KnhkError } from '../../base/errors.ts';
import { pass, refuse, type Stage, skip } from './stage.ts';

/**
 * Stage 3: the doctrines' rules hold over the difference. A rule judges the parameters that the
 * proposal moves: one that a deploy has put elsewhere does not stand in the way of other changes,
 * but whatever is moved has to come to lie where the doctrine wants it.
 */
export const doctrineStage: Stage = {
  name: 'doctrine',
  budgetMs: 5,
  judge: ({ current }, candidate) => {
    if (candidate instanceof KnhkError) return skip;
    const before = current.document.parameters;
    const after = candidate.document.parameters;
    const rules = candidate.document.doctrines.flatMap(({ name, rules: list }) =>
      list.map((rule) => ({ ...rule, id: `${name}/${rule.id}` })),
    );
    const moved = rules.filter(
      ({ parameter }) => before[parameter]?.value !== after[parameter]?.value,
    );
    const evidence = { rules: rules.length, judged: moved.length };
    for (const { id, parameter, between } of moved) {
      const value = Number(after[parameter]?.value);
      const [least, most] = between;
      if (value >= least && value <= most) continue;
      const message = `${id}: ${parameter} = ${value} is not in [${between.join(', ')}]`;
      return refuse('KNHK_LOOP_DOCTRINE', message, { ...evidence, value, least, most });
    }
    return pass(evidence);
  },
};
