import { scaleReplicas } from '../../../src/loop/planners/hpa.ts';
import type { HpaScaling, HpaSpec, HpaState } from '../../../src/loop/planners/hpa-types.ts';

export const start: number = Date.UTC(2026, 0, 1);
export const wide: HpaSpec = { minReplicas: 1, maxReplicas: 1_000 };
/** No window and no policy that could be felt: what is left is the algorithm. */
export const free: HpaScaling = {
  stabilizationWindowSeconds: 0,
  policies: [{ type: 'Percent', value: 1_000_000, periodSeconds: 1 }],
};

/** Calls the rule every so many seconds with these loads on a target of 100, and obeys it. */
export function follow(
  spec: HpaSpec,
  from: number,
  totals: readonly number[],
  everySeconds = 15,
): number[] {
  let replicas = from;
  let state: HpaState | undefined;
  return totals.map((total, index) => {
    const metrics = [{ current: total / replicas, target: 100 }];
    const now = start + 1_000 * everySeconds * index;
    const input = { replicas, metrics, now };
    const decision = scaleReplicas(spec, state === undefined ? input : { ...input, state });
    // What a host keeps in a file comes back as JSON.
    state = JSON.parse(JSON.stringify(decision.state)) as HpaState;
    replicas = decision.replicas;
    return replicas;
  });
}
