import { monotonicMs } from '../base/clock.ts';
import { nextTurn } from '../base/turn.ts';
import { storedView } from '../rules/context.ts';
import { type Evaluation, evaluate } from '../rules/evaluate.ts';
import type { Snapshot } from '../rules/snapshot.ts';
import type { Control } from '../runtime/control.ts';
import type { ShapesDocument } from '../shapes/document.ts';
import { memoryOf, pieceMsMax, type Recorded, type RecordedObservation } from './recorded.ts';
import { ShadowShapes } from './shadow-shapes.ts';
import { differing, exampleOf, isSame, ShadowSide } from './shadow-side.ts';
import type { ShadowExample, ShadowReport } from './shadow-types.ts';

/** What decides now, and what it decided about. */
export type ShadowSource = Pick<Control, 'log' | 'catalogue' | 'snapshot' | 'shapes'>;

/** Options of {@link shadow}. */
export interface ShadowOptions {
  /** How many of the last leaves are looked at; default 10,000. */
  readonly observations?: number;
  /** The candidate's shapes, where it names any. */
  readonly shapes?: ShapesDocument | undefined;
  /** Ends it: the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
}

const observationsDefault = 10_000;

/**
 * What a candidate would have decided about recorded observations, beside what the current rules
 * decide about them. Each is evaluated on the context that was stored with it: windows and budgets
 * as they stood then, not as the candidate's own earlier decisions would have moved them. A budget
 * that was not looked up then reads as spent, so that a guard that newly asks for one denies. What
 * was streamed and fired nothing is not recorded, so it is not looked at. Shapes are asked again
 * only where the candidate changes them.
 *
 * It yields to the event loop between pieces of a few ms; what is appended meanwhile is not seen.
 *
 * @throws the reason of `signal`; KnhkError KNHK_LOG_CORRUPT
 */
export async function shadow(
  source: ShadowSource,
  candidate: Snapshot,
  options: ShadowOptions = {},
): Promise<ShadowReport> {
  const { observations = observationsDefault, shapes, signal } = options;
  const before = { snapshot: source.snapshot(), shapes: source.shapes() };
  const after = { snapshot: candidate, shapes };
  const recorded = await memoryOf(source).recent(observations, signal);
  return shadowOver(recorded, before, after, signal);
}

/** Rules and the shapes that go with them. */
export interface Ruling {
  readonly snapshot: Snapshot;
  readonly shapes: ShapesDocument | undefined;
}

/** {@link shadow} over observations that were read. */
export async function shadowOver(
  recorded: Iterable<Recorded>,
  before: Ruling,
  after: Ruling,
  signal?: AbortSignal,
): Promise<ShadowReport> {
  const run = new ShadowRun(before, after);
  let pieceMs = monotonicMs();
  for (const { seq, observation } of recorded) {
    // A promise only where an engine has to be asked: awaiting nothing costs more than evaluating.
    const pending = run.look(seq, observation);
    if (pending !== undefined) await pending;
    if (monotonicMs() - pieceMs < pieceMsMax) continue;
    signal?.throwIfAborted();
    await nextTurn();
    signal?.throwIfAborted();
    pieceMs = monotonicMs();
  }
  return run.report();
}

const examplesMax = 8;

class ShadowRun {
  readonly #before: ShadowSide;
  readonly #after: ShadowSide;
  /** Absent where the candidate keeps the shapes. */
  readonly #shapes: readonly [ShadowShapes, ShadowShapes] | undefined;
  #first: number | undefined;
  #last = 0;
  #evaluated = 0;
  #unavailable = 0;
  #differing = 0;
  #newFailures = 0;
  readonly #examples: ShadowExample[] = [];

  constructor(before: Ruling, after: Ruling) {
    this.#before = new ShadowSide(before.snapshot);
    this.#after = new ShadowSide(after.snapshot);
    if (before.snapshot.document.shapes === after.snapshot.document.shapes) return;
    this.#shapes = [new ShadowShapes(before.shapes), new ShadowShapes(after.shapes)];
  }

  look(seq: number, stored: RecordedObservation | undefined): Promise<void> | undefined {
    this.#first ??= seq;
    this.#last = seq;
    if (stored === undefined) return void this.#unavailable++;
    if (this.#shapes !== undefined) return this.#ask(stored, this.#shapes);
    if (stored.outcome === 'invalid') return void this.#unavailable++;
    this.#compare(stored, true, true);
    return undefined;
  }

  async #ask(
    stored: RecordedObservation,
    [before, after]: readonly [ShadowShapes, ShadowShapes],
  ): Promise<void> {
    const [wasValid, isValid] = [await before.conforms(stored), await after.conforms(stored)];
    if (wasValid || isValid) this.#compare(stored, wasValid, isValid);
    else this.#unavailable++;
  }

  #compare(stored: RecordedObservation, wasValid: boolean, isValid: boolean): void {
    const { seq, observation, record, context } = stored;
    const view = storedView(context);
    const was = wasValid ? evaluate(this.#before.snapshot, view, record) : undefined;
    const is = isValid ? evaluate(this.#after.snapshot, view, record) : undefined;
    this.#evaluated++;
    this.#before.count(was);
    this.#after.count(is);
    if (isFailed(is) && !isFailed(was)) this.#newFailures++;
    if (isSame(was, is)) return;
    this.#differing++;
    if (this.#examples.length >= examplesMax) return;
    const sides = { before: exampleOf(was), after: exampleOf(is) };
    this.#examples.push({ seq, type: observation.type, ...sides });
  }

  report(): ShadowReport {
    const [before, after] = [this.#before, this.#after];
    return {
      evaluated: this.#evaluated,
      unavailable: this.#unavailable,
      seqs: this.#first === undefined ? null : [this.#first, this.#last],
      differing: this.#differing,
      outcomes: { before: before.outcomes, after: after.outcomes },
      fired: differing(before.fired(), after.fired()),
      actions: differing(before.actions, after.actions),
      newFailures: this.#newFailures,
      examples: this.#examples,
    };
  }
}

const isFailed = (decision: Evaluation | undefined): boolean => decision?.outcome === 'failed';
