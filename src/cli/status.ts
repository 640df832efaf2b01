import { join } from 'node:path';
import { describe } from '../base/errors.ts';
import { nodeFs } from '../receipts/log/fs.ts';
import { type Held, heldState } from '../receipts/log/held.ts';
import { surveyLog } from '../receipts/log/survey.ts';
import { parseKeyring, type TrustedKeys, trustKeys } from '../receipts/verify/keyring.ts';
import { openStored } from '../runtime/replay-source.ts';
import { keysDirectory } from './args.ts';
import { readText } from './files.ts';
import {
  countBlobs,
  countFiles,
  countSealed,
  indexFile,
  removedRanges,
  savepointFiles,
  writtenMs,
} from './status-files.ts';
import { StatusFold } from './status-fold.ts';
import { judgeCheckpoint, judgeEnd, judgeSavepoints, judgeSnapshot } from './status-judge.ts';
import type { KeyStatus, LogStatus } from './status-types.ts';

/**
 * Looks at a log directory: without a lock, without writing, in memory that does not grow with
 * the log. A writer may have it open.
 *
 * @throws KnhkError KNHK_LOG_OPEN, KNHK_LOG_FORMAT
 */
export async function readStatus(data: string, nowMs: number): Promise<LogStatus> {
  const log = openStored(data);
  const keyring = readKeyring(data);
  const trusted = 'keys' in keyring ? keyring : undefined;
  // In this order: a writer adds to all three meanwhile, but first to the segments.
  const before = await heldState(nodeFs, data);
  const savepoints = savepointFiles(data);
  const acknowledged = log.acknowledged();
  const fold = new StatusFold(
    (trusted?.keys ?? []).map(({ from }) => from),
    savepoints.map(({ size }) => size),
  );
  const survey = await surveyLog(nodeFs, data, log.origin, fold);
  const writer: Held = before === 'held' ? before : await heldState(nodeFs, data);
  if ('problem' in keyring && keyring.problem !== undefined) {
    const message = `the keyring beside the log cannot be used: ${keyring.problem}`;
    fold.find({ kind: 'keyring', severity: 'problem', seq: null, message });
  }
  const checkpoint = judgeCheckpoint(fold, trusted);
  judgeEnd(fold, data, { survey, acknowledged, writer });
  judgeSavepoints(fold, data, savepoints);
  const snapshot = judgeSnapshot(fold, log);
  const newest = savepoints.at(-1);
  // A writer may have sealed some more since they were read, or begun another one.
  const sealed = Math.min(countSealed(log), survey.segments);
  const unsealed = survey.segments - sealed;
  return {
    ok: fold.findings.length === 0,
    data,
    origin: log.origin,
    format: 1,
    leaves: { total: survey.leaves, kinds: fold.kinds, outcomes: fold.outcomes },
    acknowledged,
    checkpoint,
    first: fold.first ?? null,
    last: fold.last ?? null,
    segments: { count: survey.segments, bytes: survey.bytes, sealed, unsealed },
    tail: survey.tail,
    blobs: countBlobs(data),
    payloads: { ...countFiles(data, 'payload'), removed: removedRanges(log, fold.retentions) },
    tiles: countFiles(data, 'tile'),
    indexes: countFiles(data, 'index', '.idx'),
    savepoints: {
      count: savepoints.length,
      newest:
        newest === undefined ? null : { size: newest.size, ageMs: age(newest.writtenMs, nowMs) },
    },
    index: indexFile(data),
    snapshot,
    writer,
    keys: trusted === undefined ? null : keysOf(trusted, fold, data, nowMs),
    findings: fold.findings,
    findingsDropped: fold.findingsDropped,
  };
}

const age = (thenMs: number, nowMs: number): number => Math.max(0, Math.round(nowMs - thenMs));

/** The keys that may sign, if they lie beside the log; the files of secrets are not read. */
function readKeyring(data: string): TrustedKeys | { readonly problem: string | undefined } {
  try {
    return trustKeys(parseKeyring(readText(keyringPath(data))));
  } catch (error) {
    const isAbsent = (error as { readonly code?: unknown }).code === 'ENOENT';
    return { problem: isAbsent ? undefined : describe(error) };
  }
}

/** Where the public keys lie unless said otherwise. */
export function keyringPath(data: string): string {
  return join(keysDirectory(data), 'keyring.json');
}

/**
 * A key is as old as the keyring says, or else as the first leaf it may have signed; before that,
 * as the keyring's file.
 */
function keysOf(
  { keys }: TrustedKeys,
  fold: StatusFold,
  data: string,
  nowMs: number,
): readonly KeyStatus[] {
  return keys.map(({ id, from, to, created }) => {
    const since = created ?? fold.timeAt.get(from) ?? writtenMs(keyringPath(data));
    return {
      id,
      from,
      to: to === Number.MAX_SAFE_INTEGER ? null : to,
      ageMs: since === undefined ? null : age(since, nowMs),
    };
  });
}
