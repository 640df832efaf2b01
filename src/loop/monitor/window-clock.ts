const nowAt = 0;
const endAt = 1;

/** Time as the window has it: the newest time of all observations, and the pane it lies in. */
export class WindowClock {
  /** Panes since 1970. */
  pane = 0;
  /** Its place in a ring of panes. */
  slot = 0;
  readonly #paneMs: number;
  readonly #panes: number;
  // In an array, because a double that changes is allocated anew in a field of its own.
  readonly #times: Float64Array = new Float64Array(2).fill(Number.NEGATIVE_INFINITY);

  constructor(paneMs: number, panes: number) {
    this.#paneMs = paneMs;
    this.#panes = panes;
  }

  /** The newest time of all, -Infinity before the first. */
  get now(): number {
    return this.#times[nowAt]!;
  }

  /** When its pane ends. */
  get end(): number {
    return this.#times[endAt]!;
  }

  /** Time goes on to here, unless it already has. */
  pass(at: number): void {
    if (at <= this.#times[nowAt]!) return;
    this.#times[nowAt] = at;
    if (at < this.#times[endAt]!) return;
    this.pane = Math.floor(at / this.#paneMs);
    this.slot = slotOf(this.pane, this.#panes);
    this.#times[endAt] = (this.pane + 1) * this.#paneMs;
  }
}

/** Place of a pane in a ring of so many. */
export function slotOf(pane: number, panes: number): number {
  const slot = pane % panes;
  return slot < 0 ? slot + panes : slot;
}
