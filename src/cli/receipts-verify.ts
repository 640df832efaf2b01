import { existsSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeFs } from '../receipts/log/fs.ts';
import { readHead } from '../receipts/log/head.ts';
import { type VerifyLogOptions, verifyLog } from '../receipts/log/verify-log.ts';
import { type Keyring, parseKeyring, trustKeys } from '../receipts/verify/keyring.ts';
import type { VerifyReport } from '../receipts/verify/report.ts';
import type { VerifyState } from '../receipts/verify/verify-state.ts';
import { type Args, keysDirectory, readInteger } from './args.ts';
import { sayProgress } from './faults.ts';
import { readText } from './files.ts';
import {
  type ExitCode,
  exitCodes,
  formatBytes,
  formatPairs,
  formatTable,
  type Io,
  paint,
  UsageError,
} from './io.ts';

const workersMax = 64;
// Starting threads takes longer than reading a log of one or two segments.
const workersDefaultMax = 4;
const largeBytes = 67_108_864;

/** `receipts verify-chain`: everything that public keys can prove about the log. */
export async function verifyChain({ data, json, options }: Args, io: Io): Promise<ExitCode> {
  const keyring = parseKeyring(
    readText(options['keyring'] ?? join(keysDirectory(data), 'keyring.json')),
  );
  const { resume: statePath } = options;
  const since =
    options['since'] === undefined ? rememberedBy(data, keyring) : readText(options['since']);
  const state = statePath === undefined ? undefined : readState(statePath);
  const workers = workersOf(options['workers'], data, io);
  sayProgress(io, json, `verifying ${data}`);
  const report = await verifyLog(data, keyring, {
    ...(since === undefined ? {} : { since }),
    ...(state === undefined ? {} : { resume: state }),
    ...(json || io.stderr.isTTY !== true ? {} : { onProgress: progressLine(io) }),
    workers,
  });
  if (statePath !== undefined && report.state !== null) {
    writeState(statePath, report.state);
  }
  io.stdout.write(json ? `${JSON.stringify(report)}\n` : reportText(report, io));
  return report.ok ? exitCodes.fine : exitCodes.finding;
}

/** What the writer remembers beside the keys, if it can be read: the log is not to be shorter. */
function rememberedBy(data: string, keyring: Keyring): string | undefined {
  const path = join(keysDirectory(data), 'head');
  return readHead(nodeFs, data, trustKeys(keyring), path).kind === 'read'
    ? readText(path)
    : undefined;
}

/** The state of the run before; undefined before the first. */
function readState(path: string): VerifyState | undefined {
  if (!existsSync(path)) return undefined;
  try {
    // What it says is checked like everything else that does not come from the keyring.
    return JSON.parse(readText(path)) as VerifyState;
  } catch {
    throw new UsageError(`--resume ${path} expects what an earlier run wrote; remove the file`);
  }
}

function writeState(path: string, state: VerifyState): void {
  // In one step, so that a run that is interrupted leaves the state of the one before.
  writeFileSync(`${path}.tmp`, `${JSON.stringify(state)}\n`);
  renameSync(`${path}.tmp`, path);
}

function workersOf(given: string | undefined, data: string, io: Io): number {
  if (given !== undefined) return readInteger('--workers', given, 0, workersMax);
  const isLarge = segmentBytes(join(data, 'seg')) > largeBytes;
  return isLarge ? Math.min(io.machine.cpus(), workersDefaultMax) : 0;
}

function segmentBytes(directory: string): number {
  if (!existsSync(directory)) return 0;
  const paths = readdirSync(directory).map((name) => join(directory, name));
  const stats = paths.map((path) => statSync(path, { throwIfNoEntry: false }));
  return stats.reduce((sum, stat) => sum + (stat?.size ?? 0), 0);
}

/** One line on the terminal that is written over; it is gone when all is read. */
function progressLine(io: Io): NonNullable<VerifyLogOptions['onProgress']> {
  let shown = '';
  return ({ bytes, totalBytes, leaves }) => {
    const percent = totalBytes === 0 ? 100 : Math.floor((bytes / totalBytes) * 100);
    const of = `${formatBytes(bytes)} of ${formatBytes(totalBytes)}`;
    const line = bytes < totalBytes ? `${percent} %, ${of}, ${leaves} leaves` : '';
    if (line === shown) return;
    shown = line;
    io.stderr.write(`\r\u001b[K${line}`);
  };
}

function reportText(report: VerifyReport, io: Io): string {
  const { findings, findings_dropped: dropped, checkpoint, unsigned_tail: tail } = report;
  const yesNo = (value: boolean): string => (value ? 'yes' : 'no');
  const pairs = formatPairs([
    ['origin', report.origin],
    ['total_count', report.total_count],
    ['verified_count', report.verified_count],
    ['signature_failures', report.signature_failures],
    ['chain_breaks', report.chain_breaks],
    ['retrocausation_violations', report.retrocausation_violations],
    ['unknown_keys', report.unknown_keys],
    ['revoked_keys', report.revoked_keys],
    ['leaf_mismatch', report.leaf_mismatch],
    ['non_canonical', report.non_canonical],
    ['gaps', report.gaps],
    ['root_mismatch', report.root_mismatch],
    ['damaged_frames', report.damaged_frames],
    ['missing_blobs', report.missing_blobs],
    ['rollback', yesNo(report.rollback)],
    ['fork', yesNo(report.fork)],
    ['clock_skews', `${report.clock_skews}, at most ${report.skew_ms_max} ms`],
    ['unsigned_tail', `${tail.leaves} leaves, ${tail.bytes} bytes`],
    ['findings', findings.length + dropped],
  ]);
  const rows = findings.map(({ seq, kind, message }) => [seq, kind, message]);
  const table = rows.length === 0 ? '' : `\n${formatTable([['SEQ', 'KIND', 'CAUSE'], ...rows])}`;
  const more = dropped === 0 ? '' : `and ${dropped} more\n`;
  const signed = checkpoint === null ? '' : `\n${checkpoint}`;
  const verdict = report.ok ? paint(io, 'green', 'verified') : paint(io, 'red', 'NOT VERIFIED');
  return `${pairs}${table}${more}${signed}\n${verdict}\n`;
}
