import { fail } from '../../base/errors.ts';
import { parseCosignerVkey } from './cosignature.ts';
import type { VerifierKey } from './note.ts';

/** Which witnesses to believe, and how many of them must have cosigned. */
export interface WitnessPolicy {
  /** Their vkeys (C2SP tlog-cosignature, type 0x04), no two with the same key. */
  readonly keys: readonly string[];
  /** Cosignatures of different witnesses that a checkpoint needs: 0 to their number. */
  readonly threshold: number;
}

/** A policy whose keys are read and checked. */
export interface TrustedWitnesses {
  readonly keys: readonly VerifierKey[];
  readonly threshold: number;
}

export const noWitnesses: TrustedWitnesses = { keys: [], threshold: 0 };

/** @throws KnhkError KNHK_RECEIPTS_WITNESS */
export function trustWitnesses({ keys, threshold }: WitnessPolicy): TrustedWitnesses {
  const read = keys.map((vkey, index): VerifierKey => {
    const key = parseCosignerVkey(vkey);
    return key ?? fail('KNHK_RECEIPTS_WITNESS', `keys[${index}]`, 'a vkey of type 0x04', vkey);
  });
  // The signed bytes do not name the witness: one key under two names would count as two.
  if (new Set(read.map(({ publicKey }) => publicKey.join())).size < read.length) {
    fail('KNHK_RECEIPTS_WITNESS', 'keys', 'a key of its own for each witness', keys);
  }
  if (new Set(read.map(({ name, id }) => `${name}+${id}`)).size < read.length) {
    fail('KNHK_RECEIPTS_WITNESS', 'keys', 'names and ids that differ', keys);
  }
  if (!Number.isInteger(threshold) || threshold < 0 || threshold > read.length) {
    fail('KNHK_RECEIPTS_WITNESS', 'threshold', `an integer from 0 to ${read.length}`, threshold);
  }
  return { keys: read, threshold };
}
