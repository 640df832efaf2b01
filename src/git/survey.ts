import { join } from 'node:path';
import { type LogFs, nodeFs } from '../receipts/log/fs.ts';
import { readHead } from '../receipts/log/head.ts';
import { parseCheckpoint } from '../receipts/verify/checkpoint.ts';
import { type Keyring, trustKeys } from '../receipts/verify/keyring.ts';
import { parseCommit } from './commits.ts';
import { readNote } from './content.ts';
import { branchOf, tagsOf } from './refs.ts';
import { readRepository } from './repository.ts';

/** What lies in a repository, without verifying any of it. */
export interface RepositorySurvey {
  readonly origin: string;
  readonly branch: string;
  /** The newest commit, null before the first. */
  readonly head: string | null;
  /** Receipts that its checkpoint covers. */
  readonly size: number;
  /** Its date in ms, null before the first. */
  readonly time: number | null;
  /** Receipts that the log has acknowledged; null where its head cannot be read. */
  readonly logSize: number | null;
  /** Receipts that no commit covers yet; negative where the log is shorter. */
  readonly behind: number | null;
  readonly tags: number;
  readonly loose: number;
  readonly packs: number;
  readonly packed: number;
  readonly packBytes: number;
}

/**
 * Looks at a repository and at the log's head, beside a writer too.
 *
 * @throws KnhkError KNHK_LOCKCHAIN_REPOSITORY, KNHK_LOCKCHAIN_OBJECT
 */
export function surveyRepository(
  repository: string,
  data: string,
  keyring: Keyring,
  fs: LogFs = nodeFs,
): RepositorySurvey {
  const trusted = trustKeys(keyring);
  const branch = branchOf(trusted.origin);
  const { directory, store, refs } = readRepository(fs, repository);
  const id = refs.read(branch);
  const commit = id === undefined ? undefined : parseCommit(store.read(id, 'commit'))?.value;
  const note = commit === undefined ? undefined : readNote(store, commit.tree);
  const size = parseCheckpoint(note ?? '')?.size ?? 0;
  const isThere = fs.statSync(join(data, 'head')) !== undefined;
  const head = isThere ? readHead(fs, data, trusted) : undefined;
  const logSize = head?.kind === 'read' ? head.checkpoint.size : null;
  const packs = store.packs();
  return {
    origin: trusted.origin,
    branch,
    head: id ?? null,
    size,
    time: commit === undefined ? null : 1_000 * commit.seconds,
    logSize,
    behind: logSize === null ? null : logSize - size,
    tags: refs.list(tagsOf(trusted.origin)).size,
    loose: fs.statSync(join(directory, 'objects')) === undefined ? 0 : store.loose().length,
    packs: packs.length,
    packed: packs.reduce((sum, { index }) => sum + index.count, 0),
    packBytes: packs.reduce((sum, { path }) => sum + (fs.statSync(path)?.size ?? 0), 0),
  };
}
