import { KnhkError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Catalogue } from '../rules/catalogue.ts';
import { applyChange } from '../rules/changes.ts';
import { storedView } from '../rules/context.ts';
import { type RulesDocument, rulesHash } from '../rules/document.ts';
import { evaluate } from '../rules/evaluate.ts';
import { linkSnapshot, type Snapshot } from '../rules/snapshot.ts';
import type { StoredObservation } from '../runtime/restore.ts';
import { documentFromText, type ShapesDocument } from '../shapes/document.ts';
import { formProblem } from './form.ts';
import { brokenInvariants, type Measurements } from './measurements.ts';
import { protectedDamage } from './protection.ts';
import type { Proposal, StageName } from './types.ts';

/** Everything that the stages judge by. */
export interface StageInput {
  readonly proposal: Proposal;
  readonly current: Snapshot;
  readonly catalogue: Catalogue;
  readonly shapes: ShapesDocument | undefined;
  readonly measurements: Measurements;
  /** Recent recorded observations, at most 256. */
  readonly recorded: readonly StoredObservation[];
}

/** The document that a proposal would make, computed once for all stages. */
export interface Candidate {
  readonly document: RulesDocument;
  readonly shapes: ShapesDocument | undefined;
  /** The candidate linked with its code, or why it does not link. */
  readonly snapshot: Snapshot | KnhkError;
}

/** A stage's refusal, or undefined to pass. `unable`: there is nothing it could judge. */
export type StageResult =
  | undefined
  | 'unable'
  | { readonly code: string; readonly message: string };

/** One stage of validation. */
export interface Stage {
  readonly name: StageName;
  /** What it may take in ms. */
  readonly budgetMs: number;
  judge(input: StageInput, candidate: Candidate | KnhkError): StageResult;
}

/** Applies a proposal's change; its error is what stage 1 reports. */
export function candidateOf(input: StageInput): Candidate | KnhkError {
  const { proposal, current, catalogue, shapes } = input;
  try {
    const document = applyChange(current.document, proposal.change);
    const text = proposal.shapesText;
    const carried = text === undefined ? undefined : documentFromText(text);
    return {
      document,
      shapes: proposal.change.kind === 'shapes' ? carried : (carried ?? shapes),
      snapshot: linked(document, catalogue, current),
    };
  } catch (error) {
    if (error instanceof KnhkError) return error;
    throw error;
  }
}

function linked(
  document: RulesDocument,
  catalogue: Catalogue,
  current: Snapshot,
): Snapshot | KnhkError {
  try {
    return linkSnapshot(document, catalogue, {
      parent: current.hash,
      version: current.version + 1,
    });
  } catch (error) {
    if (error instanceof KnhkError) return error;
    throw error;
  }
}

/** Stage 1: the change has its form, fits the snapshot, and new shapes compile. */
const staticStage: Stage = {
  name: 'static',
  budgetMs: 5,
  judge: ({ proposal, current, catalogue }, candidate) => {
    if (candidate instanceof KnhkError) return { code: candidate.code, message: candidate.message };
    const { change, shapesText } = proposal;
    const problem = formProblem(change, current.document, catalogue);
    if (problem !== undefined) return { code: 'KNHK_LOOP_PROPOSAL', message: problem };
    const shapesChange = change.kind === 'shapes';
    const named = shapesChange ? change.shapes : null;
    const carried = shapesText === undefined ? null : (candidate.shapes?.hash ?? null);
    if (shapesChange ? named === carried : shapesText === undefined) return undefined;
    const message = `the change names ${named ?? 'no shapes'}, the proposal carries ${carried}`;
    return { code: 'KNHK_LOOP_PROPOSAL', message };
  },
};

/** Stage 2: Q1, Q2, Q4 and Q5 hold on the measurements given. */
const invariantsStage: Stage = {
  name: 'invariants',
  budgetMs: 10,
  judge: ({ measurements, current }) => {
    const broken = brokenInvariants(measurements, current.document.slo);
    if (broken.length === 0) return undefined;
    return { code: 'KNHK_LOOP_INVARIANT', message: broken.join('; ') };
  },
};

