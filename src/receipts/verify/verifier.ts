import type { Crc32 } from './crc32.ts';
import type { Keyring } from './keyring.ts';
import type { Leaf } from './leaf-types.ts';
import type { Verify } from './note.ts';
import type { Finding, VerifyReport } from './report.ts';
import type { VerifyState } from './verify-state.ts';
import { Walk } from './walk.ts';

/** What a {@link LogVerifier} works with. */
export interface VerifierOptions {
  /** The keys to trust, from outside the log. */
  readonly keyring: Keyring;
  /** A checkpoint remembered from an earlier run: finds rollback and fork. */
  readonly since?: string;
  /** `state` of an earlier report: verifies only what came later. */
  readonly resume?: VerifyState;
  /** Ed25519 verification; plain JavaScript unless given. */
  readonly verify?: Verify;
  /** CRC-32 of frames; from a table unless given. */
  readonly crc32?: Crc32;
  /** Called with each leaf whose bytes match its hash, in order. Takes half the speed. */
  readonly onLeaf?: (leaf: Leaf) => void;
}

/**
 * Verifies a log incrementally from its segments' bytes and public keys alone. Bad data never
 * throws: every defect becomes one finding, and reading goes on behind it.
 *
 * @throws KnhkError KNHK_RECEIPTS_KEYRING from the constructor only
 * @example
 * const { readFileSync } = await import('node:fs');
 * const verifier = new LogVerifier({ keyring });
 * verifier.segment(0, '000000000000.seg');
 * verifier.push(readFileSync(`${logDirectory}/seg/000000000000.seg`));
 * verifier.finish().ok; // => true
 */
export class LogVerifier {
  readonly #walk: Walk;

  constructor(options: VerifierOptions) {
    this.#walk = new Walk(options);
  }

  /**
   * Where reading has to begin: the first seq of a segment and a place in its file, which are 0
   * and 0 unless an earlier state is resumed.
   *
   * @example new LogVerifier({ keyring }).place; // => { segment: 0, offset: 0 }
   */
  get place(): { readonly segment: number; readonly offset: number } {
    return this.#walk.place;
  }

  /**
   * Adds a defect that the caller found in what belongs to the log but is not in its segments.
   *
   * @example new LogVerifier({ keyring }).addFinding(7, 'blob', 'the snapshot is missing');
   */
  addFinding(seq: number, kind: Finding['kind'], message: string): void {
    this.#walk.addFinding(seq, kind, message);
  }

  /**
   * Begins the next segment; the one before must have been complete.
   *
   * @param offset Place of the first byte that will be pushed, as {@link place} says it.
   * @example new LogVerifier({ keyring }).segment(0, '000000000000.seg');
   */
  segment(firstSeq: number, name: string, offset = 0): void {
    this.#walk.segment(firstSeq, name, offset);
  }

  /**
   * Takes the next bytes of the segment, in chunks of any size.
   * @example new LogVerifier({ keyring }).push(new Uint8Array(16));
   */
  push(chunk: Uint8Array): void {
    this.#walk.push(chunk);
  }

  /**
   * Ends the log and says what was found; to be called once.
   *
   * @param acknowledged Leaves that another trusted source says the log has.
   * @example new LogVerifier({ keyring }).finish(3).rollback; // => true
   */
  finish(acknowledged = 0): VerifyReport {
    return this.#walk.finish(acknowledged);
  }
}
