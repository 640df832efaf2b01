import { describe, expect, it } from 'vitest';
import { type ParsedText, parse } from '../tidy/parse.ts';
import { docBlock } from './docblock.ts';
import { examplesOf, modulesOf, type Scope } from './examples.ts';
import { check, refuses, same } from './harness.ts';
import { type Entry, entriesOf, publicNames } from './names.ts';
import {
  foreignDocuments,
  idleExamples,
  missingDocs,
  silentMembers,
  unknownThrows,
  unnamedCodes,
} from './rules.ts';

const root: readonly Entry[] = [{ name: 'knhk', path: 'src/index.ts' }];

/** Files of a small src and the names that its index exports. */
function small(texts: Readonly<Record<string, string>>, entries = root) {
  const sources = Object.entries(texts).map(([path, text]) => ({ path: `src/${path}`, text }));
  const files: ReadonlyMap<string, ParsedText> = new Map(
    parse(sources).map((file) => [file.path, file]),
  );
  return { files, names: publicNames(files, entries) };
}

const of = (text: string) => small({ 'index.ts': text });

describe('public names', () => {
  const { files, names } = small(
    {
      'index.ts': "export { type A as B, f } from './a.ts';\nexport type * from './b.ts';\n",
      'a.ts': 'export interface A {}\nexport function f(): void {}\nfunction hidden(): void {}\n',
      'b.ts': "export type C = 1;\nexport { A } from './a.ts';\n",
    },
    [...root, { name: 'knhk/b', path: 'src/b.ts' }],
  );
  it('are followed to where they are declared', () => {
    const found = names.map(({ name, source, entries }) => [name, source.path, entries.join()]);
    expect(found).toEqual([
      ['B', 'src/a.ts', 'knhk'],
      ['f', 'src/a.ts', 'knhk'],
      ['C', 'src/b.ts', 'knhk,knhk/b'],
      ['A', 'src/a.ts', 'knhk,knhk/b'],
    ]);
  });
  it('come from the entries that have a source', () => {
    const exports = {
      '.': { types: './dist/a.d.ts' },
      './x': { types: './dist/x.d.ts' },
      './y': '',
    };
    expect(entriesOf({ name: 'k', exports }, files)).toEqual([{ name: 'k', path: 'src/a.ts' }]);
  });
});

describe('a docstring', () => {
  it('is text, then tags; an indented @word is no tag', () => {
    const comment = `/** Other. */ /**
      * One
      * two.
      *
      * @throws KnhkError KNHK_A,
      * KNHK_B
      * @example
      * a(\`
      *   @prefix b: <c> .\`);
      * @example d
      */`;
    expect(docBlock(comment)).toEqual({
      text: 'One\ntwo.',
      throws: ['KnhkError KNHK_A, KNHK_B'],
      examples: ['a(`\n  @prefix b: <c> .`);', 'd'],
    });
    expect(docBlock('/* a */ // b\n/**/')).toBeUndefined();
  });
});

describe('an example becomes a module', () => {
  const scope: Scope = {
    exports: new Map([['make', 'knhk/x']]),
    constants: new Set(['now']),
    resources: new Set(['directory', 'knhk']),
    support: './',
  };
  const bodyOf = (code: string): string => {
    const [text] = modulesOf([{ title: '', code }], scope);
    return text!.slice(text!.indexOf('Promise<void> {\n') + 16, text!.lastIndexOf('\n}\n'));
  };
  it('that imports what the code uses, and opens what it needs', () => {
    const [text] = modulesOf([{ title: '', code: 'make(now, a.directory, { knhk: 1 });' }], scope);
    expect(text).toContain("import { make } from 'knhk/x';");
    expect(text).toContain("import { now } from './prelude.ts';");
    expect(text).toContain('needs: readonly string[] = [];');
    const [other] = modulesOf([{ title: '', code: 'const { knhk } = make(directory);' }], scope);
    expect(other).toContain('needs: readonly string[] = ["directory"];');
  });
  it('with a check for each value that is promised', () => {
    expect(bodyOf('const a = 1; // => 1\na + 1; // => 2')).toBe(
      'const a = 1; $check(a, 1); // => 1\n$check(a + 1, 2); // => 2',
    );
    expect(bodyOf('make(\n  1,\n); // => [1]')).toBe('$check(make(\n  1,\n), [1]); // => [1]');
    expect(bodyOf('for (const a of b) {\n  a; // => 1\n}')).toContain('{\n  $check(a, 1);');
    expect(bodyOf('make(); // => throws KNHK_A')).toContain(
      "await $refuses(async () => { make(); }, 'KNHK_A');",
    );
  });
  it('that does not compile where a promise belongs to no statement', () => {
    expect(bodyOf('make();\n// => 1')).toContain('$noStatement(');
    expect(bodyOf('const { a } = make(); // => 1')).toContain('$check($noName, 1)');
  });
  it('for names, methods and several examples of one name', () => {
    const doc = (code: string): string => `/** A. @b\n * @example ${code}\n */\n`;
    const { names } = of(
      `${doc('1')}export class A {\n${doc('2')}m(): void {}\n${doc('3')}#p(): void {}\n}
       /** F.\n * @example 4\n * @example 5\n */\nexport function f(): void {}`,
    );
    expect(examplesOf(names).map(({ title, code }) => `${title} ${code}`)).toEqual([
      ...['index.ts: A 1', 'index.ts: A.m 2', 'index.ts: f 4', 'index.ts: f (2) 5'],
    ]);
  });
});

