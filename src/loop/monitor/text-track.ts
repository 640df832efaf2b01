import type { TextsView } from '../view.ts';
import { HeavyHitters, type HeavyHittersJson } from './heavy-hitters.ts';
import { KnownTexts, type KnownTextsJson } from './known-texts.ts';
import type { MonitorBounds } from './options.ts';
import { halves, hashText } from './text-hash.ts';

const seqsMax = 8;

/** State of {@link TextTrack} as JSON. */
export interface TextJson {
  readonly known: KnownTextsJson;
  readonly heavy: HeavyHittersJson;
  readonly novel: readonly number[];
  readonly novelCount: number;
}

/** The texts of a field, as hashes. */
export class TextTrack implements TextsView {
  readonly #known: KnownTexts;
  #heavy: HeavyHitters;
  #novel: number[] = [];
  #novelCount = 0;
  readonly #fresh: TextTrack[];

  /** @param fresh those with new texts, which the cycle's end closes */
  constructor({ texts, heavy }: MonitorBounds, fresh: TextTrack[]) {
    this.#fresh = fresh;
    this.#known = new KnownTexts(texts);
    this.#heavy = new HeavyHitters(heavy);
  }

  get distinct(): number {
    return this.#known.distinct;
  }

  get heavy(): TextsView['heavy'] {
    return this.#heavy.top();
  }

  get novel(): TextsView['novel'] {
    // What was new before it became clear that too much is new says nothing.
    if (!this.#known.isExact) return { count: 0, seqs: [] };
    return { count: this.#novelCount, seqs: this.#novel };
  }

  add(text: string, seq: number): void {
    hashText(text);
    const [high, low] = [halves[0]!, halves[1]!];
    this.#heavy.addHash(high, low);
    if (!this.#known.add(high, low)) return;
    if (this.#novelCount === 0) this.#fresh.push(this);
    this.#novelCount++;
    if (this.#novel.length < seqsMax) this.#novel.push(seq);
  }

  close(): void {
    // A view that was given out may still hold the old one.
    this.#novel = [];
    this.#novelCount = 0;
  }

  merge(other: TextTrack): void {
    this.#known.merge(other.#known);
    this.#heavy.merge(other.#heavy);
  }

  toJSON(): TextJson {
    const known = this.#known.toJSON();
    const heavy = this.#heavy.toJSON();
    return { known, heavy, novel: [...this.#novel], novelCount: this.#novelCount };
  }

  restore({ known, heavy, novel, novelCount }: TextJson): void {
    this.#known.restore(known);
    this.#heavy = HeavyHitters.from(heavy);
    this.#novel = [...novel];
    if (this.#novelCount === 0 && novelCount > 0) this.#fresh.push(this);
    this.#novelCount = novelCount;
  }
}
