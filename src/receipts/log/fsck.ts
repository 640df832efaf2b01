import { join } from 'node:path';
import { KnhkError } from '../../base/errors.ts';
import { trustKeys } from '../verify/keyring.ts';
import type { Finding } from '../verify/report.ts';
import { sourceFormat } from './copy-segments.ts';
import { blobHashes, namesIn } from './copy-strays.ts';
import { listSegments, segmentName } from './files.ts';
import { type LogFs, nodeFs } from './fs.ts';
import { checkDerived, rebuildDerived } from './fsck-derived.ts';
import {
  checkBlobs,
  checkHeadFile,
  checkPayloads,
  checkSavepoints,
  checkStrays,
} from './fsck-files.ts';
import type { FsckFinding, FsckOptions, FsckReport } from './fsck-types.ts';
import { heldState } from './held.ts';
import { takeLock } from './lock.ts';
import { type LogFacts, readFacts } from './retain-facts.ts';
import { verifyLog } from './verify-log.ts';

export type { FsckFinding, FsckOptions, FsckReport } from './fsck-types.ts';

/**
 * Looks at every file of a log directory: verifies it with public keys, and checks payloads, stored
 * documents, indexes, tiles, savepoints, `head`, and what lies there besides. Each finding says
 * where, what, and what to do. Nothing is changed, unless indexes and tiles are to be made again
 * from the segments; no damage to receipts is ever mended silently.
 *
 * @param directory the `data` of a runtime; a writer may have it open, unless `rebuild` is set
 * @throws KnhkError KNHK_LOG_OPEN, KNHK_LOG_FORMAT where there is no log of the keyring's origin,
 * KNHK_LOG_LOCKED where it is to be rebuilt and is open, KNHK_RECEIPTS_KEYRING
 * @example
 * const report = await checkLog(logDirectory, { keyring });
 * [report.ok, report.verified.total_count]; // => [true, 4]
 */
export async function checkLog(directory: string, options: FsckOptions): Promise<FsckReport> {
  const { keyring, rebuild, signal } = options;
  const fs = options.fs ?? nodeFs;
  const trusted = trustKeys(keyring);
  sourceFormat(fs, directory, trusted.origin);
  const verify = { fs, ...(signal === undefined ? {} : { signal }) };
  const rebuilt = rebuild === true ? await rebuildLocked(fs, directory) : 0;
  const verified = await verifyLog(directory, keyring, verify);
  const names = namesIn(fs, join(directory, 'savepoint')).filter((name) =>
    /^[0-9]{12}\.json$/.test(name),
  );
  const sizes = new Set(names.map((name) => Number.parseInt(name, 10)));
  const facts = await factsOf(fs, directory, { sizes, signal });
  const hashes = blobHashes(fs, directory);
  const isHeld = (await heldState(fs, directory)) === 'held';
  const findings: readonly FsckFinding[] = [
    ...verified.findings.map((finding) => located(fs, directory, finding)),
    ...checkPayloads(fs, directory, facts),
    ...(await checkBlobs(fs, directory, hashes, signal)),
    ...(await checkDerived(fs, directory, trusted.origin)),
    ...checkSavepoints(fs, directory, names, facts),
    ...(facts.segments.length === 0 ? [] : checkHeadFile(fs, directory, trusted)),
    ...checkStrays(fs, directory, isHeld),
  ];
  const files = {
    segments: listSegments(fs, join(directory, 'seg')).length,
    payloads: namesIn(fs, join(directory, 'payload')).length,
    blobs: hashes.length,
    savepoints: names.length,
  };
  return { ok: findings.length === 0, findings: distinct(findings), verified, rebuilt, files };
}

/** A damaged blob says so twice: as what a leaf names, and as a file. */
function distinct(findings: readonly FsckFinding[]): readonly FsckFinding[] {
  const seen = new Set<string>();
  return findings.filter(({ file, seq, cause }) => {
    const key = file.startsWith('blob/') ? file : `${file} ${seq} ${cause}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

async function factsOf(
  fs: LogFs,
  directory: string,
  wishes: { readonly sizes: ReadonlySet<number>; readonly signal: AbortSignal | undefined },
): Promise<LogFacts> {
  try {
    return await readFacts(fs, directory, wishes);
  } catch (error) {
    if (!(error instanceof KnhkError)) throw error;
    // A damaged retention document: verification names it, and nothing counts as documented.
    return readFacts(fs, directory, { ...wishes, isLenient: true });
  }
}

async function rebuildLocked(fs: LogFs, directory: string): Promise<number> {
  const lock = await takeLock(fs, directory);
  try {
    const { segments } = await readFacts(fs, directory, { isLenient: true });
    const open = segments.find(({ complete, payloads }) => !complete || payloads > 0);
    return await rebuildDerived(fs, directory, open?.first ?? 0);
  } finally {
    await lock.release();
  }
}

const advice: Readonly<Partial<Record<Finding['kind'], string>>> = {
  blob: 'Restore it from a backup.',
  signature: 'Check the keyring; if it is right, restore the segment from a backup.',
  unknown_key: 'Check the keyring: the key may be missing in it.',
  rollback: 'Restore the newest backup: the end of the log is missing.',
  fork: 'Keep both as evidence; go on in a new log from the last good checkpoint (log init).',
  empty: 'Nothing, where the log is new; else restore it.',
};

/** A finding of verification with the file that it is about. */
function located(fs: LogFs, directory: string, { seq, kind, message }: Finding): FsckFinding {
  const [hash] = /^[0-9a-f]{64}/.exec(kind === 'blob' ? message : '') ?? [];
  const first = listSegments(fs, join(directory, 'seg')).findLast((it) => it <= seq) ?? 0;
  const file =
    hash !== undefined
      ? `blob/${hash.slice(0, 2)}/${hash}`
      : kind === 'rollback' || kind === 'empty'
        ? 'head'
        : `seg/${segmentName(first)}`;
  const todo = advice[kind] ?? 'Restore the segment from a backup; the finding says the place.';
  return { file, seq, cause: `${kind}: ${message}`, todo };
}
