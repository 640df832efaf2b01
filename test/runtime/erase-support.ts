import { join } from 'node:path';
import { readFile } from '../../src/receipts/log/files.ts';
import { type LogEntry, type LogFs, openLog } from '../../src/receipts/log/index.ts';
import { KeyStore } from '../../src/receipts/log/key-store.ts';
import { fileKeyEncryption } from '../../src/receipts/log/key-store-kek.ts';
import { SubjectCipher } from '../../src/receipts/log/payload-cipher.ts';
import { SubjectKeyring } from '../../src/receipts/log/subject-keys.ts';
import { action } from '../../src/rules/actions.ts';
import type { Rule } from '../../src/rules/catalogue.ts';
import { defineGuard } from '../../src/rules/guards.ts';
import { defineHook } from '../../src/rules/hooks.ts';
import { defineBudget, defineWindow } from '../../src/rules/windows.ts';
import type { RuntimeOptions } from '../../src/runtime/open.ts';
import { replayLog } from '../../src/runtime/replay.ts';
import type { ReplayReport } from '../../src/runtime/replay-types.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { exceeds, gte } from '../../src/terms/conditions.ts';
import { instant, integer, iri, string } from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import { type MemoryFs, memoryFs, seededRandom } from '../../src/testing/index.ts';
import { openTest, origin, secret, signer, temporary } from '../support/runtime.ts';

/** A purchase is about its customer, who is the data subject. */
export const Purchase = defineObservation('purchase.made', {
  class: 'https://example.com/test#Purchase',
  subject: 'purchase',
  time: 'at',
  personal: 'customer',
  fields: { purchase: iri(), at: instant(), customer: string(), shop: string(), amount: integer() },
});

export const observations = [Purchase as unknown as Observation];
const on = Purchase as unknown as Observation;
const bought = defineWindow({ name: 'bought', on, key: 'customer', perMs: 6_000_000, count: true });
const customers = defineWindow({
  ...{ name: 'customers', on, key: 'shop', perMs: 6_000_000 },
  distinct: 'customer',
});
const gifts = defineBudget({ name: 'gifts', on: 'gift', key: 'target', perMs: 6_000_000, max: 2 });

/** A gift for whoever buys often or meets a crowd, but only so many of them. */
export const rules: readonly Rule[] = [
  bought,
  customers,
  gifts,
  ...(
    [
      ['often', gte(bought, 1)],
      ['crowd', gte(customers, 2)],
    ] as const
  ).map(([name, when]) =>
    defineHook({
      ...{ name, version: '1', on: Purchase, when: [when] },
      run: ({ data }) => [action('gift', { target: data.customer, why: name })],
    }),
  ),
  defineGuard({ name: 'spent', on: 'gift', deny: [exceeds(gifts)], code: 'spent' }),
];

export const purchase = (index: number, customer = 'ann', shop = 'north') => ({
  purchase: `https://example.com/purchase/${index}`,
  at: new Date(1_767_225_600_000 + index),
  customer,
  shop,
  amount: index,
});

/** One stream for all openings: what was random once is not given again. */
const random = seededRandom(21);

export function openDesk(
  data: string,
  fs: LogFs,
  more: Partial<RuntimeOptions> = {},
): Promise<Runtime> {
  const given = { data, fs, observations, rules, random, encryption: {}, ...more };
  return openTest({ unguarded: 'allow', epochLeaves: 4, segmentBytes: 4_096, ...given });
}

/** Every file below a directory, by its path. */
export function filesOf(fs: LogFs, directory: string): ReadonlyMap<string, Buffer> {
  const found = new Map<string, Buffer>();
  const walk = (path: string): void => {
    for (const name of fs.readdirSync(path)) {
      const at = join(path, name);
      if (fs.statSync(at)?.isDirectory() === true) walk(at);
      else found.set(at, readFile(fs, at) as Buffer);
    }
  };
  if (fs.statSync(directory) !== undefined) walk(directory);
  return found;
}

/** The keys of a closed runtime's subjects. */
export async function keysOf(data: string, fs: LogFs): Promise<KeyStore> {
  const directory = `${data}.keys/subjects`;
  const kek = fileKeyEncryption(`${data}.keys/kek`, { fs, create: false });
  return KeyStore.open({ directory, origin, kek, fs, random, mode: 'read' });
}

/** All entries of a closed runtime's log, with the keys that are left. */
export async function entriesWith(data: string, fs: LogFs): Promise<readonly LogEntry[]> {
  const store = await keysOf(data, fs);
  const cipher = new SubjectCipher(origin, random);
  cipher.use(new SubjectKeyring(store));
  const log = await openLog({ directory: data, origin, signer, fs, cipher });
  try {
    return [...log.entries()];
  } finally {
    await log.close();
    store.close();
  }
}

export const replay = (data: string, fs: LogFs, more: object = {}): Promise<ReplayReport> =>
  replayLog({ data, secret, observations, rules, unguarded: 'allow', encryption: {}, fs, ...more });

/** ann bought three times, bob twice. */
export async function shop(): Promise<{
  readonly data: string;
  readonly fs: MemoryFs;
  readonly desk: Runtime;
}> {
  const data = temporary();
  const fs = memoryFs({ directories: [data] });
  const desk = await openDesk(data, fs);
  for (const [index, customer] of ['ann', 'bob', 'ann', 'ann', 'bob'].entries()) {
    await desk.apply(Purchase, purchase(index, customer), { id: `id-${index}` });
  }
  return { data, fs, desk };
}
