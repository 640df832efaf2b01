import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { flights } from '../../examples/flights/data.ts';
import { projectRoot } from '../tidy/files.ts';

const limit = 150_000;
const made: string[] = [];
afterAll(() => {
  for (const path of made) rmSync(path, { recursive: true });
});

it('streams real flights: the late ones have receipts, all are counted', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'knhk-stream-'));
  made.push(directory);
  const program = 'build/examples/stream/main.js';
  const args = ['--limit', String(limit), '--data', join(directory, 'data')];
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], {
    cwd: projectRoot,
  });
  // Beside it a plain count: two calls an hour at each airport.
  const expected = { acted: 0, denied: 0 };
  const left = new Map<string, number[]>();
  for await (const { departed, origin, delayMinutes } of flights({ limit })) {
    if (delayMinutes < 180) continue;
    const times = left.get(origin) ?? [];
    const at = Math.max(departed.getTime(), times.at(-1) ?? 0);
    if (times.filter((time) => time > at - 3_600_000).length >= 2) {
      expected.denied++;
      continue;
    }
    expected.acted++;
    left.set(origin, [...times, at]);
  }
  expect(expected.denied).toBeGreaterThan(0);
  const fired = expected.acted + expected.denied;
  expect(JSON.parse(stdout)).toEqual({
    observed: limit,
    outcomes: expected,
    // A deploy, those that fired, and a count leaf for each 65,536 and for the rest.
    leaves: 1 + fired + Math.ceil(limit / 65_536),
    verified: true,
    replayed: true,
    counted: limit,
  });
}, 60_000);
