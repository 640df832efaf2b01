import { type Node, SyntaxKind } from 'typescript/unstable/ast';
import { lineAt, type ParsedText, parse, textOf, walk } from '../tidy/parse.ts';
import { childrenOf, docOf, type PublicName } from './names.ts';

/** An example in a docstring of a public name. */
export interface Example {
  /** `file: name`, such as `rules/hooks.ts: defineHook`. */
  readonly title: string;
  readonly code: string;
}

/** A member of a class that a host may use. */
export interface PublicMember {
  readonly name: string;
  readonly node: Node;
  /** True for what a host calls by a name of its own. */
  readonly isMethod: boolean;
}

/** Methods, accessors and properties of a class, but those that are private. */
export function publicMembers(source: ParsedText, node: Node): PublicMember[] {
  if (node.kind !== SyntaxKind.ClassDeclaration) return [];
  return childrenOf(node).flatMap((member) => {
    const parts = childrenOf(member);
    const name = parts.find(({ kind }) => naming.has(kind));
    if (!kept.has(member.kind) || name === undefined) return [];
    if (parts.some(({ kind }) => hidden.has(kind))) return [];
    const isNamed = name.kind === SyntaxKind.Identifier;
    const isMethod = isNamed && member.kind === SyntaxKind.MethodDeclaration;
    return [{ name: textOf(source, name), node: member, isMethod }];
  });
}

const kept: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.MethodDeclaration,
  SyntaxKind.GetAccessor,
  SyntaxKind.PropertyDeclaration,
]);
const naming: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.Identifier,
  SyntaxKind.ComputedPropertyName,
]);
const hidden: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.PrivateKeyword,
  SyntaxKind.ProtectedKeyword,
]);

/** Every example of the public names and of the members of public classes. */
export function examplesOf(names: readonly PublicName[]): Example[] {
  return names.flatMap(({ name, source, nodes }) => {
    const file = source.path.replace(/^src\//, '');
    return nodes.flatMap((node) => [
      ...titled(`${file}: ${name}`, source, node),
      ...publicMembers(source, node).flatMap((member) =>
        titled(`${file}: ${name}.${member.name}`, source, member.node),
      ),
    ]);
  });
}

function titled(title: string, source: ParsedText, node: Node): Example[] {
  const codes = docOf(source, node)?.examples ?? [];
  return codes.map((code, index) => ({
    title: index === 0 ? title : `${title} (${index + 1})`,
    code,
  }));
}

/** Where the names that an example may use come from. */
export interface Scope {
  /** Module specifier by exported name. */
  readonly exports: ReadonlyMap<string, string>;
  /** Constants of the prelude. */
  readonly constants: ReadonlySet<string>;
  /** Members of the prelude's Resources. */
  readonly resources: ReadonlySet<string>;
  /** Where prelude and harness are, seen from the modules; ends in a slash. */
  readonly support: string;
}

/** The text of one module per example, in order. */
export function modulesOf(examples: readonly Example[], scope: Scope): string[] {
  const bodies = parseAll(examples.map(({ code }) => code)).map(asserting);
  return parseAll(bodies).map((source) => moduleOf(source, scope));
}

function parseAll(codes: readonly string[]): ParsedText[] {
  // An import makes a module of it, where await may stand at the top.
  return parse(codes.map((code, index) => ({ path: `${index}.ts`, text: `${code}\nexport {};` })));
}

const assertion = /\/\/ => (.+?)\s*$/;
const refusal = /^throws (KNHK_\w+)$/;

/** Turns each `// => VALUE` into a check of the statement that ends on its line. */
function asserting(source: ParsedText): string {
  const lines = source.text.split('\n');
  const statements: Node[] = [];
  walk(source.file, (node) => {
    if (node.kind === SyntaxKind.ExpressionStatement) statements.push(node);
    if (node.kind === SyntaxKind.VariableStatement) statements.push(node);
  });
  let text = source.text;
  for (const [index, line] of [...lines.entries()].reverse()) {
    const wanted = assertion.exec(line)?.[1];
    if (wanted === undefined) continue;
    const ended = statements.filter(({ end }) => lineAt(source.text, end) === index + 1);
    // The innermost one that ends last: a statement inside a callback ends before its own.
    const statement = ended.sort((left, right) => left.end - right.end).at(-1);
    const start = statement?.getStart(source.file) ?? 0;
    const made =
      statement === undefined
        ? `$noStatement(${JSON.stringify(line.trim())});`
        : checked(source, statement, wanted);
    text = text.slice(0, start) + made + text.slice(statement?.end ?? 0);
  }
  return text.slice(0, text.lastIndexOf('\nexport {};'));
}

function checked(source: ParsedText, statement: Node, wanted: string): string {
  const code = textOf(source, statement);
  const thrown = refusal.exec(wanted)?.[1];
  if (thrown !== undefined) return `await $refuses(async () => { ${code} }, '${thrown}');`;
  if (statement.kind === SyntaxKind.ExpressionStatement) {
    return `$check(${code.replace(/;$/, '')}, ${wanted});`;
  }
  const name = /^(?:const|let) (\w+)/.exec(code)?.[1] ?? '$noName';
  return `${code} $check(${name}, ${wanted});`;
}

function moduleOf(source: ParsedText, scope: Scope): string {
  const { used, declared } = namesIn(source);
  const body = source.text.slice(0, source.text.lastIndexOf('\nexport {};'));
  const free = [...used].filter((name) => !declared.has(name)).sort();
  const needs = free.filter((name) => scope.resources.has(name));
  const lines = [
    `import { check as $check, refuses as $refuses } from '${scope.support}harness.ts';`,
  ];
  lines.push(`import type { Resources } from '${scope.support}prelude.ts';`);
  for (const name of free) {
    if (scope.constants.has(name)) {
      lines.push(`import { ${name} } from '${scope.support}prelude.ts';`);
    } else if (scope.exports.has(name) && !scope.resources.has(name)) {
      lines.push(`import { ${name} } from '${scope.exports.get(name)}';`);
    }
  }
  lines.push(`export const needs: readonly string[] = ${JSON.stringify(needs)};`);
  lines.push(`export async function example({ ${needs.join(', ')} }: Resources): Promise<void> {`);
  return `${lines.join('\n')}\n${body}\n}\n`;
}

/** Names that code uses, and names that it declares itself. */
function namesIn(source: ParsedText): { used: Set<string>; declared: Set<string> } {
  const used = new Set<string>();
  const declared = new Set<string>();
  walk(source.file, (parent) => {
    for (const [index, child] of childrenOf(parent).entries()) {
      if (child.kind !== SyntaxKind.Identifier) continue;
      const name = textOf(source, child);
      if (declaring.has(parent.kind) && isName(parent, child)) declared.add(name);
      // The second part of a.b and the first of { a: 1 } name members.
      else if (parent.kind === SyntaxKind.PropertyAccessExpression && index > 0) continue;
      else if (parent.kind === SyntaxKind.PropertyAssignment && index === 0) continue;
      else used.add(name);
    }
  });
  return { used, declared };
}

const declaring: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.VariableDeclaration,
  SyntaxKind.BindingElement,
  SyntaxKind.Parameter,
  SyntaxKind.FunctionDeclaration,
]);

const isName = (parent: Node, child: Node): boolean =>
  (parent as Node & { readonly name?: Node }).name === child;
