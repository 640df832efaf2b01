import { channel } from 'node:diagnostics_channel';

/** A channel of node:diagnostics_channel, as far as it is used. */
export interface DiagnosticsChannel {
  /** False where a message would reach nobody. */
  readonly hasSubscribers: boolean;
  /** Calls every subscriber, synchronously; the library does this. */
  publish(message: unknown): void;
  /** Adds a listener; the same one twice is called twice. */
  subscribe(listener: (message: unknown, name: string | symbol) => void): void;
  /** Takes a listener away; true if it was there. */
  unsubscribe(listener: (message: unknown, name: string | symbol) => void): unknown;
}

/**
 * The diagnostics channels of the library (node:diagnostics_channel). Publishing costs nothing
 * while nobody subscribes. Messages hold hashes, names and counts, never an observation's data. A
 * listener that throws ends the process, as Node does with every diagnostics channel.
 *
 * @example
 * let leaves = 0;
 * const listen = (): void => void leaves++;
 * channels.sequenced.subscribe(listen);
 * await knhk.apply(Flight, flight);
 * channels.sequenced.unsubscribe(listen);
 * leaves; // => 1
 */
export const channels: {
  /** `knhk.sequenced`: { seq, type, outcome, fired, snapshot } when a leaf is written. */
  readonly sequenced: DiagnosticsChannel;
  /** `knhk.checkpoint`: { size, root, note, leaves, bytes, commitMs } when an epoch is durable. */
  readonly checkpoint: DiagnosticsChannel;
  /** `knhk.refused`: { type, issues } for unreadable input; an issue is { path, expected }. */
  readonly refused: DiagnosticsChannel;
  /** `knhk.snapshot`: { kind, seq, snapshot, parent } at deploy, promote and rollback. */
  readonly snapshot: DiagnosticsChannel;
  /** `knhk.health`: { status, reasons } when health changes. */
  readonly health: DiagnosticsChannel;
  /** `knhk.cycle`: the report of a loop's cycle. */
  readonly cycle: DiagnosticsChannel;
  /** `knhk.operation.start`: an Operation when warm work begins. */
  readonly operationStart: DiagnosticsChannel;
  /** `knhk.operation.end`: the same object with its duration and facts, or its error. */
  readonly operationEnd: DiagnosticsChannel;
  /** `knhk.trace`: { type, trace }; a listener may set `trace` to the caller's traceparent. */
  readonly trace: DiagnosticsChannel;
  /** `knhk.collect`: a TallyRequest published by a subscriber; each open runtime adds its sums. */
  readonly collect: DiagnosticsChannel;
  /** `knhk.closed`: the last RuntimeSample of a runtime that closes. */
  readonly closed: DiagnosticsChannel;
} = {
  sequenced: channel('knhk.sequenced'),
  checkpoint: channel('knhk.checkpoint'),
  refused: channel('knhk.refused'),
  snapshot: channel('knhk.snapshot'),
  health: channel('knhk.health'),
  cycle: channel('knhk.cycle'),
  operationStart: channel('knhk.operation.start'),
  operationEnd: channel('knhk.operation.end'),
  trace: channel('knhk.trace'),
  collect: channel('knhk.collect'),
  closed: channel('knhk.closed'),
};
