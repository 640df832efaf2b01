import { monotonicMs } from '../../base/clock.ts';
import { describe, type KnhkError } from '../../base/errors.ts';
import type { StageReport } from '../types.ts';
import type { Candidate, Stage, StageInput, StageResult } from './stage.ts';

/** A stage of a validation and how long it may take. */
export interface StageRun {
  readonly stage: Stage;
  /** 1 to 7. */
  readonly number: number;
  readonly deadlineMs: number;
  /** Aborts where the whole validation is given up. */
  readonly signal: AbortSignal | undefined;
}

/** What a stage came to; a broken one says nothing about the proposal's content. */
export interface StageRan {
  readonly report: StageReport;
  /** It threw, answered nonsense or did not answer in time. */
  readonly isBroken: boolean;
}

/**
 * Runs one stage. Whatever is no answer in time refuses: a throw, a rejection, nonsense, silence,
 * an answer after the deadline.
 */
export async function runStage(
  run: StageRun,
  input: StageInput,
  candidate: Candidate | KnhkError,
): Promise<StageRan> {
  const start = monotonicMs();
  const reported = (answer: Answer): StageRan =>
    reportOf(answer, monotonicMs() - start, run, input);
  const { stage, signal } = run;
  if (signal?.aborted === true) return reported(givenUp(stage));
  const ending = new AbortController();
  try {
    const answer: unknown = stage.judge(input, candidate, ending.signal);
    // No timer for those that answer at once, and no time in which others run counts as theirs.
    if (!isPending(answer)) return reported(checked(answer, stage));
    return await inTime(answer, run, ending, reported);
  } catch (error) {
    return reported(broken(threw, describe(error)));
  }
}

function reportOf(answer: Answer, stageMs: number, run: StageRun, input: StageInput): StageRan {
  const { stage, number, deadlineMs } = run;
  const isLate = stageMs > deadlineMs && !answer.isBroken;
  const { result, isBroken } = isLate ? tooLate(run) : answer;
  // What is broken is no judgement, so no parameter makes it advisory.
  const isAdvised = result.verdict === 'refuse' && !isBroken && isAdvisory(input, number);
  const report: StageReport = {
    stage: number,
    name: stage.name,
    ...result,
    ...(isAdvised ? { advisory: true } : {}),
    stageMs,
    ...(stageMs > stage.budgetMs ? { overBudget: true } : {}),
  };
  return { report, isBroken };
}

interface Answer {
  readonly result: StageResult;
  readonly isBroken: boolean;
}

const threw = 'KNHK_LOOP_STAGE';
const timedOut = 'KNHK_LOOP_STAGE_TIMEOUT';

function broken(code: string, message: string): Answer {
  return { result: { verdict: 'refuse', code, message, evidence: {} }, isBroken: true };
}

const tooLate = ({ stage, deadlineMs }: StageRun): Answer =>
  broken(timedOut, `${stage.name}: no answer within ${deadlineMs} ms`);

const givenUp = ({ name }: Stage): Answer => broken(timedOut, `${name}: given up while it judged`);

const isPending = (answer: unknown): answer is PromiseLike<unknown> =>
  typeof answer === 'object' && answer !== null && 'then' in answer;

/** The first of answer, deadline and signal. */
function inTime(
  answer: PromiseLike<unknown>,
  run: StageRun,
  ending: AbortController,
  reported: (answer: Answer) => StageRan,
): Promise<StageRan> {
  const { stage, signal, deadlineMs } = run;
  return new Promise((resolve) => {
    const end = (result: Answer): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
      resolve(reported(result));
      ending.abort();
    };
    const giveUp = (): void => end(givenUp(stage));
    const timer = setTimeout(() => end(tooLate(run)), deadlineMs);
    signal?.addEventListener('abort', giveUp, { once: true });
    Promise.resolve(answer).then(
      (result) => end(checked(result, stage)),
      (error: unknown) => end(broken(threw, describe(error))),
    );
  });
}

/** An answer that has the form of one. */
function checked(answer: unknown, { name }: Stage): Answer {
  if (isResult(answer)) return { result: answer, isBroken: false };
  return broken(threw, `${name}: ${describe(answer)} is no answer`);
}

function isResult(answer: unknown): answer is StageResult {
  if (typeof answer !== 'object' || answer === null) return false;
  const { verdict, evidence, code, message } = answer as { readonly [name: string]: unknown };
  if (verdict === 'skip') return true;
  if (typeof evidence !== 'object' || evidence === null) return false;
  if (!Object.values(evidence).every(Number.isFinite)) return false;
  if (verdict === 'pass') return true;
  return verdict === 'refuse' && typeof code === 'string' && typeof message === 'string';
}

function isAdvisory({ current }: StageInput, number: number): boolean {
  const parameter = current.document.parameters[`stage${number}Advisory`];
  return parameter?.protected === true && parameter.value === true;
}
