import { channel } from 'node:diagnostics_channel';

/** A channel of node:diagnostics_channel, as far as it is used. */
export interface DiagnosticsChannel {
  readonly hasSubscribers: boolean;
  publish(message: unknown): void;
  subscribe(listener: (message: unknown, name: string | symbol) => void): void;
  unsubscribe(listener: (message: unknown, name: string | symbol) => void): unknown;
}

/**
 * The diagnostics channels of the library (node:diagnostics_channel). Publishing costs nothing
 * while nobody subscribes. Messages hold hashes, names and counts, never an observation's data.
 */
export const channels: {
  /** `knhk.sequenced`: { seq, type, outcome, fired, snapshot } when a leaf is written. */
  readonly sequenced: DiagnosticsChannel;
  /** `knhk.checkpoint`: { size, root, leaves, bytes, commitMs } when an epoch is durable. */
  readonly checkpoint: DiagnosticsChannel;
  /** `knhk.refused`: { type, issues } for unreadable input. */
  readonly refused: DiagnosticsChannel;
  /** `knhk.snapshot`: { kind, seq, snapshot, parent } at deploy, promote and rollback. */
  readonly snapshot: DiagnosticsChannel;
  /** `knhk.health`: { status, reasons } when health changes. */
  readonly health: DiagnosticsChannel;
  /** `knhk.cycle`: the report of a loop's cycle. */
  readonly cycle: DiagnosticsChannel;
} = {
  sequenced: channel('knhk.sequenced'),
  checkpoint: channel('knhk.checkpoint'),
  refused: channel('knhk.refused'),
  snapshot: channel('knhk.snapshot'),
  health: channel('knhk.health'),
  cycle: channel('knhk.cycle'),
};
