import { initLog } from '../receipts/log/init.ts';
import { parseKeyring } from '../receipts/verify/keyring.ts';
import { type Args, keysDirectory } from './args.ts';
import { readText } from './files.ts';
import { type ExitCode, exitCodes, formatPairs, type Io, UsageError } from './io.ts';
import { actorOf } from './log-keys.ts';

/** `log init`: an empty log, or one that goes on from another. */
export async function logInit(args: Args, io: Io): Promise<ExitCode> {
  const { data, json, options } = args;
  const { continues, keyring } = options;
  if (keyring !== undefined && continues === undefined) {
    throw new UsageError('--keyring checks the checkpoint of --continues');
  }
  const report = await initLog(data, {
    keys: keysDirectory(data),
    origin: options['origin'] as string,
    clock: io.machine.clock,
    actor: actorOf(args, io),
    ...(continues === undefined ? {} : { continues: readText(continues) }),
    ...(keyring === undefined ? {} : { continuesKeyring: parseKeyring(readText(keyring)) }),
  });
  const { origin, vkey, size } = report;
  const text = formatPairs(Object.entries({ origin, vkey, size }));
  io.stdout.write(json ? `${JSON.stringify(report)}\n` : text);
  return exitCodes.fine;
}
