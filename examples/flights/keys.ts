import { mkdirSync, writeFileSync } from 'node:fs';
import { type Keyring, type LogKeys, nodeSigner, openKeys } from 'knhk';

/** Keys as openRuntime takes them; fixed ones cannot be changed. */
type DeskKeys = Pick<LogKeys, 'secret' | 'signer' | 'keyring'> & Partial<LogKeys>;

export const origin = 'example.com/ops';

/** Where the keys of a data directory lie: beside it, never inside. */
export function keysDirectory(data: string): string {
  return `${data.replace(/[\\/]+$/, '')}.keys`;
}

/** The keys of the run; fixed ones, good for tests alone, where it has to be deterministic. */
export function deskKeys(data: string, deterministic: boolean): DeskKeys {
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
