import type { LogFs } from '../receipts/log/fs.ts';
import type { Keyring } from '../receipts/verify/keyring.ts';
import type { VerifyReport } from '../receipts/verify/report.ts';
import type { CatalogueOptions } from '../rules/catalogue.ts';
import type { EncryptionOptions } from './privacy.ts';

/** What {@link replayLog} is given: a log, its secret, and the definitions to replay with. */
export interface ReplayOptions extends Omit<CatalogueOptions, 'shapes'> {
  /** Directory of the log; it is read only, and a writer may have it open. */
  readonly data: string;
  /** The 32 bytes behind the log's commitments. */
  readonly secret: Uint8Array;
  /** With it signatures, chain and tree are verified too: see `verified` in the report. */
  readonly keyring?: Keyring;
  /** Where the keys of encrypted payloads are; without it these are `unavailable`. */
  readonly encryption?: EncryptionOptions;
  /** First seq; default 0. Only a replay from 0 recomputes windows and budgets. */
  readonly from?: number;
  /** Last seq, included; default the log's end. */
  readonly to?: number;
  /** Ends the replay with its reason. */
  readonly signal?: AbortSignal;
  /** File system to read from; the machine's unless given. */
  readonly fs?: LogFs;
}

/** What of a leaf does not follow from its payload and its snapshot, or cannot be read. */
export type ReplayMember =
  // Commitments of the leaf that the stored payload does not give.
  | 'id'
  | 'observation'
  | 'context'
  | 'report'
  // What evaluation gives, and what the leaf says.
  | 'fired'
  | 'proposed'
  | 'actions'
  | 'verdicts'
  | 'outcome'
  | 'failure'
  | 'sector'
  // What was streamed, and what its count leaf says.
  | 'observed'
  | 'records'
  // What the leaf refers to.
  | 'snapshot'
  | 'type'
  | 'payload'
  | 'record'
  | 'at'
  // Damage in the directory.
  | 'leaf'
  | 'epoch';

/** One difference. It may quote actions and context values, so it is as confidential as these. */
export interface ReplayFinding {
  /** The leaf it concerns. */
  readonly seq: number;
  readonly member: ReplayMember;
  /** What the log says. */
  readonly expected: string;
  /** What replay found or computed. */
  readonly got: string;
}

/** What a replay found; every observation counts in exactly one of same, different, unavailable. */
export interface ReplayReport {
  /** Nothing differed, and at least one observation or stored record was the same. */
  readonly ok: boolean;
  /** Observations in the range: apply leaves and leaves that cannot be read. */
  readonly total: number;
  /** Recomputed in full: commitments, evaluation, and in a replay from 0 the context. */
  readonly same: number;
  /** Observations with at least one finding. */
  readonly different: number;
  /** Observations that could not be recomputed, by what was missing. */
  readonly unavailable: {
    /** The declaration, a hook's or a guard's code is not among the definitions given. */
    readonly code: number;
    /** The payload or its key is not there, or the context rests on one that is not. */
    readonly payload: number;
    /** The data subject was erased, and with it the payload's key. */
    readonly erased: number;
  };
  /** What count leaves say; those streamed ones that fired have leaves and are in `total`. */
  readonly streamed: {
    /** Streamed observations that count leaves stand for. */
    readonly observed: number;
    /** Stored records that were evaluated again and fire nothing. */
    readonly records: number;
    /** Stored records that could not be: code, or the windows that they met, are missing. */
    readonly unavailable: number;
  };
  /** At most 1,000; `findingsDropped` counts the others. */
  readonly findings: readonly ReplayFinding[];
  /** Findings beyond the first 1,000. */
  readonly findingsDropped: number;
  /** Distinct snapshots that were linked with the definitions. */
  readonly snapshots: number;
  /** What verifyLog said, where a keyring was given. */
  readonly verified?: VerifyReport;
}
