import { join } from 'node:path';
import { systemClock } from '../../base/clock.ts';
import { trustKeys } from '../verify/keyring.ts';
import { type CopyOptions, type CopyReport, checkCopy, reportOf } from './copy-report.ts';
import {
  type CopySource,
  copyBlobs,
  copyPayloads,
  copySavepoints,
  copyToHead,
  sourceFormat,
} from './copy-segments.ts';
import { blobHashes, namesIn } from './copy-strays.ts';
import { CopyTarget, checkApart, lockCopy, prepareCopy } from './copy-target.ts';
import { nodeFs } from './fs.ts';

/** What {@link backupLog} takes besides its places. */
export type BackupOptions = CopyOptions;

/**
 * Copies a log up to its last durable checkpoint, while a writer may go on: no lock is taken. A
 * later run into the same directory copies only what is new. The copy is read back and verified as
 * any log before it counts; until then, and if it fails, the copy before it stays whole. Keys are
 * never copied: back them up apart.
 *
 * @param directory the `data` of a runtime
 * @param to a directory for this alone, on another disk; absent, empty or of an earlier run
 * @throws KnhkError KNHK_LOG_COPY where the target cannot be used, KNHK_LOG_OPEN,
 * KNHK_LOG_FORMAT where there is no log of the keyring's origin, KNHK_LOG_ROLLBACK where it ends
 * before its head, KNHK_LOG_LOCKED where another run is at work, KNHK_RECEIPTS_KEYRING
 * @example
 * const report = await backupLog(logDirectory, `${directory}/backup`, { keyring });
 * report.ok; // => true
 * report.size; // => 4
 * const again = await backupLog(logDirectory, `${directory}/backup`, { keyring });
 * again.copiedFiles; // => 0
 */
export async function backupLog(
  directory: string,
  to: string,
  options: BackupOptions,
): Promise<CopyReport> {
  const fs = options.fs ?? nodeFs;
  const { keyring, signal } = options;
  const trusted = trustKeys(keyring);
  const { origin } = trusted;
  const format = sourceFormat(fs, directory, origin);
  checkApart(directory, to);
  prepareCopy(fs, to, 'backup', origin);
  const lock = await lockCopy(fs, to);
  try {
    const target = new CopyTarget(fs, to);
    const source: CopySource = { fs, directory, signal };
    const cut = await copyToHead(source, target, trusted);
    await copyPayloads(source, target);
    await copyBlobs(source, target, blobHashes(fs, directory));
    await copySavepoints(source, target, savepointsUpTo(source, cut.size));
    target.addText('head', cut.note);
    target.addText('FORMAT', format);
    const since = target.before?.checkpoint;
    const check = { directory: to, keyring, since, signal };
    const findings = await checkCopy(target, check);
    if (findings.length === 0) {
      const time = (options.clock ?? systemClock).now();
      target.commit({ kind: 'backup', origin, checkpoint: cut.note, time });
    }
    return reportOf(target, cut, findings);
  } finally {
    await lock.release();
  }
}

function savepointsUpTo({ fs, directory }: CopySource, size: number): readonly string[] {
  return namesIn(fs, join(directory, 'savepoint')).filter(
    (name) => /^[0-9]{12}\.json$/.test(name) && Number.parseInt(name, 10) <= size,
  );
}
