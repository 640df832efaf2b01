import { existsSync, readFileSync } from 'node:fs';
import { compile, targets } from '../build.mjs';
import { judge, routinesOf } from './disassembly.mjs';
import { must, root, scratch } from './tools.mjs';

/** The kernel's objects, one for each platform that ships, and the form of what is in them. */

/**
 * @typedef {{ name: string, arch: 'x64' | 'arm64' }} Platform
 * @typedef {{ engine: string, lanes: number, symbol: string, address: number,
 *   routine: import('./disassembly.mjs').Routine,
 *   judged: ReturnType<typeof judge> }} KernelCode
 */

/** What ships. @type {readonly Platform[]} */
export const platforms = Object.keys(targets).map((name) => {
  const arch = name.split('-')[1];
  if (arch !== 'x64' && arch !== 'arm64') throw new Error(`${name}: unknown processor`);
  return { name, arch };
});

/** Compiles the kernel as the addon of that platform is compiled; returns the object's path. */
export function buildKernel({ name }) {
  const out = `${scratch}kernel-${name}.o`;
  compile(name, 'kernel.c', out);
  return out;
}

/**
 * The kernels in an object file, in the order of their symbols.
 *
 * @param {string} object
 * @param {'x64' | 'arm64'} arch
 * @returns {KernelCode[]}
 */
export function kernelsIn(object, arch) {
  const symbols = must('llvm-nm-19', ['--defined-only', object])
    .split('\n')
    .map((line) => /^([0-9a-f]+) [tT] _?(knhk_eval_([a-z0-9]+)_(\d+))$/.exec(line))
    .filter((found) => found !== null);
  // By address: Mach-O has a label of its own at the first function.
  const routines = routinesOf(must('llvm-objdump-19', ['-d', object]));
  return symbols.map(([, hex, symbol, engine, lanes]) => {
    const address = Number.parseInt(hex, 16);
    const found = routines.find(({ instructions }) => instructions[0]?.address === address);
    if (found === undefined) throw new Error(`${object}: ${symbol} has no code`);
    const routine = { ...found, name: symbol };
    const judged = judge(routine, arch);
    return { engine, lanes: Number(lanes), symbol, address, routine, judged };
  });
}

/** Names that an object or library wants from elsewhere. */
export const undefinedIn = (file, words = []) =>
  must('llvm-nm-19', ['--undefined-only', '--format=just-symbols', ...words, file])
    .split('\n')
    .filter((name) => name !== '');

/** The code of a function, without the padding behind it. */
export function codeOf({ instructions }) {
  const end = instructions.findLastIndex(({ mnemonic }) => /^ret/.test(mnemonic));
  const bytes = instructions.slice(0, end + 1).map((instruction) => instruction.bytes);
  return Buffer.from(bytes.join(''), 'hex');
}

/**
 * Whether the shipped library of a platform holds the code that was judged and counted, byte for
 * byte, and wants nothing but Node-API. `undefined`: there is no such library.
 *
 * @param {Platform} platform
 * @param {KernelCode[]} kernels
 * @returns {string[] | undefined}
 */
export function judgeLibrary({ name }, kernels) {
  const path = `prebuilds/${name}/knhk.node`;
  if (!existsSync(`${root}${path}`)) return undefined;
  const library = readFileSync(`${root}${path}`);
  const findings = kernels
    .filter(({ routine }) => !library.includes(codeOf(routine)))
    .map(({ symbol }) => `${path}: ${symbol} is not the code that was counted`);
  const { symbols, libraries } = wishes[name.split('-')[0]](path);
  const foreign = symbols.filter((symbol) => !/^_?napi_[a-z_]+$/.test(symbol));
  if (symbols.length === 0 || foreign.length > 0) findings.push(`${path}: wants [${foreign}]`);
  if (libraries.length > 0) findings.push(`${path}: needs the libraries ${libraries}`);
  return findings;
}

const found = (text, pattern) => [...text.matchAll(pattern)].map(([, name]) => name);

/** What a library asks of others, by the platform's own tables. */
const wishes = {
  linux: (path) => ({
    symbols: undefinedIn(path, ['--dynamic']),
    libraries: found(must('llvm-readelf-19', ['--needed-libs', path]), /^ {2}(\S+)$/gm),
  }),
  // The loader's own name and libSystem are in each file, used or not.
  darwin: (path) => ({
    symbols: undefinedIn(path).filter((symbol) => symbol !== 'dyld_stub_binder'),
    libraries: found(
      must('llvm-objdump-19', ['--macho', '--dylibs-used', path]),
      /^\t(\S+)/gm,
    ).filter((library) => library !== '/usr/lib/libSystem.B.dylib'),
  }),
  win32: (path) => {
    const imports = must('llvm-readobj-19', ['--coff-imports', path]);
    const libraries = found(imports, /^ {2}Name: (\S+)$/gm).filter((name) => name !== 'NODE.EXE');
    return { symbols: found(imports, /^ {2}Symbol: (\S+) /gm), libraries };
  },
};
