import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** A process with its pipes. */
export type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** How a process ended, and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whole lines of its output. */
  readonly lines: readonly string[];
  readonly stderr: string;
}

/** What is done while a process runs. */
export interface Watch {
  /** Called with the child and each line that it says. */
  readonly onLine?: (child: Child, line: string, count: number) => void;
  /** A program with its arguments that the process is started by, such as strace. */
  readonly under?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

const pathOf = (script: string): string => fileURLToPath(new URL(script, import.meta.url));

/** Runs a script of this directory to its end, whatever that is. */
export function runScript(
  script: string,
  args: readonly (string | number)[],
  { onLine, under = [], environment = {} }: Watch = {},
): Promise<Ended> {
  const [program, ...rest] = [...under, process.execPath, pathOf(script), ...args.map(String)];
  const env = { ...process.env, NODE_OPTIONS: '', ...environment };
  const child = spawn(program!, rest, { stdio: 'pipe', env });
  const lines: string[] = [];
  let open = '';
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (open + text).split('\n');
    open = parts.pop()!;
    for (const line of parts) {
      lines.push(line);
      onLine?.(child, line, lines.length);
    }
  });
  // Whoever is gone reads nothing any more.
  child.stdin.on('error', () => {});
  return new Promise((done, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => done({ code, signal, lines, stderr }));
  });
}

/** Whether a program can be found. */
export function hasProgram(name: string): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.some((folder) => folder !== '' && existsSync(join(folder, name)));
}

/** Whether a command is there and ends well. */
export function succeeds([program, ...args]: readonly string[]): boolean {
  return spawnSync(program!, args, { stdio: 'ignore' }).status === 0;
}

/** Whether strace is there and may make system calls fail: a container may forbid it. */
export const canInject: boolean = succeeds([
  ...['strace', '-f', '-o', '/dev/null'],
  ...[process.execPath, '-e', '0'],
]);
