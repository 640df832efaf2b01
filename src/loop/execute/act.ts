import { canonical } from '../../base/canonical.ts';
import { KnhkError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import type { Promotion } from '../../runtime/control.ts';
import type { Receipt } from '../../runtime/outcome.ts';
import { loadIdentity, loadRules } from '../../runtime/store.ts';
import type { Considered } from '../consider.ts';
import type { LoopCore } from '../core.ts';
import type { EntryBody, Writing } from '../journal.ts';
import { problemOf } from '../problems.ts';
import { besideRollback, skippedStages, takenBack } from '../rollbacks.ts';
import type { Due } from './execution.ts';

/** The promotion of a proposal that passed. */
function promotionOf({ report, candidate }: Considered): Promotion {
  const { hash, proposal, stages } = report;
  const { document, shapes } = candidate!;
  const carried = proposal.shapesText === undefined || shapes === undefined ? {} : { shapes };
  const verdicts = stages.map(({ verdict }) => verdict);
  const change = { kind: 'promote', parent: proposal.parent, document, ...carried } as const;
  return { ...change, proposal: hash, stages: verdicts };
}

/**
 * How a proposal that may go ahead is put in place: by a canary's first step where there are
 * canaries and its shapes stay, else at once.
 */
function putting(
  core: LoopCore,
  considered: Considered,
  cycle: number,
): { readonly entry?: EntryBody; readonly promotion?: Promotion; readonly begin?: () => void } {
  const percent = core.state.execution.firstPercent;
  const { report, candidate } = considered;
  if (percent === undefined || report.proposal.change.kind === 'shapes') {
    return { promotion: promotionOf(considered) };
  }
  const { parent } = report.proposal;
  const snapshot = core.control.candidate({ parent, document: candidate!.document });
  const of = { proposal: report.hash, candidate: snapshot.hash, percent };
  const entry: EntryBody = { event: 'canary', cycle, ...of };
  return { entry, begin: () => core.control.setCanary({ snapshot, percent }) };
}

/**
 * Does what a trial that is over asks for: keeps, takes back, goes on with a greater share or
 * promotes. Synchronous, so that it falls between two observations and right behind the one that
 * ended the trial; what it writes is durable with the next epoch.
 *
 * @throws KnhkError what storing and appending say; the trial stays due then
 */
export function settleTrial(core: LoopCore): void {
  const { due } = core.state.execution;
  if (due === undefined || core.control.refusal() !== undefined) return;
  const { durable } = due.kind === 'bake' ? endBake(core, due) : endStep(core, due);
  // A log that cannot be written says so on every later call.
  durable.catch(() => {});
}

function endBake(core: LoopCore, due: Due & { readonly kind: 'bake' }): Ended {
  const { cycle } = core;
  const { proposal, snapshot, parent } = due.of;
  const { broken, measured } = due;
  const told = { event: 'outcome', cycle, proposal, snapshot, measured } as const;
  if (broken === undefined) return core.write({ entries: [{ ...told, outcome: 'kept' }] });
  const entry: EntryBody = { ...told, outcome: 'withdrawn', reason: broken };
  return core.write({ entries: [entry], promotion: rollbackTo(core, parent) });
}

type Ended = { readonly durable: Promise<void> };

function endStep(core: LoopCore, due: Due & { readonly kind: 'canary' }): Ended {
  const { cycle, control } = core;
  const { of, broken, measured } = due;
  const { proposal, candidate, stages } = of;
  const told = { event: 'canary', cycle, proposal, candidate } as const;
  if (broken !== undefined) {
    const outcome = { event: 'outcome', cycle, proposal, snapshot: candidate } as const;
    const withdrawn: EntryBody = { ...outcome, outcome: 'withdrawn', reason: broken, measured };
    const ended = core.write({ entries: [{ ...told, percent: 0, reason: broken }, withdrawn] });
    control.setCanary(undefined);
    return ended;
  }
  const snapshot = control.canary()?.snapshot ?? linkedCandidate(core, candidate);
  const percent = core.state.execution.next(of);
  if (percent !== undefined) {
    const ended = core.write({ entries: [{ ...told, percent }] });
    control.setCanary({ snapshot, percent });
    return ended;
  }
  const parent = control.snapshot().hash;
  const promotion = {
    kind: 'promote',
    parent,
    document: snapshot.document,
    proposal,
    stages,
  } as const;
  return core.write({ entries: [{ ...told, percent: 100 }], promotion });
}

/**
 * Links a canary's candidate again, after opening.
 *
 * @throws KnhkError KNHK_LOG_BLOB and what linking says
 */
export function linkedCandidate(
  { control }: LoopCore,
  candidate: string,
): ReturnType<LoopCore['control']['candidate']> {
  const { rules } = loadIdentity(control.log, candidate);
  const document = loadRules(control.log, rules);
  return control.candidate({ parent: control.snapshot().hash, document });
}

/** A rollback to the rules of a snapshot, as a new snapshot. */
function rollbackTo({ control }: LoopCore, target: string): Promotion {
  const from = control.snapshot().hash;
  const document = loadRules(control.log, loadIdentity(control.log, target).rules);
  return {
    kind: 'rollback',
    parent: from,
    document,
    // Stored, because a verifier looks for what a leaf names.
    proposal: control.log.putBlob('rollback', canonical({ from, to: target })),
    stages: skippedStages,
  };
}

/**
 * Takes promotions back by hand; a trial that is under way ends with it.
 *
 * @throws KnhkError KNHK_RUNTIME_STALE, KNHK_RUNTIME_FROZEN, KNHK_LOG_BLOB, KNHK_LOG_POISONED
 */
export async function rollBack(core: LoopCore, target: string): Promise<Receipt> {
  const { control, cycle, state } = core;
  const { baking, trying } = state.execution;
  const entries: EntryBody[] = [];
  if (trying !== undefined) {
    const { proposal, candidate } = trying;
    entries.push({ event: 'canary', cycle, proposal, candidate, percent: 0, reason: 'by hand' });
  }
  const way = { from: control.snapshot().hash, to: target };
  const undone = takenBack(control.log, way, state.knowledge.proposals());
  for (const { proposal, snapshot } of undone) {
    const outcome = { event: 'outcome', cycle, proposal, snapshot, outcome: 'undone' } as const;
    const measured: Record<string, number> = {};
    if (baking?.snapshot === snapshot) measured['observations'] = baking.observations;
    entries.push({ ...outcome, reason: 'by hand', measured });
  }
  const promotion = rollbackTo(core, target);
  const beside = entries.slice(0, besideRollback);
  const { receipt, durable } = core.write({ entries: beside, promotion });
  const told = tellRest(core, entries.slice(besideRollback));
  await durable;
  await told;
  return receipt as Receipt;
}

/**
 * Writes what one epoch has no room for, right behind it. The rollback stands by then, so that it
 * does not fail with this: a later one over the same snapshots tells what is missing.
 */
async function tellRest(core: LoopCore, entries: readonly EntryBody[]): Promise<void> {
  const { epochLeaves } = limits;
  const written: Promise<void>[] = [];
  try {
    for (let from = 0; from < entries.length; from += epochLeaves) {
      written.push(core.write({ entries: entries.slice(from, from + epochLeaves) }).durable);
    }
  } catch (error) {
    core.state.trouble(problemOf('execute', error));
  }
  await Promise.all(written);
}

/** What else is written with what was considered. */
interface Concluding {
  /** The cycle that considered it; the one under way unless given. */
  readonly cycle?: number;
  /** Leaves behind the entries. */
  readonly leaves?: NonNullable<Writing['leaves']>;
}

/**
 * Writes what was considered, and puts in place what may go ahead. Where somebody else changed the
 * rules meanwhile, compare-and-swap fails and the proposal is rejected with the reason.
 */
export function conclude(
  core: LoopCore,
  before: readonly EntryBody[],
  considered: readonly Considered[],
  { cycle = core.cycle, leaves = [] }: Concluding = {},
): ReturnType<LoopCore['write']> & { readonly considered: readonly Considered[] } {
  try {
    return attempt(core, before, considered, { cycle, leaves });
  } catch (error) {
    const isLate = error instanceof KnhkError && error.code === 'KNHK_RUNTIME_STALE';
    if (!isLate) throw error;
    const late = considered.map(refusing(`${error.code}: ${error.message}`));
    return attempt(core, before, late, { cycle, leaves });
  }
}

/** Rejects what would go ahead, for a reason that is not its own. */
const refusing =
  (reason: string) =>
  ({ report, candidate }: Considered): Considered => {
    if (report.verdict !== 'promote') return { report, candidate };
    return { report: { ...report, verdict: 'reject', reason }, candidate: undefined };
  };

function attempt(
  core: LoopCore,
  before: readonly EntryBody[],
  wanted: readonly Considered[],
  { cycle, leaves }: Required<Concluding>,
): ReturnType<typeof conclude> {
  const { busy } = core.state.execution;
  // A canary may have begun since: it leaves the current snapshot, so nothing would be stale.
  const { hash, rules } = core.control.snapshot();
  const given = wanted.map((one) =>
    busy === undefined || one.report.proposal.parent !== hash
      ? one
      : refusing(`KNHK_LOOP_BUSY: ${busy}`)(one),
  );
  const first = given.find(({ report }) => report.verdict === 'promote');
  const put = first === undefined ? {} : putting(core, first, cycle);
  const considered = given.map((one) =>
    one === first && put.entry !== undefined ? onCanary(one) : one,
  );
  const entries = considered.map(({ report }) => proposalEntry(cycle, rules, report));
  const { entry, promotion, begin } = put;
  const writing: Writing = {
    entries: [...before, ...entries, ...(entry === undefined ? [] : [entry])],
    leaves,
    ...(promotion === undefined ? {} : { promotion }),
  };
  const result = core.write(writing);
  begin?.();
  return { ...result, considered };
}

function onCanary({ report, candidate }: Considered): Considered {
  return { report: { ...report, verdict: 'hold', reason: 'on a canary' }, candidate };
}

function proposalEntry(
  cycle: number,
  rules: string,
  { hash, proposal, verdict, reason, stages, shadow }: Considered['report'],
): EntryBody {
  return {
    event: 'proposal',
    cycle,
    proposal: hash,
    planner: proposal.planner,
    verdict,
    ...(reason === undefined ? {} : { reason }),
    stages: stages.map(({ stageMs: _, overBudget: __, ...said }) => said),
    ...(shadow === undefined ? {} : { shadow }),
    rules,
  };
}
