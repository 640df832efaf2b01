import { join } from 'node:path';
import { verifyLog } from '../receipts/log/verify-log.ts';
import { parseKeyring } from '../receipts/verify/keyring.ts';
import type { VerifyReport } from '../receipts/verify/report.ts';
import { type Args, keysDirectory } from './args.ts';
import { sayProgress } from './faults.ts';
import { readText } from './files.ts';
import { type ExitCode, exitCodes, formatPairs, formatTable, type Io, paint } from './io.ts';

/** `receipts verify-chain`: everything that public keys can prove about the log. */
export async function verifyChain({ data, json, options }: Args, io: Io): Promise<ExitCode> {
  const keyring = parseKeyring(
    readText(options['keyring'] ?? join(keysDirectory(data), 'keyring.json')),
  );
  const since = options['since'] === undefined ? undefined : readText(options['since']);
  sayProgress(io, json, `verifying ${data}`);
  const report = await verifyLog(data, keyring, since === undefined ? {} : { since });
  io.stdout.write(json ? `${JSON.stringify(report)}\n` : reportText(report, io));
  return report.ok ? exitCodes.fine : exitCodes.finding;
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
