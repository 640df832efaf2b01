import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openKeys } from '../../src/receipts/log/index.ts';
import { type Control, controlOf } from '../../src/runtime/control.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { observations, Purchase, purchase, rules } from '../runtime/erase-support.ts';
import { openTest, origin, temporary } from '../support/runtime.ts';

/** What the service of {@link encryptedLog} runs with, as a module that the command line loads. */
export const catalogue = { observations, rules, unguarded: 'allow' } as const;
export const modulePath: string = fileURLToPath(import.meta.url);

/** Opens a log whose payloads are encrypted, with all keys beside it. */
export function openEncrypted(data: string): Promise<Runtime> {
  const clock = { now: () => 1_000 };
  const { secret, signer } = openKeys(`${data}.keys`, { origin, clock });
  return openTest({ ...catalogue, secret, signer, data, encryption: {} });
}

/** A closed log of three purchases, with an audit trail: a deploy, two entries, an erasure. */
export async function encryptedLog(): Promise<string> {
  const data = join(temporary(), 'data');
  const runtime = await openEncrypted(data);
  for (const [index, customer] of ['ann', 'bob', 'cid'].entries()) {
    await runtime.apply(Purchase, purchase(index, customer));
  }
  const entry = { kind: 'access', actor: 'eve', resource: 'receipts', action: 'export' } as const;
  await runtime.audit({ ...entry, outcome: 'denied', reason: 'no case', trace: 'trace-1' });
  await runtime.audit({ ...entry, kind: 'config', action: 'open', outcome: 'success' });
  await runtime.erase('cid', { reason: 'article 17', actor: 'officer' });
  await runtime.close();
  return data;
}

type Documents = (...words: string[]) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** The JSON of these commands, every member in it. */
export async function privacyDocuments(
  documents: Documents,
): Promise<Readonly<Record<string, readonly unknown[]>>> {
  const data = await encryptedLog();
  const runtime = await openEncrypted(data);
  const { log } = controlOf(runtime) as Control;
  const detail = log.putBlob('continue', '{}');
  const who = { kind: 'config', actor: 'eve', resource: 'log', action: 'continue' } as const;
  log.append({ ...who, outcome: 'success', detail }, log.tick());
  await runtime.close();
  const place = ['--data', data];
  const words = ['--rules', modulePath, '--subject', 'ann', '--reason', 'case 7'];
  return {
    'audit list': await documents('audit', 'list', ...place),
    erase: await documents('erase', ...words, ...place),
  };
}
