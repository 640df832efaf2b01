import { describe, KnhkError } from '../base/errors.ts';
import type { Catalogue } from '../rules/catalogue.ts';
import type { RulesDocument } from '../rules/document.ts';
import { linkSnapshot, type Snapshot } from '../rules/snapshot.ts';
import { type BlobSource, loadIdentity, loadRules } from './store.ts';

/** A snapshot of the log beside the definitions given. */
export type Linked =
  | {
      readonly kind: 'linked';
      readonly document: RulesDocument;
      readonly snapshot: Snapshot;
      /** Action types whose declaration is another one now. */
      readonly changedActions: ReadonlySet<string>;
    }
  /** The definitions lack something that its rules name. */
  | { readonly kind: 'unlinkable'; readonly document: RulesDocument }
  /** The log does not hold it whole. */
  | { readonly kind: 'unreadable'; readonly problem: string };

// A linked snapshot holds its programs; a log with many promotions returns to few of them.
const cacheMax = 64;

/** Links the log's snapshots with one catalogue, each once. */
export class LinkedSnapshots {
  readonly #source: BlobSource;
  readonly #catalogue: Catalogue;
  readonly #cache = new Map<string, Linked>();
  readonly #seen = new Set<string>();

  constructor(source: BlobSource, catalogue: Catalogue) {
    this.#source = source;
    this.#catalogue = catalogue;
  }

  /** Distinct snapshots that could be linked. */
  get count(): number {
    return this.#seen.size;
  }

  get(hash: string): Linked {
    const known = this.#cache.get(hash);
    if (known !== undefined) return known;
    const linked = this.#link(hash);
    if (linked.kind === 'linked') this.#seen.add(hash);
    if (this.#cache.size >= cacheMax) {
      this.#cache.delete(this.#cache.keys().next().value as string);
    }
    this.#cache.set(hash, linked);
    return linked;
  }

  #link(hash: string): Linked {
    let document: RulesDocument | undefined;
    try {
      const identity = loadIdentity(this.#source, hash);
      document = loadRules(this.#source, identity.rules);
      const snapshot = linkSnapshot(document, this.#catalogue, identity);
      const changedActions = changed(document.actions, this.#catalogue.document.actions);
      return { kind: 'linked', document, snapshot, changedActions };
    } catch (error) {
      // Rules that were linked once can only miss something of the definitions given now.
      const misses = error instanceof KnhkError && /^KNHK_(RULES|TERMS)_/.test(error.code);
      if (misses && document !== undefined) return { kind: 'unlinkable', document };
      return { kind: 'unreadable', problem: describe(error) };
    }
  }
}

type Hashes = { readonly [name: string]: string };

function changed(before: Hashes, now: Hashes): ReadonlySet<string> {
  const names = new Set([...Object.keys(before), ...Object.keys(now)]);
  return new Set([...names].filter((name) => before[name] !== now[name]));
}
