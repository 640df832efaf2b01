import { fail } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Snapshot } from '../rules/snapshot.ts';
import type { Control } from '../runtime/control.ts';
import { declarationsOf, type StoredObservation, storedObservation } from '../runtime/restore.ts';
import { type BlobSource, loadIdentity } from '../runtime/store.ts';

/** What recorded observations are read with. */
export type Recording = Pick<Control, 'log' | 'catalogue'>;

/** One apply leaf, and what it decided about where that can be read back. */
export interface Recorded {
  readonly seq: number;
  readonly stored: StoredObservation | undefined;
}

/** The apply leaves among the last so many durable leaves, oldest first. */
export function* recentlyRecorded(
  { log, catalogue }: Recording,
  last: number,
): Generator<Recorded> {
  const declarations = declarationsOf(catalogue);
  for (const entry of log.entries(Math.max(0, log.durableSize - last))) {
    if (entry.leaf.kind !== 'apply') continue;
    yield { seq: entry.seq, stored: storedObservation(entry, declarations) };
  }
}

/**
 * Recorded observations that can be read back, of the last so many durable leaves, newest last.
 *
 * @param last by default as many as stage 7 looks at
 */
export function recordedObservations(
  control: Recording,
  last: number = limits.shapesBatch,
): StoredObservation[] {
  const found: StoredObservation[] = [];
  for (const { stored } of recentlyRecorded(control, last)) {
    if (stored !== undefined) found.push(stored);
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
