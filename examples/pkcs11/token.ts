import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { logIn, type ModuleKey, pkcs11Tool } from './signer.ts';

/** SoftHSM 2 as Debian installs it (package libsofthsm2). */
export const softhsm = '/usr/lib/softhsm/libsofthsm2.so';

/**
 * A token in a directory of its own, and in it a key pair that the module made. With hardware this
 * is done once, by those who guard it.
 *
 * @param directory Where the token's files go; an existing one.
 */
export async function makeKey(directory: string, library: string = softhsm): Promise<ModuleKey> {
  const tokens = join(directory, 'tokens');
  const config = join(directory, 'softhsm2.conf');
  mkdirSync(tokens);
  writeFileSync(config, `directories.tokendir = ${tokens}\nobjectstore.backend = file\n`);
  const pin = randomBytes(8).toString('hex');
  const environment = { ...process.env, SOFTHSM2_CONF: config, KNHK_PIN: pin };
  const key = { library, token: 'knhk', id: '01', environment };
  const officer = ['--so-pin', 'env:KNHK_PIN'];
  const token = ['--slot-index', '0', '--init-token', '--label', key.token, ...officer];
  await pkcs11Tool(key, token);
  const asOfficer = ['--token-label', key.token, '--login', '--login-type', 'so', ...officer];
  await pkcs11Tool(key, [...asOfficer, '--init-pin', '--new-pin', 'env:KNHK_PIN']);
  const pair = ['--keypairgen', '--key-type', 'EC:edwards25519', '--usage-sign', '--sensitive'];
  await pkcs11Tool(key, [...logIn(key), ...pair, '--id', key.id, '--label', 'signing']);
  return key;
}
