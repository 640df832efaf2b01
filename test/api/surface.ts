import { posix } from 'node:path';
import { type Node, SyntaxKind } from 'typescript/unstable/ast';
import { type ParsedText, parse, type SourceText, textOf } from '../tidy/parse.ts';

/** Exported names and the normalised text of what declares each. */
export type Surface = ReadonlyMap<string, string>;

/** Declaration files by path, read and parsed as they are reached. */
export class Declarations {
  readonly surfaces: Map<string, Surface> = new Map();
  private readonly files = new Map<string, ParsedText>();
  private readonly read: (path: string) => SourceText;

  constructor(read: (path: string) => SourceText) {
    this.read = read;
  }

  /** The file, parsed once. */
  at(path: string): ParsedText {
    const known = this.files.get(path);
    if (known !== undefined) return known;
    const file = parse([this.read(path)])[0]!;
    this.files.set(path, file);
    return file;
  }
}

interface Binding {
  readonly from: string;
  readonly name: string;
}

interface Module {
  readonly declared: Map<string, string>;
  readonly exported: Map<string, Binding>;
  readonly stars: string[];
  readonly imported: Map<string, Binding>;
}

/** `./x.ts` and `./x.js` in a declaration file both mean `./x.d.ts`. */
export function declarationPath(from: string, specifier: string): string {
  const path = posix.join(posix.dirname(from), specifier);
  return path.endsWith('.d.ts') ? path : path.replace(/\.[jt]s$/, '.d.ts');
}

function childrenOf(node: Node): Node[] {
  const children: Node[] = [];
  node.forEachChild((child) => {
    children.push(child);
    return undefined;
  });
  return children;
}

const has = (node: Node, kind: SyntaxKind): boolean =>
  childrenOf(node).some((child) => child.kind === kind);

function readModule(source: ParsedText): Module {
  const module: Module = {
    declared: new Map(),
    exported: new Map(),
    stars: [],
    imported: new Map(),
  };
  for (const statement of childrenOf(source.file)) readStatement(source, module, statement);
  return module;
}

function readStatement(source: ParsedText, module: Module, statement: Node): void {
  const from = specifierOf(source, statement);
  const clause = childrenOf(statement)[0];
  switch (statement.kind) {
    case SyntaxKind.ExportDeclaration:
      if (clause?.kind === SyntaxKind.StringLiteral) module.stars.push(from!);
      else addSpecifiers(source, clause!, from ?? '', module.exported);
      return;
    case SyntaxKind.ImportDeclaration:
      for (const part of clause === undefined ? [] : childrenOf(clause)) {
        addSpecifiers(source, part, from!, module.imported);
      }
      return;
    default:
      declare(source, module, statement);
  }
}

function specifierOf(source: ParsedText, statement: Node): string | undefined {
  const literal = childrenOf(statement).find((child) => child.kind === SyntaxKind.StringLiteral);
  return literal === undefined ? undefined : textOf(source, literal).slice(1, -1);
}

function addSpecifiers(
  source: ParsedText,
  clause: Node,
  from: string,
  into: Map<string, Binding>,
): void {
  if (clause.kind === SyntaxKind.NamespaceExport) {
    into.set(textOf(source, childrenOf(clause)[0]!), { from, name: '*' });
    return;
  }
  for (const specifier of childrenOf(clause)) {
    const names = childrenOf(specifier).map((name) => textOf(source, name));
    if (names.length > 0) into.set(names.at(-1)!, { from, name: names[0]! });
  }
}

function declare(source: ParsedText, module: Module, statement: Node): void {
  const lists = childrenOf(statement).filter(
    ({ kind }) => kind === SyntaxKind.VariableDeclarationList,
  );
  const holders = lists.length === 0 ? [statement] : lists.flatMap(childrenOf);
  for (const holder of holders) {
    const identifier = childrenOf(holder).find(({ kind }) => kind === SyntaxKind.Identifier);
    if (identifier === undefined) continue;
    const name = textOf(source, identifier);
    const before = module.declared.get(name);
    // Overloads, and a value and a type of one name, are several declarations.
    const text = normalise(textOf(source, statement));
    module.declared.set(name, before === undefined ? text : `${before} ${text}`);
    if (has(statement, SyntaxKind.ExportKeyword)) module.exported.set(name, { from: '', name });
  }
}

/** One line without comments; what changes only in layout or in a comment is no change. */
export function normalise(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, ' ')
    .replace(/(?<=^|\s)\/\/[^\n]*/g, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^export declare |^export /, '')
    .trim();
}

/** Everything that a declaration file exports, followed to where it is declared. */
export function surfaceOf(files: Declarations, path: string): Surface {
  const known = files.surfaces.get(path);
  if (known !== undefined) return known;
  const module = readModule(files.at(path));
  const surface = new Map<string, string>();
  for (const star of module.stars) {
    for (const [name, text] of surfaceOf(files, declarationPath(path, star))) {
      surface.set(name, text);
    }
  }
  for (const [name, binding] of module.exported) {
    surface.set(name, follow(files, path, module, binding));
  }
  const sorted = new Map([...surface].sort(([left], [right]) => (left < right ? -1 : 1)));
  files.surfaces.set(path, sorted);
  return sorted;
}

function follow(files: Declarations, path: string, module: Module, binding: Binding): string {
  const { from, name } =
    binding.from === '' ? (module.imported.get(binding.name) ?? binding) : binding;
  if (from === '') {
    const text = module.declared.get(name);
    if (text === undefined) throw new Error(`${path} exports ${name} but does not declare it`);
    return text;
  }
  if (!from.startsWith('.')) return `from ${from}`;
  const target = declarationPath(path, from);
  if (name === '*') return `namespace of ${target}`;
  const text = surfaceOf(files, target).get(name);
  if (text === undefined) throw new Error(`${target} does not export ${name}`);
  return text;
}
