import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Starts the programs that the gates need. They come from Debian, by .ci/native-gates. */

/** The project's root, ending in a slash. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Where the gates build; what failed stays there to be looked at. */
export const scratch = `${root}build/native-gates/`;

/**
 * Runs a program to its end, from the project's root so that no path of a machine gets in.
 *
 * @param {string} program
 * @param {readonly string[]} words
 * @returns {{ status: number, stdout: string, stderr: string }} status 128: a signal ended it
 */
export function run(program, words) {
  const options = { cwd: root, encoding: /** @type {const} */ ('utf8'), maxBuffer: 1 << 28 };
  const { status, stdout, stderr, error } = spawnSync(program, words, options);
  if (error !== undefined) throw new Error(`${program}: ${error.message}`);
  return { status: status ?? 128, stdout, stderr };
}

/**
 * Like `run`, for a program that must succeed.
 *
 * @param {string} program
 * @param {readonly string[]} words
 */
export function must(program, words) {
  const { status, stdout, stderr } = run(program, words);
  if (status === 0) return stdout;
  throw new Error(`${program} ${words.join(' ')}\nended with ${status}\n${stderr}${stdout}`);
}

/** @param {string[]} words sources, flags and `-o FILE` for the compiler of the gates */
export const clang = (...words) => must('clang-19', ['-Wall', '-Wextra', '-Werror', ...words]);
