import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { replayLog } from '../runtime/replay.ts';
import type { ReplayReport } from '../runtime/replay-types.ts';
import { type Args, keysDirectory, readInteger } from './args.ts';
import { sayProgress } from './faults.ts';
import { loadCatalogue, readBytes } from './files.ts';
import { type ExitCode, exitCodes, formatPairs, formatTable, type Io, paint } from './io.ts';

/** `receipts replay`: recomputes every receipt with the definitions of a module. */
export async function replayReceipts({ data, json, options }: Args, io: Io): Promise<ExitCode> {
  const { from, to } = options;
  const seq = (name: string, text: string): number =>
    readInteger(name, text, 0, Number.MAX_SAFE_INTEGER);
  const range = {
    ...(from === undefined ? {} : { from: seq('--from', from) }),
    ...(to === undefined ? {} : { to: seq('--to', to) }),
  };
  const secret = readBytes(options['secret'] ?? join(keysDirectory(data), 'secret'));
  const { observations, rules, slo, unguarded, ...more } = await loadCatalogue(
    options['rules'] as string,
  );
  sayProgress(io, json, `replaying ${data}`);
  const report = await replayLog({
    data,
    secret,
    observations,
    rules,
    ...(slo === undefined ? {} : { slo }),
    ...(unguarded === undefined ? {} : { unguarded }),
    ...(more.protected === undefined ? {} : { protected: more.protected }),
    ...(hasSubjectKeys(data) ? { encryption: {} } : {}),
    ...range,
  });
  io.stdout.write(json ? `${JSON.stringify(report)}\n` : reportText(report, io));
  return report.ok ? exitCodes.fine : exitCodes.finding;
}

/** The keys of data subjects lie beside the others, unless a host keeps them elsewhere. */
function hasSubjectKeys(data: string): boolean {
  return ['kek', 'subjects'].every((name) => existsSync(join(keysDirectory(data), name)));
}

function reportText(report: ReplayReport, io: Io): string {
  const { unavailable, streamed, findings, findingsDropped } = report;
  const pairs = formatPairs([
    ['total', report.total],
    ['same', report.same],
    ['different', report.different],
    ['unavailable (code)', unavailable.code],
    ['unavailable (payload)', unavailable.payload],
    ['unavailable (erased)', unavailable.erased],
    ['streamed', streamed.observed],
    ['streamed, records', streamed.records],
    ['streamed, unavailable', streamed.unavailable],
    ['snapshots', report.snapshots],
    ['findings', findings.length + findingsDropped],
  ]);
  const head = ['SEQ', 'MEMBER', 'IN THE LOG', 'REPLAYED'];
  const rows = findings.map(({ seq, member, expected, got }) => [seq, member, expected, got]);
  const table = rows.length === 0 ? '' : `\n${formatTable([head, ...rows])}`;
  const dropped = findingsDropped === 0 ? '' : `and ${findingsDropped} more\n`;
  return `${pairs}${table}${dropped}\n${verdictOf(report, io)}\n`;
}

function verdictOf({ ok, findings }: ReplayReport, io: Io): string {
  if (ok) return paint(io, 'green', 'replayed');
  return paint(io, 'red', findings.length > 0 ? 'DIFFERENT' : 'NOTHING COULD BE REPLAYED');
}
