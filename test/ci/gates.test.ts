import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listFiles, projectRoot } from '../tidy/files.ts';

/** The small programs of .ci, each with something that it must find. */

interface Bom {
  readonly metadata: { readonly component: object };
  readonly components: readonly object[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}
interface Secrets {
  findSecrets(path: string, text: string): string[];
  scan(root: string): string[];
  readonly allowed: readonly { readonly path: string; readonly reason: string }[];
}
interface Audit {
  judge(report: object): { readonly isFine: boolean; readonly lines: readonly string[] };
}
interface Parts {
  runtimePackages(lock: object, isInstalled: (path: string) => boolean): string[];
  narrow(bom: Bom, packages: readonly string[], own: object): Bom;
  differences(bom: Bom, packages: readonly string[]): string[];
}
interface Prune {
  prune(root: string): string[];
}

const load = async <Module>(name: string): Promise<Module> =>
  (await import(fileURLToPath(new URL(`../../.ci/${name}`, import.meta.url)))) as Module;

function write(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

const folders: string[] = [];
function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'knhk-gates-'));
  folders.push(folder);
  return folder;
}
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

// Put together here, so that this file gives nothing away by itself.
const token = 'Ab3'.repeat(12);
const planted: readonly (readonly [string, string])[] = [
  ['a private key', `-----BEGIN ${'PRIVATE KEY'}-----\nMC4CAQ`],
  ['a private key', `-----BEGIN ${'OPENSSH PRIVATE KEY'}-----`],
  ['an AWS key id', `key: ${'AKIA'}${'ABCDEFGH'.repeat(2)}`],
  ['an AWS secret', `${'aws_secret_access_key'} = ${'a/B+'.repeat(10)}`],
  ['a GitHub token', `${'ghp_'}${token}`],
  ['a GitHub token', `${'github_pat_'}${token}`],
  ['an npm token', `${'npm_'}${token}`],
  ['the login of a registry', `//npm.example.com/:${'_authToken'}=abcd-efgh`],
  ['the login of a registry', `${'_password'} = "c2VjcmV0"`],
  ['a URL with a password', `https://someone:${'hunter2'}@example.com/`],
];

describe('the search for secrets', () => {
  let secrets: Secrets;
  beforeAll(async () => {
    secrets = await load<Secrets>('secrets.mjs');
  });

  it.each(planted)('sees %s', (kind, text) => {
    expect(secrets.findSecrets('a.txt', `first line\n${text}\n`)).toEqual([`a.txt:2 ${kind}`]);
  });
  it.each(['data.keys/secret', 'signing.key', '.env.local', 'x/.npmrc', 'server.pem', 'id_rsa'])(
    'sees a file by its name: %s',
    (path) => {
      expect(secrets.findSecrets(path, '')).toEqual([`${path} a file for keys`]);
    },
  );
  it('passes what only speaks of secrets', () => {
    const text = `//npm.example.com/:${'_authToken'}=\${NODE_AUTH_TOKEN}
      -----BEGIN ${'PUBLIC KEY'}----- https://example.com/a:b@c user:pass @noble/hashes`;
    expect(secrets.findSecrets('docs/secrets.md', text)).toEqual([]);
  });
  it('searches files that are tracked and everything they ever were', () => {
    const root = temporary();
    const git = (...words: string[]): void => {
      const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com'];
      execFileSync('git', [...identity, ...words], { cwd: root, stdio: 'pipe' });
    };
    git('init', '-q');
    write(root, { 'old.txt': planted[6]![1], 'plain.txt': 'nothing', 'bytes.bin': '\xff\0\xfe' });
    git('add', '.');
    git('commit', '-q', '-m', 'one');
    expect(secrets.scan(root)).toEqual(['old.txt:1 an npm token']);
    git('rm', '-q', 'old.txt');
    git('commit', '-q', '-m', 'two');
    write(root, { 'plain.txt': planted[0]![1], 'untracked.txt': planted[1]![1] });
    expect(secrets.scan(root)).toEqual([
      'plain.txt:1 a private key',
      'old.txt:1 an npm token (in the history)',
    ]);
  });
  it('allows a file only by its exact path, which is there, and for a reason', () => {
    const paths = listFiles('test/vectors');
    for (const { path, reason } of secrets.allowed) {
      expect(paths).toContain(path);
      expect(reason).toMatch(/ .*\.$/);
      expect(secrets.findSecrets(path, planted[0]![1])).toEqual([]);
      expect(secrets.findSecrets(`other/${path}`, '')).toHaveLength(1);
    }
  });
});

