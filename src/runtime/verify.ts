import { type VerifyLogOptions, verifyLog as verify } from '../receipts/log/index.ts';
import type { Keyring, VerifyReport } from '../receipts/verify/index.ts';
import { operateAsync } from './operations.ts';

/**
 * Verifies a log directory offline with public keys alone: frames, hashes, chain, tree,
 * signatures, named blobs, and that the log is as long as `head` says (RFC 6962, C2SP
 * tlog-checkpoint). Bad data is reported, never thrown. A writer may have the log open. Large logs
 * are read faster with `workers`, and again with `resume`, which reads only what came later.
 *
 * @param directory the `data` of a runtime
 * @param keyring the public keys to trust; a key found in the log never is
 * @throws KnhkError KNHK_LOG_OPEN where there is no log to read, KNHK_RECEIPTS_KEYRING;
 * the signal's reason after an abort
 * @example
 * const report = await verifyLog(logDirectory, keyring);
 * report.ok; // => true
 * report.verified_count; // => 4
 * const again = await verifyLog(logDirectory, keyring, { resume: report.state! });
 * again.verified_count; // => 4
 */
export function verifyLog(
  directory: string,
  keyring: Keyring,
  options: VerifyLogOptions = {},
): Promise<VerifyReport> {
  return operateAsync(
    { name: 'verify', origin: keyring.origin },
    () => verify(directory, keyring, options),
    (report) => ({
      leaves: report.total_count,
      findings: report.findings.length + report.findings_dropped,
      chainBreaks: report.chain_breaks,
    }),
  );
}
