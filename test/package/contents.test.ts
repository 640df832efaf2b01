import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { listFiles, projectRoot } from '../tidy/files.ts';
import { compiled, documents, strangers } from './files.ts';
import { npm, outputOf } from './project.ts';

const kibibyte = 1024;
const packedBytesMax = 1_080 * kibibyte;
const unpackedBytesMax = 3_700 * kibibyte;

interface PackedFile {
  readonly path: string;
  readonly size: number;
}
interface Packed {
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly PackedFile[];
}

describe('the packed package', () => {
  let packed: Packed;
  beforeAll(() => {
    const words = ['pack', '--dry-run', '--json', '--ignore-scripts'];
    packed = (JSON.parse(outputOf(npm(projectRoot, words), 'npm pack')) as Packed[])[0]!;
  });

  it('holds what src is compiled to, the documents, and nothing else', () => {
    const paths = packed.files.map(({ path }) => path);
    expect(strangers(paths, listFiles('src'))).toEqual([]);
  });
  it('holds every prebuilt kernel, and not their sums', () => {
    const built = listFiles('prebuilds').filter((path) => path.endsWith('.node'));
    const paths = packed.files.map(({ path }) => path).filter((path) => /^prebuilds/.test(path));
    expect(paths.sort()).toEqual(built);
  });
  it('names no source map', () => {
    const built = packed.files.filter(({ path }) => /\.(?:js|ts)$/.test(path));
    const texts = built.map(({ path }) => readFileSync(`${projectRoot}${path}`, 'utf8'));
    expect(texts.filter((text) => /sourceMappingURL=/.test(text))).toEqual([]);
  });
  it('stays within its bounds', () => {
    expect(packed.size).toBeLessThanOrEqual(packedBytesMax);
    expect(packed.unpackedSize).toBeLessThanOrEqual(unpackedBytesMax);
    // A package of nothing would keep every bound.
    expect(packed.unpackedSize).toBeGreaterThan(500 * kibibyte);
  });
});

describe('the judgement of a list of files', () => {
  const sources = ['src/index.ts', 'src/base/bytes.ts'];
  const good = [...documents, ...compiled(sources), 'registry/packs/a.ttl'];
  it('accepts what belongs', () => {
    expect(strangers([...good, 'prebuilds/linux-x64/knhk.node'], sources)).toEqual([]);
  });
  it.each([
    ...['dist/index.js.map', 'dist/tsconfig.tsbuildinfo', 'dist/index.test.js', 'src/index.ts'],
    ...['test/api.test.ts', '.npmrc', '.env', 'data.keys/secret', 'dist/removed.js'],
    ...['node_modules/a/index.js', 'prebuilds/linux-x64/notes.txt', 'registry/.npmrc'],
    'prebuilds/SHA256SUMS',
  ])('sees a stranger: %s', (path) => {
    expect(strangers([...good, path], sources)).toEqual([`extra: ${path}`]);
  });
  it('sees what is missing', () => {
    const without = good.filter((path) => path !== 'dist/index.d.ts' && path !== 'LICENSE');
    expect(strangers(without, sources)).toEqual(['missing: LICENSE', 'missing: dist/index.d.ts']);
  });
});
