import { fileURLToPath } from 'node:url';
import { fail } from '../base/errors.ts';
import type { LogFs } from '../receipts/log/fs.ts';
import { type Commit, parseCommit } from './commits.ts';
import { fileRemote } from './file-remote.ts';
import { httpRemote } from './http-remote.ts';
import { type ObjectKind, parseTree } from './objects.ts';
import { buildPack, type PackObject } from './pack-writer.ts';
import type { Pushed, RefChange, Remote } from './push-types.ts';
import { branchOf } from './refs.ts';
import type { RemoteSession } from './remote-session.ts';
import type { Repository } from './repository.ts';
import type { ObjectStore } from './store.ts';
import { tilesBranchOf } from './tiles.ts';

// Each step moves the branch on, so that memory stays small and an interrupted push is not lost.
const commitsPerStep = 4_096;

function connect(fs: LogFs, remote: Remote): Promise<RemoteSession> {
  if (/^https?:/i.test(remote.url)) return httpRemote(remote);
  const path = /^file:/i.test(remote.url) ? fileURLToPath(remote.url) : remote.url;
  return fileRemote(fs, path);
}

/**
 * Sends a remote repository the commits and tags that it lacks, and the tiles if there are any;
 * nothing there is ever overwritten.
 *
 * @throws KnhkError KNHK_LOCKCHAIN_REWRITTEN, KNHK_LOCKCHAIN_REMOTE, KNHK_LOCKCHAIN_OBJECT
 */
export async function pushChain(
  fs: LogFs,
  repository: Repository,
  origin: string,
  remote: Remote,
): Promise<Pushed> {
  const pushed = await pushBranch(fs, repository, branchOf(origin), remote);
  const tiles = tilesBranchOf(origin);
  const hasTiles = repository.refs.read(tiles) !== undefined;
  if (hasTiles) await pushBranch(fs, repository, tiles, remote);
  return pushed;
}

async function pushBranch(
  fs: LogFs,
  repository: Repository,
  branch: string,
  remote: Remote,
): Promise<Pushed> {
  const { store, refs } = repository;
  store.forgetPacks();
  const session = await connect(fs, remote);
  const head = refs.read(branch);
  const before = session.refs.get(branch);
  const missing = head === undefined ? [] : commitsAfter(store, head, before);
  if (missing === undefined) {
    return fail('KNHK_LOCKCHAIN_REWRITTEN', remoteName(remote), `${before} in ours`, 'others');
  }
  if (head === undefined && before !== undefined) {
    fail('KNHK_LOCKCHAIN_REWRITTEN', remoteName(remote), 'an empty repository', before);
  }
  const tags = missingTags(repository, branch, session.refs, remote);
  let known = before;
  for (let at = 0; at < missing.length; at += commitsPerStep) {
    const step = missing.slice(at, at + commitsPerStep);
    const after = step.at(-1) as string;
    const pack = await buildPack(objectsOf(store, step, known));
    await session.send([{ ref: branch, before: known, after }], pack);
    known = after;
  }
  if (tags.length > 0) {
    const objects = tags.map(({ after }) => objectOf(store, after, 'tag'));
    await session.send(tags, await buildPack(objects));
  }
  return { commits: missing.length, tags: tags.length, commit: head };
}

/** Address without what it may hold of credentials. */
function remoteName({ url }: Remote): string {
  return url.replace(/\/\/[^/@]*@/, '//');
}

/** Commits behind one, oldest first; undefined where history does not lead to it. */
function commitsAfter(
  store: ObjectStore,
  head: string,
  known: string | undefined,
): readonly string[] | undefined {
  const found: string[] = [];
  for (let next: string | undefined = head; next !== known; ) {
    // The root is reached, and what the other side holds was not on the way.
    if (next === undefined) return undefined;
    found.push(next);
    next = commitOf(store, next).parents[0];
  }
  return found.reverse();
}

function commitOf(store: ObjectStore, id: string): Commit {
  const commit = parseCommit(store.read(id, 'commit'))?.value;
  return commit ?? fail('KNHK_LOCKCHAIN_OBJECT', id, 'a commit', 'a malformed one');
}

function objectOf(store: ObjectStore, id: string, kind: ObjectKind): PackObject {
  return { id, kind, content: store.read(id, kind) };
}

/** What the commits hold and the one before them does not. */
function objectsOf(
  store: ObjectStore,
  commits: readonly string[],
  known: string | undefined,
): readonly PackObject[] {
  const seen = new Set<string>();
  const objects: PackObject[] = [];
  const visit = (id: string, kind: ObjectKind, isWanted: boolean): void => {
    if (seen.has(id)) return;
    seen.add(id);
    if (!isWanted && kind !== 'tree') return;
    const object = objectOf(store, id, kind);
    for (const entry of kind === 'tree' ? (parseTree(object.content) ?? []) : []) {
      visit(entry.id, entry.mode === '40000' ? 'tree' : 'blob', isWanted);
    }
    if (isWanted) objects.push(object);
  };
  if (known !== undefined) visit(commitOf(store, known).tree, 'tree', false);
  for (const id of commits) {
    visit(commitOf(store, id).tree, 'tree', true);
    visit(id, 'commit', true);
  }
  return objects;
}

function missingTags(
  { refs }: Repository,
  branch: string,
  theirs: ReadonlyMap<string, string>,
  remote: Remote,
): readonly RefChange[] {
  const folder = branch.replace('refs/heads/', 'refs/tags/');
  return [...refs.list(folder)].flatMap(([ref, after]) => {
    const before = theirs.get(ref);
    if (before === after) return [];
    if (before === undefined) return [{ ref, before, after }];
    return fail('KNHK_LOCKCHAIN_REWRITTEN', remoteName(remote), `${ref} ${after}`, before);
  });
}
