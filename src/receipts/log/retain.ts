import { dirname, join } from 'node:path';
import { canonical } from '../../base/canonical.ts';
import { systemClock } from '../../base/clock.ts';
import { trustKeys } from '../verify/keyring.ts';
import type { LeafBody } from '../verify/leaf-types.ts';
import { archive } from './archive.ts';
import type { CopyOptions, CopyReport } from './copy-report.ts';
import { sourceFormat } from './copy-segments.ts';
import { listSegments, syncDirectory } from './files.ts';
import { type LogFs, nodeFs } from './fs.ts';
import type { LogOptions, ReceiptLog } from './log-types.ts';
import { openLog } from './open.ts';
import {
  dayMs,
  type Kept,
  type PayloadRange,
  planRetention,
  type RetentionPlan,
} from './retain-plan.ts';
import { defaultPolicy, type RetentionPolicy } from './retain-policy.ts';
import { retentionKind } from './retain-refs.ts';

/** What {@link retainLog} takes besides the log. */
export interface RetainOptions
  extends CopyOptions,
    Pick<LogOptions, 'signer' | 'signers' | 'saveKeyring' | 'remembered' | 'subjects'> {
  /** Where what is removed is archived first: as for {@link archiveLog}. */
  readonly archive: string;
  /** As {@link readPolicy} gives it; the usual one unless given. */
  readonly policy?: RetentionPolicy;
  /** Who asks for it, for the leaf; `knhk` unless given. */
  readonly actor?: string;
  /** True to say what would be removed, and to change nothing. */
  readonly dryRun?: boolean;
}

/** What retention removed. */
export interface RetentionReport {
  /** False if the archive could not be verified: nothing was removed then. */
  readonly ok: boolean;
  /** True if nothing was done. */
  readonly dryRun: boolean;
  /** Payload files that were removed, or would be. */
  readonly payloads: readonly PayloadRange[];
  /** Stored documents that were removed, or would be: their hashes. */
  readonly blobs: readonly string[];
  /** Savepoints that were removed, or would be. */
  readonly savepoints: readonly string[];
  /** What is old enough and stays all the same. */
  readonly kept: readonly Kept[];
  /** Seq of the leaf that lists what is removed; null where there was nothing new to list. */
  readonly seq: number | null;
  /** What became of the archive; null where nothing had to be archived. */
  readonly archive: CopyReport | null;
}

/**
 * Removes what a retention policy no longer wants: payloads of sealed segments and stored documents
 * that are neither current nor led to by anything younger. Receipts are never removed. First all of
 * it is archived and the archive verified; then a `config` leaf that lists it becomes durable; only
 * then files go. What an interrupted run has listed the next one removes.
 *
 * @param directory the `data` of a runtime that is closed: the log is opened to write the leaf
 * @throws KnhkError KNHK_LOG_LOCKED where the log is open, KNHK_LOG_BLOB where a document is
 * damaged that leads to others, KNHK_LOG_COPY where the archive cannot be used, KNHK_LOG_OPEN,
 * KNHK_LOG_FORMAT, KNHK_LOG_NETWORK_FS, KNHK_LOG_CORRUPT, KNHK_LOG_ROLLBACK, KNHK_LOG_SIGNATURE,
 * KNHK_LOG_POISONED, KNHK_RECEIPTS_KEYRING
 * @example
 * const archive = `${directory}/archive`;
 * const clock = { now: () => now };
 * const options = { keyring, signer, archive, clock, dryRun: true };
 * const report = await retainLog(logDirectory, options);
 * [report.payloads.length, report.seq]; // => [0, null]
 */
