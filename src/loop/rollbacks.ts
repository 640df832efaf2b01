import { fail } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { StageVerdict } from '../receipts/verify/leaf-types.ts';
import type { Snapshot } from '../rules/snapshot.ts';
import { type BlobSource, loadIdentity } from '../runtime/store.ts';
import type { KnownProposal } from './knowledge/types.ts';

/** What a leaf says of the seven stages where none of them was asked. */
export const skippedStages: readonly StageVerdict[] = Object.freeze(
  Array.from({ length: 7 }, () => 'skip' as const),
);

/** Entries that share an epoch with the leaf of their rollback; more stand right behind it. */
export const besideRollback: number = limits.epochLeaves - 1;

/** What finding a rollback's target asks of a control, or of a log that nobody has open. */
interface Rules {
  readonly log: BlobSource;
  snapshot(): Pick<Snapshot, 'hash' | 'parent'>;
  deployed(): string;
}

/**
 * The snapshot that a rollback goes to: an earlier one of this deploy, because one of another
 * catalogue could undo what was deployed.
 *
 * @throws KnhkError KNHK_LOOP_ROLLBACK
 */
export function rollbackTarget(control: Rules, to: string | undefined): string {
  const current = control.snapshot();
  const target = to ?? current.parent ?? '';
  const first = control.deployed();
  let at = current.hash;
  while (at !== first) {
    const { parent } = loadIdentity(control.log, at);
    if (parent === null) break;
    if (parent === target) return target;
    at = parent;
  }
  return fail(
    'KNHK_LOOP_ROLLBACK',
    'rollback',
    'an earlier snapshot since the last deploy',
    target,
  );
}

/** A promotion that a rollback takes back. */
interface TakenBack {
  /** Content hash of the proposal. */
  readonly proposal: string;
  /** Hash of the snapshot that it made. */
  readonly snapshot: string;
}

/**
 * The promotions between a snapshot and an earlier one that nothing took back yet, latest first: a
 * snapshot has one successor at most, so its parent tells which proposal made it. What another log
 * tells of its own proposals says nothing of these snapshots.
 *
 * @throws KnhkError KNHK_LOG_BLOB
 */
export function takenBack(
  log: BlobSource & { readonly origin: string },
  { from, to }: { readonly from: string; readonly to: string },
  proposals: readonly KnownProposal[],
): readonly TakenBack[] {
  const inForce = proposals.filter(
    ({ state, origin }) => origin === log.origin && (state === 'promoted' || state === 'kept'),
  );
  const found: TakenBack[] = [];
  let at: string | null = from;
  while (at !== null && at !== to) {
    const { parent } = loadIdentity(log, at);
    const promoted = inForce.findLast((known) => known.parent === parent);
    if (promoted !== undefined) found.push({ proposal: promoted.proposal, snapshot: at });
    at = parent;
  }
  return found;
}
