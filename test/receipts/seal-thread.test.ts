import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type * as LogModule from '../../src/receipts/log/index.ts';
import { verifyReceipt } from '../../src/receipts/verify/index.ts';
import { applyBody, codeOf, keyring, origin, signer, temporary } from './support.ts';

// Threads run what is built: the sources of a test are none that Node could load there.
const built = new URL('../../dist/receipts/log/index.js', import.meta.url).href;
const { openLog, verifyLog } = (await import(built)) as typeof LogModule;

const segmentBytes = 20_000;

async function filled(directory: string, epochs: number): Promise<LogModule.ReceiptLog> {
  const log = await openLog({ directory, origin, signer, segmentBytes });
  for (let epoch = 0; epoch < epochs; epoch++) {
    let last: Promise<void> | undefined;
    for (let n = 0; n < 10; n++) {
      last = log.append(applyBody(log.size), log.tick(), `{"n":${log.size}}`).durable;
    }
    await last;
  }
  return log;
}

describe('a thread of its own', () => {
  test('seals beside the writer, and what it leaves behind is the same log', async () => {
    const directory = temporary();
    const log = await filled(directory, 30);
    await log.seal();
    const { length } = readdirSync(join(directory, 'payload'));
    expect(length).toBeGreaterThan(3);
    expect(readdirSync(join(directory, 'index')).length).toBe(length);
    for (let seq = 0; seq < 300; seq += 7) {
      expect(log.read(seq).payload).toBe(`{"n":${seq}}`);
      expect(verifyReceipt(log.prove(seq), keyring).ok).toBe(true);
    }
    await log.close();
    for (const workers of [0, 2]) {
      const report = await verifyLog(directory, keyring, { workers });
      expect([report.ok, report.verified_count]).toEqual([true, 300]);
    }
  });

  test('holds a process that waits for it, and no other', () => {
    const script = `
      const [module, directory, waits] = process.argv.slice(1);
      const { openLog, nodeSigner } = await import(module);
      const signer = nodeSigner({ name: 'a', privateKey: new Uint8Array(32).fill(1) });
      const log = await openLog({ directory, origin: 'a', signer });
      const body = { kind: 'access', actor: 'a', resource: 'b', action: 'c', outcome: 'success' };
      await log.append(body, log.tick(), '{}').durable;
      if (waits === 'seal') await log.seal();
      if (waits === 'close') {
        void log.seal().catch(() => {});
        await new Promise((done) => setTimeout(done, 1));
        await log.close();
      }
      console.log('done');
    `;
    for (const waits of ['seal', 'close', 'neither']) {
      const args = ['--input-type=module', '-e', script, built, temporary(), waits];
      expect(execFileSync(process.execPath, args, { encoding: 'utf8' })).toBe('done\n');
    }
  });

  test('that is stopped by closing leaves segments that are whole', async () => {
    for (let round = 0; round < 5; round++) {
      const directory = temporary();
      const log = await filled(directory, 6 + round);
      await log.close();
      const again = await openLog({ directory, origin, signer, segmentBytes });
      expect([...again.entries()].map(({ payload }) => payload)).toEqual(
        Array.from({ length: 10 * (6 + round) }, (_, seq) => `{"n":${seq}}`),
      );
      await again.seal();
      expect(again.sealingFailure).toBeUndefined();
      await again.close();
    }
  });

  test('that fails is said, and the log goes on', async () => {
    const directory = temporary();
    const log = await openLog({ directory, origin, signer, segmentBytes });
    // Where a file is to be, a directory is in the way.
    rmSync(join(directory, 'payload'), { recursive: true });
    mkdirSync(join(directory, 'payload', '000000000000.pay.tmp'), { recursive: true });
    await log.append(applyBody('a'), log.tick(), '{}').durable;
    expect(await codeOf(() => log.seal())).toBe('EISDIR');
    expect(log.sealingFailure).toBeDefined();
    await log.append(applyBody('b'), log.tick(), '{}').durable;
    expect(log.read(0).payload).toBe('{}');
    await log.close();
  });
});
