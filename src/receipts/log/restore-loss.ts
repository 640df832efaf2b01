import { utf8 } from '../../base/bytes.ts';
import { canonical, hashOf } from '../../base/canonical.ts';
import { parseCheckpoint } from '../verify/checkpoint.ts';
import type { LeafBody } from '../verify/leaf-types.ts';
import { replaceFile } from './files.ts';
import { nodeFs } from './fs.ts';
import type { LogOptions, ReceiptLog } from './log-types.ts';
import { openLog } from './open.ts';

/** What was restored, and what is known to have been. */
export interface Loss {
  /** The checkpoint that the copy ends with. */
  readonly restored: string;
  /** The one behind it that is remembered; null where none is. */
  readonly lost: string | null;
}

/** How the log is opened to write a loss down. */
export interface LossOptions {
  readonly log: LogOptions;
  /** The file outside the log that remembers its last checkpoint. */
  readonly remembered: string | undefined;
  readonly actor: string;
}

const lossKind = 'restore';

/**
 * Appends the leaf of an accepted loss, unless an interrupted run did, and only then has the log
 * remembered as it is now. Gives the leaf's seq.
 */
export async function documentLoss(options: LossOptions, loss: Loss): Promise<number> {
  const log = await openLog(options.log);
  try {
    const from = parseCheckpoint(loss.restored)?.size ?? 0;
    const seq = written(log, hashOf(lossKind, loss), from) ?? (await append(log, options, loss));
    const fs = options.log.fs ?? nodeFs;
    if (options.remembered !== undefined) {
      replaceFile(fs, options.remembered, utf8(log.checkpoint ?? ''));
    }
    return seq;
  } finally {
    await log.close();
  }
}

function written(log: ReceiptLog, detail: string, from: number): number | undefined {
  for (const { seq, leaf } of log.entries(from)) {
    if (leaf.kind === 'config' && leaf.action === 'restore' && leaf.detail === detail) return seq;
  }
  return undefined;
}

async function append(log: ReceiptLog, { actor }: LossOptions, loss: Loss): Promise<number> {
  const body: LeafBody = {
    kind: 'config',
    actor,
    resource: log.origin,
    action: 'restore',
    outcome: 'success',
    detail: log.putBlob(lossKind, canonical(loss)),
  };
  const { seq, durable } = log.append(body, log.tick());
  await durable;
  return seq;
}
