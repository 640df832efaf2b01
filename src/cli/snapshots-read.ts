import { fail } from '../base/errors.ts';
import type { Leaf } from '../receipts/verify/leaf-types.ts';
import { type Change, changesBetween } from '../rules/changes.ts';
import type { RulesDocument, SnapshotIdentity } from '../rules/document.ts';
import { openStored, type StoredLog } from '../runtime/replay-source.ts';
import { type BlobSource, loadIdentity, loadRules } from '../runtime/store.ts';
import { differences, differenceWords } from './snapshots-diff-parts.ts';
import { changeWords } from './snapshots-words.ts';

/** A snapshot that the log made current, and the leaf that did. */
export interface StoredSnapshot {
  readonly seq: number;
  readonly time: number;
  readonly kind: 'deploy' | 'promote' | 'rollback';
  /** Its hash. */
  readonly snapshot: string;
  readonly parent: string | null;
  /** Leaf hash. */
  readonly hash: string;
  /** Seq of the last deploy leaf up to here. */
  readonly deploy: number;
  /** What the leaf of a promotion or rollback names. */
  readonly proposal: string | null;
  /** Promoted changes that a deploy could not keep, in words. */
  readonly dropped: readonly string[];
}

/** Folds leaves into the snapshots that they name. */
export class SnapshotList {
  readonly all: StoredSnapshot[] = [];
  #deploy = 0;

  take(leaf: Leaf, hash: string): void {
    const { kind, seq, time } = leaf;
    if (kind !== 'deploy' && kind !== 'promote' && kind !== 'rollback') return;
    if (kind === 'deploy') this.#deploy = seq;
    const { snapshot, parent } = leaf;
    const proposal = kind === 'deploy' ? null : leaf.proposal;
    const dropped = kind === 'deploy' ? leaf.dropped.map(droppedWords) : [];
    const place = { seq, time, kind, snapshot, parent, hash, deploy: this.#deploy };
    this.all.push({ ...place, proposal, dropped });
  }
}

const droppedWords = (item: {
  readonly kind: string;
  readonly name: string;
  readonly reason: string;
}): string => `dropped ${item.kind} ${item.name}: ${item.reason}`;

/** The snapshots of a log's directory, and the places of it that cannot be read. */
export async function readSnapshots(data: string): Promise<{
  readonly log: StoredLog;
  readonly snapshots: readonly StoredSnapshot[];
  readonly damaged: number;
}> {
  const log = openStored(data);
  const list = new SnapshotList();
  let damaged = 0;
  for await (const { entries, damage } of log.epochs()) {
    damaged += damage.length;
    for (const { leaf, hash } of entries) list.take(leaf, hash);
  }
  return { log, snapshots: list.all, damaged };
}

const leastDigits = 4;

/**
 * The snapshot that the command line names by its hash or the first digits of it; `current` is
 * the last one.
 *
 * @throws KnhkError KNHK_LOOP_SNAPSHOT
 */
export function chosenSnapshot(
  snapshots: readonly StoredSnapshot[],
  wanted: string,
): StoredSnapshot {
  if (wanted === 'current' && snapshots.length > 0) return snapshots.at(-1) as StoredSnapshot;
  const isEnough = wanted.length >= leastDigits && /^[0-9a-f]+$/.test(wanted);
  const found = isEnough ? snapshots.filter(({ snapshot }) => snapshot.startsWith(wanted)) : [];
  // The same rules under the same parent and version are the same snapshot.
  const hashes = new Set(found.map(({ snapshot }) => snapshot));
  if (hashes.size === 1) return found[0] as StoredSnapshot;
  const expected = `current, or the first digits (${leastDigits} or more) of one snapshot's hash`;
  const got = hashes.size === 0 ? wanted : `${wanted}, which ${hashes.size} begin with`;
  return fail('KNHK_LOOP_SNAPSHOT', 'HASH', expected, got);
}

/** What a snapshot holds; null where the log has lost it. */
export function loadStored(
  source: BlobSource,
  hash: string,
): { readonly identity: SnapshotIdentity; readonly document: RulesDocument } | null {
  try {
    const identity = loadIdentity(source, hash);
    return { identity, document: loadRules(source, identity.rules) };
  } catch {
    // verify-chain says which document is lost.
    return null;
  }
}

/** The changes from one document to another, as data where a promotion could make them. */
export interface Difference {
  readonly changes: readonly Change[];
  readonly words: readonly string[];
}

/** What leads from one document to another; between deploys nothing but words can tell it. */
export function differenceOf(
  before: RulesDocument,
  after: RulesDocument,
  isSameDeploy: boolean,
): Difference {
  if (!isSameDeploy) {
    return { changes: [], words: differences(before, after).map(differenceWords) };
  }
  const changes = changesBetween(before, after);
  return { changes, words: changes.map((change) => changeWords(change, before)) };
}
