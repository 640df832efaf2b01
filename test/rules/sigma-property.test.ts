import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KnhkError } from '../../src/base/errors.ts';
import { inputs, observations, shapesTurtle } from './sigma-arbitrary.ts';
import { hotConforms, recordOf, routed, warmConforms } from './sigma-oracle.ts';

const cases = observations.chain((observation) =>
  fc.record({
    observation: fc.constant(observation),
    turtle: shapesTurtle(observation),
    given: fc.array(inputs(observation), { minLength: 4, maxLength: 4 }),
  }),
);

test('where lanes decide, the engine says the same', { timeout: 60_000 }, async () => {
  const runs = Number(process.env['SIGMA_RUNS'] ?? 250);
  const stats = { hot: 0, warm: 0, violates: 0, refused: 0 };
  const why: Record<string, number> = {};
  await fc.assert(
    fc.asyncProperty(cases, async ({ observation, turtle, given }) => {
      let found: ReturnType<typeof routed>;
      try {
        found = routed(turtle, observation);
      } catch (error) {
        // What no engine decides has no verdict to compare.
        if (error instanceof KnhkError && error.code === 'KNHK_SHAPES_UNSUPPORTED') {
          stats.refused++;
          return;
        }
        throw error;
      }
      const { shapes, route } = found;
      if (route.kind === 'warm') {
        stats.warm++;
        for (const { constraint, reason } of route.reasons) {
          why[`${constraint}: ${reason}`] = (why[`${constraint}: ${reason}`] ?? 0) + 1;
        }
        return;
      }
      stats.hot++;
      for (const input of given) {
        const data = recordOf(observation, input);
        const hot = hotConforms(route, data);
        if (!hot) stats.violates++;
        expect([input, hot]).toEqual([input, await warmConforms(shapes, observation, data)]);
      }
    }),
    { numRuns: runs },
  );
  if (process.env['SIGMA_RUNS'] !== undefined) console.log(stats, why);
});
