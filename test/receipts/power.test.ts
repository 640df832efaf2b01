import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LogFs } from '../../src/receipts/log/fs.ts';
import { openKeys, openLog } from '../../src/receipts/log/index.ts';
import { failingFs, memoryFs, seededSigner } from '../../src/testing/index.ts';
import { applyBody, temporary } from './support.ts';

const origin = 'example.com/power';
const { signer } = seededSigner({ name: origin, seed: 1 });

describe('a log in directories that opening made', () => {
  it('survives a power cut after its first acknowledged leaf', async () => {
    // The lock's socket needs the directory on the real disk; everything else is in memory.
    const parent = temporary();
    const directory = join(parent, 'a', 'b', 'log');
    mkdirSync(directory, { recursive: true });
    const disk = memoryFs({ directories: [parent] });
    const log = await openLog({ directory, origin, signer, fs: disk });
    await log.append(applyBody(1), log.tick()).durable;
    await log.close();
    const after = await openLog({ directory, origin, signer, fs: disk.crash(), create: false });
    expect(after.size).toBe(1);
    await after.close();
  });
  it('keeps its keys through one', () => {
    const parent = '/keys-test';
    const directory = `${parent}/a/log.keys`;
    const disk = memoryFs({ directories: [parent] });
    const { secret, signer: made } = openKeys(directory, { origin, fs: disk });
    const after = openKeys(directory, { origin, fs: disk.crash() });
    expect(after.secret).toEqual(secret);
    expect(after.signer.vkey).toBe(made.vkey);
  });
  it('does not insist on a parent that it may not read', async () => {
    const directory = temporary();
    const denied: LogFs = Object.create(failingFs(), {
      openSync: {
        value: (path: string, flags: string, mode?: number): number => {
          if (path === dirname(directory)) {
            throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
          }
          return failingFs().openSync(path, flags, mode);
        },
      },
    });
    const log = await openLog({ directory, origin, signer, fs: denied });
    await log.close();
    const broken: LogFs = failingFs({ call: 1, operations: ['fsyncSync'] });
    await expect(
      openLog({ directory: temporary(), origin, signer, fs: broken }),
    ).rejects.toMatchObject({ code: 'KNHK_LOG_OPEN' });
  });
});
