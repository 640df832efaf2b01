import { mkdirSync, writeFileSync } from 'node:fs';
import { type Keyring, type LogKeys, nodeSigner, openKeys } from 'knhk';

export const origin = 'example.com/ops';

/** Where the keys of a data directory lie: beside it, never inside. */
export function keysDirectory(data: string): string {
  return `${data.replace(/[\\/]+$/, '')}.keys`;
}

/** The keys of the run; fixed ones, good for tests alone, where it has to be deterministic. */
export function deskKeys(data: string, deterministic: boolean): LogKeys {
  if (!deterministic) return openKeys(keysDirectory(data), { origin });
  const signer = nodeSigner({ name: origin, privateKey: new Uint8Array(32).fill(1) });
  const keyring: Keyring = { origin, keys: [{ vkey: signer.vkey, from: 0 }] };
  mkdirSync(keysDirectory(data), { recursive: true });
  writeFileSync(
    `${keysDirectory(data)}/keyring.json`,
    `${JSON.stringify(keyring, undefined, 2)}\n`,
  );
  return { signer, keyring, secret: new Uint8Array(32).fill(2) };
}
