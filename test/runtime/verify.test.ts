import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Keyring } from '../../src/receipts/verify/index.ts';
import { channels } from '../../src/runtime/channels.ts';
import type { Operation } from '../../src/runtime/operations.ts';
import { verifyLog } from '../../src/runtime/verify.ts';
import { codeOf, openTest, origin, signer, temporary } from '../support/runtime.ts';

const keyring: Keyring = { origin, keys: [{ vkey: signer.vkey, from: 0 }] };

/** The operations that end while work runs. */
async function heard(work: () => Promise<unknown>): Promise<Operation[]> {
  const operations: Operation[] = [];
  const listen = (message: unknown): void => void operations.push(message as Operation);
  channels.operationEnd.subscribe(listen);
  try {
    await work();
  } finally {
    channels.operationEnd.unsubscribe(listen);
  }
  return operations;
}

it('gives the report and tells of it', async () => {
  const data = join(temporary(), 'log');
  const runtime = await openTest({ data, observations: [], rules: [] });
  await runtime.close();
  const [operation, ...others] = await heard(async () => {
    expect((await verifyLog(data, keyring)).ok).toBe(true);
  });
  expect(others).toEqual([]);
  expect(operation).toMatchObject({
    name: 'verify',
    origin,
    facts: { leaves: 1, findings: 0, chainBreaks: 0 },
  });
});

it('passes an error on and tells of it', async () => {
  const nowhere = join(temporary(), 'nowhere');
  const [operation] = await heard(async () => {
    expect(await codeOf(() => verifyLog(nowhere, keyring))).toBe('KNHK_LOG_OPEN');
  });
  expect(operation?.facts).toBeUndefined();
  expect(operation).toMatchObject({ error: { code: 'KNHK_LOG_OPEN' } });
});
