import { join } from 'node:path';
import { fail } from '../../base/errors.ts';
import type { TrustedKeys } from '../verify/keyring.ts';
import { reading } from './copy-files.ts';
import { type ScannedSegment, scanOpenSegment } from './copy-scan.ts';
import type { CopyTarget } from './copy-target.ts';
import { listSegments, readFile, segmentName } from './files.ts';
import { formatText } from './format.ts';
import type { LogFs } from './fs.ts';
import { readHead } from './head.ts';
import { payloadPath } from './payload-file.ts';

/** The log that is copied, beside its writer. */
export interface CopySource {
  readonly fs: LogFs;
  readonly directory: string;
  readonly signal: AbortSignal | undefined;
  /** True for a copy that keeps what the log does not hold any more. */
  readonly cumulative?: boolean;
}

/** Where a copy ends. */
export interface Cut {
  /** Leaves. */
  readonly size: number;
  readonly note: string;
}

// A torn read of `head` is over as soon as it is read again; a segment takes longer to fill.
const attemptsMax = 16;

const segmentPath = (first: number): string => `seg/${segmentName(first)}`;
const payloadName = (first: number): string => `payload/${String(first).padStart(12, '0')}.pay`;

/**
 * Leaves that are on disk for certain; undefined where `head` cannot say. An epoch that stands in
 * the segment may be on its way to the disk still: after a power cut the log could sign another one
 * in its place, and the copy would be a fork.
 */
function durableSize(fs: LogFs, directory: string, trusted: TrustedKeys): number | undefined {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const head = readHead(fs, directory, trusted);
    if (head.kind === 'read') return head.checkpoint.size;
    if (head.kind === 'missing') return undefined;
  }
  return undefined;
}

/** Copies the segments up to the last epoch that is durable, and says where that is. */
export async function copyToHead(
  source: CopySource,
  target: CopyTarget,
  trusted: TrustedKeys,
): Promise<Cut> {
  const { fs, directory } = source;
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const size = durableSize(fs, directory, trusted);
    const all = listSegments(fs, join(directory, 'seg'));
    const wanted = all.filter((first) => size === undefined || first < size);
    const last = wanted.at(-1);
    if (last === undefined) break;
    const cut = await copyLast(source, target, last, size);
    if (cut === undefined) continue;
    await copySegments(source, target, wanted.slice(0, -1));
    return cut;
  }
  return fail('KNHK_LOG_COPY', directory, 'a checkpoint to copy up to', 'none');
}

/** Undefined where the segment was sealed meanwhile, so that `head` has moved on. */
async function copyLast(
  source: CopySource,
  target: CopyTarget,
  first: number,
  size: number | undefined,
): Promise<Cut | undefined> {
  const { fs, directory, signal } = source;
  const path = segmentPath(first);
  return reading(fs, join(directory, path), async (fd) => {
    // Without a head, a sync of our own makes sure of what is read.
    if (size === undefined) fs.fdatasyncSync(fd);
    const wishes = { signal, ...(size === undefined ? {} : { sizeMax: size }) };
    const scanned = await scanOpenSegment(fs, fd, wishes);
    if (scanned.size === 0 || (size !== undefined && scanned.size !== size)) {
      const expected = `an epoch that ends at ${size ?? 'a checkpoint'}`;
      fail('KNHK_LOG_ROLLBACK', join(directory, path), expected, `${scanned.size} leaves`);
    }
    const isSplit = fs.statSync(payloadPath(directory, first)) !== undefined;
    const isWhole = scanned.end === scanned.length;
    if (isSplit && !isWhole && scanned.payloads === 0) return undefined;
    await addSegment(source, target, { first, fd, scanned });
    return { size: scanned.size, note: scanned.note };
  });
}

async function addSegment(
  { signal }: CopySource,
  target: CopyTarget,
  segment: { readonly first: number; readonly fd: number; readonly scanned: ScannedSegment },
): Promise<void> {
  const { first, fd, scanned } = segment;
  const path = segmentPath(first);
  const known = target.known(path);
  const isKnown =
    known?.bytes === scanned.end && (known.payloads === true) === scanned.payloads > 0;
  if (isKnown) return target.keep(known);
  await target.add(path, fd, { end: scanned.end, payloads: scanned.payloads > 0, signal });
}

/** Copies whole segments; those that the last copy holds are not read again. */
export async function copySegments(
  source: CopySource,
  target: CopyTarget,
  firsts: readonly number[],
): Promise<void> {
  const { fs, directory, signal } = source;
  for (const first of firsts) {
    const path = segmentPath(first);
    const isSplit = fs.statSync(payloadPath(directory, first)) !== undefined;
    const known = target.known(path);
    const isSame = fs.statSync(join(directory, path))?.size === known?.bytes;
    const holdsMore = source.cumulative === true && !isSplit && known?.payloads === true;
    if (known !== undefined && (holdsMore || (isSame && !(isSplit && known.payloads === true)))) {
      target.keep(known);
      continue;
    }
    await reading(fs, join(directory, path), async (fd) => {
      const scanned = await scanOpenSegment(fs, fd, { signal });
      // Whatever is behind the last epoch here is damage: verification is to see it too.
      await addSegment(source, target, { first, fd, scanned: { ...scanned, end: scanned.length } });
    });
  }
}

/**
 * Copies the payloads of copied segments; call it after them. A segment that was copied with its
 * payloads inside needs none, and one without either has lost them to retention.
 */
export async function copyPayloads(source: CopySource, target: CopyTarget): Promise<void> {
  const { fs, directory, signal } = source;
  for (const { path, payloads } of target.files) {
    if (!path.startsWith('seg/') || payloads === true) continue;
    const name = payloadName(Number.parseInt(path.slice('seg/'.length), 10));
    const known = target.known(name);
    const isSame = fs.statSync(join(directory, name))?.size === known?.bytes;
    if (known !== undefined && isSame) target.keep(known);
    else await copyThere(source, target, name, signal);
  }
}

async function copyThere(
  { fs, directory }: CopySource,
  target: CopyTarget,
  path: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  await reading(fs, join(directory, path), (fd) => target.add(path, fd, { signal }));
}

/** Copies blobs, which never change under their name; one that is gone meanwhile is left out. */
export async function copyBlobs(
  source: CopySource,
  target: CopyTarget,
  hashes: Iterable<string>,
): Promise<void> {
  for (const hash of hashes) {
    const path = `blob/${hash.slice(0, 2)}/${hash}`;
    const known = target.known(path);
    if (known !== undefined) target.keep(known);
    else await copyThere(source, target, path, source.signal);
  }
}

/** Copies the savepoints that a copy of so many leaves can use. */
export async function copySavepoints(
  source: CopySource,
  target: CopyTarget,
  names: readonly string[],
): Promise<void> {
  for (const name of names) {
    const path = `savepoint/${name}`;
    await target.addChanged(path, join(source.directory, path), source.signal);
  }
}

/** The text of a log's FORMAT; refuses what is no log, or another one. */
export function sourceFormat(fs: LogFs, directory: string, origin: string): string {
  const path = join(directory, 'FORMAT');
  const text = readFile(fs, path)?.toString('utf8');
  if (text === undefined) fail('KNHK_LOG_OPEN', directory, 'a log', 'no FORMAT');
  const expected = formatText(origin);
  return text === expected ? text : fail('KNHK_LOG_FORMAT', path, expected, text);
}
