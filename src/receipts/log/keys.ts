import { join } from 'node:path';
import { fromUtf8, utf8 } from '../../base/bytes.ts';
import { type RandomBytes, systemRandom } from '../../base/clock.ts';
import { fail } from '../../base/errors.ts';
import { type Keyring, parseKeyring } from '../verify/keyring.ts';
import type { Signer } from '../verify/signer.ts';
import { makeDirectory, readFile, replaceFile, syncName } from './files.ts';
import { type LogFs, nodeFs } from './fs.ts';
import { nodeSigner } from './signer.ts';

/** What a log needs to be written, committed to and verified. */
export interface LogKeys {
  /** 32 bytes that the log's commitments are keyed with. */
  readonly secret: Uint8Array;
  /** Signs checkpoints with the private key. */
  readonly signer: Signer;
  /** The public keys, for verifying. */
  readonly keyring: Keyring;
}

/** What {@link openKeys} works with. */
export interface KeysOptions {
  /** Name of the log, like `example.com/ops`. */
  readonly origin: string;
  /** Where new keys come from; the machine's secure source unless given. */
  readonly random?: RandomBytes;
  /** File system of the keys; the machine's unless given. */
  readonly fs?: LogFs;
}

const keyBytes = 32;

/**
 * Reads the keys of a log from a directory beside it (mode 0700), or makes them there once:
 * `secret`, `signing.key` (32-byte seed) and `keyring.json`. Good for a single machine; a service
 * takes its secret and signer from a vault instead.
 *
 * @throws KnhkError KNHK_LOG_KEYS where files are missing, damaged or of another origin,
 * KNHK_RECEIPTS_KEYRING, KNHK_RECEIPTS_KEY
 * @example
 * const keys = openKeys(`${directory}.keys`, { origin: 'example.com/ops' });
 * keys.keyring.keys[0]?.vkey === keys.signer.vkey; // => true
 */
export function openKeys(directory: string, options: KeysOptions): LogKeys {
  const fs = options.fs ?? nodeFs;
  const { origin } = options;
  const keyringPath = join(directory, 'keyring.json');
  if (fs.statSync(keyringPath) === undefined) create(fs, directory, options);
  const secret = readKey(fs, join(directory, 'secret'));
  const signer = nodeSigner({
    name: origin,
    privateKey: readKey(fs, join(directory, 'signing.key')),
  });
  const keyring = parseKeyring(fromUtf8(readFile(fs, keyringPath) ?? new Uint8Array()) ?? '');
  const isOurs = keyring.keys.some(({ vkey }) => vkey === signer.vkey);
  if (keyring.origin !== origin || !isOurs) {
    fail('KNHK_LOG_KEYS', keyringPath, `the keys of ${origin}`, `those of ${keyring.origin}`);
  }
  return { secret, signer, keyring };
}

function readKey(fs: LogFs, path: string): Uint8Array {
  const bytes = readFile(fs, path);
  return bytes?.length === keyBytes
    ? new Uint8Array(bytes)
    : fail('KNHK_LOG_KEYS', path, '32 bytes', bytes === undefined ? 'no file' : 'another length');
}

/** The keyring is written last: its presence says that the others are complete. */
function create(fs: LogFs, directory: string, options: KeysOptions): void {
  const random = options.random ?? systemRandom;
  makeDirectory(fs, directory);
  syncName(fs, directory);
  const secretPath = join(directory, 'secret');
  const keyPath = join(directory, 'signing.key');
  // An interrupted creation is finished, never begun again: a log may already rely on a key.
  if (fs.statSync(secretPath) === undefined) replaceFile(fs, secretPath, random(keyBytes));
  if (fs.statSync(keyPath) === undefined) replaceFile(fs, keyPath, random(keyBytes));
  const { vkey } = nodeSigner({ name: options.origin, privateKey: readKey(fs, keyPath) });
  const keyring: Keyring = { origin: options.origin, keys: [{ vkey, from: 0 }] };
  const text = `${JSON.stringify(keyring, undefined, 2)}\n`;
  replaceFile(fs, join(directory, 'keyring.json'), utf8(text));
}
