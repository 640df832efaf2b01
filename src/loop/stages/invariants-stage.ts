import { brokenInvariants } from '../measurements.ts';
import { pass, refuse, type Stage } from './stage.ts';

/** Stage 2: Q1, Q2, Q4 and Q5 hold on the measurements given. */
export const invariantsStage: Stage = {
  name: 'invariants',
  budgetMs: 10,
  judge: ({ measurements, current }) => {
    const broken = brokenInvariants(measurements, current.document.slo);
    const evidence = { broken: broken.length };
    if (broken.length === 0) return pass(evidence);
    return refuse('KNHK_LOOP_INVARIANT', broken.join('; '), evidence);
  },
};
