import { utf8 } from '../../src/base/bytes.ts';
import {
  type Checkpoint,
  checkpointText,
  parseVkey,
  type Signer,
  signatureLine,
  type VerifierKey,
} from '../../src/receipts/verify/index.ts';
import { origin, signer } from './support.ts';

/** The note of a checkpoint of the tests' log, signed by each of the signers. */
export function noteOver(
  head: Pick<Checkpoint, 'size' | 'root'> & Partial<Checkpoint>,
  by: readonly Signer[] = [signer],
): string {
  const text = checkpointText({ origin, ...head });
  const lines = by.map((one) =>
    signatureLine(parseVkey(one.vkey) as VerifierKey, one.sign(utf8(text)) as Uint8Array),
  );
  return `${text}\n${lines.join('')}`;
}
