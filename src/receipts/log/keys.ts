import { join } from 'node:path';
import { type Clock, type RandomBytes, systemClock, systemRandom } from '../../base/clock.ts';
import { fail } from '../../base/errors.ts';
import { type Keyring, type KeyringKey, parseKeyring } from '../verify/keyring.ts';
import type { Signer } from '../verify/signer.ts';
import { makeDirectory, replaceFile, syncName } from './files.ts';
import { type LogFs, nodeFs } from './fs.ts';
import {
  findKeyFiles,
  firstKeyFile,
  type KeyFile,
  keyBytes,
  keyringFile,
  makeKeyFile,
  readKeyBytes,
  readKeyring,
  writeKeyring,
} from './key-files.ts';
import { nodeSigner } from './signer.ts';

/** What a log needs to be written, committed to and verified. */
export interface LogKeys {
  /** 32 bytes that the log's commitments are keyed with. */
  readonly secret: Uint8Array;
  /** Signs checkpoints with the newest key of the keyring. */
  readonly signer: Signer;
  /** The other private keys of the directory; those that still sign along are among them. */
  readonly signers: readonly Signer[];
  /** The public keys, for verifying. */
  readonly keyring: Keyring;
  /**
   * Stores a keyring that a rotation or revocation changed, durably.
   *
   * @throws KnhkError KNHK_RECEIPTS_KEYRING, KNHK_LOG_KEYS where it is of another origin; system
   * errors
   */
  saveKeyring(keyring: Keyring): void;
  /**
   * A key to rotate to: one that an interrupted rotation left unused, or else a new one, whose
   * file (mode 0600) is durable when this returns.
   *
   * @throws KnhkError KNHK_LOG_KEYS; system errors
   */
  nextSigner(): Signer;
}

/** What {@link openKeys} works with. */
export interface KeysOptions {
  /** Name of the log, like `example.com/ops`. */
  readonly origin: string;
  /** Where new keys come from; the machine's secure source unless given. */
  readonly random?: RandomBytes;
  /** Says when a new key was made; the machine's clock unless given. */
  readonly clock?: Clock;
  /** File system of the keys; the machine's unless given. */
  readonly fs?: LogFs;
}

/**
 * Reads the keys of a log from a directory beside it (mode 0700), or makes them there once:
 * `secret`, `signing.key` (32-byte seed) and `keyring.json`. Good for a single machine; a service
 * takes its secret and signer from a vault instead. Rotations add `signing-<key id>.key`; the file
 * of a key that no longer signs may be destroyed, its entry in the keyring must stay.
 *
 * @throws KnhkError KNHK_LOG_KEYS where files are missing, damaged or of another origin,
 * KNHK_RECEIPTS_KEYRING, KNHK_RECEIPTS_KEY
 * @example
 * const keys = openKeys(`${directory}.keys`, { origin: 'example.com/ops' });
 * keys.keyring.keys[0]?.vkey === keys.signer.vkey; // => true
 * const log = await openLog({ ...keys, directory, origin: 'example.com/ops' });
 * const { keys: both } = await log.rotate({ signer: keys.nextSigner() });
 * both.length; // => 2
 * await log.close();
 */
export function openKeys(directory: string, options: KeysOptions): LogKeys {
  const { origin, fs = nodeFs, random = systemRandom } = options;
  const path = keyringFile(directory);
  if (fs.statSync(path) === undefined) create(fs, directory, options);
  const secret = readKeyBytes(fs, join(directory, 'secret'));
  const files = findKeyFiles(fs, directory, origin);
  if (files.length === 0) readKeyBytes(fs, join(directory, firstKeyFile));
  const keyring = readKeyring(fs, directory);
  const newest = newestOf(files, keyring);
  if (keyring.origin !== origin || newest === undefined) {
    return fail('KNHK_LOG_KEYS', path, `the keys of ${origin}`, `those of ${keyring.origin}`);
  }
  return {
    secret,
    signer: newest.signer,
    signers: files.filter((file) => file !== newest).map(({ signer }) => signer),
    keyring,
    saveKeyring: (changed) => {
      const checked = parseKeyring(changed);
      if (checked.origin !== origin) fail('KNHK_LOG_KEYS', path, origin, checked.origin);
      writeKeyring(fs, directory, checked);
    },
    nextSigner: () => {
      const known = readKeyring(fs, directory).keys;
      const isUnused = ({ signer }: KeyFile): boolean =>
        known.every(({ vkey }) => vkey !== signer.vkey);
      const unused = findKeyFiles(fs, directory, origin).find(isUnused);
      return (unused ?? makeKeyFile(fs, directory, origin, random)).signer;
    },
  };
}

/** The file of the key that signs: of those not revoked the one that is valid last. */
function newestOf(files: readonly KeyFile[], { keys }: Keyring): KeyFile | undefined {
  const first = files.find(({ file }) => file === firstKeyFile);
  const isKnown = (file: KeyFile): boolean => keys.some(({ vkey }) => vkey === file.signer.vkey);
  // A first key that nobody knows is a damaged one, or one of another log.
  if (first !== undefined && !isKnown(first)) return undefined;
  const end = ({ to, revokedFrom }: KeyringKey): number =>
    Math.min(to ?? Number.MAX_SAFE_INTEGER, (revokedFrom ?? Number.MAX_SAFE_INTEGER) - 1);
  const latest = keys
    .filter(({ vkey }) => files.some(({ signer }) => signer.vkey === vkey))
    .sort((left, right) => end(left) - end(right) || left.from - right.from)
    .at(-1);
  return files.find(({ signer }) => signer.vkey === latest?.vkey);
}

/** The keyring is written last: its presence says that the others are complete. */
function create(fs: LogFs, directory: string, options: KeysOptions): void {
  const { origin, random = systemRandom, clock = systemClock } = options;
  makeDirectory(fs, directory);
  syncName(fs, directory);
  const secretPath = join(directory, 'secret');
  const keyPath = join(directory, firstKeyFile);
  // An interrupted creation is finished, never begun again: a log may already rely on a key.
  if (fs.statSync(secretPath) === undefined) replaceFile(fs, secretPath, random(keyBytes));
  if (fs.statSync(keyPath) === undefined) replaceFile(fs, keyPath, random(keyBytes));
  const { vkey } = nodeSigner({ name: origin, privateKey: readKeyBytes(fs, keyPath) });
  const created = Math.max(0, Math.floor(clock.now()));
  writeKeyring(fs, directory, { origin, keys: [{ vkey, from: 0, created }] });
}
