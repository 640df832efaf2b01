import { fail } from '../../base/errors.ts';
import { halves, hashText, hexOf } from './text-hash.ts';

/** A text that occurs often, as {@link HeavyHitters.top} tells it. */
export interface HeavyHitter {
  /** What {@link textHash} makes of the text. */
  readonly hash: string;
  /** At least how often it occurred, at most `error` more. */
  readonly count: number;
  /** How many of them may have been other texts. */
  readonly error: number;
}

/** State of {@link HeavyHitters} as JSON. */
export interface HeavyHittersJson {
  /** How many texts are held at most. */
  readonly capacity: number;
  /** How many were added. */
  readonly total: number;
  /** Two halves of the hash, count and error of each, the highest count first. */
  readonly held: readonly (readonly [number, number, number, number])[];
}

const capacityMax = 1_024;

/**
 * The texts that occur most, in bounded memory (Metwally, Agrawal, El Abbadi: Space-Saving, 2005).
 * Whatever makes up more than 1/capacity of all is held; a count is never too low and at most
 * total/capacity too high. Texts are kept as hashes.
 *
 * @example
 * const codes = new HeavyHitters(8);
 * for (const code of ['JFK', 'LAX', 'JFK']) codes.add(code);
 * codes.top()[0]; // => { hash: textHash('JFK'), count: 2, error: 0 }
 */
export class HeavyHitters {
  readonly #capacity: number;
  // Sorted by count, the highest first: what comes most often is found soonest.
  readonly #high: Uint32Array;
  readonly #low: Uint32Array;
  readonly #counts: Float64Array;
  readonly #errors: Float64Array;
  #size = 0;
  #total = 0;

