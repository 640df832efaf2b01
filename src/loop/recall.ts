import { fail } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Control } from '../runtime/control.ts';
import { declarationsOf, type StoredObservation, storedObservation } from '../runtime/restore.ts';

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

/**
 * The snapshot that a rollback goes to: an earlier one of this deploy, because one of another
 * catalogue could undo what was deployed.
 *
 * @throws KnhkError KNHK_LOOP_ROLLBACK
 */
export function rollbackTarget(control: Control, to: string | undefined): string {
  const { log } = control;
  const reachable: string[] = [];
  for (let seq = log.durableSize - 1; seq >= 0; seq--) {
    const { leaf } = log.read(seq);
    if (leaf.kind !== 'deploy' && leaf.kind !== 'promote' && leaf.kind !== 'rollback') continue;
    if (leaf.kind === 'deploy') {
      reachable.push(leaf.snapshot);
      break;
    }
    reachable.push(leaf.snapshot, leaf.parent);
  }
  const current = control.snapshot();
  const target = to ?? current.parent ?? '';
  if (target === current.hash || !reachable.includes(target)) {
    fail('KNHK_LOOP_ROLLBACK', 'rollback', 'an earlier snapshot since the last deploy', target);
  }
  return target;
}
