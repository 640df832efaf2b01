import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../tidy/files.ts';

/** The platforms that prebuilds are made for, in the order of SHA256SUMS. */
export const platforms = [
  ...['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'],
  ...['win32-x64', 'win32-arm64'],
] as const;

export const prebuildOf = (platform: string): string =>
  join(projectRoot, 'prebuilds', platform, 'knhk.node');

/** The prebuilt kernel that fits this machine, or undefined where none is. */
export const prebuilt: string | undefined = [`${process.platform}-${process.arch}`]
  .map(prebuildOf)
  .find(existsSync);

/** A program that runs Node's scripts, with the words that come before the script. */
export type Runner = readonly [program: string, ...words: string[]];

/** Runs a script of this folder on an addon in its own process; it answers with a line of JSON. */
export function answerOf(script: string, addon: string, runner: Runner): unknown {
  const [program, ...words] = runner;
  const path = join(projectRoot, 'test', 'native', script);
  const options = { encoding: 'utf8', timeout: 150_000 } as const;
  const run = spawnSync(program, [...words, path, addon], options);
  if (run.error !== undefined) throw run.error;
  const end = `${script} ended with ${run.signal ?? run.status}`;
  if (run.status !== 0) throw new Error(`${end}\n${run.stdout}\n${run.stderr}`);
  return JSON.parse(run.stdout);
}
