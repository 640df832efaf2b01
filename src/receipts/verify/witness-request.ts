import { fail } from '../../base/errors.ts';
import { formatHashes, parseDecimal, parseHashes } from './proof.ts';

/** What a log sends to a witness (C2SP tlog-witness, add-checkpoint), parsed. */
export interface WitnessRequest {
  /** Size of the last checkpoint that the witness is believed to have cosigned; 0 for none. */
  readonly oldSize: number;
  /** Consistency proof from `oldSize` to the checkpoint's size; at most 63 hashes of 32 bytes. */
  readonly proof: readonly Uint8Array[];
  /** The signed note of the new checkpoint, verbatim. */
  readonly checkpoint: string;
}

const requestMax = 1_100_000;

/**
 * The body of an add-checkpoint request (C2SP tlog-witness).
 *
 * @throws KnhkError KNHK_RECEIPTS_PROOF for a size or hashes that cannot be
 * @example
 * const checkpoint = knhk.checkpoint ?? '';
 * formatWitnessRequest({ oldSize: 0, proof: [], checkpoint }); // => `old 0\n\n${checkpoint}`
 * formatWitnessRequest({ oldSize: -1, proof: [], checkpoint }); // => throws KNHK_RECEIPTS_PROOF
 */
export function formatWitnessRequest({ oldSize, proof, checkpoint }: WitnessRequest): string {
  if (!Number.isSafeInteger(oldSize) || oldSize < 0) {
    fail('KNHK_RECEIPTS_PROOF', 'old size', 'an integer from 0', oldSize);
  }
  return `old ${oldSize}\n${formatHashes(proof)}\n${checkpoint}`;
}

/**
 * Reads an add-checkpoint request strictly (C2SP tlog-witness); undefined where it is malformed.
 * The checkpoint is cut off, not read.
 *
 * @example
 * parseWitnessRequest(`old 0\n\n${knhk.checkpoint}`)?.oldSize; // => 0
 * parseWitnessRequest(`old 00\n\n${knhk.checkpoint}`); // => undefined
 */
export function parseWitnessRequest(text: string): WitnessRequest | undefined {
  const end = text.indexOf('\n\n');
  if (text.length > requestMax || end < 0 || !text.startsWith('old ')) return undefined;
  const hashes = text.indexOf('\n') + 1;
  const oldSize = parseDecimal(text.slice('old '.length, hashes - 1));
  const proof = parseHashes(text.slice(hashes, end + 1));
  if (oldSize === undefined || proof === undefined) return undefined;
  return { oldSize, proof, checkpoint: text.slice(end + 2) };
}