export async function retainLog(
  directory: string,
  options: RetainOptions,
): Promise<RetentionReport> {
  const fs = options.fs ?? nodeFs;
  const { origin } = trustKeys(options.keyring);
  sourceFormat(fs, directory, origin);
  if (options.dryRun === true) {
    const plan = await planOf(fs, directory, options);
    return { ok: true, dryRun: true, ...removedBy(plan), seq: null, archive: null };
  }
  const { signer, signers, keyring, saveKeyring, remembered, subjects, clock } = options;
  const log = await openLog({
    ...{ directory, origin, signer, keyring, fs, create: false, sealing: false },
    ...(signers === undefined ? {} : { signers }),
    ...(saveKeyring === undefined ? {} : { saveKeyring }),
    ...(remembered === undefined ? {} : { remembered }),
    ...(subjects === undefined ? {} : { subjects }),
    ...(clock === undefined ? {} : { clock }),
  });
  try {
    await sealOld(log, fs, directory, options);
    const plan = await planOf(fs, directory, options);
    const archived = await archivePlan(directory, options, plan);
    if (archived?.ok === false) {
      const nothing = { payloads: [], blobs: [], savepoints: [], kept: plan.kept };
      return { ok: false, dryRun: false, ...nothing, seq: null, archive: archived };
    }
    const seq = plan.isNew ? await document(log, options, plan) : null;
    remove(fs, directory, plan);
    return { ok: true, dryRun: false, ...removedBy(plan), seq, archive: archived };
  } finally {
    await log.close();
  }
}

/** A segment in hand that begins with old payloads is ended: else they wait until it is full. */
async function sealOld(
  log: ReceiptLog,
  fs: LogFs,
  directory: string,
  { policy = defaultPolicy, clock = systemClock }: RetainOptions,
): Promise<void> {
  const { after, keepDays } = policy.observations;
  const first = listSegments(fs, join(directory, 'seg')).at(-1) ?? 0;
  if (after === 'keep' || first >= log.durableSize) return;
  if (log.read(first).leaf.time < clock.now() - keepDays * dayMs) await log.seal();
}

function planOf(
  fs: LogFs,
  directory: string,
  { policy = defaultPolicy, clock = systemClock, signal }: RetainOptions,
): Promise<RetentionPlan> {
  return planRetention({ fs, directory, policy, now: clock.now(), signal });
}

const removedBy = ({ payloads, blobs, savepoints, kept }: RetentionPlan) => ({
  ...{ payloads, blobs, savepoints, kept },
});

async function archivePlan(
  directory: string,
  options: RetainOptions,
  { payloads, blobs }: RetentionPlan,
): Promise<CopyReport | null> {
  if (payloads.length === 0 && blobs.length === 0) return null;
  const last = Math.max(-1, ...payloads.map((range) => range.last));
  return archive(directory, options.archive, options, {
    // Documents alone are archived beside the first segment: an archive is a log by itself.
    isYoung: ({ first, complete }) => !complete || (first > last && first > 0),
    blobs,
  });
}

/** The leaf has to be durable before anything goes: what is missing must be explained. */
async function document(
  log: ReceiptLog,
  { policy = defaultPolicy, actor = 'knhk' }: RetainOptions,
  { payloads, blobs }: RetentionPlan,
): Promise<number> {
  const ranges = payloads.map(({ file, first, last, sha256 }) => ({ file, first, last, sha256 }));
  const detail = log.putBlob(retentionKind, canonical({ policy, blobs, payloads: ranges }));
  const body: LeafBody = {
    kind: 'config',
    actor,
    resource: log.origin,
    action: 'retain',
    outcome: 'success',
    detail,
  };
  const { seq, durable } = log.append(body, log.tick());
  await durable;
  return seq;
}

function remove(fs: LogFs, directory: string, plan: RetentionPlan): void {
  const paths = [
    ...plan.payloads.map(({ file }) => join(directory, file)),
    ...plan.blobs.map((hash) => join(directory, 'blob', hash.slice(0, 2), hash)),
    ...plan.savepoints.map((name) => join(directory, 'savepoint', name)),
  ];
  for (const path of paths) fs.unlinkSync(path);
  for (const parent of new Set(paths.map(dirname))) syncDirectory(fs, parent);
}
