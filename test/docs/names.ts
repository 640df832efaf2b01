import { posix } from 'node:path';
import { type Node, SyntaxKind } from 'typescript/unstable/ast';
import { listFiles, readTexts } from '../tidy/files.ts';
import { type ParsedText, parse, textOf } from '../tidy/parse.ts';
import { type DocBlock, docBlock } from './docblock.ts';

/** A name that an entry of the package exports, at its declaration in src. */
export interface PublicName {
  readonly name: string;
  /** Entries that export it, such as `knhk/loop`, the root first. */
  readonly entries: readonly string[];
  readonly source: ParsedText;
  /** The statements that declare it: several for overloads. */
  readonly nodes: readonly Node[];
}

/** An entry of the package and the source file behind it. */
export interface Entry {
  readonly name: string;
  readonly path: string;
}

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, { readonly types: string } | string>>;
}

/**
 * The entries of package.json; `./dist/x.d.ts` is built from `src/x.ts`. An entry without a file
 * is not ours to report: the test of the public face imports them all.
 */
export function entriesOf(manifest: Manifest, files: ReadonlyMap<string, ParsedText>): Entry[] {
  return Object.entries(manifest.exports).flatMap(([subPath, entry]) => {
    if (typeof entry === 'string') return [];
    const path = entry.types.replace('./dist/', 'src/').replace('.d.ts', '.ts');
    return files.has(path) ? [{ name: manifest.name + subPath.slice(1), path }] : [];
  });
}

/** Every TypeScript file of src, parsed. */
export function parseSources(): ReadonlyMap<string, ParsedText> {
  const texts = readTexts(listFiles('src').filter((path) => path.endsWith('.ts')));
  return new Map(parse(texts).map((file) => [file.path, file]));
}

export function childrenOf(node: Node): Node[] {
  const children: Node[] = [];
  node.forEachChild((child) => {
    children.push(child);
    return undefined;
  });
  return children;
}

/** The docstring before a statement or a member. */
export function docOf(source: ParsedText, node: Node): DocBlock | undefined {
  return docBlock(source.text.slice(node.pos, node.getStart(source.file)));
}

/** The names that a statement declares. */
export function declaredNames(source: ParsedText, statement: Node): string[] {
  const lists = childrenOf(statement).filter(
    ({ kind }) => kind === SyntaxKind.VariableDeclarationList,
  );
  const holders = lists.length === 0 ? [statement] : lists.flatMap(childrenOf);
  return holders.flatMap((holder) => {
    const name = childrenOf(holder).find(({ kind }) => kind === SyntaxKind.Identifier);
    return name === undefined ? [] : [textOf(source, name)];
  });
}

type Found = Pick<PublicName, 'source' | 'nodes'>;

/** Everything that the entries export, each declaration once, by path and name. */
export function publicNames(
  files: ReadonlyMap<string, ParsedText>,
  entries: readonly Entry[],
): PublicName[] {
  const byPlace = new Map<string, PublicName>();
  for (const { name: entry, path } of entries) {
    for (const [name, found] of exportsOf(files, path)) {
      const place = `${found.source.path}#${name}`;
      const known = byPlace.get(place);
      byPlace.set(place, { name, ...found, entries: [...(known?.entries ?? []), entry] });
    }
  }
  return [...byPlace.values()];
}

function exportsOf(files: ReadonlyMap<string, ParsedText>, path: string): Map<string, Found> {
  const source = files.get(path);
  if (source === undefined) throw new Error(`${path} is not there`);
  const exported = new Map<string, Found>();
  for (const statement of childrenOf(source.file)) {
    if (statement.kind === SyntaxKind.ExportDeclaration) {
      reexport(files, source, statement, exported);
    } else if (childrenOf(statement).some(({ kind }) => kind === SyntaxKind.ExportKeyword)) {
      for (const name of declaredNames(source, statement)) {
        const nodes = [...(exported.get(name)?.nodes ?? []), statement];
        exported.set(name, { source, nodes });
      }
    }
  }
  return exported;
}

function reexport(
  files: ReadonlyMap<string, ParsedText>,
  source: ParsedText,
  statement: Node,
  exported: Map<string, Found>,
): void {
  const parts = childrenOf(statement);
  const literal = parts.find(({ kind }) => kind === SyntaxKind.StringLiteral);
  if (literal === undefined) return;
  const target = posix.join(posix.dirname(source.path), textOf(source, literal).slice(1, -1));
  const there = exportsOf(files, target);
  const clause = parts.find(({ kind }) => kind === SyntaxKind.NamedExports);
  if (clause === undefined) {
    for (const [name, found] of there) exported.set(name, found);
    return;
  }
  for (const specifier of childrenOf(clause)) {
    const names = childrenOf(specifier).map((name) => textOf(source, name));
    const found = there.get(names[0]!);
    if (found === undefined) throw new Error(`${target} does not export ${names[0]}`);
    exported.set(names.at(-1)!, found);
  }
}
