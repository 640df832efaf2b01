import { nodeSigner } from '../../src/receipts/log/index.ts';
import type { Keyring } from '../../src/receipts/verify/index.ts';

/** Origin and key of log-support.mjs. */
export const origin = 'example.com/faults';
export const signer = nodeSigner({ name: origin, privateKey: new Uint8Array(32).fill(7) });
export const keyring: Keyring = { origin, keys: [{ vkey: signer.vkey, from: 0 }] };
