import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * What a stranger does: packs the built package, installs the tarball into an empty project with
 * install scripts disabled, and runs files there. Whole processes only; nothing is mocked.
 */

const root = fileURLToPath(new URL('../../', import.meta.url));
const processMs = 120_000;
const outputBytes = 64 * 1024 * 1024;
const installWords = [
  'install',
  ...['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'],
];

/** How a process ended. `status` is null when a signal ended it. */
export interface Run {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

interface RunOptions {
  /** Words behind the file. */
  readonly args?: readonly string[];
  /** Words for Node itself, before the file. */
  readonly nodeArgs?: readonly string[];
  /** Variables on top of this process's own. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface ProjectOptions {
  /** Packages to install beside the tarball, by name; the values are npm's version ranges. */
  readonly dependencies?: Readonly<Record<string, string>>;
  /** Files to write, by their path inside the project. */
  readonly files: Readonly<Record<string, string>>;
  /** Which Node runs the files: the one that runs the tests ('20' in development), or Node 24. */
  readonly node?: '20' | '24';
}

/** A project that has the package installed. Remove it, or declare it with `using`. */
export interface Project extends Disposable {
  readonly directory: string;
  /** Runs a file of the project with Node. */
  run(file: string, options?: RunOptions): Run;
  /** Runs the npm client in the project. */
  npm(...words: readonly string[]): Run;
  remove(): void;
}

function start(program: string, words: readonly string[], options: object = {}): Run {
  const limits = { timeout: processMs, maxBuffer: outputBytes };
  const all = { encoding: 'utf8' as const, ...limits, ...options };
  const run: SpawnSyncReturns<string> = spawnSync(program, words, all);
  if (run.error !== undefined) throw run.error;
  return { stdout: run.stdout, stderr: run.stderr, status: run.status };
}

// What an outer `npm run` sets would lead an inner npm to the wrong project.
const cleanEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_(?:package|lifecycle|config_local_prefix)/.test(name),
    ),
  );

/** Runs the npm client in a folder. */
export function npm(cwd: string, words: readonly string[]): Run {
  const onWindows = process.platform === 'win32';
  return start('npm', words, { cwd, env: cleanEnvironment(), shell: onWindows });
}

/** The output of a process that must have succeeded. */
export function outputOf(run: Run, what: string): string {
  if (run.status === 0) return run.stdout;
  throw new Error(`${what} exited with ${run.status}\n${run.stdout}\n${run.stderr}`);
}

const temporary = (name: string): string => mkdtempSync(join(tmpdir(), `knhk-${name}-`));
const remove = (path: string): void =>
  rmSync(path, { recursive: true, force: true, maxRetries: 3 });

let packed: string | undefined;

/**
 * The path of the packed package. One pack serves the whole run: the suite's global setup names
 * the tarball in KNHK_TARBALL; without it the first call packs what dist holds.
 */
export function packedTarball(): string {
  packed ??= process.env['KNHK_TARBALL'];
  if (packed !== undefined) return packed;
  const folder = temporary('pack');
  process.once('exit', () => remove(folder));
  packed = packInto(folder);
  return packed;
}

/** Packs what dist holds into the folder and returns the tarball's path. */
export function packInto(folder: string): string {
  const words = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const entries: unknown = JSON.parse(outputOf(npm(root, words), 'npm pack'));
  const filename = (entries as readonly { readonly filename: string }[])[0]?.filename;
  if (filename === undefined) throw new Error('npm pack names no file');
  return join(folder, filename);
}

let node24: string | undefined;

/** The program of Node 24, from the npm package `node`; the client keeps it in its cache. */
export function node24Path(): string {
  const words = ['-y', 'node@24', '-p', 'process.execPath'];
  const options = { cwd: tmpdir(), env: cleanEnvironment(), shell: process.platform === 'win32' };
  node24 ??= outputOf(start('npx', words, options), 'npx node@24').trim();
  return node24;
}

/** Makes a temporary project with the package and its files, installed and ready to run. */
export function emptyProject(options: ProjectOptions): Project {
  const directory = temporary('project');
  try {
    const manifest = {
      ...{ name: 'host', version: '1.0.0', private: true, type: 'module' },
      dependencies: { knhk: `file:${packedTarball()}`, ...options.dependencies },
    };
    writeInto(directory, { 'package.json': JSON.stringify(manifest), ...options.files });
    outputOf(npm(directory, installWords), 'npm install');
    return projectAt(directory, options.node === '24' ? node24Path() : process.execPath);
  } catch (error) {
    remove(directory);
    throw error;
  }
}

function writeInto(directory: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    const target = join(directory, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
}

function projectAt(directory: string, program: string): Project {
  return {
    directory,
    run: (file, { args = [], nodeArgs = [], env = {} } = {}) =>
      start(program, [...nodeArgs, join(directory, file), ...args], {
        cwd: directory,
        env: { ...process.env, ...env },
      }),
    npm: (...words) => npm(directory, words),
    remove: () => remove(directory),
    [Symbol.dispose]: () => remove(directory),
  };
}
