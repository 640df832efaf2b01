import fs from 'node:fs';
import { join } from 'node:path';
import { nodeFs } from '../receipts/log/fs.ts';
import { findKeyFiles, keyIdOf, keyringFile } from '../receipts/log/key-files.ts';
import { activeKey, type Keyring, parseKeyring } from '../receipts/verify/keyring.ts';
import { openStored } from '../runtime/replay-source.ts';
import { type Args, keysDirectory } from './args.ts';
import { readText } from './files.ts';

/** The directory of the keys that a command is about. */
export function keysPlace({ data, options }: Args): string {
  return options['keys'] ?? keysDirectory(data);
}

/** The keyring of a keys directory; what is missing there is an error of the file system. */
export function readKeyringOf(directory: string): Keyring {
  return parseKeyring(readText(keyringFile(directory)));
}

/** One range of one key, and where its private half lies. */
export interface ListedKey {
  /** Eight hexadecimal digits, as in signature lines. */
  readonly id: string;
  readonly vkey: string;
  readonly from: number;
  readonly to: number | null;
  readonly revoked_from: number | null;
  readonly reason: string | null;
  /** When it was made, in ms since 1970; null where the keyring does not say. */
  readonly created: number | null;
  readonly age_ms: number | null;
  /** True for the key that signs the next checkpoint, and those after it. */
  readonly active: boolean;
  /** Name of the file with its private half, null where that is elsewhere. */
  readonly file: string | null;
  /** Its mode in octal digits. */
  readonly mode: string | null;
}

/** All keys of a keyring in its order; no private key is told. */
export function listKeys(
  keyring: Keyring,
  place: { readonly directory: string; readonly data: string },
  nowMs: number,
): readonly ListedKey[] {
  const { directory, data } = place;
  const active = activeKey(keyring, nextSeq(keyring, data));
  const files = findKeyFiles(nodeFs, directory, keyring.origin);
  return keyring.keys.map((key) => {
    const { vkey, from, to = null, revokedFrom = null, reason = null, created = null } = key;
    const file = files.find(({ signer }) => signer.vkey === vkey)?.file ?? null;
    return {
      id: keyIdOf(vkey),
      ...{ vkey, from, to, revoked_from: revokedFrom, reason, created },
      age_ms: created === null ? null : Math.max(0, Math.round(nowMs - created)),
      active: key === active,
      file,
      mode: file === null ? null : modeOf(join(directory, file)),
    };
  });
}

/** Where the log goes on; without one, where its newest key begins. */
function nextSeq({ keys }: Keyring, data: string): number {
  const isLog = fs.existsSync(join(data, 'FORMAT'));
  return isLog ? openStored(data).acknowledged() : Math.max(...keys.map(({ from }) => from));
}

const permissionBits = 0o777;

function modeOf(path: string): string {
  return `0${(fs.statSync(path).mode & permissionBits).toString(8)}`;
}
