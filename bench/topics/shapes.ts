import type { BenchContext } from '../harness.ts';
import { isolated } from '../isolated.ts';
import type { Size } from '../shapes/sizes.ts';

/** Packages of bench/package.json that this topic compares with. */
export const peers: readonly string[] = ['n3', 'rdf-validate-shacl', 'shacl-engine'];

const sizes = new URL('../shapes/sizes.js', import.meta.url).href;
const delta = new URL('../shapes/delta.js', import.meta.url).href;
const pool = new URL('../shapes/pool.js', import.meta.url).href;
const records = new URL('../shapes/records.js', import.meta.url).href;

/** SHACL validation beside shacl-engine and rdf-validate-shacl, with equal results. */
export async function run(context: BenchContext): Promise<void> {
  const size: Size = { triples: 10_000, goal: 25, slowInRounds: true };
  await isolated(context, sizes, 'measureSmall');
  await isolated(context, sizes, 'measureSize', size);
  await isolated(context, delta, 'measureDelta');
  await isolated(context, pool, 'measurePool');
  await isolated(context, records, 'measureRecords');
}
