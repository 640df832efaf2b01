import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type LogKeys, openKeys } from '../receipts/log/keys.ts';
import { type Keyring, parseKeyring } from '../receipts/verify/keyring.ts';
import { type Args, keysDirectory } from './args.ts';
import { readText } from './files.ts';
import type { Io } from './io.ts';
import { keyringPath } from './status.ts';

/** The keyring that a command is given, or that lies beside the log. */
export function givenKeyring({ data, options }: Args): Keyring {
  return parseKeyring(readText(options['keyring'] ?? keyringPath(data)));
}

/** The private keys beside a log, with the file that remembers its last checkpoint. */
export function keysBeside(
  { data }: Args,
  { machine: { clock } }: Io,
): LogKeys & { readonly remembered: string } {
  const directory = keysDirectory(data);
  // Read first: where there is none, nothing is to be made.
  const { origin } = parseKeyring(readText(keyringPath(data)));
  return { ...openKeys(directory, { origin, clock }), remembered: join(directory, 'head') };
}

/** True if a private key lies beside the log: a copy may be restored where none does. */
export const hasPrivateKeys = ({ data }: Args): boolean =>
  existsSync(join(keysDirectory(data), 'secret')) && existsSync(keyringPath(data));

/** Who asks for a change, for the leaf that says so. */
export const actorOf = ({ options }: Args, { env }: Io): string =>
  options['actor'] ?? (env['USER'] || 'operator');
