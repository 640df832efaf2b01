import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchContext } from '../harness.ts';
import { isolated } from '../isolated.ts';
import type { Size } from '../shapes/sizes.ts';

/** Packages of bench/package.json that this topic compares with. */
export const peers: readonly string[] = ['n3', 'rdf-validate-shacl', 'shacl-engine'];

/** Ten minutes. */
export const large = true;

const sizes: readonly Size[] = [
  { triples: 100_000, goal: 20, slowInRounds: false },
  { triples: 468_000, goal: 15, slowInRounds: false },
];
const million = Number(process.env['KNHK_BENCH_TRIPLES'] ?? 1_000_000);
const measuring = new URL('../shapes/sizes.js', import.meta.url).href;
const script = fileURLToPath(new URL('../shapes/memory.js', import.meta.url));

/** SHACL validation of large graphs beside the same engines; the memory of a million triples. */
export async function run(context: BenchContext): Promise<void> {
  for (const size of sizes) {
    await isolated(context, measuring, 'measureSize', size);
  }
  const file = join(context.directory, 'million.nq');
  step('write', file);
  for (const [what, name] of [
    ['text', 'from N-Quads'],
    ['quads', 'from passing quads'],
  ] as const) {
    const { size, readMs, ms, maxRSS, results } = step(what, file);
    const figure = `${size} triples ${name}`;
    const mib = maxRSS! / 1024;
    const goal = { goal: '<= 2048', met: mib <= 2_048 };
    context.figure({
      figure: `${figure}, max RSS of the process`,
      value: mib,
      unit: 'MiB',
      ...goal,
    });
    context.figure({ figure: `${figure}, reading, once`, value: readMs!, unit: 'ms' });
    context.figure({ figure: `${figure}, validation, once`, value: ms!, unit: 'ms' });
    context.figure({ figure: `${figure}, results`, value: results!, unit: '' });
  }
}

/** Runs one step in a process of its own, so that its memory is what a host would see. */
function step(what: string, file: string): Readonly<Record<string, number>> {
  const { stdout, status } = spawnSync(process.execPath, [script, what, file, String(million)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${what} ended with ${status}`);
  return stdout === '' ? {} : (JSON.parse(stdout) as Record<string, number>);
}
