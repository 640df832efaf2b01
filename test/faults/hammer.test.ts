import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { verifyLog } from '../../src/receipts/log/index.ts';
import { keyring } from './keys.ts';
import { type Child, type Ended, runScript } from './processes.ts';

const hammerMs = Number(process.env['KNHK_HAMMER_MS'] ?? 3_000);
const readers = 3;
const folder = mkdtempSync(join(tmpdir(), 'knhk-hammer-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pause = (ms: number): Promise<void> => new Promise((done) => void setTimeout(done, ms));

/** Numbers behind a word, in the order in which they were told. */
const numbers = ({ lines }: Ended, word: string): number[][] =>
  lines.flatMap((line) => {
    const [first, ...rest] = line.split(' ');
    return first === word ? [rest.map(Number)] : [];
  });

test(
  'one writer, killed and started again, and readers: none of them ever sees what does not verify',
  async () => {
    const directory = join(folder, 'log');
    const children = new Set<Child>();
    const start = (role: string, seed: number, first?: () => void): Promise<Ended> =>
      runScript('hammer-child.mjs', [directory, role, seed], {
        onLine: (child, _line, count) => {
          children.add(child);
          if (count === 1) first?.();
        },
      });
    let writing: Promise<Ended> = Promise.resolve() as never;
    await new Promise<void>((done) => {
      writing = start('write', 1, done);
    });
    const reading = Array.from({ length: readers }, (_, seed) => start('read', seed));
    const writers: Ended[] = [];
    // The second half belongs to another writer, that begins behind a kill in mid-epoch.
    for (const seed of [2, 3]) {
      await pause(hammerMs / 2);
      if (seed === 3) break;
      const [writer] = children;
      writer?.kill('SIGKILL');
      writers.push(await writing);
      children.delete(writer as Child);
      await new Promise<void>((done) => {
        writing = start('write', seed, done);
      });
    }
    for (const child of children) child.kill('SIGKILL');
    writers.push(await writing);
    let durable = 0;
    for (const ended of writers) {
      expect([ended.signal, ended.stderr]).toEqual(['SIGKILL', '']);
      for (const [size = 0] of numbers(ended, 'durable')) {
        expect(size).toBeGreaterThan(durable);
        durable = size;
      }
    }
    for (const ended of await Promise.all(reading)) {
      expect([ended.signal, ended.stderr]).toEqual(['SIGKILL', '']);
      let seen = 0;
      for (const [verified = 0, total, findings] of numbers(ended, 'seen')) {
        expect([verified, findings], ended.lines.join('\n')).toEqual([total, 0]);
        expect(verified).toBeGreaterThanOrEqual(seen);
        seen = verified;
      }
    }
    const report = await verifyLog(directory, keyring);
    expect(report.findings).toEqual([]);
    expect(report.verified_count).toBeGreaterThanOrEqual(durable);
  },
  hammerMs + 120_000,
);
