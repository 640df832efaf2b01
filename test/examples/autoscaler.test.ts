import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { projectRoot } from '../tidy/files.ts';

const made: string[] = [];
afterAll(() => {
  for (const path of made) rmSync(path, { recursive: true });
});

it('scales with the load as guards let it, and slowly back', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'knhk-autoscaler-'));
  made.push(directory);
  const args = ['build/examples/autoscaler/main.js', '--data', join(directory, 'data')];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: projectRoot });
  const lines = stdout.trimEnd().split('\n');
  const refused = [7, 8, 9, 10, 11, 12].map((cycle) => ({
    cycle,
    reasoning: 'web: 15 replicas instead of 12 (cpu 75 of 60; wanted)',
    replicas: 12,
    denied: ['quota'],
  }));
  expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
    {
      cycle: 5,
      reasoning: 'web: 6 replicas instead of 2 (cpu 450 of 60, 15 wanted; policy)',
      replicas: 6,
      denied: [],
    },
    {
      cycle: 6,
      reasoning: 'web: 12 replicas instead of 6 (cpu 150 of 60, 15 wanted; policy)',
      replicas: 12,
      denied: [],
    },
    ...refused,
    // The last 15 was recommended in cycle 12, the last 7 in cycle 18: 300 s are 20 cycles.
    {
      cycle: 32,
      reasoning: 'web: 7 replicas instead of 12 (cpu 5 of 60, 1 wanted; stabilization)',
      replicas: 7,
      denied: [],
    },
    {
      cycle: 38,
      reasoning: 'web: 2 replicas instead of 7 (cpu 9 of 60; wanted)',
      replicas: 2,
      denied: [],
    },
    // A deploy; 48 measurements and cycles; 10 planned actions.
    { ok: true, leaves: 107 },
  ]);
}, 60_000);
