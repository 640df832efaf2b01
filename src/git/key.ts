import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import { type RandomBytes, systemRandom } from '../base/clock.ts';
import { fail } from '../base/errors.ts';
import { makeDirectory, readFile, replaceFile, syncName } from '../receipts/log/files.ts';
import { type LogFs, nodeFs } from '../receipts/log/fs.ts';
import { nodeSigner } from '../receipts/log/signer.ts';
import type { Signer } from '../receipts/verify/signer.ts';
import { allowedSigner, publicKeyOf } from './sshsig.ts';

/** What {@link openLockchainKey} works with. */
export interface LockchainKeyOptions {
  /** Name of the log, like `example.com/ops`. */
  readonly origin: string;
  /** Where a new key comes from; the machine's secure source unless given. */
  readonly random?: RandomBytes;
  /** File system of the key; the machine's unless given. */
  readonly fs?: LogFs;
}

const keyBytes = 32;

/**
 * The Ed25519 key that signs commits and tags, from `lockchain.key` (32-byte seed, mode 0600) in
 * the log's directory of keys; made there once, and `lockchain.allowed_signers` with its public
 * half beside it, for Git and `knhk lockchain verify`. A service takes a signer from a vault
 * instead.
 *
 * @throws KnhkError KNHK_LOCKCHAIN_KEY where the file is damaged, KNHK_RECEIPTS_KEY for an origin
 * that no key can be named after
 * @example
 * const key = openLockchainKey(`${directory}.keys`, { origin });
 * allowedSigners(key).startsWith('lockchain@knhk.invalid namespaces="git" '); // => true
 */
export function openLockchainKey(directory: string, options: LockchainKeyOptions): Signer {
  const { origin, random = systemRandom, fs = nodeFs } = options;
  const path = join(directory, 'lockchain.key');
  if (fs.statSync(path) === undefined) {
    makeDirectory(fs, directory);
    syncName(fs, directory);
    replaceFile(fs, path, random(keyBytes));
  }
  const privateKey = readFile(fs, path);
  if (privateKey?.length !== keyBytes) {
    return fail('KNHK_LOCKCHAIN_KEY', path, '32 bytes', 'another length');
  }
  const signer = nodeSigner({ name: origin, privateKey: new Uint8Array(privateKey) });
  const beside = join(directory, 'lockchain.allowed_signers');
  if (fs.statSync(beside) === undefined) {
    replaceFile(fs, beside, Buffer.from(allowedSigners(signer), 'latin1'), 0o644);
  }
  return signer;
}

/**
 * The `allowed_signers` line (ssh-keygen(1)) that lets Git verify what a key signed:
 * `git -c gpg.ssh.allowedSignersFile=FILE log --show-signature`.
 *
 * @throws KnhkError KNHK_LOCKCHAIN_KEY
 * @example allowedSigners(signer).endsWith('\n'); // => true
 */
export function allowedSigners(key: Signer): string {
  return allowedSigner(publicKeyOf(key));
}
