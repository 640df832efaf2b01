import { limits } from '../base/limits.ts';
import { changeName } from '../rules/changes.ts';
import { operate, operateAsync } from '../runtime/operations.ts';
import { carryOut } from './actions.ts';
import { type Considered, consider } from './consider.ts';
import type { LoopCore } from './core.ts';
import { conclude, settleTrial } from './execute/act.ts';
import type { EntryBody } from './journal.ts';
import type { Measurements } from './measurements.ts';
import { operateInParts, problemOf } from './problems.ts';
import { recordedInTurn } from './recorded.ts';
import { inverseOr } from './stages/form.ts';
import {
  type Analysis,
  type Answered,
  type Asked,
  analyze,
  bindPlan,
  isAction,
  plan,
} from './think.ts';
import type { Alert, CycleProblem, CycleReport, PlannedAction, Suppressed } from './types.ts';
import { untilCut } from './until-cut.ts';

/** What a cycle gathers on its way. */
interface Course {
  readonly cycle: number;
  readonly observed: number;
  readonly seqs: readonly [number, number];
  readonly problems: CycleProblem[];
  /** How many of them are from before it and do not concern what it finds. */
  readonly older: number;
  readonly suppressed: Suppressed[];
  readonly actions: PlannedAction[];
  readonly signal: AbortSignal;
}

const nothing = {
  patterns: [],
  proposals: [],
  suppressed: [],
  actions: [],
  alerts: [],
  problems: [],
  cut: false,
} as const;

/**
 * One turn: Monitor, Analyze, Plan, Validate, Execute, Knowledge. Everything is found out first;
 * then its leaves are appended in one block, so that a crash leaves the whole cycle or nothing.
 */
export async function runCycle(core: LoopCore, measure: () => Measurements): Promise<CycleReport> {
  core.follow();
  const refusal = core.control.refusal();
  if (refusal !== undefined) throw refusal;
  settleTrial(core);
  core.control.beginCycle();
  const { monitor } = core.state;
  const { cycle, observed } = monitor;
  if (observed === 0) return { ...nothing, cycle, observed, skipped: true };
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), core.options.cycleMs ?? limits.cycleMs);
  try {
    return await cycleWithin(core, measure, deadline.signal);
  } finally {
    clearTimeout(timer);
    // Whoever still works for this cycle works in vain.
    deadline.abort();
  }
}

async function cycleWithin(
  core: LoopCore,
  measure: () => Measurements,
  signal: AbortSignal,
): Promise<CycleReport> {
  const { monitor } = core.state;
  const { origin } = core.control.log;
  const { cycle, observed } = monitor;
  const problems: CycleProblem[] = [...core.state.takeProblems()];
  // An action that failed since spoils nothing; what was not heard, or cannot be known, does.
  const older = problems.filter(({ phase }) => phase === 'execute').length;
  let course: Course | undefined;
  let analysis: Analysis | undefined;
  let asked: readonly Asked[] = [];
  try {
    analysis = analyze(core, measure, problems);
    const { seqs } = analysis.view.open;
    course = { cycle, observed, seqs, problems, older, suppressed: [], actions: [], signal };
    // Where a detector failed nothing is planned: a cycle that saw too little promotes nothing.
    if (problems.length === older && core.options.autonomy !== 'observe') {
      asked = operateInParts(
        { name: 'plan', origin },
        (failed) => plan(core, analysis!, signal, problems, failed),
        ({ length }) => ({ proposals: length }),
      );
    }
  } finally {
    // A cycle that fails ends too; what is sequenced from here on belongs to the next one.
    operate(
      { name: 'knowledge', origin },
      () => monitor.closeCycle(),
      () => ({ cycle }),
    );
  }
  const considered = await considerAll(core, course, analysis.measurements, asked);
  return finish(core, course, analysis, considered);
}

/** Awaits the planners' answers and puts their changes through stages and shadow, in order. */
async function considerAll(
  core: LoopCore,
  course: Course,
  measurements: Measurements | undefined,
  asked: readonly Asked[],
): Promise<readonly Considered[]> {
  const considered: Considered[] = [];
  const seen = new Set<string>();
  const recent = recordedInTurn(core.control);
  let isSettled = false;
  if (measurements === undefined) return considered;
  for (const pending of asked) {
    const answered = pending instanceof Promise ? await untilCut(pending, course.signal) : pending;
    if (course.signal.aborted) break;
    if (answered === undefined) continue;
    const { planned, pattern, planner } = answered;
    if (isAction(planned)) {
      if (pattern.recommend === 'enforce') course.actions.push(planned);
      continue;
    }
    const reason = isSettled
      ? 'another change of this cycle was first'
      : refused(core, answered, seen);
    if (reason !== undefined) {
      course.suppressed.push({ planner, change: planned.change, reason });
      continue;
    }
    try {
      // Nothing is awaited before it is bound: it was made for these rules.
      const proposal = bindPlan(core.control, { ...planned, planner, pattern });
      const given = { signal: course.signal, recorded: recent() };
      const one = await consider(core, proposal, measurements, given);
      considered.push(allowed(core, one));
      isSettled =
        considered.at(-1)!.report.verdict === 'promote' || considered.length >= proposalsMax;
    } catch (error) {
      course.problems.push(problemOf('validate', error, planner));
    }
  }
  return considered;
}

