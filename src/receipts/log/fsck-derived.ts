import { Buffer } from 'node:buffer';
import { join, relative, sep } from 'node:path';
import { KnhkError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { nextTurn } from '../../base/turn.ts';
import { CompactRange, type CompactRangeState } from '../verify/tree.ts';
import { namesIn } from './copy-strays.ts';
import { listSegments, readFile, segmentName } from './files.ts';
import type { LogFs } from './fs.ts';
import { overlayOf } from './fsck-overlay.ts';
import type { FsckFinding } from './fsck-types.ts';
import { loadIndex } from './index-file.ts';
import { type Sealed, sealInTurns } from './sealing.ts';
import {
  loadSegmentIndex,
  type SegmentIndex,
  saveSegmentIndex,
  segmentIndexPath,
} from './segment-index.ts';

const todo = 'Run knhk log fsck --rebuild while the log is closed: it is made again.';

/** Seals a segment that was sealed before, which makes its index and tiles again. */
async function sealAgain(
  fs: LogFs,
  directory: string,
  first: number,
  tree: CompactRangeState,
): Promise<Sealed> {
  return (await sealInTurns(fs, { directory, first, tree })) as Sealed;
}

/**
 * Compares the indexes and tiles of sealed segments with what the segments give. A segment without
 * an index is not sealed, or not any more: opening the log makes both again from there on.
 */
export async function checkDerived(
  fs: LogFs,
  directory: string,
  origin: string,
): Promise<readonly FsckFinding[]> {
  const findings: FsckFinding[] = [...checkState(fs, directory, origin)];
  const { fs: overlay, files } = overlayOf(fs);
  let tree = new CompactRange().toJSON();
  for (const first of listSegments(fs, join(directory, 'seg'))) {
    const path = segmentIndexPath(directory, first);
    if (fs.statSync(path) === undefined) break;
    let sealed: Sealed;
    try {
      sealed = await sealAgain(overlay, directory, first, tree);
    } catch (error) {
      // What is wrong with the segment itself, verification has told.
      if (error instanceof KnhkError) break;
      throw error;
    }
    const stored = loadSegmentIndex(fs, directory, first);
    const wanted = loadSegmentIndex(overlay, directory, first) as SegmentIndex;
    if (stored === undefined || !isSameIndex(stored, wanted)) {
      const cause = 'is not what the segment says';
      findings.push({ file: nameOf(directory, path), seq: first, cause, todo });
    }
    findings.push(...compareTiles(fs, directory, first, files));
    for (const stale of sealed.stale) files.delete(join(directory, stale));
    tree = sealed.tree;
    await nextTurn();
  }
  return findings;
}

const nameOf = (directory: string, path: string): string =>
  relative(directory, path).split(sep).join('/');

/** The index saved at closing: opening passes over one that is of no use. */
function checkState(fs: LogFs, directory: string, origin: string): readonly FsckFinding[] {
  const file = 'index/state';
  if (fs.statSync(join(directory, file)) === undefined) return [];
  if (loadIndex(fs, directory, origin, limits.ids) !== undefined) return [];
  const cause = 'is damaged or of another log: opening reads everything instead';
  return [{ file, seq: null, cause, todo }];
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint32Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

/** Everything but the subjects, which stood in payloads that may be gone. */
function isSameIndex(left: SegmentIndex, right: SegmentIndex): boolean {
  const plain = ({ rows: _, tree, ...rest }: SegmentIndex): string =>
    JSON.stringify([rest, tree.toJSON()]);
  const names = ['epochs', 'ids', 'hashes', 'fired'] as const;
  const isSame = names.every((name) => bytesOf(left.rows[name]).equals(bytesOf(right.rows[name])));
  return isSame && plain(left) === plain(right);
}

const isPartial = (path: string): boolean => path.includes('.p/') || path.includes('.p\\');

/** Full tiles are compared and let go; partial ones stay, the next segment goes on from them. */
function compareTiles(
  fs: LogFs,
  directory: string,
  first: number,
  files: Map<string, Buffer>,
): readonly FsckFinding[] {
  const findings: FsckFinding[] = [];
  for (const [path, bytes] of files) {
    const file = nameOf(directory, path);
    if (!file.startsWith('tile/')) {
      files.delete(path);
      continue;
    }
    // Which partial tile is still there depends on where the log was sealed last.
    if (isPartial(file)) continue;
    files.delete(path);
    const stored = readFile(fs, path);
    if (stored?.equals(bytes) === true) continue;
    const cause = stored === undefined ? 'is missing' : 'is not what the segments say';
    findings.push({ file, seq: first, cause, todo });
  }
  return findings;
}

/** Files below a folder, at any depth. */
function filesUnder(fs: LogFs, path: string): readonly string[] {
  return namesIn(fs, path).flatMap((name) => {
    const child = join(path, name);
    return fs.statSync(child)?.isDirectory() === true ? filesUnder(fs, child) : [child];
  });
}

/**
 * Makes indexes and tiles of sealed segments again; the log must be held by the caller. Gives the
 * segments that were done. A segment that still holds payloads is left to the log itself.
 *
 * @throws KnhkError KNHK_LOG_CORRUPT where a segment is damaged
 */
export async function rebuildDerived(
  fs: LogFs,
  directory: string,
  splitUpTo: number,
): Promise<number> {
  const firsts = listSegments(fs, join(directory, 'seg')).filter((first) => first < splitUpTo);
  const kept = new Set(firsts.map((first) => segmentIndexPath(directory, first)));
  for (const folder of ['index', 'tile']) {
    for (const path of filesUnder(fs, join(directory, folder))) {
      if (!kept.has(path)) fs.unlinkSync(path);
    }
  }
  let tree = new CompactRange().toJSON();
  let done = 0;
  for (const first of firsts) {
    const before = loadSegmentIndex(fs, directory, first);
    const sealed = await sealAgain(fs, directory, first, tree);
    keepSubjects(fs, directory, first, before);
    // The segment has no payloads any more: what was written again is what stands there.
    fs.unlinkSync(join(directory, 'seg', `${segmentName(first)}.tmp`));
    for (const stale of sealed.stale) fs.unlinkSync(join(directory, stale));
    tree = sealed.tree;
    done++;
  }
  return done;
}

/** The subjects of plain payloads are named with a key that is not at hand here. */
function keepSubjects(
  fs: LogFs,
  directory: string,
  first: number,
  before: SegmentIndex | undefined,
): void {
  const made = loadSegmentIndex(fs, directory, first);
  if (before === undefined || made === undefined || !isSameIndex(before, made)) return;
  const rows = { ...made.rows, subjects: before.rows.subjects };
  saveSegmentIndex(fs, directory, { ...made, rows });
}
