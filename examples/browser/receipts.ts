import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  defineHook,
  defineObservation,
  gte,
  integer,
  iri,
  type Keyring,
  openKeys,
  openRuntime,
} from 'knhk';
import { formatProof, parseProof } from 'knhk/receipts';

const origin = 'example.com/desk';

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

/** What a desk gives to its clients: receipts, and on another way the keys that vouch for them. */
export interface Issued {
  readonly keyring: Keyring;
  /** Receipts and forgeries, by name. */
  readonly receipts: Readonly<Record<string, string>>;
}

/** Applies five payments; the receipt of the third as it is, and as forgers would bend it. */
export async function issueReceipts(): Promise<Issued> {
  const directory = mkdtempSync(join(tmpdir(), 'knhk-browser-'));
  const data = join(directory, 'data');
  const keys = openKeys(`${data}.keys`, { origin });
  const open = { origin, data, ...keys, observations: [Payment], rules };
  const knhk = await openRuntime({ ...open, unguarded: 'allow' });
  try {
    for (let n = 1; n <= 5; n++) {
      const payment = `https://example.com/payment/${n}`;
      await knhk.apply(Payment, { payment, cents: n * 50_000 }, { id: payment });
    }
    // Before the payments stands the deploy of the rules, at seq 0.
    const [receipt, other] = [3, 4].map((seq) => knhk.proveInclusion(seq)) as [string, string];
    return { keyring: keys.keyring, receipts: { 'as issued': receipt, ...forged(receipt, other) } };
  } finally {
    await knhk.close();
    rmSync(directory, { recursive: true });
  }
}

function forged(receipt: string, other: string): Record<string, string> {
  const [proof, second] = [parseProof(receipt), parseProof(other)];
  if (proof?.extra === undefined || second?.extra === undefined) throw new Error('no receipts');
  const denied = new TextDecoder().decode(proof.extra).replace('"acted"', '"denied"');
  return {
    'another outcome': formatProof({ ...proof, extra: new TextEncoder().encode(denied) }),
    'the leaf of another': formatProof({ ...proof, extra: second.extra }),
    'another size': receipt.replace(`\n${origin}\n6\n`, `\n${origin}\n5\n`),
    'another log': receipt.replaceAll(origin, 'example.com/elsewhere'),
    'half of it': receipt.slice(0, receipt.length / 2),
  };
}
