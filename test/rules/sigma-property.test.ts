import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KnhkError } from '../../src/base/errors.ts';
import { nativeEngine } from '../../src/shapes/engine/seam.ts';
import { referenceEngine } from '../../src/shapes/reference.ts';
import { inputs, observations, shapesTurtle } from './sigma-arbitrary.ts';
import { hotConforms, recordOf, routed, warmConforms } from './sigma-oracle.ts';

/** Undefined for what is refused: it has no verdict to compare. */
async function unlessRefused<Value>(work: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof KnhkError && error.code === 'KNHK_SHAPES_UNSUPPORTED') return undefined;
    throw error;
  }
}

test.each([
  ['knhk', nativeEngine(), true, 600],
  ['rdf-validate-shacl', referenceEngine(), false, 150],
] as const)(
  'where lanes decide, %s says the same',
  async (_, engine, odd, numRuns) => {
    const cases = observations.chain((observation) =>
      fc.record({
        observation: fc.constant(observation),
        turtle: shapesTurtle(observation),
        given: fc.array(inputs(observation, odd), { minLength: 4, maxLength: 4 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ({ observation, turtle, given }) => {
        const found = await unlessRefused(async () => routed(turtle, observation));
        if (found?.route.kind !== 'hot') return;
        const { shapes, route } = found;
        for (const input of given) {
          const data = recordOf(observation, input);
          const warm = await unlessRefused(() => warmConforms(engine, shapes, observation, data));
          if (warm === undefined) return;
          expect([input, hotConforms(route, data)]).toEqual([input, warm]);
        }
      }),
      { numRuns: Number(process.env['SIGMA_RUNS'] ?? numRuns) },
    );
  },
  120_000,
);
