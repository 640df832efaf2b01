import { mkdirSync, rmSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { controls, judgeControl } from './controls.mjs';
import { nameOf, textOf } from './counts.mjs';
import * as instructions from './instructions.mjs';
import { buildKernel, judgeLibrary, kernelsIn, platforms, undefinedIn } from './objects.mjs';
import { fuzz, harnessBetweenPages, harnessOnHeap, oneReading, scribble } from './sanitizers.mjs';
import { scratch } from './tools.mjs';

/** node native/gates/run.mjs [--update]: every gate, one line each. Exit code 1: one is red. */

let red = 0;

/** Prints a check's line. @param {() => { findings: string[], detail: string }} check */
function gate(name, check) {
  let verdict;
  try {
    verdict = check();
  } catch (error) {
    verdict = { findings: [error.message], detail: '' };
  }
  const { findings, detail } = verdict;
  if (findings.length > 0) red++;
  const text = findings.length > 0 ? `\n  ${findings.join('\n  ')}` : ` ${detail}`;
  console.log(`${findings.length > 0 ? 'RED' : 'ok '} ${name}:${text}`);
}

/** The form of a platform's kernels. */
function judgeForm(kernels, object) {
  const findings = kernels.flatMap(({ judged }) => judged.findings);
  const wanted = undefinedIn(object);
  if (kernels.length === 0) findings.push('no kernel in the object');
  if (wanted.length > 0) findings.push(`the object wants ${wanted.join(', ')}`);
  const names = kernels.map(({ engine, lanes }) => `${engine}-${lanes}`).join(' ');
  return { findings, detail: `no call, 2 conditional branches (no cell, loop): ${names}` };
}

function countKernels(built, stepper, isUpdate) {
  const entries = [];
  const compiler = instructions.compilerVersion();
  for (const [name, arch, words] of [
    ['linux-x64', 'x64', undefined],
    ['linux-arm64', 'arm64', instructions.crossWords],
  ]) {
    const { object, kernels } = built.get(name);
    const program = instructions.counterFor(object, `count-${arch}`, words);
    for (const kernel of kernels) {
      gate(`count ${nameOf({ arch, ...kernel })}`, () => {
        const place = { arch, program, stepper, compiler };
        const { findings, entry } = instructions.measure(kernel, place);
        if (entry === undefined) return { findings, detail: '' };
        entries.push(entry);
        const { method, dataSets } = entry;
        const how = dataSets > 0 ? `${dataSets} data sets` : 'not run: this processor lacks it';
        return { findings, detail: `${textOf(entry)}; ${method}; ${how}` };
      });
    }
  }
  gate('record', () => instructions.judgeRecord(entries, isUpdate));
}

function main(isUpdate) {
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  const built = new Map();
  for (const platform of platforms) {
    gate(`form ${platform.name}`, () => {
      const object = buildKernel(platform);
      const kernels = kernelsIn(object, platform.arch);
      built.set(platform.name, { object, kernels });
      return judgeForm(kernels, object);
    });
    gate(`library ${platform.name}`, () => {
      const findings = judgeLibrary(platform, built.get(platform.name).kernels);
      const detail =
        findings === undefined ? 'not there, not checked' : 'the same code; wants Node-API alone';
      return { findings: findings ?? [], detail };
    });
  }
  const stepper = instructions.stepper();
  countKernels(built, stepper, isUpdate);
  gate('harness, heap, sanitizers', () => harnessOnHeap());
  const { object } = built.get('linux-x64');
  gate('harness, guard pages, x64', () => harnessBetweenPages(object));
  const arm = [instructions.crossWords, ['qemu-aarch64']];
  gate('harness, guard pages, arm64', () =>
    harnessBetweenPages(built.get('linux-arm64').object, ...arm),
  );
  gate('one reading of the count', () => oneReading());
  gate('scribble, sanitizers', () => scribble());
  gate('fuzz, sanitizers', () => fuzz());
  for (const control of controls(stepper))
    gate(`control, ${control.name}`, () => judgeControl(control));
  console.log(red === 0 ? 'native gates: all green' : `native gates: ${red} red`);
  process.exitCode = red === 0 ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  main(process.argv.slice(2).includes('--update'));
}
