import type { BenchContext, Contestant } from '../harness.ts';
import type { Graph } from './compare.ts';
import { type Engine, n3 } from './engines.ts';
import { type Line, textOf } from './orders.ts';

/** Graphs of these triples. Blank nodes keep the labels that the text gives them. */
export async function graphsOf(
  context: BenchContext,
  documents: Iterable<readonly Line[]>,
): Promise<Graph[]> {
  const { Parser } = await n3(context);
  return [...documents].map((lines) => {
    const text = textOf(lines);
    return { text, quads: new Parser({ format: 'N-Quads', blankNodePrefix: '' }).parse(text) };
  });
}

/** An engine over graphs that are ready, as often as a round asks; the sum is that of one pass. */
export function over(engine: Engine, graphs: readonly Graph[], passes = 1): Contestant {
  const loaded = graphs.map(({ quads, text }) => engine.load(quads, text));
  const run = async (iterations: number): Promise<number> => {
    let sum = 0;
    for (let index = 0; index < iterations; index++) {
      const read = engine.read(loaded[index % loaded.length]);
      sum += typeof read === 'number' ? read : await read;
    }
    return sum / (iterations / loaded.length);
  };
  return { name: engine.name, iterations: passes * graphs.length, run };
}

/** Runs each for so long before anything is timed: a fast one then has done as much as a slow. */
export async function warm(contestants: readonly Contestant[], ms: number): Promise<void> {
  for (const { run, iterations = 1 } of contestants) {
    const end = performance.now() + ms;
    while (performance.now() < end) await run(iterations);
  }
}

/** Milliseconds of each single call, over all graphs and so many times. */
export async function singles(
  engine: Engine,
  graphs: readonly Graph[],
  passes: number,
): Promise<number[]> {
  const loaded = graphs.map(({ quads, text }) => engine.load(quads, text));
  const taken: number[] = [];
  for (let pass = 0; pass < passes; pass++) {
    for (const graph of loaded) {
      const start = performance.now();
      const read = engine.read(graph);
      if (typeof read !== 'number') await read;
      taken.push(performance.now() - start);
    }
  }
  return taken;
}
