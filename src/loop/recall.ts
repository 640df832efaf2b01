import { fail } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Snapshot } from '../rules/snapshot.ts';
import type { Control } from '../runtime/control.ts';
import { declarationsOf, type StoredObservation, storedObservation } from '../runtime/restore.ts';
import { type BlobSource, loadIdentity } from '../runtime/store.ts';

/** The last recorded observations, newest last. */
export function recordedObservations(control: Control): StoredObservation[] {
  const { log } = control;
  const declarations = declarationsOf(control.catalogue);
  const from = Math.max(0, log.durableSize - limits.shapesBatch);
  const recorded: StoredObservation[] = [];
  for (const entry of log.entries(from)) {
    const stored = storedObservation(entry, declarations);
    if (stored !== undefined) recorded.push(stored);
  }
  return recorded;
}

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
