import { join } from 'node:path';
import { fail } from '../base/errors.ts';
import type { LogFs } from '../receipts/log/fs.ts';
import { readHead } from '../receipts/log/head.ts';
import { nodeVerify } from '../receipts/log/signer.ts';
import { parseCheckpoint, type SignedCheckpoint } from '../receipts/verify/checkpoint.ts';
import { checkCheckpoint, type Keyring, trustKeys } from '../receipts/verify/keyring.ts';

/** What a lockchain asks an open runtime or log. */
export interface CheckpointSource {
  /** The last durable checkpoint, undefined before the first. */
  readonly checkpoint: string | undefined;
}

/**
 * The log's last durable checkpoint, checked against its keyring. Without an open log beside us
 * `head` says it: it is written after each sync, so that nothing leaves that a crash could take
 * back.
 *
 * @throws KnhkError KNHK_LOCKCHAIN_CHECKPOINT, KNHK_RECEIPTS_KEYRING
 */
export function lastCheckpoint(
  fs: LogFs,
  data: string,
  keyring: Keyring,
  source: CheckpointSource | undefined,
): SignedCheckpoint | undefined {
  const trusted = trustKeys(keyring);
  if (source === undefined) {
    const head = readHead(fs, data, trusted);
    if (head.kind !== 'unreadable') return head.kind === 'read' ? head.checkpoint : undefined;
    // A log without leaves has an empty one.
    if (fs.statSync(join(data, 'head'))?.size === 0) return undefined;
    return fail('KNHK_LOCKCHAIN_CHECKPOINT', data, 'a head signed by the keyring', 'another one');
  }
  if (source.checkpoint === undefined) return undefined;
  const checkpoint = parseCheckpoint(source.checkpoint);
  const verdict =
    checkpoint?.origin === trusted.origin
      ? checkCheckpoint(checkpoint, trusted, nodeVerify)
      : 'of another log';
  if (checkpoint === undefined || verdict !== 'signed') {
    return fail('KNHK_LOCKCHAIN_CHECKPOINT', trusted.origin, 'a signed checkpoint', verdict);
  }
  return checkpoint;
}
