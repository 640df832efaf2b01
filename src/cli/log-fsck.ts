import { checkLog } from '../receipts/log/fsck.ts';
import type { FsckReport } from '../receipts/log/fsck-types.ts';
import type { Args } from './args.ts';
import { sayProgress } from './faults.ts';
import { type ExitCode, exitCodes, formatPairs, formatTable, type Io, paint } from './io.ts';
import { givenKeyring } from './log-keys.ts';

/** `log fsck`: every file of a log. */
export async function logFsck(args: Args, io: Io): Promise<ExitCode> {
  const { data, json, switches } = args;
  const keyring = givenKeyring(args);
  sayProgress(io, json, `checking ${data}`);
  const report = await checkLog(data, { keyring, rebuild: switches.has('rebuild') });
  io.stdout.write(json ? `${JSON.stringify(report)}\n` : fsckText(report, io));
  return report.ok ? exitCodes.fine : exitCodes.finding;
}

function fsckText({ ok, findings, verified, rebuilt, files }: FsckReport, io: Io): string {
  const pairs = formatPairs([
    ['leaves', verified.total_count],
    ['verified', verified.verified_count],
    ...Object.entries(files),
    ['rebuilt', rebuilt],
    ['findings', findings.length],
  ]);
  const rows = findings.map(({ file, seq, cause, todo }) => [file, seq ?? '-', cause, todo]);
  const head = ['FILE', 'SEQ', 'CAUSE', 'TO DO'];
  const table = rows.length === 0 ? '' : `\n${formatTable([head, ...rows])}`;
  const verdict = ok
    ? paint(io, 'green', 'nothing amiss')
    : paint(io, 'red', `FINDINGS: ${findings.length}`);
  return `${pairs}${table}\n${verdict}\n`;
}
