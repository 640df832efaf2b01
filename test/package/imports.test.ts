import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../tidy/files.ts';
import { builtModules, type Graph, type ImportMap, modulesOf, staticGraph } from './graph.ts';

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
  readonly imports: ImportMap;
}
const manifest = JSON.parse(readFileSync(`${projectRoot}package.json`, 'utf8')) as Manifest;

/** What one entry may load: at most so much of our own, and exactly these packages. */
interface Bound {
  readonly filesMax: number;
  readonly kibibytesMax: number;
  readonly packages: readonly string[];
}

const noble = ['@noble/ed25519', '@noble/hashes'];

// Only the pool's worker threads load rdf-validate-shacl; testing hands it out for comparison.
const bounds: Readonly<Record<string, Bound>> = {
  '.': { filesMax: 375, kibibytesMax: 1_400, packages: [...noble, 'n3', 'piscina'] },
  './receipts': { filesMax: 40, kibibytesMax: 165, packages: noble },
  './shapes': { filesMax: 105, kibibytesMax: 375, packages: ['n3', 'piscina'] },
  './loop': { filesMax: 300, kibibytesMax: 1_120, packages: [...noble, 'n3'] },
  './otel': { filesMax: 24, kibibytesMax: 60, packages: ['@opentelemetry/api'] },
  './git': { filesMax: 64, kibibytesMax: 230, packages: [] },
  './testing': {
    ...{ filesMax: 320, kibibytesMax: 1_200 },
    packages: [...noble, 'n3', 'piscina', 'rdf-validate-shacl'],
  },
};

const modules = builtModules();
const isOutside = (name: string): boolean => !name.startsWith('node:');
const graphOf = (entry: string, condition: 'node' | 'default' = 'node'): Graph => {
  const target = manifest.exports[entry];
  if (typeof target !== 'object') throw new Error(`${entry} is no entry of code`);
  const path = target.default.replace('./', '');
  return staticGraph(path, modules, manifest.imports, condition);
};

describe('what an import of the package loads', () => {
  it('is written down for every entry', () => {
    const entries = Object.keys(manifest.exports).filter((name) => name !== './package.json');
    expect(Object.keys(bounds).sort()).toEqual(entries.sort());
  });
  it.each(Object.entries(bounds))('is bounded: %s', (entry, bound) => {
    const graph = graphOf(entry);
    expect(graph.packages.filter(isOutside)).toEqual(bound.packages);
    expect(graph.files.length).toBeLessThanOrEqual(bound.filesMax);
    expect(graph.bytes).toBeLessThanOrEqual(bound.kibibytesMax * 1024);
  });
  it('is portable for knhk/receipts: in a browser no module of Node is asked for', () => {
    expect(graphOf('./receipts', 'default').packages).toEqual(noble);
    expect(graphOf('./receipts', 'node').packages).toContain('node:crypto');
  });
});

// Hooks see what `import` loads; the cache holds what packages in CommonJS required.
const hooks = `
import { writeSync } from 'node:fs';
export async function resolve(specifier, context, next) {
  const found = await next(specifier, context);
  writeSync(1, found.url + '\\n');
  return found;
}`;
const dataUrl = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;

/** Every module that a fresh process loads when it imports the entry. */
function loadedBy(specifier: string): string[] {
  const at = JSON.stringify(dataUrl(hooks));
  const register = `import { register } from 'node:module'; register(${at});`;
  const script = `import { createRequire } from 'node:module';
    await import(${JSON.stringify(specifier)});
    console.log(Object.keys(createRequire(process.cwd() + '/x.js').cache).join('\\n'));`;
  const words = ['--import', dataUrl(register), '--input-type=module', '-e', script];
  const options = { cwd: projectRoot, encoding: 'utf8', timeout: 50_000 } as const;
  const run = spawnSync(process.execPath, words, options);
  expect(run.status, run.stderr).toBe(0);
  return run.stdout.replaceAll('\\', '/').split('\n');
}

const telemetry = '/node_modules/@opentelemetry/';

describe('a fresh process that imports the package', () => {
  it.each(['knhk', 'knhk/loop', 'knhk/shapes', 'knhk/receipts', 'knhk/testing'])(
    'loads no OpenTelemetry: %s',
    (specifier) => {
      const loaded = loadedBy(specifier);
      expect(loaded.filter((url) => url.includes('/dist/')).length).toBeGreaterThan(10);
      expect(loaded.filter((url) => url.includes(telemetry))).toEqual([]);
    },
  );
  it('would be seen to load it', () => {
    expect(loadedBy('@opentelemetry/api').some((url) => url.includes(telemetry))).toBe(true);
    expect(loadedBy('knhk').some((url) => url.includes('/node_modules/n3/'))).toBe(true);
  });
});

describe('the walk over imports', () => {
  const files: Readonly<Record<string, string>> = {
    'dist/a.js': `import { b } from './b.js'; export * from './deep/c.js';
      import '@scope/name/part'; import { x } from '#map'; const s = "import 'no'";
      const later = () => import('later');`,
    'dist/b.js': `import './a.js'; export { default } from 'plain/part.js';`,
    'dist/deep/c.js': `import '../b.js'; import 'node:fs'; // import 'comment'`,
    'dist/m.node.js': '',
    'dist/m.web.js': `import 'web';`,
  };
  const map = { '#map': { node: './dist/m.node.js', default: './dist/m.web.js' } };
  const texts = Object.entries(files).map(([path, text]) => ({ path, text }));
  const walk = (condition: 'node' | 'default'): Graph =>
    staticGraph('dist/a.js', modulesOf(texts), map, condition);

  it('follows static imports, and those of one condition', () => {
    const own = ['dist/a.js', 'dist/b.js', 'dist/deep/c.js'];
    expect(walk('node').files).toEqual([...own, 'dist/m.node.js']);
    expect(walk('node').packages).toEqual(['@scope/name', 'node:fs', 'plain']);
    expect(walk('default').files).toEqual([...own, 'dist/m.web.js']);
    expect(walk('default').packages).toEqual(['@scope/name', 'node:fs', 'plain', 'web']);
  });
});
