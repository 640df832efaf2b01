import { type Node, type SourceFile, SyntaxKind } from 'typescript/unstable/ast';
import { createVirtualFileSystem } from 'typescript/unstable/fs';
import { API } from 'typescript/unstable/sync';

/** A file by its path from the project's root, with forward slashes. */
export interface SourceText {
  readonly path: string;
  readonly text: string;
}

/** A TypeScript file and its syntax tree. */
export interface ParsedText extends SourceText {
  readonly file: SourceFile;
}

/** One breach of a rule: `path:line what is wrong`. */
export type Finding = string;

const root = '/virtual';
const config = `${root}/tsconfig.json`;

/**
 * Parses files that need not exist on disk. This is the one user of TypeScript's unstable
 * interface; a real parser sees through strings, comments, templates and regular expressions.
 */
export function parse(texts: readonly SourceText[]): ParsedText[] {
  if (texts.length === 0) return [];
  const options = { noLib: true, noResolve: true, types: [], module: 'nodenext' };
  const files: Record<string, string> = {
    [config]: JSON.stringify({ compilerOptions: options, files: texts.map(({ path }) => path) }),
  };
  for (const { path, text } of texts) files[`${root}/${path}`] = text;
  const api = new API({ cwd: root, fs: createVirtualFileSystem(files) });
  try {
    using snapshot = api.updateSnapshot({ openProjects: [config] });
    const project = snapshot.getProject(config);
    return texts.map(({ path, text }) => {
      const file = project?.program.getSourceFile(`${root}/${path}`);
      if (file === undefined) throw new Error(`${path} was not parsed`);
      return { path, text, file };
    });
  } finally {
    api.close();
  }
}

/** Visits a node and everything below it, parents first. */
export function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  node.forEachChild((child) => {
    walk(child, visit);
    return undefined;
  });
}

/** The 1-based line of an offset. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let index = text.indexOf('\n'); index >= 0 && index < offset; line++) {
    index = text.indexOf('\n', index + 1);
  }
  return line;
}

/** The text of a node without the white space and comments before it. */
export function textOf(source: ParsedText, node: Node): string {
  return source.text.slice(node.getStart(source.file), node.end);
}

/** A finding at a node. */
export function at(source: ParsedText, node: Node, message: string): Finding {
  return `${source.path}:${lineAt(source.text, node.getStart(source.file))} ${message}`;
}

/** A module specifier that a file imports, exports from, or names in an import type. */
export interface Import {
  readonly node: Node;
  readonly specifier: string;
}

const importing: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.ImportDeclaration,
  SyntaxKind.ExportDeclaration,
  SyntaxKind.ImportType,
]);

/** Every import of a file: static, re-exported, dynamic and in types. */
export function importsOf(source: ParsedText): Import[] {
  const found: Import[] = [];
  const add = (node: Node): void => {
    found.push({ node, specifier: textOf(source, node).slice(1, -1) });
  };
  walk(source.file, (node) => {
    let isCall = false;
    node.forEachChild((child) => {
      if (child.kind === SyntaxKind.ImportKeyword) isCall = true;
      if (child.kind === SyntaxKind.StringLiteral && (isCall || importing.has(node.kind))) {
        add(child);
      }
      // An import type wraps its specifier in a literal type.
      if (child.kind === SyntaxKind.LiteralType && node.kind === SyntaxKind.ImportType) add(child);
      return undefined;
    });
  });
  return found;
}
