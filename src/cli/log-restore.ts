import { join } from 'node:path';
import { type RestoreReport, restoreLog } from '../receipts/log/restore.ts';
import { type Args, keysDirectory } from './args.ts';
import { sayProgress } from './faults.ts';
import { readText } from './files.ts';
import { type ExitCode, exitCodes, formatBytes, formatPairs, type Io, paint } from './io.ts';
import { findingsTable } from './log-copy.ts';
import { actorOf, givenKeyring, hasPrivateKeys, keysBeside } from './log-keys.ts';

/** `log restore`: a backup in place of a log. */
export async function logRestore(args: Args, io: Io): Promise<ExitCode> {
  const { data, json, options, switches } = args;
  const from = options['from'] as string;
  const keys = hasPrivateKeys(args) ? keysBeside(args, io) : {};
  const keyring = givenKeyring(args);
  sayProgress(io, json, `restoring ${from} to ${data}`);
  const report = await restoreLog(from, data, {
    remembered: join(keysDirectory(data), 'head'),
    ...keys,
    keyring,
    clock: io.machine.clock,
    acceptLoss: switches.has('accept-loss'),
    actor: actorOf(args, io),
    ...(options['since'] === undefined ? {} : { since: readText(options['since']) }),
  });
  io.stdout.write(json ? `${JSON.stringify(report)}\n` : restoreText(report, io));
  return report.ok ? exitCodes.fine : exitCodes.finding;
}

function restoreText(report: RestoreReport, io: Io): string {
  const { ok, files, bytes, size, checkpoint, lost, seq, findings } = report;
  const pairs = formatPairs([
    ['leaves', size],
    ['lost', seq === null ? lost : `${lost}, as leaf ${seq} says`],
    ['files', `${files}, ${formatBytes(bytes)}`],
  ]);
  const verdict = ok ? paint(io, 'green', 'restored') : paint(io, 'red', 'NOT RESTORED');
  return `${pairs}${findingsTable(findings)}\n${checkpoint}\n${verdict}\n`;
}
