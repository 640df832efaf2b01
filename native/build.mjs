import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { def_paths as definitions, include_dir as headers } from 'node-api-headers';

/**
 * Builds the addon for every platform on one machine, with the same bytes each time:
 *
 *   node native/build.mjs [TARGET ...]   into prebuilds/, and writes prebuilds/SHA256SUMS
 *   node native/build.mjs --check        into a temporary folder, and compares
 *
 * The addon calls nothing but Node-API, so no platform's headers or libraries are needed.
 */

const native = dirname(fileURLToPath(import.meta.url));
const prebuilds = resolve(native, '..', 'prebuilds');
const addonName = 'knhk.node';
const sources = ['kernel.c', 'addon.c'];

// Another compiler makes other bytes, and other instruction counts.
const toolsVersion = '19.1.7';
const tools = {
  clang: 'clang-19',
  elf: 'ld.lld-19',
  machO: 'ld64.lld-19',
  coff: 'lld-link-19',
  dlltool: 'llvm-dlltool-19',
};

/** What the platforms have in common; slp-vectorize packs bytes of a cell, which is slower. */
const commonFlags = [
  ...['--no-default-config', '-std=c17', '-O2', '-ffreestanding', '-fvisibility=hidden'],
  ...['-fno-stack-protector', '-fno-vectorize', '-fno-slp-vectorize', '-fno-ident'],
  ...['-fno-asynchronous-unwind-tables', '-fno-unwind-tables', '-fno-math-errno'],
  ...['-Wall', '-Wextra', '-Werror', '-DNAPI_VERSION=8', '-DBUILDING_NODE_EXTENSION'],
];

/** @typedef {{ triple: string, flags: string[], link(job: Job): void }} Target */
/** @typedef {{ folder: string, objects: string[], output: string }} Job */

