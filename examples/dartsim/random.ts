// The generator and the distributions that the original program takes from the C++ standard
// library (libstdc++). Every intermediate integer is below 2^53, so plain numbers are exact; the
// quotients of floating-point numbers round as IEEE doubles do there.

const modulus = 2_147_483_647;
const multiplier = 16_807;
/** How many different outputs there are: 1 to 2^31 - 2. */
const outputs = modulus - 1;

/** minstd_rand0: the "minimal standard" generator of Lewis, Goodman and Miller (1969). */
export class MinimalStandard {
  #state: number;

  /** @param seed integer of at least 0 */
  constructor(seed: number) {
    this.#state = seed % modulus || 1;
  }

  /** The next output, from 1 to 2^31 - 2. */
  next(): number {
    this.#state = (multiplier * this.#state) % modulus;
    return this.#state;
  }

  /** An integer from low to high, both included. */
  integer(low: number, high: number): number {
    return low + this.#below(high - low);
  }

  /** A number of [0, 1), made of two outputs. */
  real(): number {
    const square = outputs * outputs;
    const sum = this.next() - 1 + (this.next() - 1) * outputs;
    const quotient = sum / square;
    return quotient >= 1 ? 1 - 2 ** -53 : quotient;
  }

  /** An integer from 0 to most. */
  #below(most: number): number {
    if (most === outputs - 1) return this.next() - 1;
    if (most < outputs) {
      const size = Math.floor((outputs - 1) / (most + 1));
      for (;;) {
        const drawn = this.next() - 1;
        if (drawn < size * (most + 1)) return Math.floor(drawn / size);
      }
    }
    for (;;) {
      const drawn = outputs * this.#below(Math.floor(most / outputs)) + this.next() - 1;
      if (drawn <= most) return drawn;
    }
  }
}
