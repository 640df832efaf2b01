import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  defineHook,
  defineObservation,
  gte,
  integer,
  iri,
  type Keyring,
  openRuntime,
  type Signer,
  verifyLog,
} from 'knhk';
import { logIn, type ModuleKey, moduleSigner, pkcs11Tool } from './signer.ts';
import { makeKey, softhsm } from './token.ts';

// The log's signing key lives in a PKCS#11 module and cannot be read out of it. Here the module is
// SoftHSM 2 with a token of its own; with hardware only the library, the token and the PIN change.

const origin = 'example.com/sealed-desk';

const Payment = defineObservation('payment.requested', {
  class: 'https://example.com/bank#Payment',
  subject: 'payment',
  fields: { payment: iri(), cents: integer() },
});
const rules = [
  defineHook({
    name: 'look-at-it',
    on: Payment,
    when: [gte('cents', 100_000)],
    act: { type: 'desk.look', target: 'desk' },
  }),
];

const { values } = parseArgs({
  options: { library: { type: 'string', default: softhsm } },
});
const directory = mkdtempSync(join(tmpdir(), 'knhk-pkcs11-'));
try {
  const key = await makeKey(directory, values.library);
  const signer = await moduleSigner(origin, key);
  const keyring: Keyring = { origin, keys: [{ vkey: signer.vkey, from: 0 }] };
  const data = join(directory, 'data');
  const secret = randomBytes(32);
  // The second time the log is opened with the same key, which never left its module.
  for (const first of [0, 3]) await apply(data, signer, secret, first);
  const { ok, total_count, verified_count } = await verifyLog(data, keyring);
  const access = await accessOf(key);
  const report = { vkey: signer.vkey, leaves: total_count, verified: verified_count, ok, access };
  process.stdout.write(`${JSON.stringify(report)}\n`);
} finally {
  rmSync(directory, { recursive: true });
}

async function apply(data: string, signer: Signer, secret: Uint8Array, first: number) {
  const open = { origin, data, signer, secret, observations: [Payment], rules };
  const knhk = await openRuntime({ ...open, unguarded: 'allow' });
  try {
    for (let n = first; n < first + 3; n++) {
      const payment = `https://example.com/payment/${n}`;
      await knhk.apply(Payment, { payment, cents: n * 50_000 }, { id: payment });
    }
  } finally {
    await knhk.close();
  }
}

/** What the module says of who may read the private key. */
async function accessOf(key: ModuleKey): Promise<string> {
  const words = ['--list-objects', '--type', 'privkey', '--id', key.id];
  const listing = await pkcs11Tool(key, [...logIn(key), ...words]);
  return /Access: *(.*)/.exec(listing.toString())?.[1] ?? 'unknown';
}
