import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { SyntaxKind } from 'typescript/unstable/ast';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot, readTexts } from '../tidy/files.ts';
import { parse, textOf } from '../tidy/parse.ts';
import { type Example, examplesOf, modulesOf, type Scope } from './examples.ts';
import { childrenOf, declaredNames, entriesOf, parseSources, publicNames } from './names.ts';

const manifest = JSON.parse(readTexts(['package.json'])[0]!.text);
const sources = parseSources();
const names = publicNames(sources, entriesOf(manifest, sources));
const examples = examplesOf(names);
/** Wrong on purpose: what the checks below must find. */
const wrong: readonly Example[] = [
  { title: 'a type', code: "const minutes: number = 'x';" },
  { title: 'a name', code: 'defineNothing({});' },
  { title: 'a value', code: 'knhk.decide(Flight, flight).outcome; // => `idle`' },
  { title: 'an error', code: 'parseTurtle(``, `a.ttl`); // => throws KNHK_TERMS_RDF' },
  { title: 'a throw', code: 'parseTurtle(`<`, `a.ttl`);' },
  {
    title: 'a rejection',
    code: 'await openRuntime({ origin, data: ``, observations: [], rules });',
  },
];

/** What the prelude exports as constants, and what it opens. */
function preludeNames(): Pick<Scope, 'constants' | 'resources'> {
  const [prelude] = parse(readTexts(['test/docs/prelude.ts']));
  const constants = new Set<string>();
  const resources = new Set<string>();
  for (const statement of childrenOf(prelude!.file)) {
    const declared = declaredNames(prelude!, statement);
    if (statement.kind === SyntaxKind.VariableStatement) {
      for (const name of declared) constants.add(name);
    }
    if (statement.kind !== SyntaxKind.InterfaceDeclaration) continue;
    for (const member of childrenOf(statement)) {
      const name = childrenOf(member).find(({ kind }) => kind === SyntaxKind.Identifier);
      if (member.kind === SyntaxKind.PropertySignature) resources.add(textOf(prelude!, name!));
    }
  }
  return { constants, resources };
}

const scope: Scope = {
  exports: new Map(names.map(({ name, entries }) => [name, entries[0]!])),
  ...preludeNames(),
  support: '../../test/docs/',
};

interface Run {
  readonly typeErrors: readonly string[];
  readonly results: ReadonlyMap<string, string | undefined>;
  readonly output: string;
}

/** Inside the package, so that `knhk` resolves to the package itself, as in a host's project. */
let folder = '';
let run: Run = { typeErrors: [], results: new Map(), output: '' };

function compileAndRun(): Run {
  const compilerOptions = {
    ...{ rootDir: '../..', outDir: 'out', declaration: false, isolatedDeclarations: false },
    // An example may name what it does not use.
    ...{ noUnusedLocals: false, noUnusedParameters: false },
    // Imports are made by name alone: the compiler drops those of types.
    verbatimModuleSyntax: false,
  };
  const include = ['*.ts', '../../test/docs/run.ts'];
  const config = { extends: '../../tsconfig.json', compilerOptions, include };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const modules = modulesOf([...examples, ...wrong], scope);
  for (const [index, text] of modules.entries()) {
    writeFileSync(join(folder, `${index}.ts`), text);
  }
  const require = createRequire(import.meta.url);
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  const node = (...words: string[]): string => {
    const options = { cwd: folder, encoding: 'utf8', timeout: 50_000 } as const;
    const { stdout, stderr, error } = spawnSync(process.execPath, words, options);
    return stdout + stderr + (error?.message ?? '');
  };
  const typeErrors = node(tsc, '-p', folder, '--pretty', 'false').split('\n');
  const out = join(folder, 'out');
  const results = join(folder, 'results');
  const paths = modules.map((_, index) => compiledPath(index));
  const output = node(join(out, 'test', 'docs', 'run.js'), results, ...paths);
  return { typeErrors, results: readResults(results), output };
}

const compiledPath = (index: number): string =>
  join(folder, 'out', folder.slice(projectRoot.length), `${index}.js`);

function readResults(path: string): Run['results'] {
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
  const parsed = lines.map((line) => JSON.parse(line) as { path: string; error?: string });
  return new Map(parsed.map((result) => [result.path, result.error]));
}

beforeAll(() => {
  mkdirSync(join(projectRoot, 'build'), { recursive: true });
  folder = mkdtempSync(join(projectRoot, 'build', 'docs-'));
  run = compileAndRun();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the examples in docstrings', () => {
  it('are found', () => {
    expect(examples.length).toBeGreaterThan(1);
  });
  it('lean on nothing that does not compile', () => {
    // What an example gets wrong stands in its own test.
    expect(run.typeErrors.filter((line) => line !== '' && !/^( |\d+\.ts)/.test(line))).toEqual([]);
  });
  it.each(examples.map(({ title }, index) => [title, index] as const))('%s', (_title, index) => {
    const mine = run.typeErrors.filter((line) => line.startsWith(`${index}.ts`));
    expect(mine, examples[index]!.code).toEqual([]);
    const path = compiledPath(index);
    expect(run.results.has(path), `did not finish: ${run.output}`).toBe(true);
    expect(run.results.get(path)).toBeUndefined();
  });
  it.each(wrong.map(({ title }, index) => [title, examples.length + index] as const))(
    'would not pass with %s that is wrong',
    (title, index) => {
      const mine = run.typeErrors.filter((line) => line.startsWith(`${index}.ts`));
      const isCompiled = title !== 'a type' && title !== 'a name';
      expect(mine.length).toBe(isCompiled ? 0 : 1);
      const error = run.results.get(compiledPath(index));
      // What has a wrong type alone still runs.
      if (title !== 'a type') expect(error).toMatch(/expected|defineNothing/);
    },
  );
});
