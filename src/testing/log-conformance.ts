import type { ConformanceCase } from './case.ts';
import { type LogConformanceOptions, logBench } from './log-bench.ts';
import { crashLaws } from './log-laws-crash.ts';
import { durableLaws } from './log-laws-durable.ts';
import { keptLaws } from './log-laws-kept.ts';
import { orderLaws } from './log-laws-order.ts';
import { proofLaws } from './log-laws-proofs.ts';
import { stateLaws } from './log-laws-state.ts';

/**
 * What the runtime relies on in a receipt store, as cases for any test framework: order, chain,
 * tree, proofs, durable before acknowledged, the same after opening again, changed keys, refusals.
 *
 * @param options How to open the store; each case uses names of its own.
 * @example
 * const disks = new Map<string, MemoryFs>();
 * const cases = logConformance({
 *   open: async ({ name, ...store }) => {
 *     const fs = disks.get(name) ?? memoryFs({ directories: [directory] });
 *     disks.set(name, fs);
 *     return openLog({ ...store, directory, fs });
 *   },
 *   crash: (name) => void disks.set(name, disks.get(name)!.crash()),
 * });
 * await cases[0]?.run();
 */
export function logConformance(options: LogConformanceOptions): ConformanceCase[] {
  const laws = { ...orderLaws, ...durableLaws, ...stateLaws, ...proofLaws, ...keptLaws };
  const chosen = options.crash === undefined ? laws : { ...laws, ...crashLaws };
  return Object.entries(chosen).map(([name, law], index) => ({
    name,
    run: async () => {
      const bench = logBench(options, `store-${index}`);
      try {
        await law(bench);
      } finally {
        await bench.closeAll();
      }
    },
  }));
}
