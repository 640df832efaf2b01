import { KnhkError } from '../../base/errors.ts';
import { protectedDamage } from './protection.ts';
import { pass, refuse, type Stage, skip } from './stage.ts';

/** Stage 4 (Q3): protected guards, hooks, parameters, classes and properties are untouched. */
export const guardStage: Stage = {
  name: 'guard',
  budgetMs: 5,
  judge: ({ current, shapes }, candidate) => {
    if (candidate instanceof KnhkError) return skip;
    const { document } = current;
    const { guards, hooks, parameters, protected: terms } = document;
    const bodies = [...guards, ...hooks, ...Object.values(parameters)];
    const things = bodies.filter((body) => body.protected).length;
    const evidence = {
      protected: things + terms.classes.length + terms.properties.length,
    };
    const damage = protectedDamage({ document, shapes }, candidate);
    return damage === undefined ? pass(evidence) : refuse('KNHK_LOOP_PROTECTED', damage, evidence);
  },
};
