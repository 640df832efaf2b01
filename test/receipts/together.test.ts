import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLog, type ReceiptLog, verifyLog } from '../../src/receipts/log/index.ts';
import type { LeafBody } from '../../src/receipts/verify/leaf-types.ts';
import { codeOf, counterClock, origin, signer, temporary } from '../support/runtime.ts';

const body = (action: string): LeafBody => ({
  ...{ kind: 'config', actor: 'test', resource: 'log' },
  ...{ action, outcome: 'success' },
});

async function open(
  epochLeaves: number,
  directory = join(temporary(), 'data'),
): Promise<{ log: ReceiptLog; epochs: number[] }> {
  const log = await openLog({ directory, origin, signer, clock: counterClock(), epochLeaves });
  const epochs: number[] = [];
  log.onCheckpoint(({ leaves }) => epochs.push(leaves));
  return { log, epochs };
}

const append = (log: ReceiptLog, count: number): void => {
  for (let n = 0; n < count; n++) log.append(body(`leaf-${n}`), log.tick());
};

describe('leaves that are appended together', () => {
  it('share one epoch, however few one takes otherwise', async () => {
    const { log, epochs } = await open(2);
    append(log, 3);
    await log.flush();
    expect(epochs).toEqual([2, 1]);
    log.together(5, () => append(log, 5));
    append(log, 1);
    await log.flush();
    expect(epochs).toEqual([2, 1, 5, 1]);
    await log.close();
  });

  it('begin another epoch where they do not fit', async () => {
    const { log, epochs } = await open(256);
    append(log, 254);
    log.together(5, () => append(log, 5));
    await log.flush();
    expect(epochs).toEqual([254, 5]);
    log.together(5, () => append(log, 0));
    await log.flush();
    expect(epochs).toEqual([254, 5]);
    await log.close();
    expect(await codeOf(() => log.together(1, () => append(log, 1)))).toBe('KNHK_LOG_CLOSED');
  });

  it('are refused where no epoch has room for them, and nothing has happened', async () => {
    const { log, epochs } = await open(256);
    log.together(256, () => append(log, 256));
    expect(await codeOf(() => log.together(257, () => append(log, 257)))).toBe('KNHK_LIMIT_EPOCH');
    expect(log.size).toBe(256);
    await log.flush();
    expect(epochs).toEqual([256]);
    await log.close();
  });

  it('stand in several epochs where they are more than was said', async () => {
    const directory = join(temporary(), 'data');
    const { log, epochs } = await open(2, directory);
    log.together(3, () => append(log, 600));
    await log.flush();
    expect(epochs).toEqual([256, 256, 88]);
    await log.close();
    const report = await verifyLog(directory, { origin, keys: [{ vkey: signer.vkey, from: 0 }] });
    expect(report).toMatchObject({ ok: true, verified_count: 600 });
  });

  it('leave those that stand where one of them is refused, and the log goes on', async () => {
    const { log, epochs } = await open(256);
    const broken = (): void => {
      append(log, 2);
      throw new Error('out of order');
    };
    expect(() => log.together(3, broken)).toThrow('out of order');
    append(log, 1);
    await log.flush();
    expect(epochs.reduce((sum, leaves) => sum + leaves)).toBe(3);
    await log.close();
  });
});
