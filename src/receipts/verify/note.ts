import { sha256 } from '#sha256';
import { concatBytes, fromBase64, fromHex, toBase64, toHex, utf8 } from '../../base/bytes.ts';
import { fail } from '../../base/errors.ts';

/** Checks an Ed25519 signature; false for anything malformed, never throws. */
export type Verify = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

/** The public half of a note key (C2SP signed-note, type 0x01 Ed25519). */
export interface VerifierKey {
  /** The whole key as text: `name+id+base64(0x01 || public key)`. */
  readonly vkey: string;
  /** The key's name, usually the log's origin. */
  readonly name: string;
  /** Eight hexadecimal digits: the first four bytes of a hash over name, type and key. */
  readonly id: string;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
}

/** One signature line. */
export interface NoteSignature {
  /** Name of the key that is said to have signed. */
  readonly name: string;
  /** Eight hexadecimal digits, which tell keys of one name apart. */
  readonly id: string;
  /** The line's bytes behind the key's id; 64 for Ed25519. */
  readonly signature: Uint8Array;
}

/** A parsed, not yet verified note. */
export interface Note {
  /** The signed text, its final newline included. */
  readonly text: string;
  /** 1 to 100. */
  readonly signatures: readonly NoteSignature[];
}

const ed25519Type = 0x01;
const idBytes = 4;
const publicKeyBytes = 32;
// Go's note.Open gives up at the same sizes.
const noteMax = 1_000_000;
const signaturesMax = 100;

/** True for a name that a key or an origin may have: no space, no plus, well-formed. */
export function isKeyName(name: string): boolean {
  return name !== '' && name.isWellFormed() && !/[\s+\u0000-\u001f\u0085]/u.test(name);
}

function keyId(name: string, typed: Uint8Array): string {
  return toHex(sha256(concatBytes(utf8(`${name}\n`), typed)).subarray(0, idBytes));
}

/** The vkey of a key of any signature type whose public half has 32 bytes. */
export function formatTypedVkey(type: number, name: string, publicKey: Uint8Array): string {
  if (!isKeyName(name)) {
    fail('KNHK_RECEIPTS_KEY', 'key name', 'a name without spaces, plus and controls', name);
  }
  if (publicKey.length !== publicKeyBytes) {
    fail('KNHK_RECEIPTS_KEY', name, 'a public key of 32 bytes', `${publicKey.length} bytes`);
  }
  const typed = concatBytes(Uint8Array.of(type), publicKey);
  return `${name}+${keyId(name, typed)}+${toBase64(typed)}`;
}

/** Reads a vkey of one signature type; undefined for every other one. */
export function parseTypedVkey(type: number, vkey: string): VerifierKey | undefined {
  const match = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/su.exec(vkey);
  const [, name, id, encoded] = match ?? [];
  if (name === undefined || id === undefined || encoded === undefined) return undefined;
  const typed = fromBase64(encoded);
  if (typed?.length !== 1 + publicKeyBytes || typed[0] !== type) return undefined;
  if (!isKeyName(name) || keyId(name, typed) !== id) return undefined;
  return { vkey, name, id, publicKey: typed.slice(1) };
}

/**
 * The vkey `name+id+base64(0x01 || public key)` of a 32-byte Ed25519 public key (C2SP signed-note).
 *
 * @throws KnhkError KNHK_RECEIPTS_KEY
 * @example
 * const publicKey = new Uint8Array(32);
 * formatVkey('ops', publicKey); // => 'ops+bb26a92b+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
 * formatVkey('with space', publicKey); // => throws KNHK_RECEIPTS_KEY
 */
export function formatVkey(name: string, publicKey: Uint8Array): string {
  return formatTypedVkey(ed25519Type, name, publicKey);
}

/**
 * Reads a vkey (C2SP signed-note); undefined where name, id, type or base64 are not exactly right.
 *
 * @example
 * parseVkey(formatVkey('example.com/ops', new Uint8Array(32)))?.id; // => 'f051d812'
 * parseVkey('example.com/ops+00000000+AQAA'); // => undefined
 */
export function parseVkey(vkey: string): VerifierKey | undefined {
  return parseTypedVkey(ed25519Type, vkey);
}

/**
 * One line `(em dash) name base64(id || signature)` with its newline (C2SP signed-note).
 *
 * @example
 * const line = signatureLine(parseVkey(signer.vkey)!, new Uint8Array(64));
 * parseNote(`text\n\n${line}`)?.signatures.length; // => 1
 */
export function signatureLine(key: VerifierKey, signature: Uint8Array): string {
  const id = fromHex(key.id) as Uint8Array;
  return `\u2014 ${key.name} ${toBase64(concatBytes(id, signature))}\n`;
}

function parseSignature(line: string): NoteSignature | undefined {
  const [, name, encoded] = /^\u2014 (\S+) (\S+)$/u.exec(line) ?? [];
  if (name === undefined || encoded === undefined || !isKeyName(name)) return undefined;
  const bytes = fromBase64(encoded);
  if (bytes === undefined || bytes.length <= idBytes) return undefined;
  return { name, id: toHex(bytes.subarray(0, idBytes)), signature: bytes.subarray(idBytes) };
}

/**
 * Reads a signed note as strictly as Go's note.Open (C2SP signed-note), and base64 more strictly;
 * undefined where it is malformed. Signatures are not checked here.
 *
 * @example
 * parseNote(knhk.checkpoint ?? '')?.signatures[0]?.name; // => 'example.com/ops'
 * parseNote('a text without signatures\n'); // => undefined
 */
export function parseNote(note: string): Note | undefined {
  if (note.length > noteMax || !note.isWellFormed() || /[\u0000-\u0009\u000b-\u001f]/.test(note)) {
    return undefined;
  }
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || !note.endsWith('\n') || split + 2 >= note.length) return undefined;
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > signaturesMax) return undefined;
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const signature = parseSignature(line);
    if (signature === undefined) return undefined;
    signatures.push(signature);
  }
  return { text: note.slice(0, split + 1), signatures };
}

/** What the signatures of a note are worth under a set of trusted keys. */
export type NoteVerdict = 'signed' | 'unknown' | 'invalid';

/**
 * Checks a note against trusted keys. Lines of unknown keys are ignored; one bad signature of a
 * trusted key makes the whole note invalid, as in Go's note.Open (C2SP signed-note).
 *
 * @param verify `nobleVerify`, or another implementation of Ed25519.
 * @example
 * const note = parseNote(knhk.checkpoint ?? '')!;
 * checkNote(note, trustKeys(keyring).keys, nobleVerify); // => 'signed'
 * checkNote(note, [], nobleVerify); // => 'unknown'
 */
export function checkNote(note: Note, keys: readonly VerifierKey[], verify: Verify): NoteVerdict {
  let verdict: NoteVerdict = 'unknown';
  const message = utf8(note.text);
  const seen = new Set<VerifierKey>();
  for (const { name, id, signature } of note.signatures) {
    const key = keys.find((candidate) => candidate.name === name && candidate.id === id);
    if (key === undefined || seen.has(key)) continue;
    seen.add(key);
    if (!verify(key.publicKey, message, signature)) return 'invalid';
    verdict = 'signed';
  }
  return verdict;
}
