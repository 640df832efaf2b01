import { posix } from 'node:path';
import { SyntaxKind } from 'typescript/unstable/ast';
import { listFiles, readTexts } from '../tidy/files.ts';
import { importsOf, parse, type SourceText } from '../tidy/parse.ts';

/** What importing one entry of the package loads before any of its code asks for more. */
export interface Graph {
  readonly files: readonly string[];
  readonly bytes: number;
  /** Outside packages, and Node's own modules with their `node:` prefix. */
  readonly packages: readonly string[];
}

/** The import map of package.json: a name beginning with # and the file of each condition. */
export type ImportMap = Readonly<Record<string, Readonly<Record<string, string>>>>;

interface Module {
  readonly bytes: number;
  readonly specifiers: readonly string[];
}

/** Built JavaScript by its path below the root, with forward slashes. */
export type Modules = ReadonlyMap<string, Module>;

const statics: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.ImportDeclaration,
  SyntaxKind.ExportDeclaration,
]);

/** Reads the static imports of each file; a call of `import()` loads nothing yet. */
export function modulesOf(texts: readonly SourceText[]): Modules {
  // JavaScript is parsed as the TypeScript that it also is; the parser's project takes no other.
  const sources = parse(texts.map(({ path, text }) => ({ path: path.replace(/js$/, 'ts'), text })));
  return new Map(
    sources.map((source, index) => {
      const specifiers = importsOf(source)
        .filter(({ node }) => statics.has(node.parent.kind))
        .map(({ specifier }) => specifier);
      return [texts[index]!.path, { bytes: Buffer.byteLength(source.text), specifiers }];
    }),
  );
}

/** Everything that was built. */
export function builtModules(): Modules {
  return modulesOf(readTexts(listFiles('dist').filter((path) => path.endsWith('.js'))));
}

const packageOf = (specifier: string): string =>
  specifier.startsWith('node:')
    ? specifier
    : specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/');

/**
 * Follows static imports from an entry.
 *
 * @param map the package's own import map
 * @param condition which branch of the map is taken: `node` or `default`
 */
export function staticGraph(
  entry: string,
  modules: Modules,
  map: ImportMap,
  condition: 'node' | 'default',
): Graph {
  const reached = new Map<string, Module>();
  const packages = new Set<string>();
  const waiting = [entry];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue;
    const module = modules.get(path);
    if (module === undefined) throw new Error(`${path} is imported but was not built`);
    reached.set(path, module);
    for (const specifier of module.specifiers) {
      const mapped = map[specifier]?.[condition];
      if (mapped !== undefined) waiting.push(posix.normalize(mapped));
      else if (!specifier.startsWith('.')) packages.add(packageOf(specifier));
      else waiting.push(posix.join(posix.dirname(path), specifier));
    }
  }
  const bytes = [...reached.values()].reduce((sum, module) => sum + module.bytes, 0);
  return { files: [...reached.keys()].sort(), bytes, packages: [...packages].sort() };
}
