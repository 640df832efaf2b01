import type { BenchContext } from '../harness.ts';
import { isolated } from '../isolated.ts';

/** Packages of bench/package.json that this topic compares with. */
export const peers: readonly string[] = ['@datadog/sketches-js'];

const at = (path: string): string => new URL(path, import.meta.url).href;

/** The loop: watching, cycles, memory, stages, shadowing, anomalies, a manager of drones. */
export async function run(context: BenchContext): Promise<void> {
  await isolated(context, at('../loop/ingest.js'), 'measureIngest');
  await isolated(context, at('../loop/cycle.js'), 'measureCycle');
  await isolated(context, at('../loop/memory.js'), 'measureMemory');
  await isolated(context, at('../loop/stages.js'), 'measureStages');
  await isolated(context, at('../loop/shadow.js'), 'measureShadow');
  await isolated(context, at('../loop/nab.js'), 'measureNab');
  await isolated(context, at('../loop/dartsim.js'), 'measureDartsim');
}