// A cycle has seconds, and stages and shadow take some of them.
const proposalsMax = 16;

/** Why a change is not even considered now. */
function refused(
  core: LoopCore,
  { planned, pattern }: Answered,
  seen: Set<string>,
): string | undefined {
  if (isAction(planned)) return undefined;
  const { execution, knowledge } = core.state;
  if (execution.busy !== undefined) return execution.busy;
  const { document } = core.control.snapshot();
  const inverse = inverseOr(document, planned.change);
  const reason = knowledge.mayPropose({ change: planned.change, inverse, pattern }, document);
  if (reason !== undefined) return reason;
  const key = `${planned.change.kind} ${changeName(planned.change)}`;
  if (seen.has(key)) return 'another proposal of this cycle is about the same';
  seen.add(key);
  return undefined;
}

/** What the loop may do by itself: a proposal that nothing speaks against is held, or goes on. */
function allowed({ options }: LoopCore, { report, candidate }: Considered): Considered {
  if (options.autonomy === 'promote' || report.verdict !== 'promote') return { report, candidate };
  return { report: { ...report, verdict: 'hold' }, candidate };
}

/** Appends everything in one block, waits until it is on disk and tells people. */
async function finish(
  core: LoopCore,
  course: Course,
  { patterns }: Analysis,
  given: readonly Considered[],
): Promise<CycleReport> {
  const { cycle, observed, seqs, problems, older, suppressed, actions, signal } = course;
  const cut = signal.aborted;
  // What was cut promotes nothing: it has not seen everything that it should have.
  const considered = cut || problems.length > older ? given.map(putOff) : given;
  const alerts = patterns.filter((one) => one.recommend === 'alert' && !core.state.isAlerting(one));
  const told = alerts.slice(0, alertsMax);
  const cycleEntry: EntryBody = {
    event: 'cycle',
    ...{ cycle, observed, seqs, patterns },
    proposals: considered.map(({ report }) => report.hash),
    ...{ actions, suppressed, problems, cut },
  };
  const entries: EntryBody[] = [
    cycleEntry,
    ...told.map((pattern): EntryBody => ({ event: 'alert', cycle, pattern })),
  ];
  const execute = async (): Promise<ReturnType<typeof conclude>> => {
    const result = conclude(core, entries, considered, { cycle });
    await result.durable;
    return result;
  };
  const described = { name: 'execute', origin: core.control.log.origin } as const;
  const done =
    considered.length === 0
      ? await execute()
      : await operateAsync(described, execute, ({ receipt }) => ({
          verdict: receipt === undefined ? 'reject' : 'promote',
        }));
  const receipts = done.written.map(({ place: { seq, hash } }) => ({ seq, hash }));
  const sent = told.map((pattern, at): Alert => ({ cycle, pattern, receipt: receipts[at + 1]! }));
  for (const alert of sent) await send(core, alert, course);
  carryOut(core, cycle, cut ? [] : actions);
  const proposals = done.considered.map(({ report }) =>
    report.verdict === 'promote' && done.receipt !== undefined
      ? { ...report, receipt: done.receipt }
      : report,
  );
  const lists = { patterns, proposals, suppressed, actions, alerts: sent, problems };
  return { cycle, observed, ...lists, cut, receipt: receipts[0]!, skipped: false };
}

// Everything of a cycle stands in one epoch of at most 256 leaves.
const alertsMax = 64;

function putOff({ report, candidate }: Considered): Considered {
  if (report.verdict === 'reject') return { report, candidate };
  const code = 'KNHK_LOOP_CUT';
  const reason = `${code}: the cycle was cut or had problems`;
  return { report: { ...report, verdict: 'reject', reason }, candidate: undefined };
}

/** The leaf stands already; a sink that fails or does not answer is a problem, not a failure. */
async function send(
  { options }: LoopCore,
  alert: Alert,
  { problems, signal }: Pick<Course, 'problems' | 'signal'>,
): Promise<void> {
  if (options.onAlert === undefined) return;
  try {
    const answer = Promise.resolve(options.onAlert(alert)).then(() => true);
    const answered = await untilCut(answer, signal);
    if (answered === undefined) throw new Error('no answer within the time of the cycle');
  } catch (error) {
    problems.push(problemOf('execute', error, 'onAlert'));
  }
}
