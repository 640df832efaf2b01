import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import { Wall } from '../../src/otel/wall.ts';

// Both clocks are the test's: `now` is the wall clock and `monotonic` what the process measures.
const time = vi.hoisted(() => ({ monotonic: 0, now: 0 }));
vi.mock('../../src/base/clock.ts', async (original) => ({
  ...(await original<typeof import('../../src/base/clock.ts')>()),
  monotonicMs: () => time.monotonic,
}));
const clock: Clock = { now: () => time.now };

/** A wall clock that was right at the start: both clocks show their beginning. */
function opened(now: number, monotonic = 0): Wall {
  Object.assign(time, { now, monotonic });
  return new Wall(clock);
}

afterEach(() => {
  Object.assign(time, { now: 0, monotonic: 0 });
});

const start = Date.UTC(2026, 0, 1);
const jitter = fc.double({ min: -1.9, max: 1.9, noNaN: true });

describe('the wall clock', () => {
  it('places readings by the offset at opening', () => {
    const wall = opened(start, 500);
    expect(wall.at(500)).toBe(start);
    expect(wall.at(512.5)).toBe(start + 12.5);
    expect(wall.at(400)).toBe(start - 100);
  });

  it('keeps its offset while a clock of whole ms jitters, so that order and length stay', () => {
    const steps = fc.array(
      fc.record({ elapsedMs: fc.double({ min: 0, max: 1e6, noNaN: true }), jitterMs: jitter }),
      { minLength: 1, maxLength: 20 },
    );
    fc.assert(
      fc.property(steps, (moments) => {
        const wall = opened(start);
        for (const { elapsedMs, jitterMs } of moments) {
          time.monotonic += elapsedMs;
          time.now = start + time.monotonic + jitterMs;
          expect(wall.at(time.monotonic)).toBe(start + time.monotonic);
        }
      }),
    );
  });

  it.each([60_000, -60_000, 2.5, -2.5])('follows a clock that was set by %d ms', (jumpMs) => {
    const wall = opened(start);
    expect(wall.at(0)).toBe(start);
    time.now = start + jumpMs;
    expect(wall.at(0)).toBe(start + jumpMs);
    // It stays there: the offset after the jump is the one that later readings are compared with.
    time.monotonic = 10;
    time.now = start + jumpMs + 10 + 1.5;
    expect(wall.at(10)).toBe(start + jumpMs + 10);
  });

  it('follows a clock that is slowly brought right', () => {
    const wall = opened(start);
    for (let minute = 1; minute <= 100; minute++) {
      time.monotonic = 60_000 * minute;
      time.now = start + 60_001 * minute;
      expect(Math.abs(wall.at(time.monotonic) - time.now)).toBeLessThanOrEqual(2);
    }
  });
});

describe('seconds and nanoseconds', () => {
  it('are whole numbers, the latter below a second, and say the time', () => {
    const ms = fc.double({ min: -1e13, max: 1e13, noNaN: true });
    fc.assert(
      fc.property(ms, (atMs) => {
        const [seconds, nanoseconds] = opened(0).hrTime(atMs);
        expect([Number.isInteger(seconds), Number.isInteger(nanoseconds)]).toEqual([true, true]);
        expect(nanoseconds).toBeGreaterThanOrEqual(0);
        expect(nanoseconds).toBeLessThan(1e9);
        // Doubles of this size are 2 us apart.
        expect(Math.abs(seconds * 1_000 + nanoseconds / 1e6 - atMs)).toBeLessThan(0.01);
      }),
    );
  });

  it.each([
    [0, [0, 0]],
    [1_234.5, [1, 234_500_000]],
    [999.999_999, [0, 999_999_999]],
    [999.999_999_9, [1, 0]],
    [-0.5, [-1, 999_500_000]],
    [start + 0.25, [start / 1_000, 250_000]],
  ])('of %d ms', (atMs, expected) => {
    expect(opened(0).hrTime(atMs)).toEqual(expected);
  });

  it('follow the offset', () => {
    expect(opened(5_000, 4_000).hrTime(4_001)).toEqual([5, 1_000_000]);
  });
});
