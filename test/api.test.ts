import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { Declarations, declarationPath, normalise, surfaceOf } from './api/surface.ts';
import { expectGolden } from './golden.ts';
import { projectRoot, readTexts } from './tidy/files.ts';
import { importsOf } from './tidy/parse.ts';

interface Entry {
  readonly types: string;
  readonly default: string;
}
interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, Entry | string>>;
}

const manifest = JSON.parse(readTexts(['package.json'])[0]!.text) as Manifest;
const entries = Object.entries(manifest.exports).flatMap(([path, entry]) =>
  typeof entry === 'string'
    ? []
    : [{ name: manifest.name + path.slice(1), types: entry.types.slice(2) }],
);

/** What Node itself sees through the package's exports, in a process without the test runner. */
function importedNames(name: string): string[] {
  const script = `import(${JSON.stringify(name)})
    .then((module) => console.log(JSON.stringify(Object.keys(module).sort())));`;
  const options = { cwd: projectRoot, encoding: 'utf8', stdio: 'pipe' } as const;
  return JSON.parse(execFileSync(process.execPath, ['-e', script], options)) as string[];
}

/** Imports that leave the package, in every declaration file that an entry point reaches. */
function outsideImports(files: Declarations, start: string): string[] {
  const reached = new Set<string>();
  const waiting = [start];
  const findings: string[] = [];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    const file = files.at(path);
    if (file.text.includes('/// <reference types')) findings.push(`${path} references types`);
    for (const { specifier } of importsOf(file)) {
      if (specifier.startsWith('.')) waiting.push(declarationPath(path, specifier));
      else findings.push(`${path} imports ${specifier}`);
    }
  }
  return findings.sort();
}

const onDisk = new Declarations((path) => readTexts([path])[0]!);

describe('the public face', () => {
  it.each(entries)('of $name can be imported and is declared in full', ({ name, types }) => {
    const declared = [...surfaceOf(onDisk, types).keys()];
    const names = importedNames(name);
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((imported) => !declared.includes(imported))).toEqual([]);
  });
  it.each(entries)('of $name shows no type of another package', ({ types }) => {
    expect(outsideImports(onDisk, types)).toEqual([]);
  });
  it('is as test/golden/api.txt says', () => {
    const sections = entries.map(({ name, types }) => {
      const values = new Set(importedNames(name));
      const lines = [...surfaceOf(onDisk, types)].map(
        ([key, text]) => `${values.has(key) ? 'value' : 'type'} ${key}: ${text}\n`,
      );
      return `# ${name}\n${lines.join('')}`;
    });
    expectGolden('test/golden/api.txt', sections.join('\n'));
  });
});

describe('the reading of declaration files', () => {
  const texts: Readonly<Record<string, string>> = {
    'dist/a.d.ts': `export * from "./b.ts"; export { c as d, type E } from "./c.js";
      import { c } from "./c.ts"; export { c }; declare const hidden: 1;
      export declare const x: 1, y: 2; export * as all from "./b.ts";`,
    'dist/b.d.ts': `/** Doc. */ export interface I { /** no */ a: 1;\n  b: 2 }
      export declare function f(a: 1): 2; export declare function f(a: 2): 1;`,
    'dist/c.d.ts': `import type { Quad } from "n3"; export type E = import("m").E;
      declare const c: Quad; export { c }; export {};`,
  };
  const files = new Declarations((path) => ({ path, text: texts[path]! }));
  it('follows exports to their declarations', () => {
    expect(Object.fromEntries(surfaceOf(files, 'dist/a.d.ts'))).toEqual({
      E: 'type E = import("m").E;',
      I: 'interface I { a: 1; b: 2 }',
      all: 'namespace of dist/b.d.ts',
      c: 'declare const c: Quad;',
      d: 'declare const c: Quad;',
      f: 'function f(a: 1): 2; function f(a: 2): 1;',
      x: 'const x: 1, y: 2;',
      y: 'const x: 1, y: 2;',
    });
  });
  it('finds outside imports wherever they are reached', () => {
    expect(outsideImports(files, 'dist/b.d.ts')).toEqual([]);
    expect(outsideImports(files, 'dist/a.d.ts')).toEqual([
      'dist/c.d.ts imports m',
      'dist/c.d.ts imports n3',
    ]);
  });
  it('takes comments and layout out', () => {
    expect(normalise('export  type A =\n  // no\n 1; /* no */')).toBe('type A = 1;');
  });
});
