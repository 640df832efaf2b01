import { readFileSync, writeFileSync } from 'node:fs';
import { differences, isSameLine, lineThrough, nameOf, textOf } from './counts.mjs';
import { byCallgrind, byEmulator, bySteps } from './methods.mjs';
import { clang, must, root, scratch } from './tools.mjs';

/** The gate of exact instruction counts, and its record. */

/**
 * @typedef {import('./counts.mjs').Entry} Entry
 * @typedef {import('./objects.mjs').KernelCode} KernelCode
 */

/** Data sets: every pairing of size, table and cells that test/sets.c knows. */
export const allSets = 1056;

/** For a method that only confirms another, which has run over all of them. */
const someSets = 44;

const recordPath = 'bench/instructions.json';

/** How a program for arm64 is made here, without relocation, so that addresses are known. */
export const crossWords = ['--target=aarch64-linux-gnu', '-static', '-fuse-ld=lld'];

/**
 * Links count.c with an object that holds kernels.
 *
 * @param {string} object
 * @param {string} name
 * @param {readonly string[]} [words]
 */
export function counterFor(object, name, words = ['-static']) {
  const program = `${scratch}${name}`;
  const sources = ['native/gates/count.c', 'native/test/sets.c'];
  clang(...words, '-O2', ...sources, object, '-o', program);
  return program;
}

/** Builds the single-stepper. */
export function stepper() {
  const program = `${scratch}step`;
  clang('-O2', 'native/gates/step.c', '-o', program);
  return program;
}

/** The methods for a kernel, the one over all data sets first. */
function methodsFor({ engine }, arch) {
  if (arch === 'arm64') return [{ name: 'qemu-user', sets: allSets, count: byEmulator }];
  const steps = (sets) => ({ name: 'single steps', sets, count: bySteps });
  if (engine === 'avx512') return [steps(allSets)];
  return [{ name: 'callgrind', sets: allSets, count: byCallgrind }, steps(someSets)];
}

/**
 * Counts a kernel by each method, and compares the lines with the one its code says.
 *
 * @param {KernelCode} kernel
 * @param {{ arch: 'x64' | 'arm64', program: string, stepper: string, compiler: string }} place
 * @returns {{ findings: string[], entry: Entry | undefined }}
 */
export function measure({ engine, lanes, symbol, judged }, place) {
  const { arch, compiler } = place;
  if (judged.line === undefined) return { findings: judged.findings, entry: undefined };
  const findings = [];
  const ways = ['static'];
  let dataSets = 0;
  for (const { name, sets, count } of methodsFor({ engine }, arch)) {
    const samples = count({ ...place, engine, lanes, symbol, sets });
    if (samples === undefined) continue;
    ways.push(name);
    dataSets = Math.max(dataSets, sets);
    const { findings: found, line } = lineThrough(samples);
    findings.push(...found.map((text) => `${name}: ${text}`));
    if (line === undefined || isSameLine(line, judged.line)) continue;
    findings.push(`${name}: ${textOf(line)}, but its code says ${textOf(judged.line)}`);
  }
  const { perObservation, overhead, empty } = judged.line;
  const counts = { perObservation, overhead, empty, branches: judged.branches };
  const how = { method: ways.join(' = '), dataSets, compiler };
  return { findings, entry: { engine, lanes, arch, ...counts, ...how } };
}

/** The compiler's version, as the record names it. */
export const compilerVersion = () =>
  `clang ${/version (\d+\.\d+\.\d+)/.exec(must('clang-19', ['--version']))?.[1]}`;

/** @returns {Entry[]} */
function recorded() {
  try {
    return JSON.parse(readFileSync(`${root}${recordPath}`, 'utf8')).kernels;
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Writes the record, or compares it.
 *
 * @param {Entry[]} entries
 * @param {boolean} isUpdate
 * @returns {{ findings: string[], detail: string }}
 */
export function judgeRecord(entries, isUpdate) {
  if (isUpdate) {
    const left = entries.filter(({ dataSets }) => dataSets === 0).map(nameOf);
    if (left.length > 0) return { findings: [`not run here: ${left.join(', ')}`], detail: '' };
    const unit = 'instructions; a call with n > 0 cells takes overhead + n * perObservation';
    const text = JSON.stringify({ unit, kernels: entries }, undefined, 2);
    writeFileSync(`${root}${recordPath}`, `${text}\n`);
    return { findings: [], detail: `${recordPath} written: ${entries.map(nameOf).join(', ')}` };
  }
  const findings = differences(entries, recorded());
  if (findings.length > 0) {
    findings.push(
      `where that is meant: node native/gates/run.mjs --update, and commit ${recordPath}`,
    );
  }
  return { findings, detail: `${entries.length} kernels as ${recordPath} says` };
}
