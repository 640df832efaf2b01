/** Time given from outside: nothing in the library reads a global clock by itself. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z, an integer; it may run backwards. */
  now(): number;
}

/** Gives so many random bytes; the default is the platform's secure generator. */
export type RandomBytes = (count: number) => Uint8Array;

/** The machine's clock. The only place in the library that reads it. */
export const systemClock: Clock = {
  now: () => Date.now(),
};

/** Monotonic milliseconds with fractions, for durations only; never enters a receipt. */
export const monotonicMs = (): number => performance.now();

/** The platform's secure randomness (Web Crypto), available in Node and browsers alike. */
export const systemRandom: RandomBytes = (count) =>
  globalThis.crypto.getRandomValues(new Uint8Array(count));
