import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { verifyLog } from '../../src/receipts/log/index.ts';
import { FrameReader } from '../../src/receipts/verify/frame-reader.ts';
import { frameTypes } from '../../src/receipts/verify/frames.ts';
import { applyBody, keyring, open, temporary } from './support.ts';

/** The texts of the statistics frames in a log of one segment. */
function statistics(directory: string): string[] {
  const reader = new FrameReader(crc32);
  const bytes = readFileSync(join(directory, 'seg', '000000000000.seg'));
  return [...reader.push(bytes), ...reader.finish()].flatMap((event) =>
    event.kind === 'frame' && event.type === frameTypes.statistics
      ? [Buffer.from(event.content).toString()]
      : [],
  );
}

describe('a clock that runs backwards', () => {
  test('never takes a leaf with it, and each epoch says how far behind it was', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: -20_000, max: 20_000 }), { minLength: 1, maxLength: 12 }),
        async (steps) => {
          const directory = temporary();
          let now = 1_000_000;
          const log = await open(directory, { clock: { now: () => now } });
          let last = 0;
          const skews: number[] = [];
          for (const [n, step] of steps.entries()) {
            now += step;
            const time = log.tick();
            expect(time).toBe(Math.max(now, last));
            const skew = Math.max(0, last - now);
            expect(log.skewMs).toBe(skew);
            if (skew > 1_000) skews.push(skew);
            last = time;
            await log.append(applyBody(n), time).durable;
          }
          await log.close();
          expect(statistics(directory)).toEqual(skews.map((skew) => `{"skewMs":${skew}}`));
          const report = await verifyLog(directory, keyring);
          expect([report.ok, report.retrocausation_violations]).toEqual([true, 0]);
          expect([report.clock_skews, report.skew_ms_max]).toEqual([
            skews.length,
            Math.max(0, ...skews),
          ]);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('is said once for an epoch, at its worst', async () => {
    const directory = temporary();
    let now = 100_000;
    const log = await open(directory, { clock: { now: () => now } });
    await log.append(applyBody('a'), log.tick()).durable;
    let durable: Promise<void> | undefined;
    for (const at of [97_000, 90_000, 99_500, 100_500]) {
      now = at;
      durable = log.append(applyBody(at), log.tick()).durable;
    }
    await durable;
    await log.append(applyBody('z'), log.tick()).durable;
    await log.close();
    expect(statistics(directory)).toEqual(['{"skewMs":10000}']);
  });

  test('that gives no time at all stands still', async () => {
    let now = 5_000;
    const log = await open(temporary(), { clock: { now: () => now } });
    await log.append(applyBody('a'), log.tick()).durable;
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60, -1]) {
      now = value;
      expect(log.tick()).toBe(5_000);
    }
    expect(log.skewMs).toBe(5_001);
    now = Number.NaN;
    log.tick();
    expect(log.skewMs).toBe(0);
    await log.close();
  });
});
