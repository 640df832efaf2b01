import { fail } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Snapshot } from '../rules/snapshot.ts';
import { type BlobSource, loadIdentity } from '../runtime/store.ts';
import { type RecordedObservation, type Recording, recentlyRecorded } from './recorded.ts';

/**
 * Recorded observations that can be read back, of the last so many durable leaves, newest last.
 *
 * @param last by default as many as stage 7 looks at
 */
export function recordedObservations(
  control: Recording,
  last: number = limits.shapesBatch,
): RecordedObservation[] {
  const found: RecordedObservation[] = [];
  for (const { observation } of recentlyRecorded(control, last)) {
    if (observation !== undefined) found.push(observation);
  }
  return found;
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
