import type { LeafOutcome } from '../../receipts/verify/leaf-types.ts';
import { outcomes, placeOf } from '../monitor/type-places.ts';

/** Counts of outcomes by type, as a savepoint keeps them. */
export interface TallyJson {
  readonly [type: string]: readonly number[];
}

const typesMax = 1_024;

/** Outcomes counted by type; the types of a catalogue are few. */
export class OutcomeTally {
  readonly #types = new Map<string, number[]>();
  #count = 0;

  constructor(saved: TallyJson = {}) {
    for (const [type, counts] of Object.entries(saved)) {
      this.#types.set(type, [...counts]);
      for (const count of counts) this.#count += count;
    }
  }

  /** Observations in all. */
  get count(): number {
    return this.#count;
  }

  add(type: string, outcome: LeafOutcome): void {
    let counts = this.#types.get(type);
    if (counts === undefined) {
      if (this.#types.size >= typesMax) return;
      counts = outcomes.map(() => 0);
      this.#types.set(type, counts);
    }
    counts[placeOf(outcome)]!++;
    this.#count++;
  }

  /** Observations of a type, or of all, and how many of them had an outcome. */
  share(outcome: LeafOutcome, type: string | undefined): { of: number; had: number } {
    const index = placeOf(outcome);
    let of = 0;
    let had = 0;
    for (const [name, counts] of this.#types) {
      if (type !== undefined && name !== type) continue;
      for (const count of counts) of += count;
      had += counts[index]!;
    }
    return { of, had };
  }

  toJSON(): TallyJson {
    return Object.fromEntries([...this.#types].map(([type, counts]) => [type, [...counts]]));
  }
}

/** The sum of two tallies. */
function sumOf(left: OutcomeTally, right: OutcomeTally): OutcomeTally {
  const sum: Record<string, readonly number[]> = { ...left.toJSON() };
  for (const [type, counts] of Object.entries(right.toJSON())) {
    const before = sum[type];
    sum[type] = before === undefined ? counts : counts.map((count, at) => count + before[at]!);
  }
  return new OutcomeTally(sum);
}

/** Observations after which what is recent is begun anew. */
const half = 5_000;

/** The outcomes of the latest 5,000 to 10,000 observations: what was usual before a change. */
export class RecentOutcomes {
  #before: OutcomeTally;
  #now: OutcomeTally;

  constructor(saved?: { readonly before: TallyJson; readonly now: TallyJson }) {
    this.#before = new OutcomeTally(saved?.before);
    this.#now = new OutcomeTally(saved?.now);
  }

  add(type: string, outcome: LeafOutcome): void {
    this.#now.add(type, outcome);
    if (this.#now.count < half) return;
    this.#before = this.#now;
    this.#now = new OutcomeTally();
  }

  /** A copy of what is usual now. */
  usual(): OutcomeTally {
    return sumOf(this.#before, this.#now);
  }

  toJSON(): { readonly before: TallyJson; readonly now: TallyJson } {
    return { before: this.#before.toJSON(), now: this.#now.toJSON() };
  }
}
