import { fail } from '../../base/errors.ts';
import { packCounts, unpackCounts } from './pack.ts';
import { halves, hashText } from './text-hash.ts';

/** State of a {@link HyperLogLog} as JSON. */
export interface HyperLogLogJson {
  /** Registers as a power of two. */
  readonly precision: number;
  /** Their ranks, packed: runs of zeros as one number, in base64. */
  readonly registers: string;
}

/** Ranks that a register can have: 1 to 33, the place of the first one bit among 32. */
const rankMax = 33;

/**
 * An estimate of how many different texts there were, from registers of one byte each: their number
 * is a power of two, and the standard error 1.04 divided by its root (3.3 % of 1,024, 0.8 % of
 * 16,384). Flajolet, Fusy, Gandouet, Meunier: HyperLogLog (2007); the estimate is the improved one
 * of Ertl (2017), which needs no correction for small or large numbers.
 *
 * @example
 * const airports = new HyperLogLog();
 * for (const code of ['JFK', 'LAX', 'JFK']) airports.add(code);
 * Math.round(airports.estimate()); // => 2
 */
export class HyperLogLog {
  readonly #precision: number;
  readonly #registers: Uint8Array;
  /** How many registers have each rank: the estimate needs no more. */
  readonly #ranks: Uint32Array = new Uint32Array(rankMax + 1);

  /**
   * @param precision registers as a power of two: 6 to 16, by default 12
   * @throws KnhkError KNHK_LOOP_OPTION
   */
  constructor(precision = 12) {
    if (!Number.isInteger(precision) || precision < 6 || precision > 16) {
      fail('KNHK_LOOP_OPTION', 'HyperLogLog, precision', '6 to 16', precision);
    }
    this.#precision = precision;
    this.#registers = new Uint8Array(2 ** precision);
    this.#ranks[0] = this.#registers.length;
  }

  /**
   * Adds a text.
   *
   * @example
   * const seen = new HyperLogLog();
   * seen.add('JFK');
   * Math.round(seen.estimate()); // => 1
   */
  add(text: string): void {
    hashText(text);
    this.addHash(halves[0]!, halves[1]!);
  }

  /**
   * Adds a text by the two halves of its hash, 32 bits each.
   *
   * @example
   * const seen = new HyperLogLog();
   * seen.addHash(0x1234, 0x5678);
   * Math.round(seen.estimate()); // => 1
   */
  addHash(high: number, low: number): void {
    this.#raise(high >>> (32 - this.#precision), Math.clz32(low) + 1);
  }

  #raise(register: number, rank: number): void {
    const before = this.#registers[register]!;
    if (rank <= before) return;
    this.#registers[register] = rank;
    this.#ranks[before]!--;
    this.#ranks[rank]!++;
  }

  /**
   * How many different texts were added, about.
   *
   * @example new HyperLogLog().estimate(); // => 0
   */
  estimate(): number {
    const count = this.#registers.length;
    const ranks = this.#ranks;
    let sum = count * tau(1 - ranks[rankMax]! / count);
    for (let rank = rankMax - 1; rank >= 1; rank--) sum = 0.5 * (sum + ranks[rank]!);
    sum += count * sigma(ranks[0]! / count);
    return count ** 2 / (2 * Math.LN2 * sum);
  }

  /**
   * Adds what another one saw: the result is that of all texts, whatever the order.
   *
   * @throws KnhkError KNHK_LOOP_OPTION where it has another precision
   * @example
   * const [one, two] = [new HyperLogLog(), new HyperLogLog()];
   * two.add('JFK');
   * one.merge(two);
   * Math.round(one.estimate()); // => 1
   */
  merge(other: HyperLogLog): void {
    if (other.#precision !== this.#precision) {
      const expected = `precision ${this.#precision}`;
      fail('KNHK_LOOP_OPTION', 'HyperLogLog, merge', expected, other.#precision);
    }
    other.#registers.forEach((rank, register) => {
      this.#raise(register, rank);
    });
  }

  /**
   * Its state as JSON.
   *
   * @example new HyperLogLog(10).toJSON().precision; // => 10
   */
  toJSON(): HyperLogLogJson {
    return { precision: this.#precision, registers: packCounts(this.#registers) };
  }

  /**
   * One with the state that {@link HyperLogLog.toJSON} gave.
   *
   * @throws KnhkError KNHK_LOOP_OPTION, KNHK_LOOP_STATE
   * @example
   * const seen = new HyperLogLog();
   * seen.add('JFK');
   * Math.round(HyperLogLog.from(seen.toJSON()).estimate()); // => 1
   */
  static from({ precision, registers }: HyperLogLogJson): HyperLogLog {
    const made = new HyperLogLog(precision);
    const ranks = unpackCounts(registers, made.#registers.length);
    ranks.forEach((rank, register) => {
      if (rank > rankMax) fail('KNHK_LOOP_STATE', 'registers', `at most ${rankMax}`, rank);
      made.#raise(register, rank);
    });
    return made;
  }
}

/** Ertl's sum for the registers that nothing reached. */
function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY;
  let power = share;
  let weight = 1;
  let sum = share;
  for (let before = -1; before !== sum; ) {
    power *= power;
    before = sum;
    sum += power * weight;
    weight += weight;
  }
  return sum;
}

/** Ertl's sum for the registers that are full. */
function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let root = share;
  let weight = 1;
  let sum = 1 - share;
  for (let before = -1; before !== sum; ) {
    root = Math.sqrt(root);
    before = sum;
    weight *= 0.5;
    sum -= (1 - root) ** 2 * weight;
  }
  return sum / 3;
}
