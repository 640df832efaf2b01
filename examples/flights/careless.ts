import type { Detector, Planner } from 'knhk/loop';

const kind = 'careless-injection';

/**
 * A mistake on purpose, in one cycle: somebody is sure that departures a quarter of an hour late
 * have to be held for. It breaks no rule, so it passes every stage; what it does shows only once it
 * decides.
 */
export function carelessAt(cycle: number): {
  readonly detector: Detector;
  readonly planner: Planner;
} {
  return {
    detector: {
      name: 'careless',
      detect: (view) =>
        view.cycle === cycle
          ? [
              {
                detector: 'careless',
                kind,
                subject: 'hold-connections',
                confidence: 1,
                evidence: { cycle },
                seqs: [],
                recommend: 'propose',
              },
            ]
          : [],
    },
    planner: {
      name: 'careless',
      plan: (pattern) =>
        pattern.kind === kind
          ? {
              change: { kind: 'parameter', name: 'lateMinutes', value: 15 },
              reasoning: 'injected: hold connections for every departure that is late at all',
            }
          : undefined,
    },
  };
}
