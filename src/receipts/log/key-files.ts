import { join } from 'node:path';
import { fromUtf8, utf8 } from '../../base/bytes.ts';
import type { RandomBytes } from '../../base/clock.ts';
import { fail } from '../../base/errors.ts';
import { type Keyring, parseKeyring } from '../verify/keyring.ts';
import { parseVkey, type VerifierKey } from '../verify/note.ts';
import type { Signer } from '../verify/signer.ts';
import { readFile, replaceFile } from './files.ts';
import type { LogFs } from './fs.ts';
import { nodeSigner } from './signer.ts';

/** Length of a secret and of an Ed25519 seed. */
export const keyBytes = 32;

/** The first signing key; those that rotations bring are named by their id. */
export const firstKeyFile = 'signing.key';

const keyFilePattern = /^signing-([0-9a-f]{8})\.key$/;

/** A private key in a file of the keys directory. */
export interface KeyFile {
  /** Name of the file. */
  readonly file: string;
  readonly signer: Signer;
}

/** The id by which signature lines name a key. */
export const keyIdOf = (vkey: string): string => (parseVkey(vkey) as VerifierKey).id;

/**
 * Secret bytes that a file must hold whole.
 *
 * @throws KnhkError KNHK_LOG_KEYS
 */
export function readKeyBytes(fs: LogFs, path: string): Uint8Array {
  const bytes = readFile(fs, path);
  return bytes?.length === keyBytes
    ? new Uint8Array(bytes)
    : fail('KNHK_LOG_KEYS', path, '32 bytes', bytes === undefined ? 'no file' : 'another length');
}

/**
 * The private keys that lie in a directory: the first one, then the others by name.
 *
 * @throws KnhkError KNHK_LOG_KEYS where a file is damaged
 */
export function findKeyFiles(fs: LogFs, directory: string, origin: string): readonly KeyFile[] {
  const names = fs.readdirSync(directory).filter((name) => keyFilePattern.test(name));
  // A hyphen sorts before a dot: the first key is put before the others by hand.
  const hasFirst = fs.statSync(join(directory, firstKeyFile)) !== undefined;
  return [...(hasFirst ? [firstKeyFile] : []), ...names.sort()].map((file) => {
    const path = join(directory, file);
    const signer = nodeSigner({ name: origin, privateKey: readKeyBytes(fs, path) });
    const named = keyFilePattern.exec(file)?.[1];
    const id = keyIdOf(signer.vkey);
    // A damaged seed is a seed all the same: it is its public half that gives it away.
    if (named !== undefined && named !== id) fail('KNHK_LOG_KEYS', path, `the key ${named}`, id);
    return { file, signer };
  });
}

/** Makes a new private key; its file is durable when this returns. */
export function makeKeyFile(
  fs: LogFs,
  directory: string,
  origin: string,
  random: RandomBytes,
): KeyFile {
  const privateKey = random(keyBytes);
  const signer = nodeSigner({ name: origin, privateKey });
  const file = `signing-${keyIdOf(signer.vkey)}.key`;
  replaceFile(fs, join(directory, file), privateKey);
  return { file, signer };
}

/** Where the public keys lie in a keys directory. */
export const keyringFile = (directory: string): string => join(directory, 'keyring.json');

/**
 * @throws KnhkError KNHK_RECEIPTS_KEYRING
 */
export function readKeyring(fs: LogFs, directory: string): Keyring {
  const bytes = readFile(fs, keyringFile(directory)) ?? new Uint8Array();
  return parseKeyring(fromUtf8(bytes) ?? '');
}

/** Puts a keyring in place whole and durably. */
export function writeKeyring(fs: LogFs, directory: string, keyring: Keyring): void {
  const text = `${JSON.stringify(keyring, undefined, 2)}\n`;
  replaceFile(fs, keyringFile(directory), utf8(text));
}
