import { monotonicMs } from '../base/clock.ts';
import { limits } from '../base/limits.ts';
import { nextTurn } from '../base/turn.ts';
import type { LogEntry } from '../receipts/log/reader.ts';
import type { LeafOutcome } from '../receipts/verify/leaf-types.ts';
import type { ContextValues } from '../rules/context.ts';
import type { EvaluationRecord } from '../rules/evaluate.ts';
import type { Control } from '../runtime/control.ts';
import { declarationsOf, storedObservation } from '../runtime/restore.ts';
import type { Observation } from '../terms/observation.ts';

/** What recorded observations are read with. */
export type Recording = Pick<Control, 'log' | 'catalogue'>;

/** A recorded observation, as far as it can be evaluated again. */
export interface RecordedObservation {
  readonly seq: number;
  readonly outcome: LeafOutcome;
  readonly observation: Observation;
  readonly record: EvaluationRecord;
  /** Windows and budgets as they stood then. */
  readonly context: ContextValues;
}

/** One apply leaf, and what it decided about where that can be read back. */
export interface Recorded {
  readonly seq: number;
  readonly observation: RecordedObservation | undefined;
}

type Declarations = ReturnType<typeof declarationsOf>;

function recordedOf(entry: LogEntry, declarations: Declarations): Recorded | undefined {
  const { seq, leaf } = entry;
  if (leaf.kind !== 'apply') return undefined;
  const stored = storedObservation(entry, declarations);
  if (stored === undefined) return { seq, observation: undefined };
  const { observation, data, payload } = stored;
  const { at, id, principal, context } = payload;
  const { type } = observation;
  const record =
    principal === undefined ? { type, data, at, id } : { type, data, at, id, principal };
  return { seq, observation: { seq, outcome: leaf.outcome, observation, record, context } };
}

/** The apply leaves among the last so many durable leaves, oldest first, read from the log. */
export function* recentlyRecorded(
  { log, catalogue }: Recording,
  last: number,
): Generator<Recorded> {
  const declarations = declarationsOf(catalogue);
  for (const entry of log.entries(Math.max(0, log.durableSize - last))) {
    const recorded = recordedOf(entry, declarations);
    if (recorded !== undefined) yield recorded;
  }
}

/**
 * Recorded observations that can be read back, of the last so many durable leaves, newest last.
 *
 * @param last by default as many as stage 7 looks at
 */
export function recordedObservations(
  control: Recording,
  last: number = limits.shapesBatch,
): RecordedObservation[] {
  return readable(recentlyRecorded(control, last));
}

/**
 * {@link recordedObservations} for those who ask one after the other, in one block with what they
 * do: only what is new is read, and nothing is kept that an erasure may concern.
 */
export function recordedInTurn(control: Recording): () => readonly RecordedObservation[] {
  const { log, catalogue } = control;
  const declarations = declarationsOf(catalogue);
  let held: Recorded[] = [];
  let to = 0;
  return () => {
    const from = Math.max(0, log.durableSize - limits.shapesBatch);
    const hadSome = to > from;
    let isErased = false;
    held = held.filter(({ seq }) => seq >= from);
    try {
      for (const entry of log.entries(Math.max(from, to))) {
        const recorded = recordedOf(entry, declarations);
        if (recorded !== undefined) held.push(recorded);
        isErased ||= entry.leaf.kind === 'erase';
        to = entry.seq + 1;
      }
      return isErased && hadSome ? recordedObservations(control) : readable(held);
    } finally {
      if (isErased) {
        held = [];
        to = 0;
      }
    }
  };
}

/** Those that can be read back. */
function readable(recorded: Iterable<Recorded>): RecordedObservation[] {
  const found: RecordedObservation[] = [];
  for (const { observation } of recorded) {
    if (observation !== undefined) found.push(observation);
  }
  return found;
}

/** How long others wait at most while observations are read or evaluated. */
export const pieceMsMax = 4;

/**
 * The last recorded observations of a log, kept because reading them costs several times what
 * evaluating them does: only what is new is read. An erasure empties it, so that nothing erased is
 * kept, and so that it holds at any time what reading the log anew would give.
 */
export class RecordedMemory {
  readonly #source: Recording;
  readonly #declarations: Declarations;
  /** Of the leaves from `#from` up to and without `#to`. */
  #held: Recorded[] = [];
  #from = 0;
  #to = 0;
  /** Seq of the last erasure that a call has found: later calls read behind it. */
  #erasure = -1;
  /** The reading under way, or the last one: one at a time. */
  #reading: Promise<unknown> = Promise.resolve();

  constructor(source: Recording) {
    this.#source = source;
    this.#declarations = declarationsOf(source.catalogue);
  }

  /**
   * The apply leaves among the last so many durable leaves at the time of the call, oldest first.
   * It yields to the event loop while it reads.
   *
   * @throws the reason of `signal`; KnhkError KNHK_LOG_CORRUPT
   */
  recent(last: number, signal?: AbortSignal): Promise<readonly Recorded[]> {
    const end = this.#source.log.durableSize;
    const turn = this.#reading.then(() => this.#read(Math.max(0, end - last), end, signal));
    this.#reading = turn.catch(() => {});
    return turn;
  }

  async #read(start: number, end: number, signal?: AbortSignal): Promise<readonly Recorded[]> {
    if (start < this.#from || start > this.#to) this.#forget(start);
    const hadSome = this.#to > this.#from;
    const erasure = await this.#readOn(end, signal);
    const isErased = erasure > this.#erasure;
    if (isErased && hadSome) {
      this.#forget(start);
      await this.#readOn(end, signal);
    }
    const first = this.#held.findIndex(({ seq }) => seq >= start);
    const found = first < 0 ? [] : this.#held.slice(first);
    this.#held = found;
    this.#from = start;
    // Keys may be gone a little later than the leaf that says so, so this is not kept.
    if (isErased) this.#forget(end);
    this.#erasure = Math.max(this.#erasure, erasure);
    return found;
  }

  /** Reads up to a seq; gives that of the last erasure it came by, or -1. */
  async #readOn(end: number, signal: AbortSignal | undefined): Promise<number> {
    let erasure = -1;
    let pieceMs = monotonicMs();
    for (const entry of this.#source.log.entries(this.#to)) {
      if (entry.seq >= end) break;
      const recorded = recordedOf(entry, this.#declarations);
      if (recorded !== undefined) this.#held.push(recorded);
      if (entry.leaf.kind === 'erase') erasure = entry.seq;
      this.#to = entry.seq + 1;
      if (monotonicMs() - pieceMs < pieceMsMax) continue;
      await nextTurn();
      signal?.throwIfAborted();
      pieceMs = monotonicMs();
    }
    return erasure;
  }

  #forget(from: number): void {
    this.#held = [];
    this.#from = from;
    this.#to = from;
  }
}

const memories = new WeakMap<Recording, RecordedMemory>();

/** The memory of a runtime's control, kept as long as the control is. */
export function memoryOf(source: Recording): RecordedMemory {
  let memory = memories.get(source);
  if (memory === undefined) {
    memory = new RecordedMemory(source);
    memories.set(source, memory);
  }
  return memory;
}