  /**
   * @param capacity how many texts are held, 1 to 1,024, by default 64
   * @throws KnhkError KNHK_LOOP_OPTION
   */
  constructor(capacity = 64) {
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > capacityMax) {
      fail('KNHK_LOOP_OPTION', 'HeavyHitters, capacity', `1 to ${capacityMax}`, capacity);
    }
    this.#capacity = capacity;
    this.#high = new Uint32Array(capacity);
    this.#low = new Uint32Array(capacity);
    this.#counts = new Float64Array(capacity);
    this.#errors = new Float64Array(capacity);
  }

  /** How many texts were added, repetitions included. */
  get total(): number {
    return this.#total;
  }

  /**
   * Adds a text.
   *
   * @example
   * const codes = new HeavyHitters();
   * codes.add('JFK');
   * codes.total; // => 1
   */
  add(text: string): void {
    hashText(text);
    this.addHash(halves[0]!, halves[1]!);
  }

  /**
   * Adds a text by the two halves of its hash, 32 bits each.
   *
   * @example
   * const codes = new HeavyHitters();
   * codes.addHash(0x1234, 0x5678);
   * codes.top()[0]?.hash; // => '0000123400005678'
   */
  addHash(high: number, low: number): void {
    this.#total++;
    let place = 0;
    while (place < this.#size && (this.#high[place] !== high || this.#low[place] !== low)) place++;
    if (place === this.#capacity) {
      // The one that came least gives way; as often as that it may have come before.
      place--;
      this.#errors[place] = this.#counts[place]!;
      this.#high[place] = high;
      this.#low[place] = low;
    } else if (place === this.#size) {
      this.#high[place] = high;
      this.#low[place] = low;
      this.#size++;
    }
    this.#counts[place]!++;
    this.#rise(place);
  }

  #rise(from: number): void {
    const counts = this.#counts;
    for (let place = from; place > 0 && counts[place - 1]! < counts[place]!; place--) {
      for (const column of [this.#high, this.#low, counts, this.#errors]) {
        const moved = column[place]!;
        column[place] = column[place - 1]!;
        column[place - 1] = moved;
      }
    }
  }

  /**
   * Those that are held, the highest count first.
   *
   * @param most how many; all by default
   * @example new HeavyHitters().top(); // => []
   */
  top(most: number = this.#size): HeavyHitter[] {
    return Array.from({ length: Math.min(most, this.#size) }, (_, place) => ({
      hash: hexOf(this.#high[place]!, this.#low[place]!),
      count: this.#counts[place]!,
      error: this.#errors[place]!,
    }));
  }

  /**
   * Adds what another one holds; the bounds hold for both together, whatever the order (Agarwal et
   * al.: Mergeable Summaries, 2012).
   *
   * @throws KnhkError KNHK_LOOP_OPTION where it has another capacity
   * @example
   * const [one, two] = [new HeavyHitters(), new HeavyHitters()];
   * two.add('JFK');
   * one.merge(two);
   * one.top().length; // => 1
   */
  merge(other: HeavyHitters): void {
    if (other.#capacity !== this.#capacity) {
      const expected = `capacity ${this.#capacity}`;
      fail('KNHK_LOOP_OPTION', 'HeavyHitters, merge', expected, other.#capacity);
    }
    // What one does not hold may have come as often as its least one.
    const leastOf = ({ top, missed }: Merging): number => (missed ? top.at(-1)!.count : 0);
    const own = this.#merging();
    const given = other.#merging();
    const byHash = new Map(own.top.map((hitter) => [hitter.hash, { ...hitter, seen: false }]));
    const least = { own: leastOf(own), given: leastOf(given) };
    const merged: HeavyHitter[] = given.top.map(({ hash, count, error }) => {
      const match = byHash.get(hash);
      if (match !== undefined) match.seen = true;
      const { count: times, error: wrong } = match ?? { count: least.own, error: least.own };
      return { hash, count: count + times, error: error + wrong };
    });
    for (const { hash, count, error, seen } of byHash.values()) {
      if (!seen) merged.push({ hash, count: count + least.given, error: error + least.given });
    }
    merged.sort((one, two) => two.count - one.count || (one.hash < two.hash ? -1 : 1));
    this.#total += other.#total;
    this.#size = 0;
    for (const { hash, count, error } of merged.slice(0, this.#capacity)) {
      const [high, low] = [hash.slice(0, 8), hash.slice(8)].map((half) =>
        Number.parseInt(half, 16),
      );
      this.#hold(high!, low!, count, error);
    }
  }

  #merging(): Merging {
    return { top: this.top(), missed: this.#size === this.#capacity };
  }

  #hold(high: number, low: number, count: number, error: number): void {
    const place = this.#size++;
    this.#high[place] = high;
    this.#low[place] = low;
    this.#counts[place] = count;
    this.#errors[place] = error;
  }

  /**
   * Its state as JSON.
   *
   * @example new HeavyHitters(8).toJSON(); // => { capacity: 8, total: 0, held: [] }
   */
  toJSON(): HeavyHittersJson {
    const held = Array.from(
      { length: this.#size },
      (_, place) =>
        [
          this.#high[place]!,
          this.#low[place]!,
          this.#counts[place]!,
          this.#errors[place]!,
        ] as const,
    );
    return { capacity: this.#capacity, total: this.#total, held };
  }

  /**
   * One with the state that {@link HeavyHitters.toJSON} gave.
   *
   * @throws KnhkError KNHK_LOOP_OPTION, KNHK_LOOP_STATE
   * @example
   * const codes = new HeavyHitters();
   * codes.add('JFK');
   * HeavyHitters.from(codes.toJSON()).total; // => 1
   */
  static from({ capacity, total, held }: HeavyHittersJson): HeavyHitters {
    const made = new HeavyHitters(capacity);
    if (held.length > capacity) {
      fail('KNHK_LOOP_STATE', 'heavy hitters', `at most ${capacity}`, held.length);
    }
    made.#total = total;
    for (const entry of held) made.#hold(...entry);
    return made;
  }
}

interface Merging {
  readonly top: readonly HeavyHitter[];
  /** It may have let go of some. */
  readonly missed: boolean;
}
