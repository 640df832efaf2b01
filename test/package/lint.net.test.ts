import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../tidy/files.ts';
import { packedTarball } from './project.ts';

interface Manifest {
  readonly bin: Readonly<Record<string, string>> | string;
  readonly exports?: Readonly<Record<string, unknown>>;
}
const manifestAt = (path: string): Manifest => JSON.parse(readFileSync(path, 'utf8')) as Manifest;

/** Runs a development tool on the tarball. Colour would stand between the words. */
function tool(path: string, words: readonly string[]): { status: number | null; text: string } {
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' };
  const options = { cwd: projectRoot, encoding: 'utf8', timeout: 120_000, env } as const;
  const run = spawnSync(process.execPath, [path, ...words], options);
  return { status: run.status, text: `${run.stdout}${run.stderr}` };
}

/** The program of an installed package. */
function programOf(name: string): string {
  const root = join(projectRoot, 'node_modules', name);
  const { bin } = manifestAt(join(root, 'package.json'));
  return join(root, typeof bin === 'string' ? bin : Object.values(bin)[0]!);
}

describe('the tarball', () => {
  it('is clean for publint, warnings included', () => {
    const run = tool(programOf('publint'), [
      'run',
      packedTarball(),
      '--strict',
      '--level',
      'suggestion',
    ]);
    expect(run.text).toContain('All good!');
    expect(run.status, run.text).toBe(0);
  });
  it('has types that resolve for every entry', () => {
    const words = ['--profile', 'esm-only', '--no-definitely-typed', '--format', 'ascii'];
    const run = tool(programOf('@arethetypeswrong/cli'), [packedTarball(), ...words, '--no-emoji']);
    expect(run.status, run.text).toBe(0);
    // A tool that looked at no entry would find nothing wrong either.
    const names = Object.keys(manifestAt(join(projectRoot, 'package.json')).exports ?? {});
    for (const name of names) expect(run.text).toContain(`"knhk${name.slice(1)}"`);
  });
});
