import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExitCode } from '../../src/cli/io.ts';
import { type Machine, thisMachine } from '../../src/cli/machine.ts';
import { run } from '../../src/cli/run.ts';
import { projectRoot } from '../tidy/files.ts';

/** What a command wrote and ended with. */
export interface Ran {
  readonly code: ExitCode | number | null;
  readonly out: string;
  readonly err: string;
}

interface Surroundings {
  readonly isTTY?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly machine?: Partial<Machine>;
}

// Threads run what is built, never src: the program itself is asked about them elsewhere.
const testMachine: Machine = { ...thisMachine, probeShapes: async () => {} };

/** Runs a command in this process. */
export async function knhk(words: readonly string[], around: Surroundings = {}): Promise<Ran> {
  let out = '';
  let err = '';
  const isTTY = around.isTTY ?? false;
  const code = await run(words, {
    stdout: {
      isTTY,
      write: (text) => {
        out += text;
      },
    },
    stderr: {
      isTTY,
      write: (text) => {
        err += text;
      },
    },
    env: around.env ?? {},
    machine: { ...testMachine, ...around.machine },
  });
  return { code, out, err };
}

export const main: string = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** Runs a command, or another script, as a process of its own over what is built. */
export function spawned(
  words: readonly string[],
  script: string = main,
  env: Readonly<Record<string, string>> = {},
  input = '',
): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...words], {
    encoding: 'utf8',
    input,
    cwd: projectRoot,
    env: { ...process.env, NO_COLOR: '', FORCE_COLOR: '', ...env },
  });
  return { code: status, out: stdout, err: stderr };
}

/** Writes the keys that the command line looks for beside a log. */
export function writeKeys(
  data: string,
  keys: { readonly secret: Uint8Array; readonly keyring: unknown },
): void {
  mkdirSync(`${data}.keys`);
  writeFileSync(join(`${data}.keys`, 'secret'), keys.secret);
  writeFileSync(join(`${data}.keys`, 'keyring.json'), JSON.stringify(keys.keyring));
}

/** The JSON documents that a command wrote, a line each. */
export function jsonLines(text: string): readonly Readonly<Record<string, unknown>>[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
}
