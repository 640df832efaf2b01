import { equalBytes, toBase64, toHex } from '../base/bytes.ts';
import { KnhkError } from '../base/errors.ts';
import { nextTurn } from '../base/turn.ts';
import { type LogFs, nodeFs } from '../receipts/log/fs.ts';
import { nodeVerify } from '../receipts/log/signer.ts';
import { parseCheckpoint, type SignedCheckpoint } from '../receipts/verify/checkpoint.ts';
import { checkCheckpoint, type TrustedKeys, trustKeys } from '../receipts/verify/keyring.ts';
import { CompactRange } from '../receipts/verify/tree.ts';
import { parseCommit, parseTag } from './commits.ts';
import { parseMessage, readNote } from './content.ts';
import { EpochReader } from './epochs.ts';
import { branchOf, tagsOf } from './refs.ts';
import { type Repository, readRepository } from './repository.ts';
import { checkForGit, parseAllowedSigners } from './sshsig.ts';
import { TileComparer } from './verify-tiles.ts';
import type {
  LockchainFinding,
  LockchainFindingKind,
  LockchainReport,
  VerifyLockchainOptions,
} from './verify-types.ts';

const findingsMax = 1_000;
const commitsPerTurn = 64;

/** Collects findings, and which commits have none. */
class Findings {
  readonly list: LockchainFinding[] = [];
  dropped = 0;
  readonly blamed = new Set<string>();

  add(
    kind: LockchainFindingKind,
    commit: string | null,
    size: number | null,
    message: string,
  ): void {
    if (commit !== null) this.blamed.add(commit);
    if (this.list.length < findingsMax) this.list.push({ kind, commit, size, message });
    else this.dropped++;
  }
}

/** What is kept of a commit. */
interface Seen {
  readonly id: string;
  readonly parents: readonly string[];
  readonly seconds: number;
  /** Undefined where no checkpoint could be read. */
  readonly checkpoint: SignedCheckpoint | undefined;
  /** Where its message says that its receipts begin. */
  readonly from: number | undefined;
}

/**
 * Compares a lockchain with the log and with keys from outside: each commit's SSH signature, each
 * checkpoint's note signature, that sizes and dates grow without a gap, day tags, and that the
 * log's tree (RFC 6962) has each checkpoint's root at its size. Needs no git binary. Bad data is a
 * finding, never a throw.
 *
 * @throws KnhkError KNHK_LOCKCHAIN_REPOSITORY where there is no repository, KNHK_LOCKCHAIN_KEY,
 * KNHK_RECEIPTS_KEYRING; the signal's reason after an abort
 * @example
 * const key = nodeSigner({ name: 'lockchain', privateKey: new Uint8Array(32).fill(3) });
 * const places = { repository: `${logDirectory}.git`, data: logDirectory };
 * await rebuildLockchain({ ...places, keyring, key });
 * const report = await verifyLockchain({
 *   ...places,
 *   keyring,
 *   allowedSigners: allowedSigners(key),
 * });
 * report.ok; // => true
 */
export async function verifyLockchain(options: VerifyLockchainOptions): Promise<LockchainReport> {
  const { keyring, data, fs = nodeFs, signal } = options;
  const trusted = trustKeys(keyring);
  const allowed = parseAllowedSigners(options.allowedSigners);
  const repository = readRepository(fs, options.repository);
  const walk = new Walk(repository, trusted, allowed);
  const head = repository.refs.read(branchOf(trusted.origin));
  for (let next = head; next !== undefined; ) {
    signal?.throwIfAborted();
    next = walk.take(next);
    if (walk.commits.length % commitsPerTurn === 0) {
      options.onProgress?.(walk.commits.length);
      await nextTurn();
    }
  }
  const { findings, commits } = walk;
  if (head === undefined) {
    findings.add('history', null, null, `no branch ${branchOf(trusted.origin)}`);
  }
  const tags = checkTags(walk);
  const tiles = TileComparer.open(repository, trusted.origin, allowed, (id, size, message) =>
    findings.add('tile', id, size, message),
  );
  const compared = data === undefined ? 0 : await compareLog(walk, { fs, data, signal, tiles });
  return {
    ok: findings.list.length === 0,
    origin: trusted.origin,
    commits: commits.length,
    verified: commits.filter(({ id }) => !findings.blamed.has(id)).length,
    tags,
    compared,
    head: head ?? null,
    size: commits[0]?.checkpoint?.size ?? 0,
    findings: findings.list,
    findingsDropped: findings.dropped,
  };
}

/** Follows a branch from its newest commit to its first. */
class Walk {
  readonly findings: Findings = new Findings();
  /** Newest first. */
  readonly commits: Seen[] = [];
  readonly ids: Set<string> = new Set();

  readonly repository: Repository;
  readonly trusted: TrustedKeys;
  readonly allowed: readonly Uint8Array[];

  constructor(repository: Repository, trusted: TrustedKeys, allowed: readonly Uint8Array[]) {
    this.repository = repository;
    this.trusted = trusted;
    this.allowed = allowed;
  }

  /** Judges one commit and gives the one before it. */
  take(id: string): string | undefined {
    const newer = this.commits.at(-1);
    const seen = this.#read(id);
    if (seen === undefined) return undefined;
    this.commits.push(seen);
    this.ids.add(id);
    const { parents, checkpoint } = seen;
    if (newer !== undefined) this.#checkOrder(seen, newer);
    const size = checkpoint?.size ?? null;
    if (parents.length > 1) this.findings.add('history', id, size, 'a merge');
    if (parents.length === 0 && (seen.from ?? 0) > 0) {
      this.findings.add('history', id, size, `the first commit begins at ${seen.from}`);
    }
    return parents[0];
  }