describe('the judgement of an audit', () => {
  let audit: Audit;
  beforeAll(async () => {
    audit = await load<Audit>('audit.mjs');
  });
  const report = (severity: string, count: number): object => ({
    metadata: { vulnerabilities: { [severity]: count } },
    vulnerabilities: count === 0 ? {} : { lib: { severity } },
  });

  it('passes where nothing grave is known', () => {
    expect(audit.judge(report('high', 0)).isFine).toBe(true);
    expect(audit.judge(report('moderate', 3)).isFine).toBe(true);
  });
  it.each(['high', 'critical'])('fails on a weakness of %s severity', (severity) => {
    const { isFine, lines } = audit.judge(report(severity, 1));
    expect(isFine).toBe(false);
    expect(lines).toContain(`audit: lib is ${severity}`);
  });
  it('says so where the registry is silent, and fails where npm itself did', () => {
    const silent = { message: '405 Method Not Allowed', error: { summary: '' } };
    const lines = ['audit: the registry does not answer'];
    expect(audit.judge(silent)).toEqual({ isFine: true, lines });
    const broken = { error: { code: 'ENOLOCK', summary: 'No lockfile.' } };
    expect(audit.judge(broken)).toEqual({ isFine: false, lines: ['audit: No lockfile.'] });
    expect(audit.judge({}).isFine).toBe(false);
  });
});

describe('the list of parts', () => {
  let parts: Parts;
  beforeAll(async () => {
    parts = await load<Parts>('sbom.mjs');
  });
  const own = { name: 'own', version: '1.0.0', dependencies: { a: '1' } };
  const lock = {
    packages: {
      '': { ...own, devDependencies: { tool: '1' } },
      'node_modules/a': { version: '1.1.0', dependencies: { b: '2', c: '1' } },
      'node_modules/a/node_modules/b': { version: '2.0.0' },
      'node_modules/b': { version: '3.0.0' },
      'node_modules/c': { version: '1.0.0', optionalDependencies: { far: '1', gone: '1' } },
      'node_modules/far': { version: '1.0.0' },
      'node_modules/tool': { version: '1.0.0', dependencies: { c: '1' } },
    },
  };
  const expected = ['a@1.1.0', 'b@2.0.0', 'c@1.0.0'];
  const component = (name: string, version: string): object => ({
    ...{ name, version },
    'bom-ref': `${name}@${version}`,
  });

  it('is what the lock reaches from the dependencies', () => {
    const isInstalled = (path: string): boolean => path !== 'node_modules/far';
    expect(parts.runtimePackages(lock, isInstalled)).toEqual(expected);
    const all = parts.runtimePackages(lock, () => true);
    expect(all).toEqual([...expected, 'far@1.0.0']);
    const missing = { packages: { '': { dependencies: { a: '1' } } } };
    expect(() => parts.runtimePackages(missing, () => true)).toThrow('does not hold a');
  });
  it('is narrowed to them', () => {
    const full: Bom = {
      metadata: { component: component('folder', '1.0.0') },
      components: [component('a', '1.1.0'), component('tool', '1.0.0'), component('c', '1.0.0')],
      dependencies: [
        { ref: 'folder@1.0.0', dependsOn: ['a@1.1.0', 'c@1.0.0', 'tool@1.0.0'] },
        { ref: 'a@1.1.0', dependsOn: ['c@1.0.0', 'tool@1.0.0'] },
        { ref: 'tool@1.0.0', dependsOn: ['c@1.0.0'] },
      ],
    };
    const bom = parts.narrow(full, expected, own);
    expect(bom.metadata.component).toMatchObject({ name: 'own' });
    expect(bom.components).toEqual([component('a', '1.1.0'), component('c', '1.0.0')]);
    expect(bom.dependencies).toEqual([
      { ref: 'folder@1.0.0', dependsOn: ['a@1.1.0'] },
      { ref: 'a@1.1.0', dependsOn: ['c@1.0.0'] },
    ]);
    expect(parts.differences(bom, expected)).toEqual(['sbom: b@2.0.0 is missing']);
    expect(parts.differences(full, expected)).toContain(
      'sbom: tool@1.0.0 is no dependency at run time',
    );
  });
  it('begins with what package.json declares', () => {
    const text = readFileSync(join(projectRoot, 'package-lock.json'), 'utf8');
    const names = parts.runtimePackages(JSON.parse(text) as object, () => true);
    const { dependencies } = JSON.parse(
      readFileSync(join(projectRoot, 'package.json'), 'utf8'),
    ) as { dependencies: Record<string, string> };
    for (const [name, version] of Object.entries(dependencies)) {
      expect(names).toContain(`${name}@${version}`);
    }
  });
});

describe('the pruning of dist', () => {
  it('removes what src does not lead to, and nothing else', async () => {
    const { prune } = await load<Prune>('prune.mjs');
    const root = temporary();
    expect(prune(root)).toEqual([]);
    const kept = { 'dist/a.js': '', 'dist/a.d.ts': '', 'dist/deep/b.js': '' };
    const stale = { 'dist/deep/c.js': '', 'dist/a.js.map': '', 'dist/.tsbuildinfo': '' };
    write(root, { 'src/a.ts': '', 'src/deep/b.ts': '', ...kept, ...stale });
    const expected = Object.keys(stale).map((path) => path.replace('dist/', ''));
    expect(prune(root)).toEqual(expected.sort());
    expect(prune(root)).toEqual([]);
    for (const path of Object.keys(kept)) readFileSync(join(root, path));
  });
});
