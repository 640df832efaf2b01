import { limits } from '../base/limits.ts';
import type { Control } from '../runtime/control.ts';
import { type OperationFacts, operate } from '../runtime/operations.ts';
import type { Measurements } from './measurements.ts';
import type { Monitor } from './monitor/monitor.ts';
import { inverseOr } from './stages/form.ts';
import type { Autonomy, CycleReport, Detector, Pattern, Plan, Planner, Proposal } from './types.ts';
import type { MonitorView } from './view.ts';

/** What a host may propose by itself; parent and inverse are filled in. */
export type HostProposal = Plan &
  Partial<Pick<Proposal, 'parent' | 'inverse' | 'planner' | 'pattern'>>;

/** What the phases before validation work with. */
export interface Thinking {
  readonly control: Control;
  readonly monitor: Monitor;
  readonly detectors: readonly Detector[];
  readonly planners: readonly Planner[];
  readonly autonomy: Autonomy;
  readonly measure: () => Measurements;
}

/** What they arrive at. */
export interface Thought {
  readonly patterns: readonly Pattern[];
  readonly proposals: readonly Proposal[];
  readonly measurements: Measurements;
}

/** Monitor, Analyze and Plan: one synchronous block, so that nothing is observed in between. */
export function think(given: Thinking): Thought {
  const { control, monitor, detectors, autonomy, measure } = given;
  const { origin } = control.log;
  const { view, measurements } = operate(
    { name: 'monitor', origin },
    () => ({ view: monitor.view(), measurements: measure() }),
    () => ({ observed: monitor.observed }),
  );
  const patterns = operate(
    { name: 'analyze', origin },
    () => {
      const found = detectors.flatMap((detector) => detector.detect(view));
      return found.slice(0, limits.patternsPerCycle);
    },
    ({ length }) => ({ patterns: length }),
  );
  const proposals = operate(
    { name: 'plan', origin },
    () => (autonomy === 'observe' ? [] : plansFor(patterns, view, given)),
    ({ length }) => ({ proposals: length }),
  );
  return { patterns, proposals, measurements };
}

function plansFor(
  patterns: readonly Pattern[],
  view: MonitorView,
  { control, planners }: Thinking,
): Proposal[] {
  return patterns.flatMap((pattern) =>
    planners.flatMap((planner): Proposal[] => {
      const plan = planner.plan(pattern, view, { signal: new AbortController().signal });
      if (plan === undefined || !('change' in plan)) return [];
      return [bindPlan(control, { planner: planner.name, pattern, ...plan })];
    }),
  );
}

/** Binds a plan to the current snapshot and adds what takes it back. */
export function bindPlan(control: Control, plan: HostProposal): Proposal {
  const { hash, document } = control.snapshot();
  const inverse = plan.inverse ?? inverseOr(document, plan.change);
  return { planner: 'host', parent: hash, ...plan, inverse };
}

/** What a cycle's report says to telemetry. */
export function cycleFacts(report: CycleReport): OperationFacts['cycle'] {
  const { cycle, observed, skipped, patterns, proposals } = report;
  return {
    cycle,
    observed,
    skipped,
    patterns: patterns.map(({ kind, confidence }) => ({ kind, confidence })),
    verdicts: proposals.map(({ verdict }) => verdict),
  };
}
