import { readFileSync, rmSync } from 'node:fs';
import { must, run, scratch } from './tools.mjs';

/** Three ways to count the instructions of a function while it runs; each counts every call. */

/**
 * @typedef {{ program: string, engine: string, lanes: number, symbol: string, sets: number }} Task
 * @typedef {import('./counts.mjs').Sample} Sample
 */

/** What count.c calls exit code 3: the processor lacks the engine. */
const lacking = 3;

const wordsOf = ({ engine, lanes, sets }) => [engine, `${lanes}`, '0', `${sets}`];

/** The size of each data set, from the program itself. @returns {number[] | undefined} */
function sizesOf(task, emulator = []) {
  const [program, ...words] = [...emulator, task.program, ...wordsOf(task)];
  const { status, stdout, stderr } = run(program, words);
  if (status === lacking) return undefined;
  if (status !== 0) throw new Error(`${task.symbol}: count ended with ${status} ${stderr}`);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => Number.parseInt(line, 10));
}

/** @returns {Sample[]} */
function pair(task, sizes, counts) {
  if (sizes.length !== task.sets || counts.length !== task.sets) {
    const got = `${sizes.length} sizes and ${counts.length} counts`;
    throw new Error(`${task.symbol}: ${task.sets} data sets, but ${got}`);
  }
  return sizes.map((n, index) => ({ n, count: counts[index] }));
}

/** Address and size of a function in an executable that is not relocated. */
function placeOf({ program, symbol }) {
  const line = must('llvm-nm-19', ['--print-size', program])
    .split('\n')
    .find((text) => text.endsWith(` ${symbol}`));
  if (line === undefined) throw new Error(`${program} has no ${symbol}`);
  const [address, size] = line.split(' ').map((text) => Number.parseInt(text, 16));
  return { address, size };
}

/**
 * By valgrind's callgrind; it knows AVX2, but not AVX-512.
 *
 * @param {Task} task
 * @returns {Sample[] | undefined}
 */
export function byCallgrind(task) {
  const sizes = sizesOf(task);
  if (sizes === undefined) return undefined;
  const out = `${scratch}callgrind.out`;
  rmSync(out, { force: true });
  const words = [`--toggle-collect=${task.symbol}`, `--dump-after=${task.symbol}`];
  const options = ['--quiet', '--tool=callgrind', '--combine-dumps=yes', ...words];
  must('valgrind', [...options, `--callgrind-out-file=${out}`, task.program, ...wordsOf(task)]);
  const counts = [...readFileSync(out, 'utf8').matchAll(/^totals: (\d+)$/gm)].map(([, n]) => +n);
  // The last part is what ran after the last call: nothing.
  if (counts.pop() !== 0) throw new Error(`${task.symbol}: callgrind counted outside of calls`);
  return pair(task, sizes, counts);
}

/**
 * By single steps of the processor (step.c): whatever it runs.
 *
 * @param {Task & { stepper: string }} task
 * @returns {Sample[] | undefined}
 */
export function bySteps(task) {
  const sizes = sizesOf(task);
  if (sizes === undefined) return undefined;
  const { address, size } = placeOf(task);
  const words = [`${address}`, `${size}`, task.program, ...wordsOf(task), 'mark'];
  const lines = must(task.stepper, words).trimEnd().split('\n');
  const calls = lines.map((line) => line.split(' ').map(Number));
  const left = calls.filter(([, outside]) => outside !== 0).length;
  if (left > 0) throw new Error(`${task.symbol}: ${left} of ${calls.length} calls leave it`);
  return pair(
    task,
    sizes,
    calls.map(([count]) => count),
  );
}

/**
 * By QEMU with one instruction per translated block, each block logged: for arm64.
 *
 * @param {Task} task
 * @returns {Sample[]}
 */
export function byEmulator(task) {
  const sizes = sizesOf(task, ['qemu-aarch64']);
  if (sizes === undefined) throw new Error(`${task.symbol}: the emulator lacks the engine`);
  const { address, size } = placeOf(task);
  const log = `${scratch}qemu.log`;
  rmSync(log, { force: true });
  const range = `0x${address.toString(16)}..0x${(address + size - 1).toString(16)}`;
  const options = ['-singlestep', '-d', 'exec,nochain', '-D', log, '-dfilter', range];
  must('qemu-aarch64', [...options, task.program, ...wordsOf(task)]);
  /** @type {number[]} */
  const counts = [];
  for (const [, hex] of readFileSync(log, 'utf8').matchAll(/^Trace .*?\/([0-9a-f]+)\//gm)) {
    if (Number.parseInt(hex, 16) === address) counts.push(0);
    counts[counts.length - 1]++;
  }
  return pair(task, sizes, counts);
}
