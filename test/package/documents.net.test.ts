import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runnableBlocks } from '../support/readme.ts';
import { projectRoot } from '../tidy/files.ts';
import { emptyProject, type Project, type Run } from './project.ts';

interface Example {
  readonly name: string;
  readonly code: string;
}
const examplesOf = (document: string): Example[] =>
  runnableBlocks(readFileSync(join(projectRoot, document), 'utf8')).map(({ line, code }) => ({
    name: `${document.replace(/\W/g, '-')}-${line}`,
    code,
  }));
const examples = ['README.md', 'llms.txt'].flatMap(examplesOf);

interface Manifest {
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, unknown>>;
}
const { devDependencies, exports: exported } = JSON.parse(
  readFileSync(join(projectRoot, 'package.json'), 'utf8'),
) as Manifest;

// Strict, and libraries are checked too: our declarations must hold without our own settings.
const compilerOptions = {
  ...{ target: 'es2022', module: 'nodenext', outDir: 'out', rootDir: '.', types: ['node'] },
  ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false },
};
const files = {
  'tsconfig.json': JSON.stringify({ compilerOptions, include: ['*.ts'] }),
  ...Object.fromEntries(examples.map(({ name, code }) => [`${name}.ts`, code])),
};

describe.each(['20', '24'] as const)('the documents in an empty project, Node %s', (node) => {
  let project: Project;
  beforeAll(() => {
    const types = { '@types/node': devDependencies['@types/node']! };
    project = emptyProject({ node, files, dependencies: types });
    const compiler = join(projectRoot, 'node_modules', 'typescript', 'bin', 'tsc');
    const options = { encoding: 'utf8', timeout: 120_000 } as const;
    const check = spawnSync(process.execPath, [compiler, '-p', project.directory], options);
    compiled = { status: check.status, stdout: check.stdout, stderr: check.stderr };
  });
  afterAll(() => project?.remove());
  let compiled: Run | undefined;

  it('are type-checked, the declarations of the package too', () => {
    expect(compiled).toEqual({ status: 0, stdout: '', stderr: '' });
  });
  // In their order: a later one may look at what an earlier one wrote.
  it.each(examples)('run: $name', ({ name }) => {
    const run = project.run(`out/${name}.js`);
    expect(run.status, run.stdout + run.stderr).toBe(0);
    expect(run.stdout).not.toBe('');
  });
});

describe('the declarations of every entry', () => {
  // The first release with `using`, which our declarations name through Symbol.asyncDispose.
  it('are read by TypeScript 5.2', () => {
    const entries = Object.keys(exported).filter((path) => path !== './package.json');
    const imports = entries.map((path, index) => {
      const specifier = JSON.stringify(`knhk${path.slice(1)}`);
      return `import * as entry${index} from ${specifier}; console.log(entry${index});`;
    });
    const names = ['@types/node', '@opentelemetry/api'];
    const beside = Object.fromEntries(names.map((name) => [name, devDependencies[name]!]));
    using project = emptyProject({
      files: { ...files, 'every.ts': imports.join('\n') },
      dependencies: { ...beside, typescript: '5.2.2' },
    });
    const run = project.run('node_modules/typescript/bin/tsc', { args: ['-p', '.'] });
    expect(run).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});

it('finds the examples of both documents', () => {
  expect(examples.length).toBeGreaterThanOrEqual(4);
});
