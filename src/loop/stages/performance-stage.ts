import { KnhkError } from '../../base/errors.ts';
import { pass, refuse, type Stage, skip } from './stage.ts';

/** Bytes of rows a type may take: a first-level cache, beyond which lookups are no longer hot. */
const rowBytesMax = 32_768;

/** Samples from which on a measured p99 counts. */
const samplesMin = 1_000;

/** Stage 5: the cost of evaluation, computed from the rows, and measured p99 if there is one. */
export const performanceStage: Stage = {
  name: 'performance',
  budgetMs: 5,
  judge: ({ current, measurements }, candidate) => {
    if (candidate instanceof KnhkError) return skip;
    const { snapshot } = candidate;
    if (snapshot instanceof KnhkError) return skip;
    let bytes = 0;
    for (const [type, plan] of snapshot.plans) {
      const cost = plan.program.bytes;
      bytes += cost;
      const before = current.plans.get(type);
      const allowed = Math.max(rowBytesMax, before === undefined ? 0 : before.program.bytes);
      if (cost > allowed) {
        const message = `${type}: ${cost} bytes of rows, at most ${allowed}`;
        return refuse('KNHK_LOOP_COST', message, { bytes: cost, bytesMax: allowed });
      }
    }
    const { hotP99Ns, hotSamples = 0 } = measurements;
    const { operationNs } = current.document.slo;
    if (hotP99Ns === undefined || hotSamples < samplesMin || hotP99Ns <= operationNs) {
      return pass({ bytes });
    }
    const message = `p99 ${hotP99Ns} ns over ${hotSamples} samples, at most ${operationNs}`;
    return refuse('KNHK_LOOP_COST', message, { bytes });
  },
};