/** Stage 3: every parameter stays where the doctrines want it. */
const doctrineStage: Stage = {
  name: 'doctrine',
  budgetMs: 5,
  judge: (_, candidate) => {
    if (candidate instanceof KnhkError) return 'unable';
    for (const { name, rules } of candidate.document.doctrines) {
      for (const { id, parameter, between } of rules) {
        const value = Number(candidate.document.parameters[parameter]?.value);
        if (value >= between[0] && value <= between[1]) continue;
        const message = `${name}/${id}: ${parameter} = ${value} is not in [${between.join(', ')}]`;
        return { code: 'KNHK_LOOP_DOCTRINE', message };
      }
    }
    return undefined;
  },
};

/** Stage 4 (Q3): protected guards, hooks, parameters, classes and properties are untouched. */
const guardStage: Stage = {
  name: 'guard',
  budgetMs: 5,
  judge: ({ current, shapes }, candidate) => {
    if (candidate instanceof KnhkError) return 'unable';
    const before = { document: current.document, shapes };
    const damage = protectedDamage(before, candidate);
    return damage === undefined ? undefined : { code: 'KNHK_LOOP_PROTECTED', message: damage };
  },
};

/** Bytes of rows a type may take: a first-level cache, beyond which lookups are no longer hot. */
const rowBytesMax = 32_768;

/** Stage 5: the cost of evaluation, computed from the rows, and measured p99 if there is one. */
const performanceStage: Stage = {
  name: 'performance',
  budgetMs: 5,
  judge: ({ current, measurements }, candidate) => {
    if (candidate instanceof KnhkError) return 'unable';
    const { snapshot } = candidate;
    if (snapshot instanceof KnhkError) return 'unable';
    for (const [type, plan] of snapshot.plans) {
      const cost = plan.program.bytes;
      const before = current.plans.get(type);
      const allowed = Math.max(rowBytesMax, before === undefined ? 0 : before.program.bytes);
      if (cost > allowed) {
        const message = `${type}: ${cost} bytes of rows, at most ${allowed}`;
        return { code: 'KNHK_LOOP_COST', message };
      }
    }
    const { hotP99Ns, hotSamples = 0 } = measurements;
    const { operationNs } = current.document.slo;
    if (hotP99Ns === undefined || hotSamples < 1_000 || hotP99Ns <= operationNs) return undefined;
    const message = `p99 ${hotP99Ns} ns over ${hotSamples} samples, at most ${operationNs}`;
    return { code: 'KNHK_LOOP_COST', message };
  },
};

/** Stage 6: the proposal's inverse restores the parent's exact rules. */
const rollbackStage: Stage = {
  name: 'rollback',
  budgetMs: 5,
  judge: ({ proposal, current }, candidate) => {
    if (candidate instanceof KnhkError) return 'unable';
    try {
      const restored = rulesHash(applyChange(candidate.document, proposal.inverse));
      if (restored === current.rules) return undefined;
      const message = `the inverse gives rules ${restored}, not ${current.rules}`;
      return { code: 'KNHK_LOOP_INVERSE', message };
    } catch (error) {
      if (!(error instanceof KnhkError)) throw error;
      return { code: 'KNHK_LOOP_INVERSE', message: error.message };
    }
  },
};

/** Stage 7: made for this snapshot, every input declared, recorded observations still evaluate. */
const compatibilityStage: Stage = {
  name: 'compatibility',
  budgetMs: 10,
  judge: ({ proposal, current, recorded }, candidate) => {
    if (candidate instanceof KnhkError) return 'unable';
    const refuse = (message: string): StageResult => ({ code: 'KNHK_LOOP_INCOMPATIBLE', message });
    if (proposal.parent !== current.hash) {
      return refuse(`made for snapshot ${proposal.parent}, current is ${current.hash}`);
    }
    const { snapshot } = candidate;
    if (snapshot instanceof KnhkError) return refuse(snapshot.message);
    for (const { leaf, payload, observation, data } of recorded.slice(0, recordedMax)) {
      if (leaf.outcome === 'failed' || leaf.outcome === 'invalid') continue;
      const record = { type: observation.type, data, at: payload.at, id: payload.id };
      const { failure } = evaluate(snapshot, storedView(payload.context), record);
      if (failure === undefined) continue;
      return refuse(`the observation at seq ${leaf.seq} would fail: ${failure.message}`);
    }
    return undefined;
  },
};

const recordedMax = limits.shapesBatch;

/** The seven stages in order; a promotion needs all of them. */
export const stages: readonly Stage[] = Object.freeze([
  staticStage,
  invariantsStage,
  doctrineStage,
  guardStage,
  performanceStage,
  rollbackStage,
  compatibilityStage,
]);
