import { join } from 'node:path';
import { toHex } from '../base/bytes.ts';
import { describe } from '../base/errors.ts';
import type { Held } from '../receipts/log/held.ts';
import { nodeVerify } from '../receipts/log/signer.ts';
import type { Survey } from '../receipts/log/survey.ts';
import { parseCheckpoint } from '../receipts/verify/checkpoint.ts';
import { checkCheckpoint, type TrustedKeys } from '../receipts/verify/keyring.ts';
import { type BlobSource, loadIdentity, loadRules } from '../runtime/store.ts';
import { isUsable, type SavepointFile, writtenMs } from './status-files.ts';
import type { StatusFold } from './status-fold.ts';
import type { CheckpointStatus, SnapshotStatus } from './status-types.ts';

/** How far the log goes, and how far `head` says. */
export interface Ends {
  readonly survey: Survey;
  /** Leaves that `head` names; 0 where it cannot be read. */
  readonly acknowledged: number;
  readonly writer: Held;
}

/** Finds what is wrong between the log's end and its head. */
export function judgeEnd(fold: StatusFold, data: string, ends: Ends): void {
  const { survey, acknowledged, writer } = ends;
  const { leaves, tail } = survey;
  if (acknowledged > leaves) {
    const message = `head names ${acknowledged} leaves, the log ends after ${leaves}`;
    fold.find({ kind: 'rollback', severity: 'problem', seq: leaves, message });
    return;
  }
  // A writer at work is always some bytes ahead of what it has acknowledged.
  if (writer === 'held') return;
  if (tail.bytes > 0) {
    const message =
      `${tail.bytes} bytes (${tail.leaves} leaves) follow the last epoch: ` +
      'an interrupted writer left them, opening the log cuts them off';
    fold.find({ kind: 'tail', severity: 'warning', seq: leaves, message });
  }
  if (leaves === 0 || acknowledged === leaves) return;
  if (acknowledged > 0) {
    const message = `head names ${acknowledged} leaves of ${leaves}: a crash left it behind`;
    fold.find({ kind: 'head_behind', severity: 'warning', seq: acknowledged, message });
    return;
  }
  const state = writtenMs(join(data, 'head')) === undefined ? 'is missing' : 'cannot be read';
  const message = `head ${state}: that the log's end is whole cannot be told`;
  fold.find({ kind: 'head_missing', severity: 'warning', seq: null, message });
}

/** Finds savepoints that opening would pass over. */
export function judgeSavepoints(
  fold: StatusFold,
  data: string,
  files: readonly SavepointFile[],
): void {
  for (const file of files) {
    if (isUsable(data, file, (size) => fold.noteAt.get(size))) continue;
    const message = `savepoint/${file.name} is damaged or belongs to no checkpoint of this log`;
    fold.find({ kind: 'savepoint', severity: 'warning', seq: file.size, message });
  }
}

const signatures = {
  signed: 'valid',
  invalid: 'invalid',
  unknown: 'unknown key',
  revoked: 'revoked key',
} as const;

/** The checkpoint at the log's end, judged by the keys that are trusted, if any are. */
export function judgeCheckpoint(
  fold: StatusFold,
  trusted: TrustedKeys | undefined,
): CheckpointStatus | null {
  const checkpoint = parseCheckpoint(fold.note ?? '');
  if (checkpoint === undefined) return null;
  const { size, root, note } = checkpoint;
  const signature =
    trusted === undefined
      ? 'unchecked'
      : signatures[checkCheckpoint(checkpoint, trusted, nodeVerify)];
  if (signature !== 'valid' && signature !== 'unchecked') {
    const message = `the checkpoint of size ${size} has no valid signature: ${signature}`;
    fold.find({ kind: 'signature', severity: 'problem', seq: size - 1, message });
  }
  return { size, root: toHex(root), keys: note.signatures.map(({ id }) => id), signature };
}

/** The rules that decide now; a finding where the log has lost them. */
export function judgeSnapshot(fold: StatusFold, source: BlobSource): SnapshotStatus | null {
  const { current, deployed, changed } = fold;
  if (current === undefined) return null;
  let version: number | null = null;
  try {
    const identity = loadIdentity(source, current.snapshot);
    loadRules(source, identity.rules);
    version = identity.version;
  } catch (error) {
    const message = `the current rules cannot be read: ${describe(error)}`;
    fold.find({ kind: 'blob', severity: 'problem', seq: current.seq, message });
  }
  const placeOf = (place: typeof current | undefined) =>
    place === undefined ? null : { seq: place.seq, time: place.time };
  return {
    hash: current.snapshot,
    version,
    by: current.kind,
    seq: current.seq,
    time: current.time,
    deployed: placeOf(deployed),
    changed: placeOf(changed),
  };
}
