import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../build/examples/flights/main.js', import.meta.url));

/** What a finished run of the flights example leaves behind. */
export interface Run {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a run is started and watched. */
export interface RunOptions {
  /** Arguments of node before the program. */
  readonly node?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Called with the ids acknowledged so far, as they come. */
  readonly onAcks?: (child: ChildProcess, count: number) => void;
  /** Called when something arrives on descriptor 4. */
  readonly onMark?: (child: ChildProcess) => void;
}

/** A run with the ids it acknowledged on descriptor 3, in order. */
export interface WatchedRun extends Run {
  readonly acks: readonly string[];
}

async function textOf(stream: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) text += chunk;
  return text;
}

/** Runs the built example in a process of its own. */
export async function runDesk(
  args: readonly string[],
  options: RunOptions = {},
): Promise<WatchedRun> {
  const { node = [], environment = {}, onAcks, onMark } = options;
  const child = spawn(process.execPath, [...node, main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  const acks: string[] = [];
  let open = '';
  const [, , , acknowledged, marks] = child.stdio as unknown as Readable[];
  acknowledged!.setEncoding('utf8').on('data', (text: string) => {
    const lines = (open + text).split('\n');
    open = lines.pop()!;
    for (const line of lines) acks.push(line);
    onAcks?.(child, acks.length);
  });
  marks!.on('data', () => onMark?.(child));
  const ended = new Promise<Pick<Run, 'code' | 'signal'>>((resolve, reject) => {
    child.once('error', reject);
    // Only then have all descriptors been read to their ends.
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const [stdout, stderr, end] = await Promise.all([
    textOf(child.stdout!),
    textOf(child.stderr!),
    ended,
  ]);
  return { ...end, stdout, stderr, acks };
}