/** Runs a tool and gives back what it printed; a tool that fails is an error with its words. */
function run(tool, words, cwd = native) {
  // A tool that follows these would build another program.
  const { CPATH, C_INCLUDE_PATH, CCC_OVERRIDE_OPTIONS, ...env } = process.env;
  const { status, stdout, stderr, error } = spawnSync(tool, words, { cwd, encoding: 'utf8', env });
  if (error?.code === 'ENOENT') throw new Error(`${tool} is not installed (${install})`);
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${tool} exited with ${status}\n${stdout}${stderr}`);
  return stdout;
}
const install = 'Debian: apt-get install clang-19 lld-19 llvm-19';

function linkElf({ folder, objects, output }) {
  const words = ['-shared', '--strip-all', '--build-id=none', '--hash-style=gnu'];
  const safe = ['-z', 'now', '-z', 'relro', '-z', 'noexecstack', '-z', 'text'];
  run(tools.elf, [...words, ...safe, '-o', output, ...objects], folder);
}

const linkMachO = (arch) => (job) => {
  const words = ['-arch', arch, '-platform_version', 'macos', '11.0', '11.0', '-bundle', '-x'];
  // A bundle that names no library is refused; libSystem is in every process anyway.
  const library = ['-needed_library', join(native, 'darwin', 'libSystem.tbd')];
  const node = ['-undefined', 'dynamic_lookup', '-adhoc_codesign'];
  run(tools.machO, [...words, ...library, ...node, '-o', job.output, ...job.objects], job.folder);
};

/** Windows binds names to a library when linking: one is made of Node's list of names. */
const linkCoff = (machine) => (job) => {
  const lists = Object.values(definitions).map((path) => readFileSync(path, 'utf8'));
  const names = lists.flatMap((list) => list.split(/\r?\n/).filter((line) => /^\w+$/.test(line)));
  const exported = [...new Set(names)].filter((name) => name !== 'EXPORTS').sort();
  const definition = ['NAME NODE.EXE', 'EXPORTS', ...exported, ''].join('\n');
  writeFileSync(join(job.folder, 'node.def'), definition);
  run(tools.dlltool, ['-m', machine, '-d', 'node.def', '-l', 'node.lib'], job.folder);
  const words = ['/dll', '/noentry', '/nodefaultlib', '/brepro', '/nologo', '/noimplib'];
  run(tools.coff, [...words, `/out:${job.output}`, ...job.objects, 'node.lib'], job.folder);
};

const x86 = ['-march=x86-64', '-mtune=generic'];

/** @type {Readonly<Record<string, Target>>} by platform and architecture, as Node names them. */
export const targets = {
  'linux-x64': { triple: 'x86_64-linux-gnu', flags: ['-fPIC', ...x86], link: linkElf },
  'linux-arm64': { triple: 'aarch64-linux-gnu', flags: ['-fPIC'], link: linkElf },
  'darwin-x64': { triple: 'x86_64-apple-macos11', flags: x86, link: linkMachO('x86_64') },
  'darwin-arm64': { triple: 'arm64-apple-macos11', flags: [], link: linkMachO('arm64') },
  'win32-x64': { triple: 'x86_64-pc-windows-msvc', flags: x86, link: linkCoff('i386:x86-64') },
  'win32-arm64': { triple: 'aarch64-pc-windows-msvc', flags: [], link: linkCoff('arm64') },
};

/** The words for the compiler, without input and output: gates compile with the same ones. */
export function compileWords(target) {
  const { triple, flags } = targets[target];
  return [`--target=${triple}`, ...commonFlags, ...flags, '-isystem', headers];
}

/** Compiles one file of native/src to an object with its symbols. */
export function compile(target, source, object) {
  run(tools.clang, [...compileWords(target), '-c', join('src', source), '-o', object]);
}

/** Builds the addon of a target into a folder, under its own name alone. */
export function build(target, output) {
  const folder = mkdtempSync(join(tmpdir(), 'knhk-native-'));
  try {
    const objects = sources.map((source) => source.replace(/\.c$/, '.o'));
    sources.forEach((source, index) => {
      compile(target, source, join(folder, objects[index]));
    });
    // Linked under this very name: a signature names the file.
    targets[target].link({ folder, objects, output: addonName });
    mkdirSync(output, { recursive: true });
    copyFileSync(join(folder, addonName), join(output, addonName));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Why the tools here would not make the committed bytes. */
function strangeTools() {
  const versionOf = (tool) => run(tool, ['--version']).match(/\d+\.\d+\.\d+/)?.[0];
  return [tools.clang, tools.elf].flatMap((tool) => {
    const version = versionOf(tool);
    return version === toolsVersion ? [] : [`${tool} is ${version}, not ${toolsVersion}`];
  });
}

const sha256 = (path) => createHash('sha256').update(readFileSync(path)).digest('hex');

/** One line for each target, as sha256sum writes and checks them. */
const sumsOf = (folder) =>
  Object.keys(targets)
    .map((target) => join(target, addonName))
    .filter((path) => existsSync(join(folder, path)))
    .map((path) => `${sha256(join(folder, path))}  ${path}\n`)
    .join('');

const sumsName = 'SHA256SUMS';

/** Where a fresh build, the committed files and the committed sums are not the same. */
function differences(fresh) {
  const committed = readFileSync(join(prebuilds, sumsName), 'utf8');
  const lines = new Set(committed.split('\n'));
  const found = committed === sumsOf(prebuilds) ? [] : [`${sumsName} does not fit prebuilds`];
  const stale = sumsOf(fresh)
    .split('\n')
    .filter((line) => !lines.has(line));
  return [...found, ...stale.map((line) => `built otherwise: ${line}`)];
}

function check() {
  const fresh = mkdtempSync(join(tmpdir(), 'knhk-prebuilds-'));
  try {
    for (const target of Object.keys(targets)) build(target, join(fresh, target));
    const found = differences(fresh);
    for (const line of found) console.error(line);
    if (found.length === 0) console.log('prebuilds: what the sources are built to, byte for byte');
    else process.exitCode = 1;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function main(words) {
  const strange = strangeTools();
  if (strange.length > 0) throw new Error(`${strange.join('; ')} (${install})`);
  if (words.includes('--check')) return check();
  const unknown = words.find((word) => !(word in targets));
  if (unknown !== undefined) throw new Error(`no target ${unknown}: ${Object.keys(targets)}`);
  for (const target of words.length > 0 ? words : Object.keys(targets)) {
    build(target, join(prebuilds, target));
  }
  writeFileSync(join(prebuilds, sumsName), sumsOf(prebuilds));
  process.stdout.write(sumsOf(prebuilds));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    main(process.argv.slice(2));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
