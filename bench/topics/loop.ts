import type { BenchContext } from '../harness.ts';
import { isolated } from '../isolated.ts';

/** Packages of bench/package.json that this topic compares with. */
export const peers: readonly string[] = ['@datadog/sketches-js'];

const part = (name: string): string => new URL(`../loop/${name}.js`, import.meta.url).href;

/** The loop: watching, cycles, memory, the stages, shadowing, anomalies, and a manager of drones. */
export async function run(context: BenchContext): Promise<void> {
  await isolated(context, part('ingest'), 'measureIngest');
  await isolated(context, part('cycle'), 'measureCycle');
  await isolated(context, part('memory'), 'measureMemory');
  await isolated(context, part('stages'), 'measureStages');
  await isolated(context, part('shadow'), 'measureShadow');
  await isolated(context, part('nab'), 'measureNab');
  await isolated(context, part('dartsim'), 'measureDartsim');
}
