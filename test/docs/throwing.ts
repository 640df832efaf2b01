import { posix } from 'node:path';
import { type Node, SyntaxKind } from 'typescript/unstable/ast';
import { type ParsedText, textOf, walk } from '../tidy/parse.ts';
import { childrenOf, declaredNames } from './names.ts';

/** What a function may throw, as far as its text and that of the functions it names say. */
export interface Throwing {
  /** Codes given to fail() or to a KnhkError. */
  readonly codes: ReadonlySet<string>;
  /** True where something else is thrown: a parameter, an error that was caught. */
  readonly other: boolean;
}

interface Module {
  readonly source: ParsedText;
  /** Functions, constants and classes at the top, by name. */
  readonly declared: Map<string, Node>;
  /** Where an imported name comes from. */
  readonly imported: Map<string, { readonly path: string; readonly name: string }>;
}

/**
 * Follows calls by name through the modules of src. What is called through a value (a field, an
 * argument) is not seen, and a function that is only named counts as called, so the answer is near
 * the truth and no proof.
 */
export class ThrowingCode {
  readonly #modules = new Map<string, Module>();
  readonly #own = new Map<Node, { throwing: Throwing; next: [Module, Node][] }>();

  constructor(files: ReadonlyMap<string, ParsedText>) {
    for (const [path, source] of files) this.#modules.set(path, moduleOf(source));
  }

  /** What a declaration of a file may throw. */
  of(source: ParsedText, node: Node): Throwing {
    const codes = new Set<string>();
    let other = false;
    const seen = new Set<Node>([node]);
    const waiting: [Module, Node][] = [[this.#modules.get(source.path)!, node]];
    for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) {
      const { throwing, next } = this.#readOnce(...item);
      for (const code of throwing.codes) codes.add(code);
      other ||= throwing.other;
      for (const called of next) {
        if (seen.has(called[1])) continue;
        seen.add(called[1]);
        waiting.push(called);
      }
    }
    return { codes, other };
  }

  #readOnce(module: Module, node: Node): { throwing: Throwing; next: [Module, Node][] } {
    let read = this.#own.get(node);
    if (read === undefined) {
      read = this.#read(module, node);
      this.#own.set(node, read);
    }
    return read;
  }

  #read(module: Module, start: Node): { throwing: Throwing; next: [Module, Node][] } {
    const { source } = module;
    const codes = new Set<string>();
    const next: [Module, Node][] = [];
    let other = false;
    walkGuarded(start, (node, parent) => {
      if (node.kind === SyntaxKind.ThrowStatement)
        other ||= !/KnhkError/.test(textOf(source, node));
      if (node.kind === SyntaxKind.CallExpression || node.kind === SyntaxKind.NewExpression) {
        const code = /^(?:fail|new KnhkError)\(\s*'(KNHK_\w+)'/.exec(textOf(source, node))?.[1];
        if (code !== undefined) codes.add(code);
      }
      const called = this.#called(module, start, node, parent);
      if (called !== undefined) next.push(called);
    });
    return { throwing: { codes, other }, next };
  }

  /** The declaration of this src that a name in an expression stands for. */
  #called(module: Module, start: Node, node: Node, parent: Node): [Module, Node] | undefined {
    const name = textOf(module.source, node);
    if (parent.kind === SyntaxKind.PropertyAccessExpression) {
      const [owner, member] = childrenOf(parent);
      if (member === node && owner!.kind === SyntaxKind.ThisKeyword) {
        const method = methodOf(module.source, classAround(start), name);
        return method === undefined ? undefined : [module, method];
      }
      if (member === node) return undefined;
    }
    if (node.kind !== SyntaxKind.Identifier || name === 'fail' || name === 'KnhkError') return;
    if (isNameOf(parent, node)) return undefined;
    return this.#resolve(module, name);
  }

  #resolve(module: Module, name: string): [Module, Node] | undefined {
    const declared = module.declared.get(name);
    if (declared !== undefined) {
      // A class that is named is not yet one whose methods are all called.
      return declared.kind === SyntaxKind.ClassDeclaration ? undefined : [module, declared];
    }
    const from = module.imported.get(name);
    const there = from === undefined ? undefined : this.#modules.get(from.path);
    return there === undefined ? undefined : this.#resolve(there, from!.name);
  }
}

/** True for the name that a member, a variable or a parameter has at its own declaration. */
const isNameOf = (parent: Node, node: Node): boolean =>
  parent.kind !== SyntaxKind.ShorthandPropertyAssignment &&
  (parent as Node & { readonly name?: Node }).name === node;

/** Visits what runs at once and without a catch around it; types are no code. */
function walkGuarded(node: Node, visit: (node: Node, parent: Node) => void): void {
  for (const child of childrenOf(node)) {
    visit(child, node);
    const parts = childrenOf(node);
    const caught =
      node.kind === SyntaxKind.TryStatement &&
      child === parts[0] &&
      parts.some(({ kind }) => kind === SyntaxKind.CatchClause);
    if (!caught && !types.has(child.kind) && !isLater(child, node)) walkGuarded(child, visit);
  }
}

const types: ReadonlySet<SyntaxKind> = new Set([SyntaxKind.TypeReference, SyntaxKind.TypeQuery]);

/** A function that an object carries is there to be called later, by somebody else. */
const isLater = (node: Node, parent: Node): boolean =>
  (parent.kind === SyntaxKind.PropertyAssignment && node.kind === SyntaxKind.ArrowFunction) ||
  (parent.kind === SyntaxKind.ObjectLiteralExpression &&
    node.kind === SyntaxKind.MethodDeclaration);

function classAround(node: Node): Node | undefined {
  return node.parent?.kind === SyntaxKind.ClassDeclaration ? node.parent : undefined;
}

function methodOf(source: ParsedText, holder: Node | undefined, name: string): Node | undefined {
  return (holder === undefined ? [] : childrenOf(holder)).find(
    (member) =>
      member.kind === SyntaxKind.MethodDeclaration &&
      childrenOf(member).some((part) => textOf(source, part) === name),
  );
}

function moduleOf(source: ParsedText): Module {
  const declared = new Map<string, Node>();
  const imported: Module['imported'] = new Map();
  for (const statement of childrenOf(source.file)) {
    if (importing.has(statement.kind)) addImports(source, statement, imported);
    else if (running.has(statement.kind)) {
      for (const name of declaredNames(source, statement)) declared.set(name, statement);
    }
  }
  return { source, declared, imported };
}

const importing: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.ImportDeclaration,
  SyntaxKind.ExportDeclaration,
]);
const running: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.FunctionDeclaration,
  SyntaxKind.VariableStatement,
  SyntaxKind.ClassDeclaration,
]);

function addImports(source: ParsedText, statement: Node, imported: Module['imported']): void {
  const literal = childrenOf(statement).find(({ kind }) => kind === SyntaxKind.StringLiteral);
  if (literal === undefined) return;
  const path = posix.join(posix.dirname(source.path), textOf(source, literal).slice(1, -1));
  walk(statement, (node) => {
    if (node.kind !== SyntaxKind.ImportSpecifier && node.kind !== SyntaxKind.ExportSpecifier)
      return;
    const names = childrenOf(node).map((name) => textOf(source, name));
    imported.set(names.at(-1)!, { path, name: names[0]! });
  });
}
