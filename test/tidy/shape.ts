import { type Node, SyntaxKind } from 'typescript/unstable/ast';
import { at, type Finding, lineAt, type ParsedText, type SourceText, walk } from './parse.ts';

/** STYLE.md, point 1: files stay short enough to be read at one sitting. */
export const fileLinesMax = 300;
export const functionLinesMax = 60;
export const columnsMax = 100;

/** Files with more than 300 lines. */
export function longFiles(texts: readonly SourceText[]): Finding[] {
  return texts.flatMap(({ path, text }) => {
    const count = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
    return count > fileLinesMax ? [`${path}:1 has ${count} lines, over ${fileLinesMax}`] : [];
  });
}

/** Lines with more than 100 columns. */
export function longLines(texts: readonly SourceText[]): Finding[] {
  return texts.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => {
      const columns = [...line].length;
      return columns > columnsMax
        ? [`${path}:${index + 1} has ${columns} columns, over ${columnsMax}`]
        : [];
    }),
  );
}

const functions: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.FunctionDeclaration,
  SyntaxKind.FunctionExpression,
  SyntaxKind.ArrowFunction,
  SyntaxKind.MethodDeclaration,
  SyntaxKind.Constructor,
  SyntaxKind.GetAccessor,
  SyntaxKind.SetAccessor,
]);

/** Functions, methods and accessors with more than 60 lines, signature included. */
export function longFunctions(sources: readonly ParsedText[]): Finding[] {
  const findings: Finding[] = [];
  for (const source of sources) {
    walk(source.file, (node) => {
      if (!functions.has(node.kind)) return;
      const count = linesOf(source, node);
      if (count <= functionLinesMax) return;
      findings.push(at(source, node, `function has ${count} lines, over ${functionLinesMax}`));
    });
  }
  return findings;
}

function linesOf(source: ParsedText, node: Node): number {
  const first = lineAt(source.text, node.getStart(source.file));
  return lineAt(source.text, node.end) - first + 1;
}

/**
 * C functions with more than 60 lines. C needs no parser here: a function opens with a line that
 * begins in column 1 and ends in a brace, and closes with a brace in column 1.
 */
export function longNativeFunctions(texts: readonly SourceText[]): Finding[] {
  const findings: Finding[] = [];
  for (const { path, text } of texts) {
    let start = 0;
    let candidate = 0;
    for (const [index, line] of text.split('\n').entries()) {
      const number = index + 1;
      if (start === 0 && /^[A-Za-z_]/.test(line)) candidate = number;
      if (start === 0 && candidate !== 0 && /\)[^;=]*\{\s*$|^\{\s*$/.test(line)) start = candidate;
      if (!line.startsWith('}')) continue;
      const count = number - start + 1;
      if (start !== 0 && count > functionLinesMax) {
        findings.push(`${path}:${start} function has ${count} lines, over ${functionLinesMax}`);
      }
      start = 0;
      candidate = 0;
    }
  }
  return findings;
}
