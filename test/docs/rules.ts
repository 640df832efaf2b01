import { type Node, SyntaxKind } from 'typescript/unstable/ast';
import { at, type Finding, type ParsedText, textOf, walk } from '../tidy/parse.ts';
import type { docBlock } from './docblock.ts';
import { publicMembers } from './examples.ts';
import { childrenOf, docOf, type PublicName } from './names.ts';
import { ThrowingCode } from './throwing.ts';

/** A public name, or a public member of a class, as the findings call it. */
interface Item {
  readonly title: string;
  readonly source: ParsedText;
  readonly node: Node;
}

function itemsOf({ name, source, nodes }: PublicName, all: boolean): Item[] {
  return nodes.flatMap((node) => [
    { title: name, source, node },
    ...publicMembers(source, node)
      .filter(({ isMethod }) => isMethod || all)
      .map((member) => ({ title: `${name}.${member.name}`, source, node: member.node })),
  ]);
}

/** The names themselves and the methods of classes: what a host calls. */
const calledItems = (names: readonly PublicName[]): Item[] =>
  names.flatMap((name) => itemsOf(name, false));

const running: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.FunctionDeclaration,
  SyntaxKind.ClassDeclaration,
  SyntaxKind.MethodDeclaration,
]);

/** Things that run: functions, also those held by a constant, classes and methods. */
function runs({ source, node }: Item): boolean {
  if (running.has(node.kind)) return true;
  let arrow = false;
  if (node.kind === SyntaxKind.VariableStatement) {
    walk(node, ({ kind, parent }) => {
      arrow ||= kind === SyntaxKind.ArrowFunction && parent.kind === SyntaxKind.VariableDeclaration;
    });
  }
  return arrow && /^export const/.test(textOf(source, node));
}

/** Public names and methods without a docstring, and those that run without an example. */
export function missingDocs(names: readonly PublicName[]): Finding[] {
  return calledItems(names).flatMap((item) => {
    const { source, node, title } = item;
    const doc = docOf(source, node);
    if (doc === undefined || doc.text === '') return [at(source, node, `${title}: no docstring`)];
    if (runs(item) && doc.examples.length === 0) {
      return [at(source, node, `${title}: no @example`)];
    }
    return [];
  });
}

const members: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.PropertySignature,
  SyntaxKind.MethodSignature,
  SyntaxKind.PropertyDeclaration,
  SyntaxKind.GetAccessor,
]);

// A named type says it at its own docstring, a list of literals by itself, a suffix the unit.
const sayingType = /^(readonly )?('[^']*'|[A-Z][\w.]*(<.*>)?(\['\w+'\])?)(\[\])?( \| ('[^']*'))*$/;
const sayingName = /^(name|turtle)$|(Ms|Ns|Bytes|Percent)$/;

/**
 * Members of public interfaces and classes whose name and type do not say everything and that have
 * no docstring. `known` names the members of which a reader disagrees, as `Interface.member`; an
 * interface called `...Like` mirrors one of a standard or of another library, whose words hold.
 */
