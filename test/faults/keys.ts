import { nodeSigner } from '../../src/receipts/log/index.ts';
import type { Keyring } from '../../src/receipts/verify/index.ts';

/** Those of log-support.mjs. */
const origin = 'example.com/faults';
const signer = nodeSigner({ name: origin, privateKey: new Uint8Array(32).fill(7) });
export const keyring: Keyring = { origin, keys: [{ vkey: signer.vkey, from: 0 }] };
