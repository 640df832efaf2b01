import { join } from 'node:path';
import { surveyRepository } from '../git/survey.ts';
import { verifyLockchain } from '../git/verify.ts';
import type { LockchainReport } from '../git/verify-types.ts';
import { type Args, keysDirectory } from './args.ts';
import { sayProgress } from './faults.ts';
import { readText } from './files.ts';
import {
  type ExitCode,
  exitCodes,
  formatPairs,
  formatTable,
  formatTime,
  type Io,
  paint,
} from './io.ts';
import { keyringFor, repositoryOf } from './lockchain.ts';

/** `lockchain verify`: repository and log beside each other. */
export async function checkLockchain(args: Args, io: Io): Promise<ExitCode> {
  const { data, json, options, switches } = args;
  const repository = repositoryOf(args);
  const allowed = options['allowed'] ?? join(keysDirectory(data), 'lockchain.allowed_signers');
  sayProgress(io, json, `verifying ${repository}`);
  const report = await verifyLockchain({
    repository,
    keyring: keyringFor(args),
    allowedSigners: readText(allowed),
    ...(switches.has('alone') ? {} : { data }),
  });
  io.stdout.write(json ? `${JSON.stringify(report)}\n` : reportText(report, io));
  return report.ok ? exitCodes.fine : exitCodes.finding;
}

function reportText(report: LockchainReport, io: Io): string {
  const { findings, findingsDropped: dropped, head } = report;
  const pairs = formatPairs([
    ['origin', report.origin],
    ['commits', report.commits],
    ['verified', report.verified],
    ['compared', report.compared],
    ['tags', report.tags],
    ['newest commit', head ?? 'none'],
    ['its size', report.size],
    ['findings', findings.length + dropped],
  ]);
  const rows = findings.map(({ kind, commit, size, message }) => [
    ...[commit?.slice(0, 12) ?? '-', size ?? '-', kind, message],
  ]);
  const table =
    rows.length === 0 ? '' : `\n${formatTable([['COMMIT', 'SIZE', 'KIND', 'CAUSE'], ...rows])}`;
  const more = dropped === 0 ? '' : `and ${dropped} more\n`;
  const verdict = report.ok ? paint(io, 'green', 'verified') : paint(io, 'red', 'NOT VERIFIED');
  return `${pairs}${table}${more}\n${verdict}\n`;
}

/** `lockchain status`: a look, beside a writer too. */
export async function lockchainStatus(args: Args, io: Io): Promise<ExitCode> {
  const survey = surveyRepository(repositoryOf(args), args.data, keyringFor(args));
  const { time, behind, logSize, head } = survey;
  io.stdout.write(
    args.json
      ? `${JSON.stringify(survey)}\n`
      : formatPairs([
          ['origin', survey.origin],
          ['branch', survey.branch],
          ['newest commit', head ?? 'none'],
          ['its date', time === null ? 'none' : formatTime(time)],
          ['its size', survey.size],
          ['log', logSize === null ? 'cannot be read' : `${logSize} leaves, ${behind} behind`],
          ['tags', survey.tags],
          ['objects', `${survey.loose} loose, ${survey.packed} in ${survey.packs} packs`],
          ['packs', `${survey.packBytes} bytes`],
        ]),
  );
  // A log that is shorter than what was committed has lost its end.
  return behind !== null && behind < 0 ? exitCodes.finding : exitCodes.fine;
}
