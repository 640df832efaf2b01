import type { BenchContext } from '../harness.ts';
import { isolated } from '../isolated.ts';
import type { Size } from '../shapes/sizes.ts';

/** Packages of bench/package.json that this topic compares with. */
export const peers: readonly string[] = ['n3', 'rdf-validate-shacl', 'shacl-engine'];

const module = (name: string): string => new URL(`../shapes/${name}.js`, import.meta.url).href;

/** SHACL validation beside shacl-engine and rdf-validate-shacl, with equal results. */
export async function run(context: BenchContext): Promise<void> {
  const size: Size = { triples: 10_000, goal: 25, slowInRounds: true };
  await isolated(context, module('sizes'), 'measureSmall');
  await isolated(context, module('sizes'), 'measureSize', size);
  await isolated(context, module('delta'), 'measureDelta');
  await isolated(context, module('pool'), 'measurePool');
  await isolated(context, module('records'), 'measureRecords');
}
