import { KnhkError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { costMax, costNames, currentCost, snapshotCost } from './cost.ts';
import { pass, refuse, type Stage, skip } from './stage.ts';

/** Samples from which on a measured p99 counts. */
const samplesMin = 1_000;

/**
 * Stage 5: the cost of evaluation, counted in what was compiled, so that the verdict is the same on
 * every machine; and the measured p99 if there is one. A type that already costs more may go on
 * doing so, and not cost still more.
 */
export const performanceStage: Stage = {
  name: 'performance',
  budgetMs: 5,
  judge: ({ current, shapes, measurements }, candidate) => {
    if (candidate instanceof KnhkError || candidate.snapshot instanceof KnhkError) return skip;
    const before = currentCost(current, shapes);
    const after = snapshotCost(candidate.snapshot, candidate.shapes);
    const evidence = { ...after.sum, bytesBefore: before.sum.bytes, warm: after.warm };
    const hooks = candidate.document.hooks.length;
    if (hooks > limits.hooks) {
      const message = `${hooks} hooks, at most ${limits.hooks}`;
      return refuse('KNHK_LOOP_COST', message, { ...evidence, value: hooks, most: limits.hooks });
    }
    for (const [type, cost] of after.types) {
      const was = before.types.get(type);
      for (const name of costNames) {
        const most = Math.max(costMax[name], was?.[name] ?? 0);
        if (cost[name] <= most) continue;
        const message = `${type}: ${cost[name]} ${name} to look through, at most ${most}`;
        return refuse('KNHK_LOOP_COST', message, { ...evidence, value: cost[name], most });
      }
    }
    const { hotP99Ns, hotSamples = 0 } = measurements;
    const { operationNs } = current.document.slo;
    if (hotP99Ns === undefined || hotSamples < samplesMin || hotP99Ns <= operationNs) {
      return pass(evidence);
    }
    const message = `p99 ${hotP99Ns} ns over ${hotSamples} samples, at most ${operationNs}`;
    return refuse('KNHK_LOOP_COST', message, { ...evidence, most: operationNs });
  },
};
