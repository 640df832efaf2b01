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

it('erases a person: all verifies, nothing of her is read, old keys change nothing', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'knhk-erasure-'));
  made.push(directory);
  const args = ['build/examples/erasure/main.js', '--data', join(directory, 'data')];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: projectRoot });
  const found = { ok: true, different: 0 };
  expect(JSON.parse(stdout)).toEqual({
    before: { ...found, total_count: 4, verified_count: 4, same: 3, erased: 0 },
    erasure: { keys: 1, payloads: 2, leaves: 2 },
    after: { ...found, total_count: 5, verified_count: 5, same: 1, erased: 2 },
    restored: { ...found, total_count: 5, verified_count: 5, same: 1, erased: 2 },
  });
}, 60_000);
