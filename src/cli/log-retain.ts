import { type RetentionReport, retainLog } from '../receipts/log/retain.ts';
import { readPolicy } from '../receipts/log/retain-policy.ts';
import type { Args } from './args.ts';
import { sayProgress } from './faults.ts';
import { readText } from './files.ts';
import { type ExitCode, exitCodes, formatTable, type Io, paint } from './io.ts';
import { findingsTable } from './log-copy.ts';
import { actorOf, keysBeside } from './log-keys.ts';

/** `log retain`: what a policy no longer wants goes, archived first. */
export async function logRetain(args: Args, io: Io): Promise<ExitCode> {
  const { data, json, options, switches } = args;
  const policy = readPolicy(options['policy'] === undefined ? {} : readText(options['policy']));
  const archive = options['archive'] ?? `${data.replace(/[\\/]+$/, '')}.archive`;
  sayProgress(io, json, `looking for what may go in ${data}`);
  const report = await retainLog(data, {
    ...keysBeside(args, io),
    ...{ archive, policy, clock: io.machine.clock },
    actor: actorOf(args, io),
    dryRun: switches.has('dry-run'),
  });
  io.stdout.write(json ? `${JSON.stringify(report)}\n` : retainText(report, io));
  return report.ok ? exitCodes.fine : exitCodes.finding;
}

function retainText(report: RetentionReport, io: Io): string {
  const { ok, dryRun, payloads, blobs, savepoints, kept, seq, archive } = report;
  const gone = [
    ...payloads.map(({ file, first, last }) => [file, `payloads of seq ${first} to ${last}`]),
    ...blobs.map((hash) => [`blob/${hash.slice(0, 2)}/${hash}`, 'document']),
    ...savepoints.map((name) => [`savepoint/${name}`, 'savepoint']),
  ];
  const goneTable = gone.length === 0 ? '' : formatTable([['FILE', 'WHAT'], ...gone]);
  const rows = kept.map(({ file, why }) => [file, why]);
  const keptTable = rows.length === 0 ? '' : formatTable([['KEPT', 'WHY'], ...rows]);
  const tables = [goneTable, keptTable].filter((table) => table !== '').join('\n');
  const leaf = seq === null ? '' : `, listed in leaf ${seq}`;
  const done = dryRun ? 'would go' : `removed${leaf}`;
  const summary = gone.length === 0 ? 'nothing to remove' : `${gone.length} files ${done}`;
  const refusal = paint(io, 'red', 'NOT ARCHIVED: nothing removed');
  const verdict = ok
    ? paint(io, 'green', summary)
    : `${findingsTable(archive?.findings ?? [])}${refusal}`;
  return `${tables}${tables === '' ? '' : '\n'}${verdict}\n`;
}
