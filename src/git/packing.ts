import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { fail } from '../base/errors.ts';
import { nextTurn } from '../base/turn.ts';
import { readAt, replaceFile, syncDirectory } from '../receipts/log/files.ts';
import type { LogFs } from '../receipts/log/fs.ts';
import { type Commit, parseCommit } from './commits.ts';
import { type GitObject, objectId, parseTree } from './objects.ts';
import { encodeIndex, PackIndex } from './pack-index.ts';
import { PackReader } from './pack-reader.ts';
import {
  buildPack,
  type Pack,
  type PackObject,
  packHeader,
  packHeaderBytes,
} from './pack-writer.ts';
import { type ObjectStore, removeQuietly } from './store.ts';
import type { Packed } from './types.ts';

// About 10,000 commits; what is left goes into the next pack.
const objectsMax = 32_768;
const hashBytes = 20;
// Packs beyond this are left as they are: merging reads them whole.
const mergeBytesMax = 268_435_456;
const batchObjects = 256;

/** Loose objects as history has them, oldest first, so that neighbours resemble each other. */
function inOrder(store: ObjectStore, heads: readonly string[]): PackObject[] {
  const loose = new Set(store.loose());
  const ordered: PackObject[] = [];
  const take = (id: string): GitObject | undefined => {
    if (!loose.delete(id)) return undefined;
    const object = store.look(id);
    // A damaged one stays where it is, and stays a finding.
    if (typeof object === 'string') return undefined;
    ordered.push({ id, ...object });
    return object;
  };
  const takeTree = (id: string): void => {
    for (const entry of parseTree(take(id)?.content ?? empty) ?? []) {
      if (entry.mode === '40000') takeTree(entry.id);
      else take(entry.id);
    }
  };
  for (const head of heads) {
    for (let next: string | undefined = head; next !== undefined; ) {
      const commit: Commit | undefined = parseCommit(take(next)?.content ?? empty)?.value;
      if (commit !== undefined) takeTree(commit.tree);
      next = commit?.parents[0];
    }
  }
  ordered.reverse();
  for (const id of [...loose]) take(id);
  return ordered.slice(0, objectsMax);
}

const empty = Buffer.alloc(0);

/** Puts a pack in place; its index last, for Git finds packs by their index. */
export function writePack(fs: LogFs, objects: string, { name, pack, index }: Pack): PackReader {
  const path = join(objects, 'pack', `pack-${name}.pack`);
  replaceFile(fs, path, pack, 0o644);
  replaceFile(fs, join(objects, 'pack', `pack-${name}.idx`), index, 0o644);
  const read = PackIndex.read(index) as PackIndex;
  return new PackReader(fs, path, read);
}

/** Reads a pack back from disk, each object too: only then may other copies go. */
async function checkPack(
  reader: PackReader,
  wanted: readonly { readonly id: string }[],
): Promise<void> {
  for (const [position, { id }] of wanted.entries()) {
    if (position % batchObjects === batchObjects - 1) await nextTurn();
    const offset = reader.index.find(id);
    const found = offset === undefined ? undefined : reader.read(offset, () => undefined);
    if (found === undefined || objectId(found.kind, found.content) !== id) {
      fail('KNHK_LOCKCHAIN_OBJECT', reader.path, `object ${id}`, 'another or none');
    }
  }
}

/**
 * Packs loose objects into one new pack, and merges packs so that their number stays small. A
 * loose object is removed once its pack was synced and read back.
 *
 * @param heads Commits whose histories say how objects follow each other.
 */
export async function packLoose(
  fs: LogFs,
  store: ObjectStore,
  heads: readonly string[],
): Promise<Packed> {
  // Names that an interrupted run left may not be on disk; what they hold is.
  syncDirectory(fs, join(store.directory, 'pack'));
  store.forgetPacks();
  const objects = inOrder(store, heads);
  const isPacked = (id: string): boolean =>
    store.packs().some(({ index }) => index.find(id) !== undefined);
  const fresh = objects.filter(({ id }) => !isPacked(id));
  let bytes = 0;
  if (fresh.length > 0) {
    const made = await buildPack(fresh);
    await placePack(fs, store, made, fresh);
    bytes = made.pack.length + made.index.length;
  }
  for (const pack of store.packs()) {
    const held = objects.filter(({ id }) => pack.index.find(id) !== undefined);
    await checkPack(pack, held);
  }
  for (const { id } of objects) store.removeLoose(id);
  await dropContained(fs, store);
  await mergePacks(fs, store);
  return { objects: objects.length, bytes };
}

