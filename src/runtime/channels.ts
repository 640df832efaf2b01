import { type Channel, channel } from 'node:diagnostics_channel';

/**
 * The diagnostics channels of the library (node:diagnostics_channel). Publishing costs nothing
 * while nobody subscribes. Messages hold hashes, names and counts, never an observation's data.
 */
export const channels: {
  /** `knhk.sequenced`: { seq, type, outcome, fired, snapshot } when a leaf is written. */
  readonly sequenced: Channel;
  /** `knhk.checkpoint`: { size, root, leaves, bytes, commitMs } when an epoch is durable. */
  readonly checkpoint: Channel;
  /** `knhk.refused`: { type, issues } for unreadable input. */
  readonly refused: Channel;
  /** `knhk.snapshot`: { kind, seq, snapshot, parent } at deploy, promote and rollback. */
  readonly snapshot: Channel;
  /** `knhk.health`: { status, reasons } when health changes. */
  readonly health: Channel;
  /** `knhk.cycle`: the report of a loop's cycle. */
  readonly cycle: Channel;
} = {
  sequenced: channel('knhk.sequenced'),
  checkpoint: channel('knhk.checkpoint'),
  refused: channel('knhk.refused'),
  snapshot: channel('knhk.snapshot'),
  health: channel('knhk.health'),
  cycle: channel('knhk.cycle'),
};
