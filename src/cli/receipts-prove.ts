import { fail } from '../base/errors.ts';
import { nodeFs } from '../receipts/log/fs.ts';
import { proveStored } from '../receipts/log/stored-proof.ts';
import type { Leaf } from '../receipts/verify/leaf-types.ts';
import { openStored, type StoredLog } from '../runtime/replay-source.ts';
import { type Args, readInteger } from './args.ts';
import { type ExitCode, exitCodes, type Io } from './io.ts';
import { epochsAt } from './receipts-find.ts';

/** `receipts prove`: the portable receipt of one leaf, and nothing else on stdout. */
export async function proveReceipt(args: Args, io: Io): Promise<ExitCode> {
  const { data, json, options, switches, positionals } = args;
  const max = Number.MAX_SAFE_INTEGER;
  const seq = readInteger('SEQ', positionals[0] as string, 0, max);
  const size =
    options['size'] === undefined ? undefined : readInteger('--size', options['size'], 1, max);
  const leaf = switches.has('no-leaf') ? undefined : await leafAt(openStored(data), data, seq);
  const proof = proveStored(nodeFs, data, {
    seq,
    ...(size === undefined ? {} : { size }),
    ...(leaf === undefined ? {} : { leaf }),
  });
  io.stdout.write(json ? `${JSON.stringify(proof)}\n` : proof.receipt);
  return exitCodes.fine;
}

/** A leaf that hashes to what its epoch names; undefined where the log is not as long. */
async function leafAt(log: StoredLog, data: string, seq: number): Promise<Leaf | undefined> {
  for await (const { entries, damage } of epochsAt(log, seq)) {
    const broken = damage.find((item) => item.seq === seq && item.member === 'leaf');
    if (broken !== undefined) {
      fail('KNHK_LOG_CORRUPT', `${data} seq ${seq}`, broken.expected, broken.got);
    }
    const entry = entries.find((item) => item.seq === seq);
    if (entry !== undefined) return entry.leaf;
  }
  return undefined;
}
