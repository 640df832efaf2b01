import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { fail } from '../base/errors.ts';
import { nodeVerify } from '../receipts/log/signer.ts';
import { parseVkey } from '../receipts/verify/note.ts';
import type { Signer } from '../receipts/verify/signer.ts';

/** An SSH signature that was read, not yet checked. */
export interface SshSignature {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly namespace: string;
  readonly hash: 'sha256' | 'sha512';
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

const magic = 'SSHSIG';
const version = 1;
const algorithm = 'ssh-ed25519';
const gitNamespace = 'git';
const principal = 'lockchain@knhk.invalid';
const begin = '-----BEGIN SSH SIGNATURE-----\n';
const end = '-----END SSH SIGNATURE-----\n';
const armorColumns = 70;

/** A string of the SSH wire format (RFC 4251 section 5). */
function wire(bytes: Uint8Array | string): Buffer {
  const content = Buffer.from(bytes as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, content]);
}

/** An Ed25519 public key as SSH writes it (RFC 8709 section 4). */
const wireKey = (publicKey: Uint8Array): Buffer =>
  Buffer.concat([wire(algorithm), wire(publicKey)]);

/** What is signed: the message goes in as its hash (OpenSSH, PROTOCOL.sshsig). */
function toSign(message: Uint8Array, namespace: string, hash: SshSignature['hash']): Buffer {
  const digest = createHash(hash).update(message).digest();
  const parts = [wire(namespace), wire(''), wire(hash), wire(digest)];
  return Buffer.concat([Buffer.from(magic, 'latin1'), ...parts]);
}

/** The key's public half; its signer speaks Ed25519 or is refused. */
export function publicKeyOf(key: Signer): Uint8Array {
  const parsed = parseVkey(key.vkey);
  return parsed?.publicKey ?? fail('KNHK_LOCKCHAIN_KEY', 'key', 'a signer with a vkey', key.vkey);
}

/**
 * The armored signature that Git and ssh-keygen verify: SSHSIG over SHA-512, namespace `git`.
 * Checked before it is given out, for a signer may be far away and broken.
 */
export async function signForGit(key: Signer, message: Uint8Array): Promise<string> {
  const publicKey = publicKeyOf(key);
  const bytes = toSign(message, gitNamespace, 'sha512');
  const signature = await key.sign(bytes);
  if (!nodeVerify(publicKey, bytes, signature)) {
    fail('KNHK_LOCKCHAIN_KEY', key.vkey, 'a signature that the key verifies', 'another one');
  }
  const head = Buffer.alloc(4);
  head.writeUInt32BE(version);
  const blob = Buffer.concat([
    ...[Buffer.from(magic, 'latin1'), head, wire(wireKey(publicKey)), wire(gitNamespace)],
    ...[wire(''), wire('sha512')],
    wire(Buffer.concat([wire(algorithm), wire(signature)])),
  ]);
  const lines = blob.toString('base64').match(/.{1,70}/g) as readonly string[];
  return `${begin}${lines.join('\n')}\n${end}`;
}

/** Reads strings of the SSH wire format one after the other. */
class WireReader {
  readonly #bytes: Buffer;
  #at = 0;
  /** False once something did not fit. */
  isSound = true;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  take(count: number): Buffer {
    if (this.#at + count > this.#bytes.length) this.isSound = false;
    if (!this.isSound) return Buffer.alloc(count === 4 ? 4 : 0);
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  string(): Buffer {
    return this.take(this.take(4).readUInt32BE());
  }

  text(): string {
    return this.string().toString('latin1');
  }
}

/** Reads an armored SSH signature of an Ed25519 key; undefined for anything else. */
export function parseSshSignature(armored: string): SshSignature | undefined {
  if (!armored.startsWith(begin) || !armored.endsWith(end)) return undefined;
  const body = armored.slice(begin.length, -end.length);
  if (body.split('\n').some((line) => line.length > armorColumns + 6)) return undefined;
  const blob = Buffer.from(body.replaceAll('\n', ''), 'base64');
  const reader = new WireReader(blob);
  const isKnown =
    reader.take(magic.length).toString('latin1') === magic &&
    reader.take(4).readUInt32BE() === version;
  const publicKey = keyOf(reader.string(), 32);
  const namespace = reader.text();
  const reserved = reader.text();
  const hash = reader.text();
  const signature = keyOf(reader.string(), 64);
  if (!isKnown || !reader.isSound || !reader.isAtEnd || reserved !== '') return undefined;
  if (hash !== 'sha256' && hash !== 'sha512') return undefined;
  if (publicKey === undefined || signature === undefined) return undefined;
  return { publicKey, namespace, hash, signature };
}

/** The bytes behind the name of the algorithm. */
function keyOf(bytes: Buffer, length: number): Uint8Array | undefined {
  const reader = new WireReader(bytes);
  const name = reader.text();
  const content = reader.string();
  const isWhole = reader.isSound && reader.isAtEnd && content.length === length;
  return isWhole && name === algorithm ? new Uint8Array(content) : undefined;
}

/** What a signature of a commit or a tag is worth under the keys that may sign. */
export type SignatureVerdict = 'signed' | 'missing' | 'malformed' | 'unknown key' | 'invalid';

/** Checks a signature as `git verify-commit` does, against keys and never against its own. */
export function checkForGit(
  armored: string | undefined,
  message: Uint8Array,
  allowed: readonly Uint8Array[],
): SignatureVerdict {
  if (armored === undefined) return 'missing';
  const read = parseSshSignature(armored);
  if (read === undefined || read.namespace !== gitNamespace) return 'malformed';
  const { publicKey, hash, signature } = read;
  const isAllowed = allowed.some((key) => Buffer.compare(key, publicKey) === 0);
  if (!isAllowed) return 'unknown key';
  const bytes = toSign(message, gitNamespace, hash);
  return nodeVerify(publicKey, bytes, signature) ? 'signed' : 'invalid';
}

/** A line for an `allowed_signers` file (ssh-keygen(1)) that allows commits and tags alone. */
export function allowedSigner(publicKey: Uint8Array): string {
  const encoded = wireKey(publicKey).toString('base64');
  return `${principal} namespaces="${gitNamespace}" ${algorithm} ${encoded}\n`;
}

/**
 * The Ed25519 keys of an `allowed_signers` file or of OpenSSH public keys, a line each.
 *
 * @throws KnhkError KNHK_LOCKCHAIN_KEY for a line with another kind of key, or where there is none
 */
export function parseAllowedSigners(text: string): readonly Uint8Array[] {
  const lines = text.split('\n').filter((line) => !/^\s*(#|$)/.test(line));
  const keys = lines.map((line, index) => {
    const encoded = /(?:^|\s)ssh-ed25519 ([A-Za-z0-9+/]+=*)(?:\s|$)/.exec(line)?.[1];
    const key = encoded === undefined ? undefined : keyOf(Buffer.from(encoded, 'base64'), 32);
    return key ?? fail('KNHK_LOCKCHAIN_KEY', `line ${index + 1}`, 'an ssh-ed25519 key', line);
  });
  if (keys.length === 0) fail('KNHK_LOCKCHAIN_KEY', 'allowed signers', 'a key', 'none');
  return keys;
}
