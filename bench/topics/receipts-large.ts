import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchContext } from '../harness.ts';

/** Minutes, and some 20 GB of disk. */
export const large = true;

const leaves = Number(process.env['KNHK_BENCH_LEAVES'] ?? 10_000_000);

interface Said {
  readonly [name: string]: number;
}

/** Runs one step in a process of its own, so that memory and opening are what a host would see. */
function step(...args: readonly string[]): Said {
  const script = fileURLToPath(new URL('../receipts/large.js', import.meta.url));
  const node = ['--expose-gc', script, ...args];
  const { stdout, signal } = spawnSync(process.execPath, node, {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  const line = stdout.trim().split('\n').at(-1) ?? '';
  if (signal !== null && signal !== 'SIGKILL') throw new Error(`${args[0]}: ${signal}`);
  return JSON.parse(line) as Said;
}

/** Memory and opening times of a log of ten million leaves. */
export async function run(context: BenchContext): Promise<void> {
  const directory = join(context.directory, 'large');
  try {
    const written = step('write', directory, String(leaves));
    const mb = (bytes: number): number => bytes / 2 ** 20;
    const unit = 'MiB';
    context.figure({ figure: 'leaves', value: leaves, unit: '' });
    context.figure({
      figure: 'receipts/s while writing them',
      value: written['rate']!,
      unit: '/s',
    });
    context.figure({ figure: 'RSS after a tenth of them', value: mb(written['tenth']!), unit });
    context.figure({ figure: 'RSS after all of them', value: mb(written['rss']!), unit });
    context.figure({ figure: 'of it the table of ids', value: mb(written['ids']!), unit });
    const flat = written['rss']! - written['ids']! - (written['tenth']! - written['idsTenth']!);
    const met = mb(flat) <= 64;
    const figure = 'growth from a tenth on, ids apart';
    context.figure({ figure, value: mb(flat), unit, goal: '<= 64', met });
    opening(context, 'after a clean close', 1_000, step('open', directory, 'close'));
    opening(context, 'after a clean close, again', 1_000, step('open', directory, 'kill'));
    opening(context, 'after kill -9', 3_000, step('open', directory, 'close'));
    const verified = step('verify', directory);
    const growth = mb(verified['rss']! - verified['tenth']!);
    context.figure({ figure: 'leaves/s verified', value: verified['rate']!, unit: '/s' });
    context.figure({
      figure: 'RSS growth while verifying',
      value: growth,
      unit,
      met: growth <= 64,
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function opening(context: BenchContext, when: string, most: number, { ms }: Said): void {
  const met = ms! <= most;
  context.figure({ figure: `opened ${when}`, value: ms!, unit: 'ms', goal: `<= ${most}`, met });
}
