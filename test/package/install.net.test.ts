import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../tidy/files.ts';
import { emptyProject, type Project } from './project.ts';

const imports = `
import { openRuntime } from 'knhk';
import { checkNote } from 'knhk/receipts';
import { compileShapes } from 'knhk/shapes';
import { openLoop } from 'knhk/loop';
console.log(...[openRuntime, checkNote, compileShapes, openLoop].map((each) => typeof each));
`;
const telemetry = `import * as otel from 'knhk/otel'; console.log(Object.keys(otel).length > 0);`;
const files = { 'imports.js': imports, 'telemetry.js': telemetry };

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}
/** A package as `npm ls --json` tells of it. */
interface Listed {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, Listed>>;
}
const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

/** The folder of every package that is installed, those inside other packages too. */
function installedFolders(directory: string): string[] {
  const modules = readdirSync(directory, { recursive: true, withFileTypes: true });
  const isPackage = /[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+$/;
  return modules
    .filter(({ name, parentPath }) => name === 'package.json' && isPackage.test(parentPath))
    .map(({ parentPath }) => parentPath);
}

const installing = ['preinstall', 'install', 'postinstall'];

/** Why an install of these packages would run code: a script, or a file that npm builds from. */
function installCode(folders: readonly string[]): string[] {
  return folders.flatMap((folder) => {
    const { name, scripts = {} } = readManifest(folder);
    const found = installing.filter((script) => scripts[script] !== undefined);
    if (readdirSync(folder).includes('binding.gyp')) found.push('binding.gyp');
    return found.map((reason) => `${name}: ${reason}`);
  });
}

describe('the tarball in an empty project', () => {
  let project: Project;
  beforeAll(() => {
    project = emptyProject({ files });
  });
  afterAll(() => project?.remove());

  it('has nothing that an install would run', () => {
    const folders = installedFolders(project.directory);
    expect(folders.length).toBeGreaterThan(5);
    expect(installCode(folders)).toEqual([]);
  });
  it('brings the packages that package.json declares, in the versions that were tested', () => {
    const run = project.npm('ls', '--all', '--json');
    expect(run.status, run.stdout + run.stderr).toBe(0);
    const host = JSON.parse(run.stdout) as { dependencies: { knhk: Listed } };
    const listed = Object.entries(host.dependencies.knhk.dependencies ?? {});
    // An optional peer that is absent is listed too, without a version.
    const installed = listed.flatMap(([name, { version }]) =>
      version === undefined ? [] : [[name, version]],
    );
    expect(Object.fromEntries(installed)).toEqual(readManifest(projectRoot).dependencies);
  });
  it('answers on the command line', () => {
    const run = project.npm('exec', '--', 'knhk', '--version');
    expect(run.status, run.stderr).toBe(0);
    expect(run.stdout.trim()).toContain(readManifest(projectRoot).version);
  });
  it('works without the optional peer, and knhk/otel says what it lacks', () => {
    expect(project.run('imports.js').status).toBe(0);
    const run = project.run('telemetry.js');
    expect(run.status).not.toBe(0);
    expect(run.stderr).toContain('ERR_MODULE_NOT_FOUND');
    expect(run.stderr).toContain("'@opentelemetry/api'");
  });
});

describe('the tarball beside the peer', () => {
  // The oldest release that the range allows, and the one that was developed against.
  it.each(['1.3.0', '1.9.1'])('has telemetry: @opentelemetry/api %s', (version) => {
    using project = emptyProject({ files, dependencies: { '@opentelemetry/api': version } });
    const run = project.run('telemetry.js');
    expect(run.stderr).toBe('');
    expect(run.stdout).toBe('true\n');
  });
});

describe('the search for install scripts', () => {
  it('sees a script and a build file', () => {
    const root = mkdtempSync(join(tmpdir(), 'knhk-scripts-'));
    try {
      const folder = join(root, 'node_modules', '@scope', 'bad');
      mkdirSync(folder, { recursive: true });
      const scripts = { postinstall: 'node x.js', test: 'x' };
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'bad', scripts }));
      writeFileSync(join(folder, 'binding.gyp'), '{}');
      expect(installedFolders(root)).toEqual([folder]);
      expect(installCode([folder])).toEqual(['bad: postinstall', 'bad: binding.gyp']);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});
