import { type Node, SyntaxKind } from 'typescript/unstable/ast';
import {
  at,
  type Finding,
  lineAt,
  type ParsedText,
  type SourceText,
  textOf,
  walk,
} from './parse.ts';

function eachNode(
  sources: readonly ParsedText[],
  judge: (source: ParsedText, node: Node) => string | undefined,
): Finding[] {
  const findings: Finding[] = [];
  for (const source of sources) {
    walk(source.file, (node) => {
      const message = judge(source, node);
      if (message !== undefined) findings.push(at(source, node, message));
    });
  }
  return findings;
}

const forbiddenSyntax: ReadonlyMap<SyntaxKind, string> = new Map([
  [SyntaxKind.AnyKeyword, 'the type any: write unknown and narrow it'],
  [SyntaxKind.EnumDeclaration, 'an enum: write a union of literals'],
  [SyntaxKind.ModuleDeclaration, 'a namespace: write a module'],
]);

/** The type `any`, enums and namespaces (STYLE.md, point 10). */
export function forbiddenTypes(sources: readonly ParsedText[]): Finding[] {
  return eachNode(sources, (_source, node) => forbiddenSyntax.get(node.kind));
}

/** Global state that logic may not read, and which paths may all the same. */
export interface GlobalRule {
  readonly expression: RegExp;
  readonly allowed: readonly string[];
  readonly instead: string;
}

const clock = 'src/base/clock.ts';
const outside = ['examples/', 'bench/'];

const globalRules: readonly GlobalRule[] = [
  { expression: /^Date\.now$/, allowed: [clock, ...outside], instead: 'take a Clock' },
  { expression: /^performance\.now$/, allowed: [clock, ...outside], instead: 'monotonicMs' },
  { expression: /^process\.hrtime$/, allowed: outside, instead: 'monotonicMs' },
  { expression: /^new Date\(\)$/, allowed: outside, instead: 'take a Clock' },
  { expression: /^Math\.random$/, allowed: [], instead: 'take RandomBytes' },
  { expression: /^console\.\w+$/, allowed: ['src/cli/', ...outside], instead: 'take a sink' },
];

/** Reads of the clock, of chance and of the console where they are not allowed. */
export function globalReads(
  sources: readonly ParsedText[],
  rules: readonly GlobalRule[] = globalRules,
): Finding[] {
  return eachNode(sources, (source, node) => {
    const isRead =
      node.kind === SyntaxKind.PropertyAccessExpression || node.kind === SyntaxKind.NewExpression;
    if (!isRead) return undefined;
    const text = textOf(source, node).replace(/^globalThis\./, '');
    const rule = rules.find(({ expression }) => expression.test(text));
    if (rule === undefined) return undefined;
    if (rule.allowed.some((prefix) => source.path.startsWith(prefix))) return undefined;
    return `${text} is not allowed here: ${rule.instead}`;
  });
}

/** Every place where a pattern matches. */
function matches(
  texts: readonly SourceText[],
  patterns: readonly RegExp[],
  describe: (found: string) => string,
): Finding[] {
  return texts.flatMap(({ path, text }) =>
    patterns.flatMap((pattern) =>
      [...text.matchAll(new RegExp(pattern, 'g'))].map(
        (match) => `${path}:${lineAt(text, match.index)} ${describe(match[0])}`,
      ),
    ),
  );
}

// Written in two halves so that this file does not match itself.
const notes = ['TO' + 'DO', 'FIX' + 'ME'].map((word) => new RegExp(`\\b${word}\\b`));

/** Notes to oneself: open work belongs in the tracker, not in the code. */
export function openNotes(texts: readonly SourceText[]): Finding[] {
  return matches(texts, notes, (found) => `holds a ${found}`);
}

const slash = '/';
const privatePlaces = [
  new RegExp(`(?<![\\w.~-])${slash}(?:work|root|home|Users)${slash}[\\w.-]`),
  new RegExp(`${slash}${slash}(?:[\\w-]+\\.)*(?:registry|mirror|proxy|artifactory)[\\w-]*\\.`),
  new RegExp('"resolved' + '": "http'),
];

/** Paths of one machine and hosts of package registries, in any file of the repository. */
export function privateNames(texts: readonly SourceText[]): Finding[] {
  return matches(texts, privatePlaces, (found) => `names a machine path or registry: ${found}`);
}

// An environment variable is no error code, and `KNHK_LIMIT_*` names a family of them.
const codePattern = /(?<!env\.|env\[['"])\bKNHK_[A-Z0-9_]*[A-Z0-9]\b(?!_?[*<{$])/g;
const codesPath = 'src/base/codes.ts';

/** Error codes that src names but codes.ts does not hold. */
export function unknownCodes(
  texts: readonly SourceText[],
  known: ReadonlySet<string>,
  environment: ReadonlySet<string> = new Set(),
): Finding[] {
  return texts.flatMap(({ path, text }) =>
    [...text.matchAll(codePattern)]
      .filter(([code]) => !known.has(code) && !environment.has(code))
      .map((match) => `${path}:${lineAt(text, match.index)} ${match[0]} is not in codes.ts`),
  );
}

/** Error codes of codes.ts that no other file of src uses in code (a comment is no use). */
export function unusedCodes(sources: readonly ParsedText[], known: ReadonlySet<string>): Finding[] {
  const used = new Set<string>();
  for (const source of sources) {
    if (source.path === codesPath) continue;
    walk(source.file, (node) => {
      if (node.kind === SyntaxKind.StringLiteral) used.add(textOf(source, node).slice(1, -1));
    });
  }
  return [...known]
    .filter((code) => !used.has(code))
    .map((code) => `${codesPath}:1 ${code} unused`);
}
