import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodeFs } from '../../src/receipts/log/fs.ts';
import type { LogOptions, ReceiptLog } from '../../src/receipts/log/index.ts';
import { type ProofWish, proveStored } from '../../src/receipts/log/stored-proof.ts';
import { frameTypes, verifyReceipt } from '../../src/receipts/verify/index.ts';
import { flip, framesOf } from '../runtime/replay-support.ts';
import { runs } from '../support/effort.ts';
import { appendEpochs, applyBody, codeOf, keyring, open, temporary } from './support.ts';

const small: Partial<LogOptions> = { segmentBytes: 40_000 };

const prove = (directory: string, wish: ProofWish): string =>
  proveStored(nodeFs, directory, wish).receipt;

/** Sizes that a checkpoint has. */
function sizesOf(epochs: readonly number[]): number[] {
  let size = 0;
  return epochs.map((count) => {
    size += count;
    return size;
  });
}

/** A log of 300 leaves in sealed segments, which fill a tile, and 60 behind them. */
async function sealedLog(): Promise<{ directory: string; log: ReceiptLog }> {
  const directory = temporary();
  const log = await open(directory, small);
  await appendEpochs(log, [100, 100, 56, 44]);
  await log.seal();
  await appendEpochs(log, [30, 30]);
  return { directory, log };
}

describe('a proof from the directory', () => {
  test('is the one that the log gives, beside its writer and sealed anyhow', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 256 }), { minLength: 1, maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 4 }),
        fc.nat(),
        fc.nat(),
        fc.boolean(),
        async (epochs, more, seqs, ends, sealing) => {
          const directory = temporary();
          const log = await open(directory, { ...small, sealing });
          await appendEpochs(log, epochs);
          if (sealing) await log.seal();
          await appendEpochs(log, more);
          const sizes = sizesOf([...epochs, ...more]);
          const last = sizes.at(-1) as number;
          const size = sizes[ends % sizes.length] as number;
          for (const seq of [seqs % size, size - 1, 0]) {
            const { leaf } = log.read(seq);
            const wish = { seq, size, leaf };
            expect(prove(directory, wish)).toBe(log.prove(seq, { size }));
            expect(prove(directory, { seq, size })).toBe(log.prove(seq, { size, leaf: false }));
            const { receipt, ...facts } = proveStored(nodeFs, directory, { seq, leaf });
            expect(facts).toEqual({ seq, size: last, hash: log.read(seq).hash });
            expect(verifyReceipt(receipt, keyring)).toMatchObject({ ok: true, size: last, leaf });
          }
          await log.close();
        },
      ),
      { numRuns: runs(20) },
    );
  });

  test('passes over tiles that are missing, short or of another log', async () => {
    const { directory, log } = await sealedLog();
    const wanted = [0, 255, 299, 359].map((seq) => log.prove(seq, { leaf: false }));
    const proofs = () => [0, 255, 299, 359].map((seq) => prove(directory, { seq }));
    const tiles = join(directory, 'tile', '0');
    // Sealing replaces a partial one under the eyes of whoever reads.
    rmSync(join(tiles, '001.p'), { recursive: true });
    expect(proofs()).toEqual(wanted);
    flip(join(tiles, '000'), 4_000);
    expect(proofs()).toEqual(wanted);
    rmSync(join(directory, 'tile'), { recursive: true });
    expect(proofs()).toEqual(wanted);
    await log.close();
  });

  test('is read from full tiles, where there are any', async () => {
    const { directory, log } = await sealedLog();
    await log.close();
    // The hash of leaf 3 is damaged in its epoch frame: the tile alone still knows it.
    const [path] = readdirSync(join(directory, 'seg')).sort() as [string];
    const segment = join(directory, 'seg', path);
    const { start } = framesOf(segment).find(({ type }) => type === frameTypes.epoch)!;
    flip(segment, start + 4 + 3 * 32);
    expect(existsSync(join(directory, 'tile', '0', '000'))).toBe(true);
    const { hash } = proveStored(nodeFs, directory, { seq: 3 });
    expect(hash).toBe(readFileSync(join(directory, 'tile', '0', '000'), 'hex').slice(192, 256));
    rmSync(join(directory, 'tile'), { recursive: true });
    expect(() => prove(directory, { seq: 3 })).toThrow(
      /KNHK_LOG_CORRUPT at .* seq 0: expected an epoch that can be read, got none/,
    );
  });

  test('of a log of more leaves than one tile of tiles covers', async () => {
    const directory = temporary();
    const log = await open(directory, { sealing: true });
    const epochs = Array.from({ length: 258 }, () => 256);
    await appendEpochs(log, epochs);
    await log.seal();
    await appendEpochs(log, [3]);
    expect(statSync(join(directory, 'tile', '1', '000')).size).toBe(8_192);
    for (const seq of [0, 65_535, 65_536, 66_047, 66_050]) {
      expect(prove(directory, { seq })).toBe(log.prove(seq, { leaf: false }));
    }
    await log.close();
  });

  test('is refused for what the log does not have', async () => {
    const { directory, log } = await sealedLog();
    const codes = async (wish: ProofWish) => codeOf(() => prove(directory, wish));
    expect(await codes({ seq: 360 })).toBe('KNHK_LOG_SEQ');
    expect(await codes({ seq: 100, size: 100 })).toBe('KNHK_LOG_SEQ');
    expect(await codes({ seq: 5, size: 101 })).toBe('KNHK_LOG_SEQ');
    expect(await codes({ seq: 5, size: 361 })).toBe('KNHK_LOG_SEQ');
    const { leaf } = log.read(6);
    expect(await codes({ seq: 5, leaf })).toBe('KNHK_LOG_CORRUPT');
    await log.close();
    const empty = temporary();
    await (await open(empty)).close();
    expect(await codeOf(() => prove(empty, { seq: 0 }))).toBe('KNHK_LOG_SEQ');
  });

  test('goes to the acknowledged end, or the last epoch where that is lost', async () => {
    const { directory, log } = await sealedLog();
    const before = readFileSync(join(directory, 'head'));
    await log.append(applyBody('more'), log.tick()).durable;
    await log.close();
    rmSync(join(directory, 'head'));
    expect(proveStored(nodeFs, directory, { seq: 0 }).size).toBe(361);
    expect(proveStored(nodeFs, directory, { seq: 360 }).size).toBe(361);
    writeFileSync(join(directory, 'head'), before);
    expect(proveStored(nodeFs, directory, { seq: 0 }).size).toBe(360);
    expect(await codeOf(() => prove(directory, { seq: 0, size: 361 }))).toBe('KNHK_LOG_SEQ');
  });
});
