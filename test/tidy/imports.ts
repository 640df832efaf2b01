import { posix } from 'node:path';
import { at, type Finding, type Import, importsOf, type ParsedText } from './parse.ts';

/** DESIGN section 11: rooms and their layers. An import goes to a strictly lower number. */
const layers: Readonly<Record<string, number>> = {
  base: 0,
  terms: 1,
  receipts: 1,
  kernel: 2,
  shapes: 2,
  rules: 3,
  runtime: 4,
  effects: 4,
  loop: 5,
  otel: 6,
  registry: 6,
  http: 6,
  oidc: 6,
  postgres: 6,
  redis: 6,
  git: 6,
  config: 6,
  testing: 6,
  cli: 7,
  'index.ts': 7,
};

/** The package's own import map leads here (package.json, `imports`). */
const aliases: Readonly<Record<string, string>> = { '#sha256': 'src/base/sha256.node.ts' };

/** Packages that more than one file may import, each for a written reason. */
export interface SharedPackage {
  readonly name: string;
  readonly files: readonly string[];
  readonly reason: string;
}

const sharedPackages: readonly SharedPackage[] = [
  {
    name: '@noble/hashes',
    files: ['src/base/sha256.noble.ts', 'src/receipts/verify/ed25519.ts'],
    reason: '@noble/ed25519 needs sha512 set on it once; base has no other use for sha512.',
  },
];

const isRelative = (specifier: string): boolean => specifier.startsWith('.');
const isNode = (specifier: string): boolean => specifier.startsWith('node:');

/** The file of the project that an import leads to, or undefined for an outside package. */
function targetOf(source: ParsedText, specifier: string): string | undefined {
  if (isRelative(specifier)) return posix.join(posix.dirname(source.path), specifier);
  return aliases[specifier];
}

function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

const roomOf = (path: string): string => path.split('/')[1] ?? '';

function eachImport(
  sources: readonly ParsedText[],
  judge: (source: ParsedText, entry: Import) => string | undefined,
): Finding[] {
  return sources.flatMap((source) =>
    importsOf(source).flatMap((entry) => {
      const message = judge(source, entry);
      return message === undefined ? [] : [at(source, entry.node, message)];
    }),
  );
}

/** Imports in src that go up, to a sibling room, out of src, or from or to an unknown room. */
export function layerBreaches(sources: readonly ParsedText[]): Finding[] {
  return eachImport(sources, (source, { specifier }) => {
    const target = targetOf(source, specifier);
    const from = roomOf(source.path);
    const lower = layers[from];
    if (lower === undefined) return `room ${from} has no layer`;
    if (target === undefined) return undefined;
    if (!target.startsWith('src/')) return `imports ${target}, which is outside src`;
    const to = roomOf(target);
    if (to === from) return undefined;
    const upper = layers[to];
    if (upper === undefined) return `imports room ${to}, which has no layer`;
    return upper < lower
      ? undefined
      : `${from} (layer ${lower}) imports ${to} (layer ${upper}): only strictly lower ones`;
  });
}

/**
 * Relative imports that do not name a .ts file; tsc rewrites only those. Tests may also import
 * plain JavaScript that runs outside the project as it is.
 */
export function importsWithoutTs(sources: readonly ParsedText[]): Finding[] {
  return eachImport(sources, ({ path }, { specifier }) => {
    const isScript = path.startsWith('test/') && specifier.endsWith('.mjs');
    if (!isRelative(specifier) || specifier.endsWith('.ts') || isScript) return undefined;
    return `relative import ${specifier} does not end in .ts`;
  });
}

const nodeBase = 'src/base/sha256.node.ts';
const isPortable = (path: string): boolean =>
  path.startsWith('src/receipts/verify/') || (path.startsWith('src/base/') && path !== nodeBase);

/**
 * Imports that keep the verifier out of a browser: in src/base and src/receipts/verify only
 * @noble packages, base and the verifier itself may be imported.
 */
export function unportableImports(sources: readonly ParsedText[]): Finding[] {
  return eachImport(
    sources.filter(({ path }) => isPortable(path)),
    (source, { specifier }) => {
      const target = targetOf(source, specifier);
      const allowed =
        specifier.startsWith('@noble/') ||
        specifier in aliases ||
        target?.startsWith('src/base/') === true ||
        target?.startsWith('src/receipts/verify/') === true;
      if (allowed && target !== nodeBase) return undefined;
      return specifier in aliases ? undefined : `portable code imports ${specifier}`;
    },
  );
}

/** Outside packages imported by more than one file of src, but for the table above. */
export function sharedOutsidePackages(
  sources: readonly ParsedText[],
  allowed: readonly SharedPackage[] = sharedPackages,
): Finding[] {
  const users = new Map<string, Set<string>>();
  for (const source of sources) {
    for (const { specifier } of importsOf(source)) {
      if (isNode(specifier) || targetOf(source, specifier) !== undefined) continue;
      const name = packageOf(specifier);
      users.set(name, (users.get(name) ?? new Set()).add(source.path));
    }
  }
  return [...users].flatMap(([name, files]) => {
    const table = allowed.find((entry) => entry.name === name)?.files ?? [];
    const rest = [...files].filter((file) => !table.includes(file)).sort();
    const most = table.length === 0 ? 1 : 0;
    return rest.length > most
      ? [`${rest[0]}:1 package ${name} is imported by ${rest.join(', ')}: one file owns a package`]
      : [];
  });
}

/** Bare imports in src of Node's own modules without the `node:` prefix are outside packages. */
export function undeclaredPackages(
  sources: readonly ParsedText[],
  declared: ReadonlySet<string>,
): Finding[] {
  return eachImport(sources, (source, { specifier }) => {
    if (isNode(specifier) || targetOf(source, specifier) !== undefined) return undefined;
    const name = packageOf(specifier);
    return declared.has(name) ? undefined : `package ${name} is not declared in package.json`;
  });
}