export function silentMembers(
  names: readonly PublicName[],
  known: ReadonlySet<string> = new Set(),
): Finding[] {
  return names.flatMap(({ name, source, nodes }) =>
    nodes.flatMap(childrenOf).flatMap((member) => {
      if (name.endsWith('Like') || !members.has(member.kind)) return [];
      if (docOf(source, member) !== undefined) return [];
      const text = textOf(source, member);
      const match = /^(?:static |readonly |get )*(#?\w+)\??(?:: ([^;]+);?)?/.exec(text);
      if (match === null || match[1]!.startsWith('#') || /^private /.test(text)) return [];
      const [, called, type = ''] = match as unknown as [string, string, string | undefined];
      if (sayingType.test(type) || sayingName.test(called)) return [];
      return known.has(`${name}.${called}`)
        ? []
        : [at(source, member, `${name}.${called}: no docstring`)];
    }),
  );
}

/** Codes that do not come out although the text looks so: by title, with the reason. */
export interface Exception {
  /** Codes, or * for everything. */
  readonly codes: readonly string[];
  readonly why: string;
}
export type Exceptions = Readonly<Record<string, Exception>>;

/**
 * Functions and methods that can throw a code which no `@throws` names. A name that ends in *
 * stands for all codes that begin so. KNHK_BASE_NOT_CANONICAL need not be named: nearly everything
 * hashes what it has checked before.
 */
export function unnamedCodes(
  names: readonly PublicName[],
  files: ReadonlyMap<string, ParsedText>,
  exceptions: Exceptions = {},
): Finding[] {
  const throwing = new ThrowingCode(files);
  return calledItems(names).flatMap(({ source, node, title }) => {
    if (node.kind === SyntaxKind.ClassDeclaration || !runs({ source, node, title })) return [];
    const said = docOf(source, node)?.throws ?? [];
    const { codes, other } = throwing.of(source, node);
    const excused = new Set(['KNHK_BASE_NOT_CANONICAL', ...(exceptions[title]?.codes ?? [])]);
    if (excused.has('*')) return [];
    const unnamed = [...codes].filter((code) => !excused.has(code) && !isNamed(said, code));
    const findings = unnamed.map((code) => at(source, node, `${title}: @throws lacks ${code}`));
    if (other && said.length === 0) {
      findings.push(at(source, node, `${title}: no @throws, but it throws`));
    }
    return findings;
  });
}

function isNamed(said: readonly string[], code: string): boolean {
  const words = said.join(' ').match(/KNHK_\w+\*?/g) ?? [];
  return words.some((word) =>
    word.endsWith('*') ? code.startsWith(word.slice(0, -1)) : word === code,
  );
}

/** Codes behind `@throws`, anywhere in src, that do not exist, and `@throws` that say nothing. */
export function unknownThrows(files: Iterable<ParsedText>, codes: ReadonlySet<string>): Finding[] {
  return [...files].flatMap((source) =>
    docBlocksOf(source).flatMap(({ node, block }) =>
      block.throws.flatMap((text) => {
        const words = text.match(/KNHK_\w+\*?/g) ?? [];
        const wrong = words.filter((word) => !isKnown(codes, word));
        if (text === '') return [at(source, node, '@throws says nothing')];
        return wrong.map((word) => at(source, node, `@throws ${word} does not exist`));
      }),
    ),
  );
}

const isKnown = (codes: ReadonlySet<string>, word: string): boolean =>
  [...codes].some((code) => isNamed([word], code));

/** Examples that nothing runs, because they stand at names which no entry exports. */
export function idleExamples(files: Iterable<ParsedText>, names: readonly PublicName[]): Finding[] {
  const run = new Set(names.flatMap((name) => itemsOf(name, true)).map(({ node }) => node));
  return [...files].flatMap((source) =>
    docBlocksOf(source).flatMap(({ node, block }) =>
      block.examples.length === 0 || run.has(node)
        ? []
        : [at(source, node, 'an @example at a name that no entry exports: nothing runs it')],
    ),
  );
}

/** Docstrings of statements and members, at whatever depth. */
function docBlocksOf(source: ParsedText) {
  const found: { node: Node; block: NonNullable<ReturnType<typeof docBlock>> }[] = [];
  const seen = new Set<number>();
  walk(source.file, (node) => {
    // A statement and its first word share what stands before them: the outer one counts.
    if (node === source.file || seen.has(node.pos)) return;
    seen.add(node.pos);
    const block = docOf(source, node);
    if (block !== undefined) found.push({ node, block });
  });
  return found;
}

/** Comments that name a document which is not part of the repository. */
export function foreignDocuments(files: Iterable<ParsedText>): Finding[] {
  return [...files].flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, index) =>
        /(^|[^\w'])(FORMATS|DESIGN|FACTS)\b/.test(line)
          ? [`${path}:${index + 1} names a document that is not here`]
          : [],
      ),
  );
}