describe('values are compared', () => {
  it('by what they say', () => {
    expect(same({ a: [1, undefined], b: undefined }, { a: [1, undefined] })).toBe(true);
    expect(same(Uint8Array.of(1), Uint8Array.of(1))).toBe(true);
    expect(same(new Map([[1, 2]]), new Map([[1, 2]]))).toBe(true);
    const different = [
      ...[{ a: 1 }, { a: 2 }, { a: 1, b: 1 }, [1], 1, '1', null, undefined],
      ...[new Date(0), new Date(1), new Map([[1, 3]]), new Set([1]), new Set([2]), -0, 0],
    ];
    for (const [index, left] of different.entries()) {
      const equal = different.filter((right) => same(left, right));
      expect(equal, String(index)).toEqual([left]);
    }
  });
  it('and a difference is an error', async () => {
    expect(() => check(1, 1)).not.toThrow();
    expect(() => check(1, 2)).toThrow('expected 2, got 1');
    const refused = (code: unknown) => () => Promise.reject(Object.assign(new Error(), { code }));
    await refuses(refused('KNHK_LOG_OPEN'), 'KNHK_LOG_OPEN');
    await expect(refuses(refused('KNHK_LOG_KEYS'), 'KNHK_LOG_OPEN')).rejects.toThrow('expected');
    await expect(refuses(() => 1, 'KNHK_LOG_OPEN')).rejects.toThrow('nothing thrown');
  });
});

describe('the rules find', () => {
  it('names and methods without docstring or example', () => {
    const text = `export const a = 1;
      /** F. */ export function f(): void {}
      /** G. */ export const g = (): void => {};
      /** T. */ export type T = () => void;
      /** C.\n * @example 1\n */ export class C {
        n(): void {}
        /** M. */ m(): void {}
        get p(): number { return 1; }
        private q(): void {}
        #r(): void {}
      }`;
    expect(
      missingDocs(of(text).names).map((finding) => finding.split(' ').slice(1).join(' ')),
    ).toEqual([
      ...['a: no docstring', 'f: no @example', 'g: no @example'],
      ...['C.n: no docstring', 'C.m: no @example'],
    ]);
  });
  it('members that say too little', () => {
    const text = `/** I. */ export interface I {
      name: string; waitMs: number; kind: 'a' | 'b'; of?: readonly Thing[]; size: number;
      /** Said. */ count: number; call(): void; list?: string[]; known: boolean;
    }
    /** T. */ export interface TermLike { value: string; }
    /** C. */ export class C { readonly #a: number = 1; b: number = 1; }`;
    const findings = silentMembers(of(text).names, new Set(['I.known']));
    expect(findings.map((finding) => finding.split(' ')[1])).toEqual([
      ...['I.size:', 'I.call:', 'I.list:', 'C.b:'],
    ]);
  });
  it('codes that no @throws names, however deep they lie', () => {
    const { names, files } = small({
      'index.ts': `import { help } from './help.ts';
        /** A. */ export function a(): void { help(); }
        /** B.\n * @throws KnhkError KNHK_DEEP\n */ export function b(): void { help(); }
        /** C.\n * @throws KnhkError KNHK_D*\n */ export function c(): void { help(); }
        /** D. */ export function d(): void { try { help(); } catch {} }
        /** E. */ export function e(): object { return { later: () => help(), help: 1 }; }
        /** F. */ export function f(error: Error): void { throw error; }
        /** K. */ export class K { #own(): void { help(); } m(): void { this.#own(); } }`,
      'help.ts': `import { fail } from './fail.ts';
        const inner = () => fail('KNHK_DEEP', 'x', 'y', 'z');
        export function help(): void { inner(); }`,
      'fail.ts': 'export function fail(): never { throw new KnhkError(); }',
    });
    const findings = unnamedCodes(names, files).map((finding) =>
      finding.split(' ').slice(1).join(' '),
    );
    expect(findings).toEqual([
      'a: @throws lacks KNHK_DEEP',
      'f: no @throws, but it throws',
      'K.m: @throws lacks KNHK_DEEP',
    ]);
    const excused = unnamedCodes(names, files, { a: { codes: ['KNHK_DEEP'], why: 'a test' } });
    expect(excused.length).toBe(2);
  });
  it('codes that do not exist, and empty @throws', () => {
    const text = `/** A.\n * @throws KnhkError KNHK_NO\n */ export function a(): void {}
      class B { /** M.\n * @throws\n */ m(): void {} }
      /** C.\n * @throws KnhkError KNHK_YES, KNHK_Y*\n */ function c(): void {}`;
    const findings = unknownThrows(of(text).files.values(), new Set(['KNHK_YES']));
    expect(findings.map((finding) => finding.slice(finding.indexOf(' ') + 1))).toEqual([
      '@throws KNHK_NO does not exist',
      '@throws says nothing',
    ]);
  });
  it('examples that nothing runs', () => {
    const text = `/** A.\n * @example 1\n */ export const a = 1;
      /** B.\n * @example 2\n */ const b = 2;
      /** C. */ export class C { /** P.\n * @example 3\n */ private p = 1; }`;
    const { files, names } = of(text);
    const lines = idleExamples(files.values(), names).map((finding) => finding.split(' ')[0]);
    expect(lines).toEqual(['src/index.ts:6', 'src/index.ts:9']);
  });
  it('documents that are not here', () => {
    const text = "// As FORMATS says.\nconst DESIGN_ = 'FORMATS';\n/** (DESIGN section 3) */\n";
    expect(foreignDocuments(of(text).files.values()).length).toBe(2);
  });
});
