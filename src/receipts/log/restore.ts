import { dirname, join } from 'node:path';
import { utf8 } from '../../base/bytes.ts';
import { canonical } from '../../base/canonical.ts';
import { fail } from '../../base/errors.ts';
import { parseCheckpoint } from '../verify/checkpoint.ts';
import { checkCheckpoint, trustKeys } from '../verify/keyring.ts';
import { copyBytes, digestFile, reading } from './copy-files.ts';
import type { CopyFinding, CopyOptions } from './copy-report.ts';
import { namesIn } from './copy-strays.ts';
import { checkApart } from './copy-target.ts';
import { type StoredCopy, storedCopy, viewOf } from './copy-view.ts';
import { makeDirectory, readFile, replaceFile, syncDirectory } from './files.ts';
import { type LogFs, nodeFs } from './fs.ts';
import { takeLock } from './lock.ts';
import type { LogOptions } from './log-types.ts';
import type { ManifestFile } from './manifest.ts';
import { documentLoss, type Loss, type LossOptions } from './restore-loss.ts';
import { nodeVerify } from './signer.ts';
import { verifyLog } from './verify-log.ts';

/** What {@link restoreLog} takes besides its places. */
export interface RestoreOptions
  extends Omit<CopyOptions, 'clock'>,
    Partial<Pick<LogOptions, 'signer' | 'signers' | 'saveKeyring' | 'remembered' | 'clock'>> {
  /** A checkpoint of the log from elsewhere: Git, a witness, an earlier run. */
  readonly since?: string;
  /** True to restore a backup although the log had more leaves: needs `signer`. */
  readonly acceptLoss?: boolean;
  /** Who accepts a loss, for the leaf; `knhk` unless given. */
  readonly actor?: string;
}

/** What became of a restore. */
export interface RestoreReport {
  /** True if the log is there; where it is false nothing was restored. */
  readonly ok: boolean;
  /** Files of the copy. */
  readonly files: number;
  /** Their bytes. */
  readonly bytes: number;
  /** Leaves in the copy. */
  readonly size: number;
  /** The signed checkpoint that the copy ends with. */
  readonly checkpoint: string;
  /** Leaves that are known to have been and are not in the copy. */
  readonly lost: number;
  /** Seq of the leaf that says so; null where nothing is lost. */
  readonly seq: number | null;
  /** Why nothing was restored. */
  readonly findings: readonly CopyFinding[];
}

/** While it is there, and FORMAT is not, a directory is half restored. */
const markerName = 'restore.tmp';

/**
 * Puts a backup in place of a log that is gone: each file is checked against the manifest, the log
 * verified with public keys, and compared with what is remembered of it. A backup that is behind
 * that is refused, unless the loss is accepted; then a `config` leaf with the action `restore` says
 * so, with both checkpoints. Whoever remembers a checkpoint from the lost part will see a fork: a
 * log that others rely on is better continued under a new origin ({@link initLog}). Keys are not in
 * a backup. Erasures are replayed when a runtime opens the log.
 *
 * @param from a backup or an archive
 * @param directory absent, empty, or half restored by an interrupted run
 * @throws KnhkError KNHK_LOG_EXISTS where the directory holds something, KNHK_LOG_COPY where there
 * is no whole copy, KNHK_LOG_SIGNATURE where `since` is not a signed checkpoint of the log, or the
 * signer is missing, KNHK_LOG_LOCKED, KNHK_LOG_OPEN, KNHK_LOG_NETWORK_FS, KNHK_RECEIPTS_KEYRING
 * @example
 * await backupLog(logDirectory, `${directory}/backup`, { keyring });
 * const report = await restoreLog(`${directory}/backup`, `${directory}/log`, { keyring });
 * [report.ok, report.size, report.lost]; // => [true, 4, 0]
 */
export async function restoreLog(
  from: string,
  directory: string,
  options: RestoreOptions,
): Promise<RestoreReport> {
  const fs = options.fs ?? nodeFs;
  checkApart(directory, from);
  const copy = storedCopy(fs, from);
  const { origin } = trustKeys(options.keyring);
  if (copy === undefined || copy.manifest.origin !== origin) {
    const got = copy === undefined ? 'no manifest' : copy.manifest.origin;
    return fail('KNHK_LOG_COPY', from, `a whole copy of ${origin}`, got);
  }
  const { checkpoint } = copy.manifest;
  const size = parseCheckpoint(checkpoint)?.size ?? 0;
  const begun = begunRestore(fs, directory, checkpoint);
  const last = begun === undefined ? rememberedOf(fs, options) : undefined;
  const behind = (last?.size ?? 0) > size ? (last?.note ?? null) : null;
  const loss: Loss = begun ?? { restored: checkpoint, lost: behind };
  const lost = Math.max(0, (parseCheckpoint(loss.lost ?? '')?.size ?? 0) - size);
  const report = reportOf(copy, { size, lost });
  const isAccepted = options.acceptLoss === true && loss.lost !== null;
  const since = isAccepted ? undefined : (loss.lost ?? last?.note);
  const findings = await checkBackup(fs, from, copy, { ...options, since });
  if (findings.length > 0) return { ...report, ok: false, findings };
  const accepting = isAccepted ? lossOptions(directory, origin, options, fs) : undefined;
  if (begun === undefined) await place(fs, { from, directory, copy, loss, signal: options.signal });
  const seq = accepting === undefined ? null : await documentLoss(accepting, loss);
  fs.unlinkSync(join(directory, markerName));
  return { ...report, seq };
}

