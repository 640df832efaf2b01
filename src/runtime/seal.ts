import { canonical, type Json, quote } from '../base/canonical.ts';
import { limits } from '../base/limits.ts';
import type { SaltedCommitments } from '../receipts/log/secrets.ts';
import type { ApplyBody, LeafVerdict, LeafVerdictsMore } from '../receipts/verify/leaf-types.ts';
import { type ContextValues, contextText } from '../rules/context.ts';
import { type Evaluation, idle } from '../rules/evaluate.ts';
import type { ShapesResult } from '../shapes/gate.ts';
import type { Observation } from '../terms/observation.ts';
import type { Data } from '../terms/read.ts';

/** What sealing needs to know of one observation. */
export interface Sealed {
  readonly observation: Observation;
  readonly data: Data;
  /** Canonical text of the record. */
  readonly record: string;
  readonly id: string;
  readonly idHash: string;
  readonly principal: string | undefined;
  readonly trace: string | undefined;
  readonly salted: SaltedCommitments;
  /** Commitment to the record, made once. */
  readonly observationHash: string;
}

type Writable<T> = { -readonly [Name in keyof T]: T[Name] };

/** A leaf's body and its payload. */
export interface SealedEntry {
  readonly body: ApplyBody;
  readonly payload: string;
}

/** Binds observation, context, snapshot and what followed into a leaf and its payload. */
export function seal(
  sealed: Sealed,
  at: number,
  snapshot: string,
  context: ContextValues,
  evaluation: Evaluation,
): SealedEntry {
  const { salted } = sealed;
  const contextJson = contextText(context);
  const { proposedText, actionsText, failure } = evaluation;
  const proposed = salted.commit('proposed', proposedText);
  // Most often everything proposed leaves; the kinds differ, so the commitments do too.
  const actions = salted.commit('actions', actionsText);
  // Assigned, not spread: an optional member's spread costs as much garbage as the whole body.
  const body: Writable<ApplyBody> = {
    kind: 'apply',
    type: sealed.observation.hash,
    id: sealed.idHash,
    observation: sealed.observationHash,
    context: salted.commit('context', contextJson),
    snapshot,
    fired: evaluation.fired,
    proposed,
    actions,
    verdicts: leafVerdicts(evaluation),
    outcome: evaluation.outcome,
  };
  const sector = sectorOf(sealed);
  if (failure !== undefined) body.failure = { hook: failure.hook, code: failure.code };
  if (sector !== undefined) body.sector = sector;
  if (sealed.trace !== undefined) body.trace = sealed.trace;
  const payload = payloadText(sealed, at, contextJson, proposedText, actionsText);
  return { body, payload };
}

/** The same for an observation that violates its shapes: nothing was evaluated. */
export function sealInvalid(
  sealed: Sealed,
  at: number,
  snapshot: string,
  results: readonly ShapesResult[],
): SealedEntry {
  const { body, payload } = seal(sealed, at, snapshot, {}, idle);
  const report = canonical(results as unknown as Json, 'report');
  const withReport = `${payload.slice(0, -1)},"report":${report}}`;
  return {
    body: { ...body, outcome: 'invalid', report: sealed.salted.commit('report', report) },
    // RFC 8785 order: report comes after record, which is the last member of a payload.
    payload: withReport,
  };
}

function payloadText(
  sealed: Sealed,
  at: number,
  context: string,
  proposed: string,
  actions: string,
): string {
  const principal =
    sealed.principal === undefined ? '' : `"principal":${quote(sealed.principal, 'principal')},`;
  return (
    `{"actions":${actions},"at":${at},"context":${context},"id":${quote(sealed.id, 'id')},` +
    `${principal}"proposed":${proposed},"record":${sealed.record}}`
  );
}

function sectorOf({ observation, data }: Sealed): string | undefined {
  const sector =
    observation.sectorField === undefined ? observation.sector : data[observation.sectorField];
  return sector === undefined ? undefined : String(sector);
}

const none: readonly never[] = Object.freeze([]);

/** Per action the first eight answers in guard order, then how many more there were. */
function leafVerdicts(evaluation: Evaluation): readonly (LeafVerdict | LeafVerdictsMore)[] {
  if (evaluation.verdicts.length === 0) return none;
  const kept: (LeafVerdict | LeafVerdictsMore)[] = [];
  let action = -1;
  let count = 0;
  const close = (): void => {
    if (count > limits.verdictsPerAction) {
      kept.push({ action, more: count - limits.verdictsPerAction });
    }
  };
  for (const verdict of evaluation.verdicts) {
    if (verdict.action !== action) {
      close();
      action = verdict.action;
      count = 0;
    }
    count++;
    if (count <= limits.verdictsPerAction) kept.push({ ...verdict });
  }
  close();
  return kept;
}
