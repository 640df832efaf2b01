import { KnhkError } from '../../base/errors.ts';
import type { Leaf } from '../verify/leaf-types.ts';
import type { FindingList } from '../verify/report.ts';
import { getBlob } from './blobs.ts';
import type { LogFs } from './fs.ts';

type AddFinding = (...finding: Parameters<FindingList['add']>) => void;

/** The documents that a leaf needs to mean anything. */
function namedBy(leaf: Leaf): readonly string[] {
  if (leaf.kind === 'deploy') return [leaf.snapshot, leaf.catalogue];
  if (leaf.kind === 'promote' || leaf.kind === 'rollback') return [leaf.snapshot, leaf.proposal];
  if (leaf.kind === 'count') return leaf.records === undefined ? [] : [leaf.records];
  const hasDetail = leaf.kind === 'access' || leaf.kind === 'config';
  return hasDetail && leaf.detail !== undefined ? [leaf.detail] : [];
}

/**
 * Checks that the documents which leaves name are stored. One that is missing is no defect where a
 * later `config` leaf with the action `retain` says that it was removed.
 */
export class BlobCheck {
  readonly #fs: LogFs;
  readonly #directory: string;
  readonly #add: AddFinding;
  /** Hashes that were looked at before. */
  readonly #seen = new Set<string>();
  /** Seq of the leaf that first named each missing one. */
  readonly #missing = new Map<string, number>();

  constructor(fs: LogFs, directory: string, add: AddFinding) {
    this.#fs = fs;
    this.#directory = directory;
    this.#add = add;
  }

  take(leaf: Leaf): void {
    for (const hash of namedBy(leaf)) {
      if (this.#seen.has(hash)) continue;
      this.#seen.add(hash);
      this.#look(leaf.seq, hash);
    }
    if (leaf.kind !== 'config' || leaf.action !== 'retain' || leaf.detail === undefined) return;
    for (const hash of this.#removedBy(leaf.detail)) {
      this.#missing.delete(hash);
      // Who names it again must have stored it again.
      this.#seen.delete(hash);
    }
  }

  /** Reports what is missing although nobody says that it was removed. */
  finish(): void {
    for (const [hash, seq] of this.#missing) this.#add(seq, 'blob', `${hash} is missing`);
  }

  #look(seq: number, hash: string): void {
    try {
      if (getBlob(this.#fs, this.#directory, hash) === undefined) this.#missing.set(hash, seq);
    } catch (error) {
      const problem = error instanceof KnhkError ? 'does not hash to its name' : 'cannot be read';
      this.#add(seq, 'blob', `${hash} ${problem}`);
    }
  }

  /** The blobs that a retention's document lists; none where it is not there or is malformed. */
  #removedBy(detail: string): readonly string[] {
    try {
      const { blobs } = JSON.parse(getBlob(this.#fs, this.#directory, detail)?.text ?? '{}') as {
        readonly blobs?: unknown;
      };
      return Array.isArray(blobs) ? blobs.filter((hash) => typeof hash === 'string') : [];
    } catch {
      return [];
    }
  }
}
