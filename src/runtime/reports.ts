import type { CommittedEpoch } from '../receipts/log/index.ts';
import { channels } from './channels.ts';
import { type OperationOf, report } from './operations.ts';
import type { RuntimeSample } from './tally.ts';

/** What `knhk.collect` publishes: each open runtime adds its sums. */
export interface TallyRequest {
  /** Called synchronously, once by each open runtime. */
  add(sample: RuntimeSample): void;
}

/** Most callers that one piece of shared work names; OpenTelemetry keeps 128 links by default. */
const tracesMax = 128;

/**
 * Whom shared work served: each trace once, in order of appearance. Detached where it served
 * callers without a trace as well, because then it belongs to no single one of the others.
 */
export function callersOf(
  traces: readonly (string | undefined)[],
): Pick<OperationOf<'epoch'>, 'traces' | 'detached'> {
  const distinct = new Set<string>();
  for (const trace of traces) {
    if (trace !== undefined && distinct.size < tracesMax) distinct.add(trace);
  }
  const isShared = distinct.size > 0 && traces.includes(undefined);
  return { traces: [...distinct], ...(isShared ? { detached: true } : {}) };
}

/** Tells of an epoch that is durable. */
export function reportEpoch(origin: string, epoch: CommittedEpoch): void {
  const { size, root, note, leaves, bytes, commitMs, bodies, openMs } = epoch;
  if (channels.checkpoint.hasSubscribers) {
    channels.checkpoint.publish({ size, root, note, leaves, bytes, commitMs });
  }
  if (!channels.operationEnd.hasSubscribers) return;
  const callers = callersOf(bodies.map(({ trace }) => trace));
  const facts = { first: size - leaves, leaves, bytes, commitMs };
  report({ name: 'epoch', origin, ...callers }, openMs, { facts });
}

/**
 * Answers `knhk.collect` until the function returned is called, which leaves the last sums behind
 * on `knhk.closed`.
 */
export function answerCollect(sample: () => RuntimeSample): () => void {
  const listen = (message: unknown): void => (message as TallyRequest).add(sample());
  channels.collect.subscribe(listen);
  return () => {
    channels.collect.unsubscribe(listen);
    if (channels.closed.hasSubscribers) channels.closed.publish(sample());
  };
}
