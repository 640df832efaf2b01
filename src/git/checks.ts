import { equalBytes } from '../base/bytes.ts';
import { fail, KnhkError } from '../base/errors.ts';
import type { LogFs } from '../receipts/log/fs.ts';
import { type Lock, takeLock } from '../receipts/log/lock.ts';
import { type Keyring, trustKeys } from '../receipts/verify/keyring.ts';
import type { Signer } from '../receipts/verify/signer.ts';
import { publicKeyOf } from './sshsig.ts';

/**
 * Refuses one of the log's own keys: who can sign checkpoints must not be able to sign commits.
 *
 * @throws KnhkError KNHK_LOCKCHAIN_KEY
 */
export function checkOwnKey(key: Signer, keyring: Keyring): void {
  const publicKey = publicKeyOf(key);
  if (trustKeys(keyring).keys.some((known) => equalBytes(known.publicKey, publicKey))) {
    fail('KNHK_LOCKCHAIN_KEY', 'key', 'a key of its own', 'one that signs checkpoints');
  }
}

/** Takes the repository for one writer. */
export async function takeRepository(fs: LogFs, directory: string): Promise<Lock> {
  try {
    return await takeLock(fs, directory);
  } catch (error) {
    if (!(error instanceof KnhkError) || error.code !== 'KNHK_LOG_LOCKED') throw error;
    return fail('KNHK_LOCKCHAIN_LOCKED', directory, 'no other writer', 'one', error);
  }
}
