import { expect, it } from 'vitest';
import { monotonicMs, systemClock, systemRandom } from '../../src/base/clock.ts';

it("reads the machine's clock in whole milliseconds", () => {
  const before = Date.now();
  const now = systemClock.now();
  expect(Number.isInteger(now)).toBe(true);
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(Date.now());
});

it('never runs backwards where durations are measured', () => {
  const readings = Array.from({ length: 1_000 }, () => monotonicMs());
  expect(readings).toEqual([...readings].sort((left, right) => left - right));
});

it('gives as many random bytes as asked for, other ones each time', () => {
  expect(systemRandom(0)).toEqual(new Uint8Array());
  const [left, right] = [systemRandom(32), systemRandom(32)];
  expect(left).toHaveLength(32);
  expect(left).not.toEqual(right);
});
