import { lineThrough } from './counts.mjs';
import { counterFor } from './instructions.mjs';
import { bySteps } from './methods.mjs';
import { kernelsIn } from './objects.mjs';
import { fuzz, harnessBetweenPages, harnessOnHeap, oneReading, scribble } from './sanitizers.mjs';
import { clang, scratch } from './tools.mjs';

/** Each gate is tried on a fault that it must find, and once on code without one. */

const source = 'native/test/controls.c';
const kernel = 'native/src/kernel.c';

/** @typedef {{ name: string, findings: () => string[], expected: RegExp | undefined }} Control */

function object(macro) {
  const out = `${scratch}control${macro}.o`;
  clang(`-D${macro}`, '-O2', '-fno-stack-protector', '-c', source, '-o', out);
  return out;
}

const form = (macro) => () =>
  kernelsIn(object(macro), 'x64').flatMap(({ judged }) => judged.findings);

const counts = (macro, stepper) => () => {
  const program = counterFor(object(macro), 'control');
  const task = { engine: 'u64', lanes: 64, symbol: 'knhk_eval_u64_64', sets: 132 };
  try {
    return lineThrough(bySteps({ ...task, program, stepper })).findings;
  } catch (error) {
    return [error.message];
  }
};

const heap = (macro) => () => harnessOnHeap([`-D${macro}`, source]).findings;
const pages = (macro) => () => harnessBetweenPages(object(macro)).findings;
const briefly = ['-runs=20000'];

/**
 * What each gate is tried on. `expected`: what it must say; `undefined`: nothing is wrong.
 *
 * @param {string} stepper
 * @returns {Control[]}
 */
export function controls(stepper) {
  const list = [
    ['form: no fault', form('CONTROL_NONE'), undefined],
    ['form: a data-dependent branch', form('CONTROL_BRANCH'), /conditional branches/],
    ['form: a call', form('CONTROL_CALL'), /a call: call/],
    ['counts: no fault', counts('CONTROL_NONE', stepper), undefined],
    ['counts: a data-dependent branch', counts('CONTROL_BRANCH', stepper), /data decides/],
    ['counts: a call', counts('CONTROL_CALL', stepper), /calls leave it/],
    ['heap: no fault', heap('CONTROL_NONE'), undefined],
    ['heap: a byte read too far', heap('CONTROL_OVERREAD'), /heap-buffer-overflow/],
    ['heap: an entry written too far', heap('CONTROL_OVERWRITE'), /heap-buffer-overflow/],
    ['heap: a column left out', heap('CONTROL_WRONG'), /differs/],
    ['pages: a byte read too far', pages('CONTROL_OVERREAD'), /ended with 128/],
    ['scribble: no clamp', () => scribble(['-DCONTROL_CLAMP', kernel]).findings, /Sanitizer/],
    ['one reading: two', () => oneReading(['-DCONTROL_TWICE']).findings, /loads the count 2 times/],
    ['fuzz: no clamp', () => fuzz(['-DCONTROL_CLAMP', kernel], briefly).findings, /Sanitizer/],
    [
      'fuzz: a column left out',
      () => fuzz(['-DCONTROL_WRONG', source], briefly).findings,
      /differs/,
    ],
  ];
  return list.map(([name, findings, expected]) => ({ name, findings, expected }));
}

/**
 * @param {Control} control
 * @returns {{ findings: string[], detail: string }}
 */
export function judgeControl({ findings, expected }) {
  const found = findings();
  const text = found.join(' | ');
  if (expected === undefined) return { findings: found, detail: 'green, as it must be' };
  const isFound = expected.test(text);
  return { findings: isFound ? [] : [`not found, expected ${expected}: ${text}`], detail: 'found' };
}