/** Puts a pack in place and reads it back; one that fails there goes again. */
async function placePack(
  fs: LogFs,
  store: ObjectStore,
  pack: Pack,
  wanted: readonly { readonly id: string }[],
): Promise<void> {
  const reader = writePack(fs, store.directory, pack);
  store.forgetPacks();
  try {
    await checkPack(reader, wanted);
  } catch (error) {
    removePack(fs, reader);
    store.forgetPacks();
    throw error;
  }
}

/** The index first: without it Git does not look at the pack. */
function removePack(fs: LogFs, { path }: PackReader): void {
  removeQuietly(fs, path.replace(/pack$/, 'idx'));
  removeQuietly(fs, path);
}

const sizeOf = (fs: LogFs, { path }: PackReader): number => fs.statSync(path)?.size ?? 0;

/** Packs with nothing else of Git's beside them (.keep, .bitmap, .rev), smallest first. */
function plainPacks(fs: LogFs, store: ObjectStore): readonly { pack: PackReader; size: number }[] {
  const directory = join(store.directory, 'pack');
  const names = fs.readdirSync(directory);
  const isPlain = ({ path }: PackReader): boolean => {
    const stem = basename(path, '.pack');
    return names.filter((name) => name.startsWith(`${stem}.`)).length === 2;
  };
  return store
    .packs()
    .filter(isPlain)
    .map((pack) => ({ pack, size: sizeOf(fs, pack) }))
    .sort((left, right) => left.size - right.size);
}

/** Removes packs that an interrupted merge left although another one holds all of them. */
async function dropContained(fs: LogFs, store: ObjectStore): Promise<void> {
  for (const { pack } of plainPacks(fs, store)) {
    const entries = pack.index.entries();
    const holder = store
      .packs()
      .filter((other) => other !== pack && other.index.count > pack.index.count)
      .find(({ index }) => entries.every(({ id }) => index.find(id) !== undefined));
    if (holder === undefined) continue;
    await checkPack(holder, entries);
    removePack(fs, pack);
    store.forgetPacks();
  }
}

/**
 * Merges packs from the smallest up while the next one is not twice as large as those before it
 * together: each byte is copied a logarithmic number of times (git repack --geometric).
 */
async function mergePacks(fs: LogFs, store: ObjectStore): Promise<void> {
  const sized = plainPacks(fs, store);
  let count = 0;
  let total = 0;
  for (const { size } of sized) {
    if (count > 0 && (size > 2 * total || total + size > mergeBytesMax)) break;
    count++;
    total += size;
  }
  const chosen = sized.slice(0, count).map(({ pack }) => pack);
  const entries = chosen.flatMap(({ index }) => index.entries());
  // The same object twice would make a pack that Git refuses.
  const distinct = new Set(entries.map(({ id }) => id)).size;
  if (chosen.length < 2 || distinct !== entries.length) return;
  const merged = concatenate(fs, chosen);
  await placePack(fs, store, merged, entries);
  for (const pack of chosen) removePack(fs, pack);
  store.forgetPacks();
}

/** Packs behind each other: distances to bases are relative and stay as they are. */
function concatenate(fs: LogFs, packs: readonly PackReader[]): Pack {
  const bodies = packs.map((pack) => {
    const fd = fs.openSync(pack.path, 'r');
    try {
      return readAt(fs, fd, sizeOf(fs, pack) - packHeaderBytes - hashBytes, packHeaderBytes);
    } finally {
      fs.closeSync(fd);
    }
  });
  const count = packs.reduce((sum, { index }) => sum + index.count, 0);
  const hash = createHash('sha1').update(packHeader(count));
  const parts: Uint8Array[] = [packHeader(count)];
  let start = 0;
  const entries = packs.flatMap(({ index }, position) => {
    const body = bodies[position] as Buffer;
    const shift = start;
    start += body.length;
    parts.push(body);
    hash.update(body);
    return index.entries().map(({ id, offset, crc }) => ({ id, offset: offset + shift, crc }));
  });
  const digest = hash.digest();
  parts.push(digest);
  return {
    name: digest.toString('hex'),
    pack: Buffer.concat(parts),
    index: encodeIndex(entries, digest),
  };
}
