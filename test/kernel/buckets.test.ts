import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bucketed, locateBucketed } from '../../src/kernel/buckets.ts';
import { nextUp } from '../../src/kernel/coordinate.ts';

const spans = fc.constantFrom(3, 50, 1e6, 2 ** 53, Number.MAX_VALUE / 2);

test('a search in its bucket counts what a count of all bounds counts', () => {
  let used = 0;
  fc.assert(
    fc.property(
      spans.chain((span) =>
        fc.array(fc.double({ min: -span, max: span, noNaN: true }), { maxLength: 60 }),
      ),
      fc.boolean(),
      (given, outer) => {
        const ends = outer ? [-Number.MAX_VALUE, Number.POSITIVE_INFINITY] : [];
        const bounds = Float64Array.from(new Set([...given, ...ends].map((bound) => bound + 0)));
        const search = bucketed(bounds.sort());
        if (search.scale > 0) used++;
        const near = [...bounds].flatMap((bound) => [bound, nextUp(bound), -nextUp(-bound)]);
        const far = [Number.NEGATIVE_INFINITY, -Number.MAX_VALUE, 0, Number.POSITIVE_INFINITY];
        for (const place of [...near, ...far]) {
          const count = bounds.filter((bound) => bound <= place).length;
          expect(locateBucketed(search, place)).toBe(count);
        }
      },
    ),
    { numRuns: 500 },
  );
  expect(used).toBeGreaterThan(0);
});
