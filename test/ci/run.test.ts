import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const pathOf = (name: string): string =>
  fileURLToPath(new URL(`../../.ci/${name}`, import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'knhk-ci-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('.ci/run', () => {
  it('is executable and has no syntax error', () => {
    expect(statSync(pathOf('run')).mode & 0o111).toBe(0o111);
    execFileSync('bash', ['-n', pathOf('run')]);
    expect(readFileSync(pathOf('run'), 'utf8')).toContain('\nset -euo pipefail\n');
  });
  it('names a reason for every skip it allows', () => {
    const skips = JSON.parse(readFileSync(pathOf('skips.json'), 'utf8')) as unknown;
    expect(Array.isArray(skips)).toBe(true);
    for (const skip of skips as unknown[]) {
      expect(skip).toEqual({ name: expect.any(String), reason: expect.stringMatching(/ .*\.$/) });
    }
  });
});

interface Run {
  readonly status: number;
  readonly lines: string[];
}

/** Runs the summary on a report of tests with these statuses, each named by its place. */
function summary(statuses: readonly string[], options: Partial<Options> = {}): Run {
  const { fileStatus = 'passed', allowed = [], suites = scratch, report, second } = options;
  const assertionResults = statuses.map((status, index) => ({ fullName: `t${index}`, status }));
  const files = [{ name: 'a.test.ts', status: fileStatus, assertionResults }];
  const reportPath = join(scratch, 'report.json');
  const allowedPath = join(scratch, 'skips.json');
  writeFileSync(reportPath, report ?? JSON.stringify({ testResults: files }));
  writeFileSync(allowedPath, JSON.stringify(allowed));
  try {
    const words = [pathOf('summary.mjs'), allowedPath, suites, reportPath];
    if (second !== undefined) {
      words.push(join(scratch, 'second.json'));
      writeFileSync(join(scratch, 'second.json'), second);
    }
    const stdout = execFileSync(process.execPath, words, { encoding: 'utf8', stdio: 'pipe' });
    return { status: 0, lines: stdout.trimEnd().split('\n') };
  } catch (error) {
    const { status, stdout } = error as { status: number; stdout: string };
    return { status, lines: stdout.trimEnd().split('\n') };
  }
}

interface Options {
  readonly fileStatus: string;
  readonly allowed: readonly { name: string; reason: string }[];
  readonly suites: string;
  readonly report: string;
  readonly second: string;
}

describe('the summary of the tests', () => {
  it('passes when every test passed', () => {
    expect(summary(['passed', 'passed'])).toEqual({ status: 0, lines: ['2 passed, 0 failed'] });
  });
  it('fails on a failed test and counts it', () => {
    const run = summary(['passed', 'failed'], { fileStatus: 'failed' });
    expect(run).toEqual({ status: 1, lines: ['1 passed, 1 failed'] });
  });
  it('counts a file that cannot be loaded', () => {
    const run = summary(['passed'], { fileStatus: 'failed' });
    expect(run).toEqual({ status: 1, lines: ['1 passed, 1 failed'] });
  });
  it('fails when no test ran or there is no report', () => {
    const lines = ['No test ran in 1 of 1 suites.', '0 passed, 0 failed'];
    expect(summary([])).toEqual({ status: 1, lines });
    const run = summary([], { report: '{' });
    expect(run.status).toBe(1);
    expect(run.lines.at(-1)).toBe('0 passed, 0 failed');
  });
  it('adds up several suites, and fails where one of them did not run', () => {
    const tests = ['passed', 'failed'].map((status) => ({ fullName: status, status }));
    const file = { name: 'b.test.ts', status: 'passed', assertionResults: tests.slice(0, 1) };
    const passing = JSON.stringify({ testResults: [file] });
    const both = summary(['passed', 'passed'], { second: passing });
    expect(both).toEqual({ status: 0, lines: ['3 passed, 0 failed'] });
    const failing = JSON.stringify({ testResults: [{ ...file, assertionResults: tests }] });
    const failed = summary(['passed'], { second: failing });
    expect(failed).toEqual({ status: 1, lines: ['2 passed, 1 failed'] });
    const idle = summary(['passed'], { second: '{}' });
    const lines = ['No test ran in 1 of 2 suites.', '1 passed, 0 failed'];
    expect(idle).toEqual({ status: 1, lines });
  });
  it.each(['skipped', 'pending', 'todo'])('fails on a test that was %s', (status) => {
    const run = summary(['passed', status]);
    expect(run).toEqual({ status: 1, lines: ['skipped: t1', '1 passed, 0 failed'] });
  });
  it('allows a skip with a reason, or where the suites are absent', () => {
    const allowed = [{ name: 't1', reason: 'Only on another system.' }];
    expect(summary(['passed', 'skipped'], { allowed }).status).toBe(0);
    expect(summary(['skipped', 'skipped'], { allowed }).status).toBe(1);
    const suites = join(scratch, 'absent');
    const run = summary(['passed', 'skipped'], { suites });
    expect(run.status).toBe(0);
    expect(run.lines).toContain('skipped: t1');
  });
});
