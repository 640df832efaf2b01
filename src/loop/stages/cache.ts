import { canonical, type Json } from '../../base/canonical.ts';
import { KnhkError } from '../../base/errors.ts';
import type { Validation } from '../validate.ts';
import type { StageInput } from './stage.ts';

/** A validation holds its candidate with all rows, so there are not many of them. */
const entriesMax = 32;

/**
 * What the stages said before, by everything that they judge by: proposal, current snapshot,
 * shapes, measurements and recorded observations. For one log and one catalogue; the least recently
 * used is forgotten.
 */
export class ValidationCache {
  readonly #known = new Map<string, Validation>();

  get(key: string): Validation | undefined {
    const found = this.#known.get(key);
    if (found !== undefined) this.set(key, found);
    return found;
  }

  set(key: string, validation: Validation): void {
    this.#known.delete(key);
    this.#known.set(key, validation);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= entriesMax) break;
      this.#known.delete(oldest);
    }
  }
}

/** What a validation depends on; undefined where it has no canonical form, which NaN has not. */
export function contentOf(input: StageInput): string | undefined {
  const { proposal, current, shapes, measurements, recorded } = input;
  try {
    const asked = canonical([proposal, measurements] as unknown as Json, 'validation');
    const seqs = recorded.map(({ seq }) => seq).join(' ');
    return [asked, current.hash, shapes?.hash ?? '', seqs].join('\n');
  } catch (error) {
    if (error instanceof KnhkError) return undefined;
    throw error;
  }
}
