import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runnableBlocks } from './support/readme.ts';
import { projectRoot } from './tidy/files.ts';

const firstBlockLinesMax = 45;
const firstScreenLines = 60;
const commands = ['npm ci && npm start', 'npm ci && npm test'];

function readReadme(): string {
  const path = join(projectRoot, 'README.md');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

const readme = readReadme();
const blocks = runnableBlocks(readme);

/** Runs a program and fails with what it printed unless it exits with 0. */
function expectSuccess(words: readonly string[], cwd: string): void {
  const run = spawnSync(process.execPath, words, { cwd, encoding: 'utf8', timeout: 50_000 });
  expect(run.status, `${run.stdout}${run.stderr}${run.error?.message ?? ''}`).toBe(0);
}

describe('README.md', () => {
  it('exists and has a block of TypeScript', () => {
    expect(readme, 'README.md is missing or empty').not.toBe('');
    expect(blocks.length, 'README.md has no ```ts block').toBeGreaterThan(0);
  });
  it(`shows the first block in at most ${firstBlockLinesMax} lines`, () => {
    expect(blocks[0], 'README.md has no ```ts block').toBeDefined();
    expect(blocks[0]!.code.trimEnd().split('\n').length).toBeLessThanOrEqual(firstBlockLinesMax);
  });
  it.each(commands)('says "%s" on its first screen', (command) => {
    expect(readme.split('\n').slice(0, firstScreenLines).join('\n')).toContain(command);
  });
});

describe.runIf(blocks.length > 0)('the blocks of README.md', () => {
  // Inside the package, so that `knhk` resolves to the package itself, as in a host's project.
  let folder = '';
  beforeAll(() => {
    mkdirSync(join(projectRoot, 'build'), { recursive: true });
    folder = mkdtempSync(join(projectRoot, 'build', 'readme-'));
    const compilerOptions = {
      ...{ rootDir: '.', outDir: 'out', declaration: false, isolatedDeclarations: false },
      // An example may name what it does not use.
      ...{ noUnusedLocals: false, noUnusedParameters: false },
    };
    const config = { extends: '../../tsconfig.json', compilerOptions, include: ['*.ts'] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    for (const { line, code } of blocks) writeFileSync(join(folder, `line-${line}.ts`), code);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are type-checked', () => {
    const require = createRequire(import.meta.url);
    const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
    expectSuccess([tsc, '-p', folder], folder);
  });
  it.each(blocks)('run: line $line', ({ line }) => {
    const scratch = mkdtempSync(join(tmpdir(), 'knhk-readme-'));
    try {
      expectSuccess([join(folder, 'out', `line-${line}.js`)], scratch);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  });
});

describe('the reading of README.md', () => {
  it('takes the first block and those marked to run', () => {
    const text =
      '# A\n\n```ts\nfirst\n```\n```sh\nls\n```\n```ts\nno\n```\n```ts\n// run\nyes\n```\n';
    expect(runnableBlocks(text)).toEqual([
      { line: 3, code: 'first\n' },
      { line: 12, code: '// run\nyes\n' },
    ]);
    expect(runnableBlocks('# A\n')).toEqual([]);
  });
});
