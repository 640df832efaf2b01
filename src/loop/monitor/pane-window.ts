import { packCounts, unpackCounts } from './pack.ts';

/** The newest time of all observations, and the pane of the window that it lies in. */
export interface WindowClock {
  readonly now: number;
  /** Panes since 1970. */
  readonly pane: number;
}

/** State of {@link PaneWindow} as JSON: counts by place of the outcome, oldest pane first. */
export type PanesJson = readonly (string | null)[];

/**
 * Counts of the last so many panes of time for each of a few outcomes. Panes expire when the window
 * is next touched or looked at, so that time costs nothing by itself. What comes late counts in
 * the newest pane.
 */
export class PaneWindow {
  readonly #clock: WindowClock;
  readonly #panes: number;
  #head: number;
  readonly #rings: (Uint32Array | undefined)[];
  readonly #sums: Float64Array;

  constructor(clock: WindowClock, panes: number, outcomes: number) {
    this.#clock = clock;
    this.#panes = panes;
    this.#head = clock.pane;
    this.#rings = new Array<Uint32Array | undefined>(outcomes).fill(undefined);
    this.#sums = new Float64Array(outcomes);
  }

  add(outcome: number, times: number): void {
    const { pane } = this.#clock;
    if (pane !== this.#head) this.#expire(pane);
    let ring = this.#rings[outcome];
    if (ring === undefined) {
      ring = new Uint32Array(this.#panes);
      this.#rings[outcome] = ring;
    }
    ring[this.#slot(pane)]! += times;
    this.#sums[outcome]! += times;
  }

  #slot(pane: number): number {
    const slot = pane % this.#panes;
    return slot < 0 ? slot + this.#panes : slot;
  }

  #expire(pane: number): void {
    const gone = Math.min(pane - this.#head, this.#panes);
    for (let outcome = 0; outcome < this.#rings.length; outcome++) {
      const ring = this.#rings[outcome];
      if (ring === undefined || this.#sums[outcome] === 0) continue;
      for (let step = 1; step <= gone; step++) {
        const slot = this.#slot(this.#head + step);
        this.#sums[outcome]! -= ring[slot]!;
        ring[slot] = 0;
      }
    }
    this.#head = pane;
  }

  /** Count of the window by outcome; the array is the window's own. */
  sums(): Float64Array {
    if (this.#clock.pane !== this.#head) this.#expire(this.#clock.pane);
    return this.#sums;
  }

  /** Counts of all outcomes together, oldest pane first. */
  panes(): number[] {
    this.sums();
    const counts = new Array<number>(this.#panes).fill(0);
    for (const ring of this.#rings) {
      if (ring !== undefined) this.#each(ring, (index, count) => (counts[index]! += count));
    }
    return counts;
  }

  #each(ring: Uint32Array, visit: (index: number, count: number) => void): void {
    for (let index = 0; index < this.#panes; index++) {
      visit(index, ring[this.#slot(this.#head + 1 + index)]!);
    }
  }

  /** Adds the counts of a window with as many panes, whose clock may be behind or ahead. */
  merge(other: PaneWindow): void {
    this.sums();
    const newest = this.#clock.pane;
    for (const [outcome, ring] of other.#rings.entries()) {
      if (ring === undefined) continue;
      other.#each(ring, (index, count) => {
        const pane = other.#head + 1 + index - this.#panes;
        if (count > 0 && pane <= newest && pane > newest - this.#panes) {
          this.#put(outcome, pane, count);
        }
      });
    }
  }

  #put(outcome: number, pane: number, count: number): void {
    this.#rings[outcome] ??= new Uint32Array(this.#panes);
    this.#rings[outcome][this.#slot(pane)]! += count;
    this.#sums[outcome]! += count;
  }

  toJSON(): PanesJson {
    const sums = this.sums();
    return this.#rings.map((ring, outcome) => {
      if (ring === undefined || sums[outcome] === 0) return null;
      const counts: number[] = [];
      this.#each(ring, (_, count) => void counts.push(count));
      return packCounts(counts);
    });
  }

  /** Takes in what was saved when the clock stood where it stands now. */
  restore(saved: PanesJson): void {
    this.sums();
    for (const [outcome, text] of saved.entries()) {
      if (text === null || outcome >= this.#rings.length) continue;
      const counts = unpackCounts(text, this.#panes);
      counts.forEach((count, index) => {
        if (count > 0) this.#put(outcome, this.#head + 1 + index - this.#panes, count);
      });
    }
  }
}
