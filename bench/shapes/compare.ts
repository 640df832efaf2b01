import type { Engine, Quad } from './engines.ts';

/** A graph in the two forms that engines take. */
export interface Graph {
  readonly quads: readonly Quad[];
  readonly text: string;
}

/**
 * Compares what engines find in each graph, as multisets.
 *
 * @throws Error at the first graph in which they differ
 */
export async function checkEqual(
  engines: readonly Engine[],
  graphs: readonly Graph[],
): Promise<{ readonly results: number; readonly violating: number }> {
  let results = 0;
  let violating = 0;
  for (const [index, { quads, text }] of graphs.entries()) {
    let wanted: string | undefined;
    for (const { name, load, keys } of engines) {
      const found = [...(await keys(load(quads, text)))].sort();
      wanted ??= found.join('\n');
      if (found.join('\n') !== wanted) {
        const lines = new Set(wanted.split('\n'));
        const more = found.filter((key) => !lines.has(key)).slice(0, 3);
        const less = [...lines].filter((key) => !found.includes(key)).slice(0, 3);
        throw new Error(
          `${name}, graph ${index}: more ${more.join('; ')}, less ${less.join('; ')}`,
        );
      }
      if (name !== engines[0]?.name) continue;
      results += found.length;
      violating += found.length > 0 ? 1 : 0;
    }
  }
  if (results === 0) throw new Error('no results: nothing is compared');
  return { results, violating };
}
