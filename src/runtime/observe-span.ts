import { limits } from '../base/limits.ts';
import type { CountBody } from '../receipts/verify/leaf-types.ts';

/** What was applied of a stream since its last count leaf: the log alone shows it. */
export interface AppliedSpan {
  readonly observed: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** Pairs [index in hook order, count]. */
  readonly fired: readonly (readonly [number, number])[];
}

/** {@link AppliedSpan} with its declaration's hash, as a savepoint keeps it. */
export interface SavedSpan extends AppliedSpan {
  readonly type: string;
}

// A pair takes 14 bytes at most and an observation adds 256 of them: half of a leaf's bound.
const hooksMax = 2_048;

/** What was observed of one type since its last count leaf. */
export class Span {
  #idle = 0;
  #applied = 0;
  /** False while all of it comes from before the runtime was opened. */
  #isFresh = false;
  #firstAt: number | undefined;
  #lastAt: number | undefined;
  #firstApplied: number | undefined;
  #lastApplied = 0;
  readonly #fired: Map<number, number>;
  readonly #records: string[] = [];
  #bytes = 0;

  constructor(restored?: AppliedSpan) {
    this.#fired = new Map(restored?.fired ?? []);
    if (restored === undefined) return;
    this.#applied = restored.observed;
    this.#firstAt = restored.firstAt;
    this.#lastAt = restored.lastAt;
    this.#firstApplied = restored.firstAt;
    this.#lastApplied = restored.lastAt;
  }

  /** All of them, those applied included. */
  get observed(): number {
    return this.#idle + this.#applied;
  }

  get idle(): number {
    return this.#idle;
  }

  get isFresh(): boolean {
    return this.#isFresh;
  }

  get hasTimes(): boolean {
    return this.#firstAt !== undefined;
  }

  /** How many more one leaf can stand for; 0 where it is time for it. */
  get room(): number {
    const isFull = this.#fired.size >= hooksMax || this.#bytes >= limits.recordsBytes;
    return isFull ? 0 : Math.max(0, limits.countObserved - this.observed);
  }

  /** Counts some that fired nothing; times are those of the first and last that have one. */
  addIdle(count: number, firstAt: number | undefined, lastAt: number | undefined): void {
    this.#isFresh = true;
    this.#idle += count;
    this.#firstAt ??= firstAt;
    if (lastAt !== undefined) this.#lastAt = lastAt;
  }

  /** Counts one that fired nothing and keeps the canonical text of its fields. */
  addRecord(at: number, fields: string): void {
    this.addIdle(1, at, at);
    const text = `{"at":${at},"fields":${fields}}`;
    this.#records.push(text);
    this.#bytes += text.length;
  }

  /** Counts one that has a leaf of its own. */
  addApplied(at: number, fired: readonly number[]): void {
    this.#isFresh = true;
    this.#applied++;
    this.#firstAt ??= at;
    this.#lastAt = at;
    this.#firstApplied ??= at;
    this.#lastApplied = at;
    for (const hook of fired) this.#fired.set(hook, (this.#fired.get(hook) ?? 0) + 1);
  }

  /** Canonical JSON of the records kept, undefined where there are none. */
  recordsText(): string | undefined {
    return this.#records.length === 0 ? undefined : `[${this.#records.join(',')}]`;
  }

  /** What a savepoint keeps: the part that the log shows, which a crash does not lose. */
  applied(): AppliedSpan | undefined {
    if (this.#firstApplied === undefined) return undefined;
    return {
      observed: this.#applied,
      firstAt: this.#firstApplied,
      lastAt: this.#lastApplied,
      fired: this.#pairs(),
    };
  }

  /** @param time stands for times that nobody could read */
  body(type: string, snapshot: string, time: number, records: string | undefined): CountBody {
    const body: CountBody = {
      kind: 'count',
      type,
      snapshot,
      observed: this.observed,
      firstAt: this.#firstAt ?? time,
      lastAt: this.#lastAt ?? time,
      fired: this.#pairs(),
    };
    return records === undefined ? body : { ...body, records };
  }

  #pairs(): readonly (readonly [number, number])[] {
    return [...this.#fired].sort(([left], [right]) => left - right);
  }
}
