import type { VerifyState } from './verify-state.ts';

/** What kind of defect a finding is; each has a count in the report, `empty` excepted. */
export type FindingKind =
  | 'leaf_mismatch'
  | 'chain_break'
  | 'retrocausation'
  | 'non_canonical'
  | 'gap'
  | 'root_mismatch'
  | 'damaged_frame'
  | 'signature'
  | 'unknown_key'
  | 'revoked_key'
  | 'rollback'
  | 'fork'
  | 'blob'
  | 'empty';

/** One defect, independent of all others. */
export interface Finding {
  /** The leaf it concerns, or the first one after the place. */
  readonly seq: number;
  readonly kind: FindingKind;
  /** What was found and where; holds no record data. */
  readonly message: string;
}

/** What verification of a log found; `ok` means that it found nothing wrong. */
export interface VerifyReport {
  /** True where there is no finding. */
  readonly ok: boolean;
  /** Name of the log, as the keyring says it. */
  readonly origin: string;
  /** Leaves in complete epochs. */
  readonly total_count: number;
  /** Leaves that are intact and covered by a valid checkpoint at or after them. */
  readonly verified_count: number;
  /** Checkpoints without a valid signature of a key that is valid for their last leaf. */
  readonly signature_failures: number;
  /** Those of them that no key of the keyring signed. */
  readonly unknown_keys: number;
  /** Those of them that only a revoked key signed. */
  readonly revoked_keys: number;
  /** Leaves whose bytes and stored hash differ. */
  readonly leaf_mismatch: number;
  /** Leaves whose `prev` is not the hash of the leaf before. */
  readonly chain_breaks: number;
  /** Leaves whose time is below that of the leaf before. */
  readonly retrocausation_violations: number;
  /** Leaves that are not canonical or do not have the shape of their kind. */
  readonly non_canonical: number;
  /** Places where leaves are missing, repeated or numbered wrongly. */
  readonly gaps: number;
  /** Signed checkpoints whose root does not follow from the leaf hashes. */
  readonly root_mismatch: number;
  /** Frames or stretches of bytes that are damaged. */
  readonly damaged_frames: number;
  /** Named blobs that are absent or do not hash to their name. */
  readonly missing_blobs: number;
  /** True if the log is shorter than a trusted checkpoint says. */
  readonly rollback: boolean;
  /** True if the log contradicts a trusted checkpoint. */
  readonly fork: boolean;
  /** Epochs in which the wall clock stood behind the log's time; told by the log, not proved. */
  readonly clock_skews: number;
  /** By how much it stood behind at worst, in ms; 0 where it never did. */
  readonly skew_ms_max: number;
  /** What follows the last complete epoch: a writer at work, or an interrupted one. */
  readonly unsigned_tail: { readonly leaves: number; readonly bytes: number };
  /** At most 1,000; `findings_dropped` counts the others. */
  readonly findings: readonly Finding[];
  /** Findings beyond the first 1,000; the counts above include them. */
  readonly findings_dropped: number;
  /** The last valid checkpoint: remember it and pass it as `since` next time. */
  readonly checkpoint: string | null;
  /**
   * Where verification may go on next time, if given as `resume`; null where anything was found,
   * because a finding must not be resumed away.
   */
  readonly state: VerifyState | null;
}

/** The finding that a checkpoint without a valid signature is. */
export function signatureFinding(
  verdict: 'unknown' | 'revoked' | 'invalid',
  last: number,
  offset: number,
): [FindingKind, string, number] {
  if (verdict === 'unknown') {
    return ['unknown_key', `no key valid for seq ${last} signed at ${offset}`, last];
  }
  if (verdict === 'revoked') {
    return ['revoked_key', `only a key revoked for seq ${last} signed at ${offset}`, last];
  }
  return ['signature', `checkpoint malformed or wrongly signed at ${offset}`, last];
}

const findingsMax = 1_000;

/** Collects findings and counts them by kind. */
export class FindingList {
  readonly #list: Finding[] = [];
  readonly #counts = new Map<FindingKind, number>();
  #total = 0;

  add(seq: number, kind: FindingKind, message: string): void {
    this.#total++;
    this.#counts.set(kind, this.count(kind) + 1);
    if (this.#list.length < findingsMax) this.#list.push({ seq, kind, message });
  }

  count(kind: FindingKind): number {
    return this.#counts.get(kind) ?? 0;
  }

  /** The report's members that follow from the findings alone. */
  summary(): Omit<
    VerifyReport,
    | 'origin'
    | 'total_count'
    | 'verified_count'
    | 'clock_skews'
    | 'skew_ms_max'
    | 'unsigned_tail'
    | 'checkpoint'
    | 'state'
  > {
    return {
      ok: this.#total === 0,
      signature_failures:
        this.count('signature') + this.count('unknown_key') + this.count('revoked_key'),
      unknown_keys: this.count('unknown_key'),
      revoked_keys: this.count('revoked_key'),
      leaf_mismatch: this.count('leaf_mismatch'),
      chain_breaks: this.count('chain_break'),
      retrocausation_violations: this.count('retrocausation'),
      non_canonical: this.count('non_canonical'),
      gaps: this.count('gap'),
      root_mismatch: this.count('root_mismatch'),
      damaged_frames: this.count('damaged_frame'),
      missing_blobs: this.count('blob'),
      rollback: this.count('rollback') > 0,
      fork: this.count('fork') > 0,
      findings: [...this.#list],
      findings_dropped: this.#total - this.#list.length,
    };
  }
}