  #read(id: string): Seen | undefined {
    const object = this.#attempt(id, () => this.repository.store.read(id, 'commit'));
    const commit = object === undefined ? undefined : parseCommit(object);
    if (commit === undefined) {
      if (object !== undefined) this.findings.add('object', id, null, 'a malformed commit');
      return undefined;
    }
    const { tree, parents, seconds, message } = commit.value;
    const checkpoint = this.#checkpoint(id, tree);
    const size = checkpoint?.size ?? null;
    const verdict = checkForGit(commit.signature, commit.payload, this.allowed);
    if (verdict !== 'signed') this.findings.add('signature', id, size, verdict);
    const said = parseMessage(message);
    const agrees =
      said?.origin === checkpoint?.origin &&
      said?.size === checkpoint?.size &&
      said?.root === (checkpoint && toBase64(checkpoint.root));
    if (!agrees || said === undefined) {
      this.findings.add('message', id, size, 'its trailers are not those of its checkpoint');
    }
    return { id, parents, seconds, checkpoint, from: said?.from };
  }

  #checkpoint(id: string, tree: string): SignedCheckpoint | undefined {
    const read = this.#attempt(id, () => ({ note: readNote(this.repository.store, tree) }));
    if (read === undefined) return undefined;
    const checkpoint = parseCheckpoint(read.note ?? '');
    if (checkpoint === undefined) {
      this.findings.add('checkpoint', id, null, 'none, or a malformed one');
      return undefined;
    }
    const verdict = checkCheckpoint(checkpoint, this.trusted, nodeVerify);
    const { size, origin } = checkpoint;
    if (origin !== this.trusted.origin) {
      this.findings.add('checkpoint', id, size, 'of another log');
    } else if (verdict !== 'signed') {
      this.findings.add('checkpoint', id, size, `signature: ${verdict}`);
    }
    return checkpoint;
  }

  #checkOrder(older: Seen, newer: Seen): void {
    const size = newer.checkpoint?.size ?? null;
    const before = older.checkpoint?.size;
    if (newer.seconds < older.seconds) {
      this.findings.add('order', newer.id, size, 'its date is before the one of its parent');
    }
    if (before === undefined || size === null) return;
    if (size <= before) this.findings.add('order', newer.id, size, `follows one of size ${before}`);
    else if (newer.from !== undefined && newer.from !== before) {
      const message = `begins at ${newer.from}, where the one before ends at ${before}`;
      this.findings.add('history', newer.id, size, message);
    }
  }

  #attempt<Result>(id: string, work: () => Result): Result | undefined {
    try {
      return work();
    } catch (error) {
      const message = error instanceof KnhkError ? error.details : { where: '', got: `${error}` };
      this.findings.add('object', id, null, `${message.where}: ${message.got}`);
      return undefined;
    }
  }
}

/** Each day's tag: signed, and of a commit of the branch. */
function checkTags({ repository, trusted, allowed, findings, ids }: Walk): number {
  const { refs, store } = repository;
  const tags = refs.list(tagsOf(trusted.origin));
  for (const [ref, id] of tags) {
    const object = store.look(id);
    const isTag = typeof object !== 'string' && object.kind === 'tag';
    const tag = isTag ? parseTag(object.content) : undefined;
    if (tag === undefined) {
      const message = typeof object === 'string' ? object : 'no annotated tag';
      findings.add('tag', id, null, `${ref}: ${message}`);
      continue;
    }
    const verdict = checkForGit(tag.signature, tag.payload, allowed);
    if (verdict !== 'signed') findings.add('tag', id, null, `${ref}: signature ${verdict}`);
    if (`refs/tags/${tag.value.name}` !== ref || !ids.has(tag.value.commit)) {
      findings.add('tag', id, null, `${ref}: names ${tag.value.commit}, not of this branch`);
    }
  }
  return tags.size;
}

interface Log {
  readonly fs: LogFs;
  readonly data: string;
  readonly signal: AbortSignal | undefined;
  readonly tiles: TileComparer | undefined;
}

/** Grows the log's tree and looks at its root where a commit names one. */
async function compareLog(
  { commits, findings }: Walk,
  { fs, data, signal, tiles }: Log,
): Promise<number> {
  const wanted = new Map<number, { id: string; root: Uint8Array }[]>();
  for (const { id, checkpoint } of commits) {
    if (checkpoint === undefined) continue;
    const same = wanted.get(checkpoint.size) ?? [];
    wanted.set(checkpoint.size, [...same, { id, root: checkpoint.root }]);
  }
  const tree = new CompactRange();
  let compared = 0;
  const compare = (): void => {
    for (const { id, root } of wanted.get(tree.size) ?? []) {
      compared++;
      if (equalBytes(tree.root(), root)) continue;
      const got = toHex(tree.root());
      findings.add('fork', id, tree.size, `the log has root ${got}, the commit ${toHex(root)}`);
    }
    wanted.delete(tree.size);
  };
  try {
    for await (const event of new EpochReader(fs, data).read(0)) {
      signal?.throwIfAborted();
      if (event.kind === 'damage') return stop(`damaged at ${event.where}, seq ${event.seq}`);
      for (const hash of event.hashes) {
        tree.append(hash);
        tiles?.take(hash);
        compare();
      }
    }
  } catch (error) {
    if (signal?.aborted === true) throw error;
    return stop(`cannot be read: ${error instanceof Error ? error.message : error}`);
  }
  tiles?.end();
  for (const [size, those] of wanted) {
    const message = `the log ends at ${tree.size}`;
    for (const { id } of those) findings.add('rollback', id, size, message);
  }
  return compared;

  function stop(why: string): number {
    const rest = [...wanted.values()].flat().length;
    findings.add('log', null, tree.size, `${why}; ${rest} commits are not compared`);
    return compared;
  }
}
