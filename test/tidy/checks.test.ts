import { describe, expect, it } from 'vitest';
import {
  importsWithoutTs,
  layerBreaches,
  sharedOutsidePackages,
  undeclaredPackages,
  unportableImports,
} from './imports.ts';
import { importsOf, type ParsedText, parse, type SourceText } from './parse.ts';
import { longFiles, longFunctions, longLines, longNativeFunctions } from './shape.ts';
import { changelogProblems, untestedCodes, untestedFiles } from './tested.ts';
import {
  forbiddenTypes,
  globalReads,
  openNotes,
  privateNames,
  unknownCodes,
  unusedCodes,
} from './words.ts';

// Negative controls: a checker that cannot fail checks nothing.
const snippet = (text: string, path = 'src/rules/a.ts'): SourceText[] => [{ path, text }];
const tree = (text: string, path?: string): ParsedText[] => parse(snippet(text, path));
const lines = (count: number): string => 'let x = 1;\n'.repeat(count);

describe('shape', () => {
  it('counts the lines of a file', () => {
    expect(longFiles(snippet(lines(300)))).toEqual([]);
    expect(longFiles(snippet(lines(301)))).toEqual(['src/rules/a.ts:1 has 301 lines, over 300']);
  });
  it('counts columns by character, not by code unit', () => {
    expect(longLines(snippet(`'${'\u{1F600}'.repeat(98)}'`))).toEqual([]);
    expect(longLines(snippet(`\n'${'x'.repeat(99)}'`))).toHaveLength(1);
  });
  it.each([
    ['function f(): { a: number } {', '}'],
    ['const f = (): void => {', '};'],
    ['const f = function () {', '};'],
    ['class A { m() {', '} }'],
    ['class A { get m() {', '} }'],
    ['class A { constructor() {', '} }'],
    ['const f = () => g(`${h(() => {', '})}`);'],
  ])('measures %s', (open, close) => {
    const body = (count: number): string => `/** Doc. */\n${open}\n${lines(count)}${close}\n`;
    expect(longFunctions(tree(body(58)))).toEqual([]);
    expect(longFunctions(tree(body(59)))[0]).toContain('a.ts:2 function has 61 lines');
  });
  it('is not misled by braces in strings, comments, templates and regular expressions', () => {
    const tricky = `f(() => { '}'; /}/; \`}\`; // }\n${lines(59)}});\n`;
    expect(longFunctions(tree(tricky))).toHaveLength(1);
  });
  it('measures C functions', () => {
    const body = (count: number): string =>
      `static int\nf(int a)\n{\n${'  a++;\n'.repeat(count)}}\n\nint t[] = {\n1\n};\n`;
    expect(longNativeFunctions(snippet(body(56), 'native/a.c'))).toEqual([]);
    expect(longNativeFunctions(snippet(body(58), 'native/a.c'))).toHaveLength(1);
    const oneLine = `int f(int a) {\n${'  a++;\n'.repeat(59)}}\n`;
    expect(longNativeFunctions(snippet(oneLine, 'native/a.c'))).toHaveLength(1);
  });
});

describe('imports', () => {
  it('sees every way of importing', () => {
    const text = `import a from './1.ts'; import './2.ts'; import type { B } from './3.ts';
      export * from './4.ts'; export type { C } from './5.ts'; await import('./6.ts');
      let d: import('./7.ts').D; // import './no.ts'
      const e = "import './no.ts'"; export {};`;
    const found = importsOf(tree(text)[0]!).map(({ specifier }) => specifier);
    expect(found).toEqual([1, 2, 3, 4, 5, 6, 7].map((number) => `./${number}.ts`));
  });
  it.each([
    ['src/rules/a.ts', '../runtime/b.ts', 'rules (layer 3) imports runtime (layer 4)'],
    ['src/kernel/a.ts', '../shapes/b.ts', 'only strictly lower'],
    ['src/base/a.ts', '../index.ts', 'index.ts (layer 7)'],
    ['src/rules/a.ts', '../../test/b.ts', 'outside src'],
    ['src/rules/a.ts', '../attic/b.ts', 'room attic'],
    ['src/attic/a.ts', '../base/b.ts', 'room attic has no layer'],
  ])('refuses %s importing %s', (path, specifier, message) => {
    expect(layerBreaches(tree(`import '${specifier}';`, path))[0]).toContain(message);
  });
  it.each([
    ['src/rules/a.ts', '../terms/b.ts'],
    ['src/receipts/log/a.ts', '../verify/b.ts'],
    ['src/index.ts', './loop/index.ts'],
    ['src/terms/a.ts', '#sha256'],
    ['src/terms/a.ts', 'n3'],
  ])('allows %s importing %s', (path, specifier) => {
    expect(layerBreaches(tree(`import '${specifier}';`, path))).toEqual([]);
  });
  it.each([
    ['src/base/a.ts', 'node:fs', 1],
    ['src/base/a.ts', './sha256.node.ts', 1],
    ['src/base/sha256.node.ts', 'node:crypto', 0],
    ['src/base/a.ts', '#sha256', 0],
    ['src/receipts/verify/a.ts', 'n3', 1],
    ['src/receipts/verify/a.ts', '../log/b.ts', 1],
    ['src/receipts/verify/a.ts', '@noble/ed25519', 0],
    ['src/receipts/log/a.ts', 'node:fs', 0],
  ])('judges whether %s stays portable with %s', (path, specifier, count) => {
    expect(unportableImports(tree(`import '${specifier}';`, path))).toHaveLength(count);
  });
  it('gives a package one owner, with a table of exceptions', () => {
    const two = parse([
      { path: 'src/terms/a.ts', text: "import '@x/y/z.js'; import 'node:fs';" },
      { path: 'src/terms/b.ts', text: "import '@x/y'; import 'node:fs';" },
    ]);
    const table = { name: '@x/y', files: ['src/terms/a.ts'], reason: 'a test' };
    expect(sharedOutsidePackages(two)).toHaveLength(1);
    expect(sharedOutsidePackages(two, [table])).toHaveLength(1);
    const both = { ...table, files: ['src/terms/a.ts', 'src/terms/b.ts'] };
    expect(sharedOutsidePackages(two, [both])).toEqual([]);
    expect(undeclaredPackages(two, new Set(['@x/y']))).toEqual([]);
    expect(undeclaredPackages(two, new Set())).toHaveLength(2);
  });
  it('wants .ts', () => {
    expect(importsWithoutTs(tree("import './a.js'; import './b';"))).toHaveLength(2);
    expect(importsWithoutTs(tree("import './a.ts'; import 'n3';"))).toEqual([]);
    expect(importsWithoutTs(tree("import './a.mjs';"))).toHaveLength(1);
    expect(importsWithoutTs(tree("import './a.mjs';", 'test/a.test.ts'))).toEqual([]);
  });
});

