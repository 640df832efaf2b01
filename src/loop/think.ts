import { canonical, type Json } from '../base/canonical.ts';
import { limits } from '../base/limits.ts';
import { applyChange } from '../rules/changes.ts';
import type { Snapshot } from '../rules/snapshot.ts';
import { linkSnapshot } from '../rules/snapshot.ts';
import type { Control } from '../runtime/control.ts';
import type { OperationFacts } from '../runtime/operations.ts';
import type { LoopCore } from './core.ts';
import * as check from './knowledge/check.ts';
import { pattern as patternForm } from './knowledge/forms.ts';
import type { Measurements } from './measurements.ts';
import { operateInParts, problemOf } from './problems.ts';
import { inverseOr } from './stages/form.ts';
import type {
  CycleProblem,
  CycleReport,
  Pattern,
  Plan,
  Planned,
  PlannedAction,
  Proposal,
  ProposalCost,
} from './types.ts';
import type { MonitorView } from './view.ts';

/** What a host may propose by itself; parent and inverse are filled in. */
export type HostProposal = Plan &
  Partial<Pick<Proposal, 'parent' | 'inverse' | 'planner' | 'pattern' | 'proposer'>>;

/** A plan and who made it for which pattern. */
export interface Answered {
  readonly planner: string;
  readonly pattern: Pattern;
  readonly planned: Planned;
}

/** An answer, or the promise of one. */
export type Asked = Answered | Promise<Answered | undefined>;

/** What Monitor and Analyze arrive at. */
export interface Analysis {
  readonly view: MonitorView;
  /** Undefined where measuring failed: nothing can be judged then. */
  readonly measurements: Measurements | undefined;
  readonly patterns: readonly Pattern[];
}

const patternsForm = check.list(patternForm, limits.patternsPerCycle);

/** What a detector says is written down for ever, so it has to have its form. */
function checked(patterns: readonly Pattern[], detector: string): readonly Pattern[] {
  const first = Array.isArray(patterns) ? patterns.slice(0, limits.patternsPerCycle) : patterns;
  patternsForm(first, `patterns of ${detector}`);
  return first;
}

/** Monitor and Analyze: one synchronous block, so that nothing is observed in between. */
export function analyze(
  core: LoopCore,
  measure: () => Measurements,
  problems: CycleProblem[],
): Analysis {
  const { monitor } = core.state;
  const { origin } = core.control.log;
  const { view, measurements } = operateInParts(
    { name: 'monitor', origin },
    (failed) => {
      const telling = (error: unknown): undefined => {
        problems.push(problemOf('monitor', error, 'measure'));
        failed(error);
      };
      return { view: monitor.view(), measurements: attempt(measure, telling) };
    },
    () => ({ observed: monitor.observed }),
  );
  const patterns = operateInParts(
    { name: 'analyze', origin },
    (failed) => {
      const found = core.options.detectors.flatMap((detector) => {
        try {
          return checked(detector.detect(view), detector.name);
        } catch (error) {
          problems.push(problemOf('analyze', error, detector.name));
          failed(error);
          return [];
        }
      });
      return found.slice(0, limits.patternsPerCycle);
    },
    ({ length }) => ({ patterns: length }),
  );
  return { view, measurements, patterns };
}

function attempt<T>(work: () => T, failed: (error: unknown) => undefined): T | undefined {
  try {
    return work();
  } catch (error) {
    return failed(error);
  }
}

/**
 * Plan: every planner is asked about every pattern, those with more success first. All of them are
 * called in the synchronous block of {@link analyze}; what they promise is awaited later, until the
 * cycle's time is over.
 */
export function plan(
  core: LoopCore,
  { patterns, view }: Pick<Analysis, 'patterns' | 'view'>,
  signal: AbortSignal,
  problems: CycleProblem[],
  heard: (error: unknown) => void,
): readonly Asked[] {
  const { planners } = core.options;
  const asked = patterns.filter(
    ({ recommend }) => recommend !== 'observe' && recommend !== 'alert',
  );
  return asked.flatMap((pattern) =>
    core.state.knowledge.rank(planners).flatMap((planner): Asked[] => {
      const answer = (planned: Planned | undefined): Answered | undefined =>
        planned === undefined
          ? undefined
          : { planner: planner.name, pattern, planned: plainPlan(planned) };
      const failed = (error: unknown): undefined => {
        problems.push(problemOf('plan', error, planner.name));
      };
      try {
        const planned = planner.plan(pattern, view, { signal });
        if (planned instanceof Promise) return [planned.then(answer).catch(failed)];
        const answered = answer(planned);
        return answered === undefined ? [] : [answered];
      } catch (error) {
        failed(error);
        heard(error);
        return [];
      }
    }),
  );
}

/** A plan is hashed and written down: it has to be plain data. */
function plainPlan(planned: Planned): Planned {
  return JSON.parse(canonical(planned as unknown as Json, 'plan')) as Planned;
}

/** True for a plan that is an action. */
export const isAction = (planned: Planned): planned is PlannedAction => 'action' in planned;

/** Binds a plan to the current snapshot and adds what takes it back and what it costs. */
export function bindPlan(control: Control, given: HostProposal): Proposal {
  const current = control.snapshot();
  const inverse = given.inverse ?? inverseOr(current.document, given.change);
  const cost = costOf(control, current, given);
  const proposal = { planner: 'host', parent: current.hash, ...given, inverse };
  return cost === undefined ? proposal : { ...proposal, cost };
}

/** Bytes of rows before and after; undefined where the change does not fit. */
function costOf(
  { catalogue }: Control,
  current: Snapshot,
  { change }: HostProposal,
): ProposalCost | undefined {
  try {
    const document = applyChange(current.document, change);
    const at = { parent: current.hash, version: current.version + 1 };
    const after = linkSnapshot(document, catalogue, at, current);
    return { before: bytesOf(current), after: bytesOf(after) };
  } catch {
    return undefined;
  }
}

function bytesOf({ plans }: Snapshot): number {
  let bytes = 0;
  for (const { program } of plans.values()) bytes += program.bytes;
  return bytes;
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
