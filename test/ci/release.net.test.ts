import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { strangers } from '../package/files.ts';
import { listFiles, projectRoot } from '../tidy/files.ts';
import { stepsOf, workflow } from './workflows.ts';

/** The dry run of release.yml, command by command, in a copy of what would be packed. */

const repository = 'example/knhk';
const steps = stepsOf(workflow('release.yml'));
const commandOf = (name: string): string => {
  const run = steps.find((step) => step.name === name)?.run;
  if (run === undefined) throw new Error(`release.yml has no command named ${name}`);
  return run;
};

interface Manifest {
  readonly files: readonly string[];
  readonly repository?: { readonly type: string; readonly url: string };
}
const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

describe.skipIf(process.platform === 'win32')('the dry run of a release', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'knhk-release-'));
    for (const path of ['package.json', ...readManifest(projectRoot).files]) {
      // Git keeps no empty folder; a document that is missing shows in the list at the end.
      if (!existsSync(join(projectRoot, path))) continue;
      cpSync(join(projectRoot, path), join(folder, path), { recursive: true });
    }
    mkdirSync(join(folder, 'build'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs a step as the runner does; what npm says of its registry stays in this process. */
  function bash(command: string): string {
    const runner = { GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: repository };
    const env = { ...process.env, ...runner };
    const options = { cwd: folder, env, encoding: 'utf8', timeout: 120_000 } as const;
    const run = spawnSync('bash', ['-e', '-o', 'pipefail', '-c', command], options);
    expect(run.status, `${command}\n${run.stdout}`).toBe(0);
    return run.stdout;
  }

  it('names the repository, packs one file and would publish what the golden list says', () => {
    bash(commandOf('Name the repository'));
    const url = `git+https://github.com/${repository}.git`;
    expect(readManifest(folder).repository).toEqual({ type: 'git', url });
    bash(commandOf('Pack'));
    const packed = readdirSync(join(folder, 'build', 'release'));
    expect(packed).toEqual([expect.stringMatching(/^knhk-\d+\.\d+\.\d+.*\.tgz$/)]);
    const output = JSON.parse(bash(`${commandOf('Dry run')} --json`)) as
      | { readonly files: readonly { readonly path: string }[] }
      | Record<string, { readonly files: readonly { readonly path: string }[] }>;
    const published = 'files' in output ? output : Object.values(output)[0];
    const paths = (published as { files: readonly { path: string }[] }).files.map(
      ({ path }) => path,
    );
    expect(strangers(paths, listFiles('src'))).toEqual([]);
  });
});
