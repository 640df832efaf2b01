import { join } from 'node:path';
import { allowedSigners, openLockchainKey } from '../git/key.ts';
import { openLockchain } from '../git/lockchain.ts';
import { pushChain } from '../git/push.ts';
import { rebuildLockchain } from '../git/rebuild.ts';
import { branchOf } from '../git/refs.ts';
import { createRepository, readRepository } from '../git/repository.ts';
import { nodeFs } from '../receipts/log/fs.ts';
import { type Keyring, parseKeyring } from '../receipts/verify/keyring.ts';
import type { Signer } from '../receipts/verify/signer.ts';
import { type Args, keysDirectory, readInteger } from './args.ts';
import { sayProgress } from './faults.ts';
import { readText } from './files.ts';
import { type ExitCode, exitCodes, formatPairs, type Io, UsageError } from './io.ts';

/** Where the repository of a log lies unless said otherwise: beside it. */
export function repositoryOf({ data, options }: Args): string {
  return options['repository'] ?? `${data.replace(/[\\/]+$/, '')}.git`;
}

/** The keys that sign checkpoints. */
export function keyringFor({ data, options }: Args): Keyring {
  return parseKeyring(readText(options['keyring'] ?? join(keysDirectory(data), 'keyring.json')));
}

function keyOf({ data, options }: Args, { origin }: Keyring): Signer {
  return openLockchainKey(options['keys'] ?? keysDirectory(data), { origin });
}

function say(io: Io, json: boolean, document: Readonly<Record<string, unknown>>): void {
  const pairs = Object.entries(document).map(([name, value]) => [name, `${value}`.trim()] as const);
  io.stdout.write(json ? `${JSON.stringify(document)}\n` : formatPairs(pairs));
}

/** `lockchain init`: repository and key. */
export async function initLockchain(args: Args, io: Io): Promise<ExitCode> {
  const keyring = keyringFor(args);
  const repository = repositoryOf(args);
  createRepository(nodeFs, repository, keyring.origin);
  const key = keyOf(args, keyring);
  const branch = branchOf(keyring.origin);
  say(io, args.json, { repository, branch, allowedSigners: allowedSigners(key) });
  return exitCodes.fine;
}

/** `lockchain commit`: one commit, as a cron job would make it. */
export async function commitLockchain(args: Args, io: Io): Promise<ExitCode> {
  const keyring = keyringFor(args);
  const given = { repository: repositoryOf(args), data: args.data, keyring };
  const lockchain = await openLockchain({ ...given, key: keyOf(args, keyring) });
  try {
    const { isNew, commit, size } = await lockchain.commit();
    const { objects: packed } = await lockchain.pack();
    say(io, args.json, { isNew, commit: commit ?? null, size, packed });
    return exitCodes.fine;
  } finally {
    await lockchain.close();
  }
}

/** `lockchain push`: needs no key, and may run beside a writer. */
export async function pushLockchain(args: Args, io: Io): Promise<ExitCode> {
  const { json, options } = args;
  const name = options['authorization'];
  const authorization = name === undefined ? undefined : io.env[name];
  if (name !== undefined && authorization === undefined) {
    throw new UsageError(`--authorization expects a variable that is set, got ${name}`);
  }
  const { origin } = keyringFor(args);
  const repository = readRepository(nodeFs, repositoryOf(args));
  const remote = {
    url: options['remote'] as string,
    ...(authorization === undefined ? {} : { authorization }),
  };
  sayProgress(io, json, `pushing ${repository.directory}`);
  const { commits, tags, commit } = await pushChain(nodeFs, repository, origin, remote);
  say(io, json, { commits, tags, commit: commit ?? null });
  return exitCodes.fine;
}

/** `lockchain rebuild`: from the log alone. */
export async function rebuild(args: Args, io: Io): Promise<ExitCode> {
  const every = args.options['every'];
  const everyLeaves = readInteger('--every', every ?? '4096', 1, 1e9);
  const keyring = keyringFor(args);
  const repository = repositoryOf(args);
  sayProgress(io, args.json, `making ${repository}`);
  const key = keyOf(args, keyring);
  const made = await rebuildLockchain({ repository, data: args.data, keyring, key, everyLeaves });
  say(io, args.json, { ...made });
  return exitCodes.fine;
}
