import type { Outcome } from './outcome.ts';
import type { Pipeline, QueueEntry } from './pipeline.ts';

/** Rejects an entry at once when the signal aborts, unless it has been sequenced. */
export function cancelOn(
  signal: AbortSignal,
  entry: QueueEntry,
  promise: Promise<Outcome>,
  pipeline: Pipeline,
): void {
  const cancel = (): void => {
    if (entry.state !== 'waiting') return;
    entry.state = 'cancelled';
    entry.admitted.flight.reject(signal.reason);
    // It may have held up the line.
    pipeline.pump();
  };
  signal.addEventListener('abort', cancel, { once: true });
  const forget = (): void => signal.removeEventListener('abort', cancel);
  promise.then(forget, forget);
}
