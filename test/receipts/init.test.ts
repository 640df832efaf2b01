import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type LogFs, openKeys, verifyLog } from '../../src/receipts/log/index.ts';
import { type InitOptions, initLog } from '../../src/receipts/log/init.ts';
import { diskWith, failCalls, faults } from './copy-support.ts';
import { appendEpochs, codeOf, keyring, open, origin, otherSigner, temporary } from './support.ts';

const next = 'example.com/next';

async function lastCheckpoint(): Promise<string> {
  const log = await open(join(temporary(), 'log'));
  await appendEpochs(log, [2]);
  const note = log.checkpoint as string;
  await log.close();
  return note;
}

test('a new log continues an old one by its checkpoint', async () => {
  const continues = await lastCheckpoint();
  const directory = join(temporary(), 'log');
  const options = { keys: `${directory}.keys`, origin: next, continues, actor: 'ann' };
  const report = await initLog(directory, { ...options, continuesKeyring: keyring });
  expect(report).toMatchObject({ origin: next, size: 1 });
  const keys = openKeys(options.keys, { origin: next });
  expect(report.vkey).toBe(keys.signer.vkey);
  const log = await open(directory, { origin: next, signer: keys.signer });
  const { leaf } = log.read(0);
  expect(leaf).toMatchObject({ kind: 'config', actor: 'ann', resource: origin });
  expect(leaf).toMatchObject({ action: 'continue', outcome: 'success' });
  const blob = log.getBlob((leaf as { detail: string }).detail);
  expect(blob).toEqual({ kind: 'checkpoint', text: JSON.stringify(continues) });
  await log.close();
  expect(await codeOf(() => initLog(directory, options))).toBe('KNHK_LOG_EXISTS');
});

test('what is no good checkpoint of another log is refused, and nothing made', async () => {
  const continues = await lastCheckpoint();
  const root = temporary();
  const of = (more: Partial<InitOptions>) =>
    codeOf(() => initLog(join(root, 'log'), { keys: join(root, 'keys'), origin: next, ...more }));
  expect(await of({ continues: 'nonsense' })).toBe('KNHK_RECEIPTS_CHECKPOINT');
  expect(await of({ continues, origin })).toBe('KNHK_RECEIPTS_CHECKPOINT');
  const strangers = { origin, keys: [{ vkey: otherSigner.vkey, from: 0 }] };
  expect(await of({ continues, continuesKeyring: strangers })).toBe('KNHK_LOG_SIGNATURE');
  const elsewhere = { origin: 'example.com/other', keys: keyring.keys };
  expect(await of({ continues, continuesKeyring: elsewhere })).toBe('KNHK_LOG_SIGNATURE');
  expect(await of({})).toBeUndefined();
  expect(await of({})).toBe('KNHK_LOG_EXISTS');
});

test.each(faults)('$errno, stride $stride: an interrupted one is finished', async (fault) => {
  const continues = await lastCheckpoint();
  const root = temporary();
  const directory = join(root, 'log');
  mkdirSync(directory);
  const made = (fs: LogFs) => ({ keys: join(root, 'keys'), origin: next, continues, fs });
  await failCalls(fault, {
    newDisk: () => diskWith({ [root]: new Map<string, string>() }),
    run: (fs) => codeOf(() => initLog(directory, made(fs))),
    check: async ({ fs, result }) => {
      const again = await codeOf(() => initLog(directory, made(fs)));
      // A failure behind the leaf leaves the log as it was wanted.
      expect([undefined, 'KNHK_LOG_EXISTS']).toContain(again);
      if (result === undefined) expect(again).toBe('KNHK_LOG_EXISTS');
      const { keyring: keys } = openKeys(join(root, 'keys'), { origin: next, fs });
      expect(await verifyLog(directory, keys, { fs })).toMatchObject({ ok: true, total_count: 1 });
    },
  });
});
