import type { Keyring } from '../verify/keyring.ts';
import type { VerifyReport } from '../verify/report.ts';
import type { LogFs } from './fs.ts';

/** One thing amiss in a log directory. */
export interface FsckFinding {
  /** Below the log directory. */
  readonly file: string;
  /** The leaf it concerns, or the first one after the place; null where it concerns none. */
  readonly seq: number | null;
  /** What is wrong with it. */
  readonly cause: string;
  /** What mends it. */
  readonly todo: string;
}

/** What {@link checkLog} takes besides the directory. */
export interface FsckOptions {
  /** The public keys to trust. */
  readonly keyring: Keyring;
  /** True to make indexes and tiles again: the log must be closed. */
  readonly rebuild?: boolean;
  /** The machine's file system unless given. */
  readonly fs?: LogFs;
  /** Ends the work with its reason. */
  readonly signal?: AbortSignal;
}

/** What a look at every file of a log found. */
export interface FsckReport {
  /** True where there is no finding. */
  readonly ok: boolean;
  /** All findings, those of verification among them. */
  readonly findings: readonly FsckFinding[];
  /** What public keys alone prove. */
  readonly verified: VerifyReport;
  /** Segments whose index and tiles were made again. */
  readonly rebuilt: number;
  /** Files that were looked at, by what they are. */
  readonly files: {
    readonly segments: number;
    readonly payloads: number;
    readonly blobs: number;
    readonly savepoints: number;
  };
}