describe('words', () => {
  it('finds any, enum and namespace, not their names in text', () => {
    expect(forbiddenTypes(tree('let a: any; enum B {} namespace C {}'))).toHaveLength(3);
    expect(forbiddenTypes(tree('// any enum\nconst any = "any";'))).toEqual([]);
  });
  it.each([
    ['src/rules/a.ts', 'Date.now();', 1],
    ['src/rules/a.ts', 'globalThis.performance.now();', 1],
    ['src/rules/a.ts', 'process.hrtime.bigint();', 1],
    ['src/rules/a.ts', 'new Date();', 1],
    ['src/rules/a.ts', 'new Date(5); // Date.now()', 0],
    ['src/base/clock.ts', 'Date.now();', 0],
    ['src/rules/a.ts', 'console.log(1);', 1],
    ['src/cli/a.ts', 'console.log(1);', 0],
    ['bench/a.ts', 'performance.now(); console.log(1);', 0],
    ['bench/a.ts', 'Math.random();', 1],
  ])('judges global state in %s: %s', (path, text, count) => {
    expect([...new Set(globalReads(tree(text, path)))]).toHaveLength(count);
  });
  it('finds notes to oneself', () => {
    expect(openNotes(snippet('// TO'.concat('DO later')))).toHaveLength(1);
    expect(openNotes(snippet('const mastodon = 1;'))).toEqual([]);
  });
  it('finds machine paths and registries', () => {
    const bad = ['/wo'.concat('rk/main'), '/ho'.concat('me/me'), 'https:/'.concat('/registry.x.y')];
    for (const text of bad) expect(privateNames(snippet(`see ${text}`))).toHaveLength(1);
    const inside = '/wo'.concat('rk/x');
    const text = `src${inside} https://example.com${inside}`;
    expect(privateNames(snippet(text))).toEqual([]);
  });
  it('compares error codes with the table', () => {
    const known = new Set(['KNHK_A_B', 'KNHK_C_D']);
    const text = `fail('KNHK_A_B'); fail('KNHK_X_Y'); env.KNHK_DIR; // KNHK_C_D, KNHK_LIMIT_*`;
    expect(unknownCodes(snippet(text), known)).toEqual([
      'src/rules/a.ts:1 KNHK_X_Y is not in codes.ts',
    ]);
    expect(unusedCodes(tree(text), known)).toEqual(['src/base/codes.ts:1 KNHK_C_D unused']);
  });
});

describe('tests', () => {
  const files = parse([
    { path: 'src/rules/a.ts', text: "import './b.ts'; import '../terms/d.ts';" },
    { path: 'src/rules/b.ts', text: '' },
    { path: 'src/rules/c.ts', text: '' },
    { path: 'src/terms/d.ts', text: '' },
  ]);
  it('reach a file from the tests of its room', () => {
    const own = tree("import '../../src/rules/a.ts';", 'test/rules/a.test.ts');
    expect(untestedFiles(files, own, {})).toEqual([
      'src/rules/c.ts:1 no test in test/rules reaches it',
      'src/terms/d.ts:1 no test in test/terms reaches it',
    ]);
    const foreign = tree("import '../../src/rules/a.ts';", 'test/terms/a.test.ts');
    expect(untestedFiles(files, foreign, { 'src/rules/c.ts': 'a reason' })).toHaveLength(3);
  });
  it('name every code', () => {
    const codes = new Set(['KNHK_A_B', 'KNHK_C_D']);
    expect(untestedCodes(codes, snippet("toThrow('KNHK_A_B')"))).toEqual(['KNHK_C_D: in no test']);
  });
});

describe('the changelog', () => {
  const good = '# Changelog\n\n## 1.1.0 (unreleased)\n\n- A.\n\n## 1.0.0 (2026-11-21)\n\n- B.\n';
  it('has versions downwards, each with a date and a list', () => {
    expect(changelogProblems(good, '1.1.0')).toEqual([]);
  });
  it.each([
    [good.replace('# Changelog', '# Changes'), 'its first line'],
    [good.replace('(2026-11-21)', ''), 'no version and date'],
    [good.replace('- B.', 'B.'), 'no change listed'],
    [good.replace('- A.', '- A'), 'no full stop'],
    [good.replace('2026-11-21', 'unreleased'), 'only the first'],
    [good.replace('1.1.0', '0.9.0'), 'versions go upwards'],
    [good.replace('1.1.0', '1.2.0'), 'is not 1.1.0'],
  ])('is refused in another form (%#)', (text, message) => {
    expect(changelogProblems(text, '1.1.0').join('\n')).toContain(message);
  });
});
