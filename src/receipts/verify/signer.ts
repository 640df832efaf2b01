import { utf8 } from '../../base/bytes.ts';
import { type Checkpoint, checkpointText } from './checkpoint.ts';
import { signatureLine, type VerifierKey } from './note.ts';

/** Signs for one key; the private half may live elsewhere (a vault, a security module). */
export interface Signer {
  /** The public half as C2SP vkey. */
  readonly vkey: string;
  /** Ed25519 signature (64 bytes) over exactly these bytes. */
  sign(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/**
 * The signed note of a checkpoint (C2SP tlog-checkpoint); a promise only if the signer gives one.
 *
 * @param key The public half of the signer's key: its name and id stand in the signature line.
 * @throws KnhkError KNHK_RECEIPTS_CHECKPOINT
 * @example
 * const head = { origin: 'example.com/ops', size: 0, root: new CompactRange().root() };
 * const note = await signCheckpoint(head, signer, parseVkey(signer.vkey)!);
 * parseCheckpoint(note)?.size; // => 0
 */
export function signCheckpoint(
  checkpoint: Checkpoint,
  signer: Signer,
  key: VerifierKey,
): string | Promise<string> {
  const text = checkpointText(checkpoint);
  const finish = (signature: Uint8Array): string => `${text}\n${signatureLine(key, signature)}`;
  const signature = signer.sign(utf8(text));
  return signature instanceof Uint8Array ? finish(signature) : signature.then(finish);
}

/** A signed note with one more signature line at its end; the text and the others stay. */
export function addSignature(
  note: string,
  signer: Signer,
  key: VerifierKey,
): string | Promise<string> {
  const text = note.slice(0, note.lastIndexOf('\n\n') + 1);
  const finish = (signature: Uint8Array): string => `${note}${signatureLine(key, signature)}`;
  const signature = signer.sign(utf8(text));
  return signature instanceof Uint8Array ? finish(signature) : signature.then(finish);
}
