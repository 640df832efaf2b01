import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ReceiptLog } from '../receipts/log/index.ts';
import { keyIdOf, keyringFile } from '../receipts/log/key-files.ts';
import { type LogKeys, openKeys } from '../receipts/log/keys.ts';
import { openLog } from '../receipts/log/open.ts';
import { type Args, readInteger } from './args.ts';
import { type ExitCode, exitCodes, formatPairs, type Io, UsageError } from './io.ts';
import { keysPlace, readKeyringOf } from './keys-files.ts';

const seqMax = Number.MAX_SAFE_INTEGER;

/** Writes what was done: pairs for people, one document for programs. */
function say(io: Io, json: boolean, facts: Readonly<Record<string, string | number>>): ExitCode {
  io.stdout.write(json ? `${JSON.stringify(facts)}\n` : formatPairs(Object.entries(facts)));
  return exitCodes.fine;
}

/** `keys generate`: secret, signing key and keyring of a log that does not exist yet. */
export async function keysGenerate(args: Args, io: Io): Promise<ExitCode> {
  const directory = keysPlace(args);
  const origin = args.options['origin'] as string;
  const path = keyringFile(directory);
  if (existsSync(path)) throw new UsageError(`${path} is there already; see knhk keys rotate`);
  const { signer } = openKeys(directory, { origin, clock: io.machine.clock });
  const { vkey } = signer;
  return say(io, args.json, { origin, directory, id: keyIdOf(vkey), vkey, keyring: path });
}

/** Opens the log that the keys are of, for as long as a change takes. */
async function withLog<T>(
  args: Args,
  io: Io,
  work: (log: ReceiptLog, keys: LogKeys) => Promise<T>,
): Promise<T> {
  const directory = keysPlace(args);
  const { origin } = readKeyringOf(directory);
  const { clock } = io.machine;
  const keys = openKeys(directory, { origin, clock });
  const place = { directory: args.data, remembered: join(directory, 'head'), create: false };
  // Sealing is left to the service, which knows subjects and their keys.
  const log = await openLog({ ...keys, ...place, origin, clock, sealing: false });
  try {
    return await work(log, keys);
  } finally {
    await log.close();
  }
}

/** `keys rotate`: another key signs from here on. */
export async function keysRotate(args: Args, io: Io): Promise<ExitCode> {
  const { overlap: text } = args.options;
  const overlap = text === undefined ? {} : { overlap: readInteger('--overlap', text, 0, 65_536) };
  return withLog(args, io, async (log, keys) => {
    const seq = log.size;
    const { keys: known } = await log.rotate({ signer: keys.nextSigner(), ...overlap });
    const { leaf } = log.read(seq);
    if (leaf.kind !== 'key' || leaf.change !== 'rotate')
      throw new Error(`leaf ${seq}: ${leaf.kind}`);
    const { vkey, replaces, until } = leaf;
    const ids = { id: keyIdOf(vkey), vkey, replaces: keyIdOf(replaces) };
    return say(io, args.json, { seq, ...ids, until, keys: known.length, keyring: ringOf(args) });
  });
}

/** `keys revoke`: a key is no longer believed from a seq on. */
export async function keysRevoke(args: Args, io: Io): Promise<ExitCode> {
  const id = args.positionals[0] as string;
  const from = readInteger('--from', args.options['from'] as string, 0, seqMax);
  const reason = args.options['reason'] as string;
  return withLog(args, io, async (log) => {
    const vkey = log.keyring.keys.find((key) => keyIdOf(key.vkey) === id)?.vkey;
    if (vkey === undefined) throw new UsageError(`the keyring has no key ${id}`);
    const seq = log.size;
    await log.revoke({ vkey, from, reason });
    return say(io, args.json, { seq, id, vkey, from, reason, keyring: ringOf(args) });
  });
}

const ringOf = (args: Args): string => keyringFile(keysPlace(args));
