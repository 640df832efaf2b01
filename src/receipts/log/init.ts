import { join } from 'node:path';
import { canonical } from '../../base/canonical.ts';
import { fail } from '../../base/errors.ts';
import { parseCheckpoint } from '../verify/checkpoint.ts';
import { checkCheckpoint, type Keyring, trustKeys } from '../verify/keyring.ts';
import type { LeafBody } from '../verify/leaf-types.ts';
import { readFile } from './files.ts';
import { nodeFs } from './fs.ts';
import { type KeysOptions, openKeys } from './keys.ts';
import { openLog } from './open.ts';
import { nodeVerify } from './signer.ts';

/** What {@link initLog} takes besides the directory. */
export interface InitOptions extends KeysOptions {
  /** Directory of the keys; they are made there unless they are there. */
  readonly keys: string;
  /**
   * The last good checkpoint of the log that this one continues; it is kept, and the first leaf
   * names it.
   */
  readonly continues?: string;
  /** Keys of the log that is continued: with them its checkpoint has to be signed. */
  readonly continuesKeyring?: Keyring;
  /** Who continues it, for the leaf; `knhk` unless given. */
  readonly actor?: string;
}

/** A log that was made. */
export interface InitReport {
  /** Name of the log in its checkpoints. */
  readonly origin: string;
  /** The public key that signs it. */
  readonly vkey: string;
  /** Leaves: 1 where it continues another log, else 0. */
  readonly size: number;
  /** The signed checkpoint; null while there is no leaf. */
  readonly checkpoint: string | null;
}

/**
 * Makes an empty log, and keys beside it. After a finding that no copy mends this is how to go on:
 * a new log under a new origin, whose first leaf is a `config` leaf with the action `continue` that
 * names the last good checkpoint of the old one, which stays as it is as evidence.
 *
 * @throws KnhkError KNHK_LOG_EXISTS where a log is, KNHK_RECEIPTS_CHECKPOINT where `continues` is
 * no checkpoint of another log, KNHK_LOG_SIGNATURE where it is not signed by its keyring,
 * KNHK_LOG_KEYS, KNHK_LOG_OPEN, KNHK_LOG_NETWORK_FS, KNHK_LOG_LOCKED, KNHK_RECEIPTS_KEYRING,
 * KNHK_RECEIPTS_KEY
 * @example
 * const log = `${directory}/log`;
 * const report = await initLog(log, { keys: `${log}.keys`, origin: 'example.com/ops' });
 * [report.size, report.checkpoint]; // => [0, null]
 * const again = { keys: `${log}.keys`, origin: 'example.com/ops' };
 * await initLog(log, again); // => throws KNHK_LOG_EXISTS
 */
export async function initLog(directory: string, options: InitOptions): Promise<InitReport> {
  const fs = options.fs ?? nodeFs;
  const { origin, continues, clock } = options;
  if (continues !== undefined) checkContinued(origin, continues, options.continuesKeyring);
  const isBegun = readFile(fs, join(directory, 'FORMAT')) !== undefined;
  // One that was interrupted before its first leaf may be finished.
  if (isBegun && continues === undefined) exists(directory);
  const { signer, signers, keyring, saveKeyring } = openKeys(options.keys, options);
  const held = { signer, signers, keyring, saveKeyring, fs };
  const log = await openLog({ directory, origin, ...held, ...(clock ? { clock } : {}) });
  try {
    if (log.size > 0) exists(directory);
    if (continues !== undefined) {
      const old = parseCheckpoint(continues)?.origin ?? '';
      const detail = log.putBlob('checkpoint', canonical(continues));
      const body: LeafBody = {
        kind: 'config',
        actor: options.actor ?? 'knhk',
        resource: old,
        action: 'continue',
        outcome: 'success',
        detail,
      };
      await log.append(body, log.tick()).durable;
    }
    const { size, checkpoint = null } = log;
    return { origin, vkey: signer.vkey, size, checkpoint };
  } finally {
    await log.close();
  }
}

function exists(directory: string): never {
  return fail('KNHK_LOG_EXISTS', directory, 'a directory without a log', 'a log');
}

/** A log under the same name would be a fork of the old one by itself. */
function checkContinued(origin: string, text: string, keyring: Keyring | undefined): void {
  const checkpoint = parseCheckpoint(text);
  if (checkpoint === undefined || checkpoint.origin === origin) {
    const got = checkpoint === undefined ? 'something else' : `one of ${origin} itself`;
    fail('KNHK_RECEIPTS_CHECKPOINT', 'continues', 'a checkpoint of another log', got);
  }
  if (keyring === undefined) return;
  const trusted = trustKeys(keyring);
  const isSigned =
    trusted.origin === checkpoint.origin &&
    checkCheckpoint(checkpoint, trusted, nodeVerify) === 'signed';
  if (isSigned) return;
  const expected = `a checkpoint signed by the keys of ${trusted.origin}`;
  fail('KNHK_LOG_SIGNATURE', 'continues', expected, checkpoint.origin);
}
