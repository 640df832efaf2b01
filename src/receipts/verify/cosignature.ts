import { concatBytes, utf8 } from '../../base/bytes.ts';
import { fail } from '../../base/errors.ts';
import {
  formatTypedVkey,
  type Note,
  type NoteVerdict,
  parseTypedVkey,
  signatureLine,
  type VerifierKey,
  type Verify,
} from './note.ts';

/**
 * Signature type of a timestamped Ed25519 cosignature (C2SP tlog-cosignature). Lines of other
 * types, ML-DSA-44 (0x06) among them, are carried and ignored, as signed-note asks.
 */
const cosignatureType = 0x04;
const timeBytes = 8;
const signatureBytes = 64;

/** A witness's statement, verified, that a checkpoint extends all that it has seen of the log. */
export interface Cosignature {
  /** The witness's key, as it was given. */
  readonly vkey: string;
  /** When it says it signed, in seconds since 1970. */
  readonly timeS: number;
}

/**
 * The vkey of a witness, `name+id+base64(0x04 || public key)` (C2SP tlog-cosignature). The id is
 * another one than that of the same key as a log's.
 *
 * @throws KnhkError KNHK_RECEIPTS_KEY
 * @example
 * const vkey = formatCosignerVkey('witness', new Uint8Array(32));
 * parseCosignerVkey(vkey)?.name; // => 'witness'
 * formatCosignerVkey('a witness', new Uint8Array(32)); // => throws KNHK_RECEIPTS_KEY
 */
export function formatCosignerVkey(name: string, publicKey: Uint8Array): string {
  return formatTypedVkey(cosignatureType, name, publicKey);
}

/**
 * Reads the vkey of a witness (C2SP tlog-cosignature); undefined where it is malformed or of
 * another signature type.
 *
 * @example
 * parseCosignerVkey(formatCosignerVkey('witness', new Uint8Array(32)))?.publicKey.length; // => 32
 * parseCosignerVkey(signer.vkey); // => undefined
 */
export function parseCosignerVkey(vkey: string): VerifierKey | undefined {
  return parseTypedVkey(cosignatureType, vkey);
}

function requireTime(timeS: number): void {
  if (Number.isSafeInteger(timeS) && timeS >= 0) return;
  fail('KNHK_RECEIPTS_WITNESS', 'time', 'whole seconds since 1970', timeS);
}

const messageOf = (text: string, timeS: number): Uint8Array =>
  utf8(`cosignature/v1\ntime ${timeS}\n${text}`);

/**
 * The bytes that a witness signs: two lines of its own, then the checkpoint's text (C2SP
 * tlog-cosignature, `cosignature/v1`).
 *
 * @param text Origin, size, root and what else the log signed, with the final newline.
 * @param timeS When the witness signs, in seconds since 1970.
 * @throws KnhkError KNHK_RECEIPTS_WITNESS for a time that is no integer from 0
 * @example
 * const bytes = cosignatureMessage('example.com/ops\n', 1_700_000_000);
 * Buffer.from(bytes).toString(); // => 'cosignature/v1\ntime 1700000000\nexample.com/ops\n'
 * cosignatureMessage('example.com/ops\n', 0.5); // => throws KNHK_RECEIPTS_WITNESS
 */
export function cosignatureMessage(text: string, timeS: number): Uint8Array {
  requireTime(timeS);
  return messageOf(text, timeS);
}

/**
 * The signature line of a witness, with its newline: append it to the checkpoint's note.
 *
 * @param key The witness's key, read by {@link parseCosignerVkey}.
 * @param timeS The time that was signed.
 * @param signature 64 bytes over {@link cosignatureMessage}.
 * @throws KnhkError KNHK_RECEIPTS_WITNESS for a time or signature that cannot be
 * @example
 * const key = parseCosignerVkey(formatCosignerVkey('witness', new Uint8Array(32)))!;
 * const line = cosignatureLine(key, 1_700_000_000, new Uint8Array(64));
 * parseNote(`text\n\n${line}`)?.signatures[0]?.signature.length; // => 72
 * cosignatureLine(key, 0, new Uint8Array(63)); // => throws KNHK_RECEIPTS_WITNESS
 */
export function cosignatureLine(key: VerifierKey, timeS: number, signature: Uint8Array): string {
  requireTime(timeS);
  if (signature.length !== signatureBytes) {
    const got = `${signature.length} bytes`;
    fail('KNHK_RECEIPTS_WITNESS', key.name, 'a signature of 64 bytes', got);
  }
  const time = new Uint8Array(timeBytes);
  new DataView(time.buffer).setBigUint64(0, BigInt(timeS));
  return signatureLine(key, concatBytes(time, signature));
}

/** What the cosignatures of a note are worth under the witnesses one trusts. */
export interface CosignatureVerdict {
  /** `invalid` where a trusted witness's line does not verify, as for any key of a note. */
  readonly verdict: NoteVerdict;
  /** One for each trusted witness that signed; empty where the verdict is `invalid`. */
  readonly cosignatures: readonly Cosignature[];
}

/** The time of a cosignature if it is one of this key over this text. */
function timeOf(
  signature: Uint8Array,
  text: string,
  key: VerifierKey,
  verify: Verify,
): number | undefined {
  if (signature.length !== timeBytes + signatureBytes) return undefined;
  const time = new DataView(signature.buffer, signature.byteOffset, timeBytes).getBigUint64(0);
  const timeS = Number(time);
  if (!Number.isSafeInteger(timeS)) return undefined;
  const message = messageOf(text, timeS);
  return verify(key.publicKey, message, signature.subarray(timeBytes)) ? timeS : undefined;
}

/**
 * Checks a checkpoint's cosignatures against trusted witnesses (C2SP tlog-cosignature): lines of
 * other keys and types are ignored, the first line of a witness counts.
 *
 * @param note The whole note, the log's own signature among the lines.
 * @param keys Keys of witnesses, read by {@link parseCosignerVkey}.
 * @param verify `nobleVerify`, or another implementation of Ed25519.
 * @example
 * const note = parseNote(knhk.checkpoint ?? '')!;
 * const witness = parseCosignerVkey(formatCosignerVkey('witness', new Uint8Array(32)))!;
 * checkCosignatures(note, [witness], nobleVerify); // => { verdict: 'unknown', cosignatures: [] }
 */
export function checkCosignatures(
  note: Note,
  keys: readonly VerifierKey[],
  verify: Verify,
): CosignatureVerdict {
  const found = new Map<VerifierKey, Cosignature>();
  for (const { name, id, signature } of note.signatures) {
    const key = keys.find((candidate) => candidate.name === name && candidate.id === id);
    if (key === undefined || found.has(key)) continue;
    const timeS = timeOf(signature, note.text, key, verify);
    if (timeS === undefined) return { verdict: 'invalid', cosignatures: [] };
    found.set(key, { vkey: key.vkey, timeS });
  }
  return { verdict: found.size === 0 ? 'unknown' : 'signed', cosignatures: [...found.values()] };
}
