import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatInstant } from '../../src/terms/scalars.ts';
import { runs } from '../support/effort.ts';

const first = Date.parse('0000-01-01T00:00:00.000Z');
const last = Date.parse('9999-12-31T23:59:59.999Z');

it('formats every instant as toISOString does, whatever was formatted before', () => {
  const instant = fc.oneof(
    fc.integer({ min: first, max: last }),
    fc.integer({ min: -1_000, max: 1_000 }),
    fc.constantFrom(first, last, -1, 0, 86_399_999, 86_400_000),
  );
  fc.assert(
    fc.property(fc.array(instant, { maxLength: 8 }), (instants) => {
      for (const ms of instants) expect(formatInstant(ms)).toBe(new Date(ms).toISOString());
    }),
    { numRuns: runs(2_000) },
  );
});
