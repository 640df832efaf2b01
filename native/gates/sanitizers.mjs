import { readFileSync, writeFileSync } from 'node:fs';
import { compile, compileWords } from '../build.mjs';
import { undefinedIn } from './objects.mjs';
import { clang, must, run, scratch } from './tools.mjs';

/** Harness, fuzzing and the second thread: C that must stay inside the memory of its pass. */

const kernel = 'native/src/kernel.c';
const sets = 'native/test/sets.c';
const checks = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-g', '-O1'];

/** Seconds of fuzzing; the seed is fixed so that a red run can be had again. */
const fuzzSeconds = 20;
const scribbleRounds = '20000';

/** @typedef {{ findings: string[], detail: string }} Verdict */

/**
 * What a program needs in which the whole addon is: the headers, and functions of Node-API, made
 * of the names that the addon asks for. None of them is called.
 */
function insteadOfNode() {
  const addon = `${scratch}addon.o`;
  compile('linux-x64', 'addon.c', addon);
  const names = undefinedIn(addon).filter((name) => name.startsWith('napi_'));
  const stubs = names.map(
    (name) => `void ${name}(void);\nvoid ${name}(void) { __builtin_trap(); }\n`,
  );
  writeFileSync(`${scratch}node.c`, stubs.join(''));
  const include = compileWords('linux-x64').slice(-2);
  return ['-DNAPI_VERSION=8', ...include, `${scratch}node.c`];
}

/** @returns {Verdict} red with the first lines that say why */
function verdictOf({ status, stdout, stderr }, detail) {
  if (status === 0) return { findings: [], detail: detail ?? stdout.trim() };
  const lines = stderr.split('\n').filter((line) => /ERROR|error:|harness:|fuzz:|SUMM/.test(line));
  const why = lines.slice(0, 3).join(' | ');
  return {
    findings: [`ended with ${status}: ${why === '' ? stderr.slice(0, 300) : why}`],
    detail: '',
  };
}

/**
 * The conformance harness on the heap, under AddressSanitizer and UndefinedBehaviorSanitizer.
 *
 * @param {readonly string[]} [sources] what is under test, with macros
 */
export function harnessOnHeap(sources = [kernel]) {
  const program = `${scratch}harness-heap`;
  clang(...checks, 'native/test/harness.c', sets, ...sources, '-o', program);
  return verdictOf(run(program, ['1056']));
}

/**
 * The harness between guard pages, with the object as it ships.
 *
 * @param {string} object
 * @param {readonly string[]} [words] for the compiler
 * @param {readonly string[]} [emulator]
 */
export function harnessBetweenPages(object, words = [], emulator = []) {
  const program = `${scratch}harness-pages`;
  clang(...words, '-O2', 'native/test/harness.c', sets, object, '-o', program);
  const [first, ...rest] = [...emulator, program, '1056'];
  return verdictOf(run(first, rest));
}

/** One thread scribbles while the other evaluates. @param {readonly string[]} [sources] */
export function scribble(sources = [kernel]) {
  const program = `${scratch}scribble`;
  clang(
    ...checks,
    ...insteadOfNode(),
    '-pthread',
    'native/test/scribble.c',
    sets,
    ...sources,
    '-o',
    program,
  );
  return verdictOf(run(program, [scribbleRounds]));
}

/**
 * Whether a pass loads its count once, by valgrind's trace of every load. A thread that scribbles
 * would meet the gap between two loads by chance only.
 *
 * @param {readonly string[]} [words] for the compiler
 * @returns {Verdict}
 */
export function oneReading(words = []) {
  const program = `${scratch}once`;
  const sources = [...insteadOfNode(), 'native/test/once.c', sets, kernel];
  clang(...compileWords('linux-x64'), ...words, ...sources, '-o', program);
  const log = `${scratch}loads.log`;
  const options = ['--tool=lackey', '--trace-mem=yes', `--log-file=${log}`];
  const address = Number.parseInt(must('valgrind', [...options, program]), 16);
  const isCount = ([, hex, size]) => {
    const first = Number.parseInt(hex, 16);
    return first < address + 4 && first + Number(size) > address;
  };
  const accesses = [...readFileSync(log, 'utf8').matchAll(/^ [LM] ([0-9a-f]+),(\d+)$/gm)];
  const loads = accesses.filter(isCount).length;
  const findings = loads === 1 ? [] : [`the pass loads the count ${loads} times`];
  return { findings, detail: '1 load' };
}

/**
 * libFuzzer for a bounded time.
 *
 * @param {readonly string[]} [sources]
 * @param {readonly string[]} [limits]
 * @returns {Verdict}
 */
export function fuzz(sources = [kernel], limits = [`-max_total_time=${fuzzSeconds}`]) {
  const program = `${scratch}fuzz`;
  const reference = `${scratch}sets.o`;
  // The reference is not under test; without checks the fuzzer gets five times as far.
  clang('-O2', '-c', sets, '-o', reference);
  const target = ['native/test/fuzz.c', reference, ...sources];
  clang(...checks, ...insteadOfNode(), '-fsanitize=fuzzer', ...target, '-o', program);
  const artifacts = `-artifact_prefix=${scratch}fuzz-`;
  const result = run(program, ['-seed=1', '-max_len=4096', artifacts, ...limits]);
  const [, runs, seconds] = /Done (\d+) runs in (\d+) s/.exec(result.stderr) ?? [];
  const verdict = verdictOf(result, `${runs} inputs in ${seconds} s`);
  const isIdle = verdict.findings.length === 0 && !(Number(runs) >= 100);
  return isIdle ? { findings: [`only ${runs} inputs were tried`], detail: '' } : verdict;
}
