import { monotonicMs } from '../../base/clock.ts';
import { onAbort } from './abort.ts';
import { unavailable } from './fault.ts';
import { Item, type Outcome } from './item.ts';
import type { Parcel } from './task.ts';

/** When the items of one caller end at the latest. */
export interface CallOptions {
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly onDeadline: () => void;
}

/** What a caller hands in. */
export interface Given {
  readonly text: Parcel;
  readonly subject: string;
}

/** Items of one caller, with one deadline and one signal. */
export interface Call {
  readonly items: readonly Item[];
  /** How each ended, once all have; never rejects. */
  readonly outcomes: Promise<readonly Outcome[]>;
}

/** Begins a call; its timer and its listener are gone when its last item is settled. */
export function beginCall(given: readonly Given[], options: CallOptions): Call {
  const { deadlineMs, signal, onDeadline } = options;
  const deadlineAt = monotonicMs() + deadlineMs;
  const outcomes = new Array<Outcome>(given.length);
  let left = given.length;
  let done: (outcomes: readonly Outcome[]) => void = () => {};
  const items = given.map(
    ({ text, subject }, index) =>
      new Item(text, subject, deadlineAt, (outcome) => {
        outcomes[index] = outcome;
        if (--left > 0) return;
        clearTimeout(timer);
        release?.();
        done(outcomes);
      }),
  );
  const timer = setTimeout(() => {
    onDeadline();
    const reason = unavailable('deadline', `an answer within ${deadlineMs} ms`);
    for (const item of items) item.fail(reason);
  }, deadlineMs);
  const abort = (): void => {
    for (const item of items) item.fail(signal?.reason);
  };
  const release = signal === undefined ? undefined : onAbort(signal, abort);
  const settled = new Promise<readonly Outcome[]>((resolve) => {
    done = resolve;
  });
  return { items, outcomes: settled };
}
