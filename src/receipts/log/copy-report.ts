import type { Clock } from '../../base/clock.ts';
import type { Keyring } from '../verify/keyring.ts';
import type { CopyTarget } from './copy-target.ts';
import type { LogFs } from './fs.ts';
import { verifyLog } from './verify-log.ts';

/** What copying a log takes besides its places. */
export interface CopyOptions {
  /** The public keys that the copy is verified with. */
  readonly keyring: Keyring;
  /** The machine's file system unless given. */
  readonly fs?: LogFs;
  /** Says when the copy was made; the machine's clock unless given. */
  readonly clock?: Clock;
  /** Ends the work with its reason; what was there before stays valid. */
  readonly signal?: AbortSignal;
}

/** What is wrong with a copy. */
export interface CopyFinding {
  /** The leaf it concerns, or the first one after the place. */
  readonly seq: number;
  /** As in a VerifyReport, or `copy` where a file reads back otherwise than it was written. */
  readonly kind: string;
  /** What was found and where. */
  readonly message: string;
}

/** What became of a copy. */
export interface CopyReport {
  /** True if the copy was verified; otherwise the one before it still counts. */
  readonly ok: boolean;
  /** Files in the copy. */
  readonly files: number;
  /** Their bytes. */
  readonly bytes: number;
  /** Files that this run had to write. */
  readonly copiedFiles: number;
  /** Their bytes. */
  readonly copiedBytes: number;
  /** Leaves in the copy. */
  readonly size: number;
  /** The signed checkpoint that it ends with. */
  readonly checkpoint: string;
  /** What is wrong with it. */
  readonly findings: readonly CopyFinding[];
}

/** What a copy is checked against. */
export interface CopyCheck {
  /** Where the copy lies. */
  readonly directory: string;
  readonly keyring: Keyring;
  /** The checkpoint of the copy before, which this one must go on from. */
  readonly since: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Reads a copy back and verifies it as any log; gives what is wrong. */
export async function checkCopy(
  target: CopyTarget,
  { directory, keyring, since, signal }: CopyCheck,
): Promise<readonly CopyFinding[]> {
  const different = await target.check(signal);
  const report = await verifyLog(directory, keyring, {
    fs: target.view(),
    ...(since === undefined ? {} : { since }),
    ...(signal === undefined ? {} : { signal }),
  });
  const message = 'reads back otherwise than it was written';
  return [
    ...different.map((path) => ({ seq: 0, kind: 'copy', message: `${path} ${message}` })),
    ...report.findings,
  ];
}

/** The report of a copy as it is. */
export function reportOf(
  target: CopyTarget,
  cut: { readonly size: number; readonly note: string },
  findings: readonly CopyFinding[],
): CopyReport {
  const { files, added } = target;
  return {
    ok: findings.length === 0,
    files: files.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    copiedFiles: added.files,
    copiedBytes: added.bytes,
    size: cut.size,
    checkpoint: cut.note,
    findings,
  };
}
