import type { Outcome, Unavailable } from 'knhk';

/** Counts what became of the observations, for the summary. */
export class Tally {
  readonly outcomes: Record<string, number> = {};
  readonly fired: Record<string, number> = {};
  readonly denied: Record<string, number> = {};
  readonly invalid: Record<string, number> = {};
  total = 0;

  add(outcome: Outcome | Unavailable): void {
    this.total++;
    count(this.outcomes, outcome.outcome);
    if (outcome.outcome === 'invalid') {
      const problems =
        outcome.stage === 'terms'
          ? outcome.issues.map(({ path, expected }) => `${path}: expected ${expected}`)
          : outcome.results.map(({ path, messages }) => `${shortName(path)}: ${messages[0] ?? ''}`);
      for (const problem of problems) count(this.invalid, `${outcome.stage}: ${problem}`);
      return;
    }
    if (!('fired' in outcome)) return;
    for (const hook of outcome.fired) count(this.fired, hook);
    for (const { guard, code, verdict } of outcome.verdicts) {
      count(this.denied, `${verdict} by ${guard ?? 'no guard'} (${code})`);
    }
  }
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

function shortName(iri: string | null): string {
  return iri === null ? '(the observation)' : iri.slice(iri.lastIndexOf('#') + 1);
}

/** Keeps durations and gives their quantiles; memory grows by 8 bytes a value. */
export class Durations {
  #values = new Float64Array(1_024);
  #count = 0;

  add(value: number): void {
    if (this.#count === this.#values.length) {
      const larger = new Float64Array(2 * this.#count);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#count++] = value;
  }

  /** The value below which a share of the durations lies; NaN without any. */
  quantile(share: number): number {
    const sorted = this.#values.slice(0, this.#count).sort();
    return sorted[Math.min(this.#count - 1, Math.floor(share * this.#count))] ?? Number.NaN;
  }
}
