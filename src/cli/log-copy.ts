import { archiveLog } from '../receipts/log/archive.ts';
import { backupLog } from '../receipts/log/backup.ts';
import type { CopyFinding, CopyReport } from '../receipts/log/copy-report.ts';
import { type Args, readInteger } from './args.ts';
import { sayProgress } from './faults.ts';
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
import { givenKeyring } from './log-keys.ts';

/** `log backup`: a copy beside a writer. */
export async function logBackup(args: Args, io: Io): Promise<ExitCode> {
  const to = args.options['to'] as string;
  const options = { keyring: givenKeyring(args), clock: io.machine.clock };
  sayProgress(io, args.json, `copying ${args.data} to ${to}`);
  return say(await backupLog(args.data, to, options), args, io);
}

/** `log archive`: a copy of what is old. */
export async function logArchive(args: Args, io: Io): Promise<ExitCode> {
  const to = args.options['to'] as string;
  const { clock } = io.machine;
  const before = beforeOf(args, clock.now());
  const options = { keyring: givenKeyring(args), clock, before };
  sayProgress(io, args.json, `copying ${args.data} to ${to}`);
  return say(await archiveLog(args.data, to, options), args, io);
}

const dayMs = 86_400_000;

function beforeOf({ options: { before, older } }: Args, nowMs: number): number {
  if ((before === undefined) === (older === undefined)) {
    throw new UsageError('expected --before DATE or --older DAYS');
  }
  if (older !== undefined) return nowMs - dayMs * readInteger('--older', older, 0, 36_525);
  const isDate = /^[0-9]{4}-[0-9]{2}-[0-9]{2}(T.+)?$/.test(before as string);
  const time = isDate ? Date.parse(before as string) : Number.NaN;
  if (Number.isNaN(time)) throw new UsageError(`--before expects a date, got ${before}`);
  return time;
}

function say(report: CopyReport, { json }: Args, io: Io): ExitCode {
  io.stdout.write(json ? `${JSON.stringify(report)}\n` : copyText(report, io));
  return report.ok ? exitCodes.fine : exitCodes.finding;
}

function copyText(report: CopyReport, io: Io): string {
  const { ok, files, bytes, copiedFiles, copiedBytes, size, checkpoint, findings } = report;
  const pairs = formatPairs([
    ['leaves', size],
    ['files', `${files}, ${formatBytes(bytes)}`],
    ['copied', `${copiedFiles}, ${formatBytes(copiedBytes)}`],
  ]);
  const verdict = ok
    ? paint(io, 'green', size === 0 ? 'nothing to copy' : 'copied and verified')
    : paint(io, 'red', 'NOT COPIED: the copy before it still counts');
  return `${pairs}${findingsTable(findings)}\n${checkpoint}\n${verdict}\n`;
}

/** Findings as a table, nothing where there are none. */
export function findingsTable(findings: readonly CopyFinding[]): string {
  const rows = findings.map(({ seq, kind, message }) => [seq, kind, message]);
  return rows.length === 0 ? '' : `\n${formatTable([['SEQ', 'KIND', 'CAUSE'], ...rows])}`;
}
