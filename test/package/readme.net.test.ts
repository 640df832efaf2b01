import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runnableBlocks } from '../support/readme.ts';
import { projectRoot } from '../tidy/files.ts';
import { emptyProject, type Project } from './project.ts';

const blocks = runnableBlocks(readFileSync(join(projectRoot, 'README.md'), 'utf8'));
const fileOf = (line: number): string => `line-${line}`;

interface Manifest {
  readonly devDependencies: Readonly<Record<string, string>>;
}
const { devDependencies } = JSON.parse(
  readFileSync(join(projectRoot, 'package.json'), 'utf8'),
) as Manifest;

// Strict, and libraries are checked too: our declarations must hold without our own settings.
const compilerOptions = {
  ...{ target: 'es2022', module: 'nodenext', outDir: 'out', rootDir: '.', types: ['node'] },
  ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false },
};
const files = {
  'tsconfig.json': JSON.stringify({ compilerOptions, include: ['*.ts'] }),
  ...Object.fromEntries(blocks.map(({ line, code }) => [`${fileOf(line)}.ts`, code])),
};

describe.each(['20', '24'] as const)('README.md in an empty project, Node %s', (node) => {
  let project: Project;
  beforeAll(() => {
    const types = { '@types/node': devDependencies['@types/node']! };
    project = emptyProject({ node, files, dependencies: types });
  });
  afterAll(() => project?.remove());

  it('has a block to run', () => {
    expect(blocks.length).toBeGreaterThan(0);
  });
  it('is type-checked, and then runs', () => {
    const compiler = join(projectRoot, 'node_modules', 'typescript', 'bin', 'tsc');
    const options = { encoding: 'utf8', timeout: 120_000 } as const;
    const check = spawnSync(process.execPath, [compiler, '-p', project.directory], options);
    expect(check.status, check.stdout + check.stderr).toBe(0);
    for (const { line } of blocks) {
      const run = project.run(`out/${fileOf(line)}.js`);
      expect(run.status, run.stdout + run.stderr).toBe(0);
      expect(run.stdout).not.toBe('');
    }
  });
});
