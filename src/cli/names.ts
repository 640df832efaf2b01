import type { Leaf } from '../receipts/verify/leaf-types.ts';
import type { RulesDocument } from '../rules/document.ts';
import { typeName } from '../runtime/replay-leaf.ts';
import { type BlobSource, loadIdentity, loadRules } from '../runtime/store.ts';

const cacheMax = 64;

/** Names behind the hashes and indices of leaves, from the rules that the log holds. */
export class Names {
  readonly #source: BlobSource;
  readonly #cache = new Map<string, RulesDocument | undefined>();

  constructor(source: BlobSource) {
    this.#source = source;
  }

  /** Name of the observed type, undefined where the leaf has none or its snapshot is lost. */
  type(leaf: Leaf): string | undefined {
    if (leaf.kind !== 'apply' && leaf.kind !== 'count') return undefined;
    const document = this.#document(leaf.snapshot);
    return document === undefined ? undefined : typeName(document, leaf.type);
  }

  /** Names of the hooks that fired, in their order; in a count leaf with how often. */
  fired(leaf: Leaf): readonly string[] | undefined {
    if (leaf.kind !== 'apply' && leaf.kind !== 'count') return undefined;
    const hooks = this.#document(leaf.snapshot)?.hooks;
    if (hooks === undefined) return undefined;
    const name = (index: number): string => hooks[index]?.name ?? `#${index}`;
    if (leaf.kind === 'apply') return leaf.fired.map(name);
    return leaf.fired.map(([index, count]) => `${name(index)} ${count}`);
  }

  /** True if a hook of this name fired for the observation of a leaf. */
  hasFired(leaf: Leaf, hook: string): boolean {
    if (leaf.kind !== 'apply') return false;
    const place = this.placeOf(leaf.snapshot, hook);
    return place !== undefined && leaf.fired.includes(place);
  }

  /** Where a hook stands in the order of a snapshot, undefined where it does not. */
  placeOf(snapshot: string, hook: string): number | undefined {
    const place = this.#document(snapshot)?.hooks.findIndex(({ name }) => name === hook);
    return place === -1 ? undefined : place;
  }

  #document(snapshot: string): RulesDocument | undefined {
    if (this.#cache.has(snapshot)) return this.#cache.get(snapshot);
    if (this.#cache.size >= cacheMax) this.#cache.clear();
    const document = this.#load(snapshot);
    this.#cache.set(snapshot, document);
    return document;
  }

  #load(snapshot: string): RulesDocument | undefined {
    try {
      return loadRules(this.#source, loadIdentity(this.#source, snapshot).rules);
    } catch {
      // A lost or damaged blob costs the names only; verify-chain reports it.
      return undefined;
    }
  }
}