function reportOf(
  { manifest: { files, checkpoint } }: StoredCopy,
  { size, lost }: { readonly size: number; readonly lost: number },
): RestoreReport {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { ok: true, files: files.length, bytes, size, checkpoint, lost, seq: null, findings: [] };
}

/**
 * What an interrupted run was about, where it had all files in place. Its loss is taken from it:
 * what is remembered may say otherwise by now.
 */
function begunRestore(fs: LogFs, directory: string, checkpoint: string): Loss | undefined {
  const names = namesIn(fs, directory).filter((name) => !name.startsWith('lock.'));
  const isHalf = names.includes(markerName);
  const [found] = names.filter((name) => name !== `${markerName}.tmp`);
  if (!isHalf && found !== undefined) occupied(directory, found);
  if (!isHalf || !names.includes('FORMAT')) return undefined;
  const text = readFile(fs, join(directory, markerName))?.toString('utf8') ?? '';
  const loss = JSON.parse(text) as Loss;
  return loss.restored === checkpoint ? loss : occupied(directory, 'another restored log');
}

function occupied(directory: string, got: string): never {
  return fail('KNHK_LOG_EXISTS', directory, 'an absent or empty directory', got);
}

interface Remembered {
  readonly size: number;
  readonly note: string;
}

/** The newest checkpoint that is known of the log. */
function rememberedOf(
  fs: LogFs,
  { keyring, since, remembered }: RestoreOptions,
): Remembered | undefined {
  const trusted = trustKeys(keyring);
  const read = (text: string): Remembered | undefined => {
    const checkpoint = parseCheckpoint(text);
    const isOurs =
      checkpoint?.origin === trusted.origin &&
      checkCheckpoint(checkpoint, trusted, nodeVerify) === 'signed';
    return isOurs ? { size: checkpoint.size, note: text } : undefined;
  };
  const given = since === undefined ? undefined : read(since);
  if (since !== undefined && given === undefined) {
    fail('KNHK_LOG_SIGNATURE', 'since', `a signed checkpoint of ${trusted.origin}`, since);
  }
  const kept = remembered === undefined ? undefined : readFile(fs, remembered)?.toString('utf8');
  const own = kept === undefined ? undefined : read(kept);
  return (own?.size ?? -1) > (given?.size ?? -1) ? own : given;
}

/** Reads the whole copy: nothing is taken on trust. */
async function checkBackup(
  fs: LogFs,
  from: string,
  { manifest, stored }: StoredCopy,
  {
    keyring,
    since,
    signal,
  }: Pick<RestoreOptions, 'keyring' | 'signal'> & {
    readonly since: string | undefined;
  },
): Promise<readonly CopyFinding[]> {
  const findings: CopyFinding[] = [];
  for (const { path, sha256 } of manifest.files) {
    const read = await digestFile(fs, join(from, stored.get(path) ?? path), signal);
    if (read?.sha256 === sha256) continue;
    const what = read === undefined ? 'is missing' : 'is not what was copied';
    findings.push({ seq: 0, kind: 'copy', message: `${path} ${what}` });
  }
  const report = await verifyLog(from, keyring, {
    ...(since === undefined ? {} : { since }),
    fs: viewOf(fs, from, stored),
    ...(signal === undefined ? {} : { signal }),
  });
  return [...findings, ...report.findings];
}

async function place(
  fs: LogFs,
  {
    from,
    directory,
    copy,
    loss,
    signal,
  }: {
    readonly from: string;
    readonly directory: string;
    readonly copy: StoredCopy;
    readonly loss: Loss;
    readonly signal: AbortSignal | undefined;
  },
): Promise<void> {
  makeDirectory(fs, directory);
  const lock = await takeLock(fs, directory);
  try {
    replaceFile(fs, join(directory, markerName), utf8(canonical(loss)));
    const { manifest, stored } = copy;
    const isFormat = ({ path }: ManifestFile): boolean => path === 'FORMAT';
    const others = manifest.files.filter((file) => !isFormat(file));
    // FORMAT comes last: without it the directory is no log.
    for (const files of [others, manifest.files.filter(isFormat)]) {
      for (const file of files) {
        const source = join(from, stored.get(file.path) ?? file.path);
        await placeFile(fs, source, directory, file, signal);
      }
      const parents = new Set(files.map(({ path }) => dirname(join(directory, path))));
      for (const parent of parents) syncDirectory(fs, parent);
    }
  } finally {
    await lock.release();
  }
}

async function placeFile(
  fs: LogFs,
  source: string,
  directory: string,
  { path, sha256 }: ManifestFile,
  signal: AbortSignal | undefined,
): Promise<void> {
  const to = join(directory, path);
  const copied = await reading(fs, source, (fd) => copyBytes(fs, fd, to, { signal }));
  const read = copied === undefined ? undefined : await digestFile(fs, to, signal);
  if (copied?.sha256 === sha256 && read?.sha256 === sha256) return;
  fail('KNHK_LOG_COPY', to, 'the bytes that the manifest lists', 'others');
}

function lossOptions(
  directory: string,
  origin: string,
  { signer, signers, saveKeyring, keyring, remembered, clock, actor }: RestoreOptions,
  fs: LogFs,
): LossOptions {
  if (signer === undefined) {
    return fail('KNHK_LOG_SIGNATURE', 'signer', 'the key that signs the leaf of a loss', 'none');
  }
  return {
    log: {
      ...{ directory, origin, signer, keyring, fs, create: false },
      ...(signers === undefined ? {} : { signers }),
      ...(saveKeyring === undefined ? {} : { saveKeyring }),
      ...(clock === undefined ? {} : { clock }),
    },
    remembered,
    actor: actor ?? 'knhk',
  };
}
