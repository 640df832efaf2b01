/** Counts of one key by slot of the period, such as by hour of the week. */
interface Profile {
  /** Number of the slot of its first observation, counted from 1970; a partial one. */
  readonly first: number;
  /** The newest slot that it came in, with its count, and the one before that it came in. */
  current: number;
  count: number;
  previous: number;
  previousCount: number;
  /** Counts and their squares by slot of the period, of slots before `previous`. */
  readonly sums: number[];
  readonly squares: number[];
}

/** A slot against the same slot of earlier periods. */
export interface SlotView {
  readonly count: number;
  /** Sum over the earlier periods, and how many they are. */
  readonly before: number;
  readonly periods: number;
}

/** State of a season as savepoints keep it. */
export interface SeasonJson {
  readonly slotMs: number;
  readonly slots: number;
  readonly newest: number;
  readonly newestSeq: number;
  readonly profiles: readonly (readonly [key: string, profile: Profile])[];
}

/**
 * What is usual at which time of a period: counts per key and slot, at O(1) per observation. Slots
 * in which nothing came cost nothing: how often one has passed follows from the time.
 */
export class Season {
  readonly #slotMs: number;
  readonly #slots: number;
  readonly #keysMax: number;
  readonly #profiles = new Map<string, Profile>();
  #newest = -1;
  #newestSeq = -1;

  constructor(slotMs: number, slots: number, keysMax: number) {
    this.#slotMs = slotMs;
    this.#slots = slots;
    this.#keysMax = keysMax;
  }

  /** The newest slot of all, and the seq of its first observation. */
  get newest(): { readonly slot: number; readonly seq: number } {
    return { slot: this.#newest, seq: this.#newestSeq };
  }

  get size(): number {
    return this.#profiles.size;
  }

  keys(): IterableIterator<string> {
    return this.#profiles.keys();
  }

  /** What comes late counts for the newest slot of its key. */
  add(key: string, at: number, seq: number): void {
    const slot = Math.floor(at / this.#slotMs);
    if (slot > this.#newest) {
      this.#newest = slot;
      this.#newestSeq = seq;
    }
    const profile = this.#profiles.get(key);
    if (profile === undefined) this.#begin(key, slot);
    else if (slot <= profile.current) profile.count++;
    else this.#turn(profile, slot);
  }

  #begin(key: string, slot: number): void {
    if (this.#profiles.size >= this.#keysMax) return;
    const empty = (): number[] => new Array<number>(this.#slots).fill(0);
    const [sums, squares] = [empty(), empty()];
    const none = { previous: -1, previousCount: 0 };
    this.#profiles.set(key, { first: slot, current: slot, count: 1, ...none, sums, squares });
  }

  #turn(profile: Profile, slot: number): void {
    const { first, previous, previousCount } = profile;
    // The first slot is partial: its key began within it.
    if (previous > first) {
      const index = previous % this.#slots;
      profile.sums[index]! += previousCount;
      profile.squares[index]! += previousCount ** 2;
    }
    profile.previous = profile.current;
    profile.previousCount = profile.count;
    profile.current = slot;
    profile.count = 1;
  }

  /** How one slot of a key compares with the same one of earlier periods; the newest is partial. */
  slot(key: string, slot: number): SlotView {
    const profile = this.#profiles.get(key)!;
    const { first, current, previous } = profile;
    const index = slot % this.#slots;
    let before = profile.sums[index]!;
    let count = 0;
    for (const [at, held] of [
      [previous, profile.previousCount],
      [current, profile.count],
    ] as const) {
      if (at === slot) count = held;
      else if (at < slot && at > first && at % this.#slots === index) before += held;
    }
    const periods = Math.max(0, Math.ceil((slot - first) / this.#slots) - 1);
    return { count, before, periods };
  }

  /**
   * By how much the counts of slots vary from one period to another beyond what a Poisson process
   * does, as a variance relative to the squared mean, pooled over all slots. O(slots).
   */
  restlessness(key: string): number {
    const { first, previous, sums, squares } = this.#profiles.get(key)!;
    let excess = 0;
    let scale = 0;
    for (let index = 0; index < this.#slots; index++) {
      // Occurrences of the slot after the first one and before `previous`.
      const lead = (index - ((first + 1) % this.#slots) + this.#slots) % this.#slots;
      const periods = Math.max(0, Math.ceil((previous - first - 1 - lead) / this.#slots));
      if (periods < 2) continue;
      const mean = sums[index]! / periods;
      excess += (squares[index]! - sums[index]! * mean) / (periods - 1) - mean;
      scale += mean ** 2;
    }
    return scale === 0 ? 0 : Math.max(0, excess / scale);
  }

  toJSON(): SeasonJson {
    return {
      slotMs: this.#slotMs,
      slots: this.#slots,
      newest: this.#newest,
      newestSeq: this.#newestSeq,
      profiles: [...this.#profiles],
    };
  }

  /** What was learnt with slots of another length is forgotten. */
  restore(saved: SeasonJson): void {
    this.#profiles.clear();
    if (saved.slotMs !== this.#slotMs || saved.slots !== this.#slots) return;
    this.#newest = saved.newest;
    this.#newestSeq = saved.newestSeq;
    for (const [key, profile] of saved.profiles) {
      if (this.#profiles.size >= this.#keysMax) return;
      const { sums, squares } = profile;
      this.#profiles.set(key, { ...profile, sums: [...sums], squares: [...squares] });
    }
  }
}
