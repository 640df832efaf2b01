import { describe, expect, it } from 'vitest';
import { errorCodes } from '../src/base/codes.ts';
import { listFiles, readTexts } from './tidy/files.ts';
import {
  importsWithoutTs,
  layerBreaches,
  sharedOutsidePackages,
  undeclaredPackages,
  unportableImports,
} from './tidy/imports.ts';
import { parse, type SourceText } from './tidy/parse.ts';
import {
  columnsMax,
  fileLinesMax,
  functionLinesMax,
  longFiles,
  longFunctions,
  longLines,
  longNativeFunctions,
} from './tidy/shape.ts';
import { changelogProblems, testedOtherwise, untestedCodes, untestedFiles } from './tidy/tested.ts';
import {
  forbiddenTypes,
  globalReads,
  openNotes,
  privateNames,
  unknownCodes,
  unusedCodes,
} from './tidy/words.ts';

const isTypeScript = (path: string): boolean => /\.[cm]?ts$/.test(path);
const typescriptIn = (...folders: string[]): SourceText[] =>
  readTexts(folders.flatMap(listFiles).filter(isTypeScript));

const src = parse(typescriptIn('src'));
const around = parse(typescriptIn('examples', 'bench'));
const test = typescriptIn('test');
const tests = parse(test);
const native = readTexts(listFiles('native').filter((path) => /\.[ch]$/.test(path)));
const everything = readTexts(listFiles(''));
const code = [...src, ...around];
const codes: ReadonlySet<string> = new Set(Object.keys(errorCodes));
interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}
const manifest = JSON.parse(readTexts(['package.json'])[0]!.text) as Manifest;
const declared: ReadonlySet<string> = new Set(
  Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }),
);

/** Environment variables that src reads by a name in a table, so that the pattern cannot see. */
const environment: ReadonlySet<string> = new Set(['KNHK_ENGINE']);

describe('the style guide holds', () => {
  it('looks at the files that there are', () => {
    const paths = everything.map(({ path }) => path);
    expect(paths).toContain('package.json');
    expect(paths).toContain('src/base/codes.ts');
    expect(src.length).toBeGreaterThan(10);
    expect(test.length).toBeGreaterThan(5);
  });
  it(`keeps files within ${fileLinesMax} lines`, () => {
    expect(longFiles([...code, ...native])).toEqual([]);
  });
  it(`keeps functions within ${functionLinesMax} lines`, () => {
    expect([...longFunctions(code), ...longNativeFunctions(native)]).toEqual([]);
  });
  it(`keeps lines within ${columnsMax} columns`, () => {
    expect(longLines([...code, ...native, ...test])).toEqual([]);
  });
  it('lets imports run downwards only', () => {
    expect(layerBreaches(src)).toEqual([]);
  });
  it('keeps base and the verifier portable', () => {
    expect(unportableImports(src)).toEqual([]);
  });
  it('gives every outside package one owner, declared in package.json', () => {
    expect(sharedOutsidePackages(src)).toEqual([]);
    expect(undeclaredPackages(src, declared)).toEqual([]);
  });
  it('writes .ts in relative imports', () => {
    expect(importsWithoutTs([...code, ...tests])).toEqual([]);
  });
  it('reads clock, chance and console in their places only', () => {
    expect(globalReads(code)).toEqual([]);
  });
  it('has no any, enum or namespace', () => {
    expect(forbiddenTypes(code)).toEqual([]);
  });
  it('leaves no notes to oneself', () => {
    expect(openNotes([...code, ...native])).toEqual([]);
  });
  it('knows every error code it uses, and uses every one it knows', () => {
    expect(unknownCodes(src, codes, environment)).toEqual([]);
    expect(unusedCodes(src, codes)).toEqual([]);
  });
  it('has a test for every source file, and for every error code', () => {
    expect(untestedFiles(src, tests)).toEqual([]);
    const paths = new Set(src.map(({ path }) => path));
    expect(Object.keys(testedOtherwise).filter((path) => !paths.has(path))).toEqual([]);
    expect(untestedCodes(codes, test)).toEqual([]);
  });
  it('keeps the changelog in its form', () => {
    const { text } = readTexts(['CHANGELOG.md'])[0]!;
    expect(changelogProblems(text, manifest.version)).toEqual([]);
  });
  it('names no machine path and no registry', () => {
    expect(privateNames(everything)).toEqual([]);
  });
});
