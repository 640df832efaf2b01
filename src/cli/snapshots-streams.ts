import type { Commitments } from '../receipts/log/secrets.ts';
import type { Leaf } from '../receipts/verify/leaf-types.ts';
import { streamedId } from '../runtime/admit.ts';
import { typeName } from '../runtime/replay-leaf.ts';
import type { BlobSource } from '../runtime/store.ts';
import { loadStored } from './snapshots-read.ts';

/**
 * Finds streamed observations that have a leaf of their own and are not counted yet: a count leaf
 * has to stand before the leaf that changes the rules they met.
 */
export class StreamedTypes {
  readonly #source: BlobSource;
  readonly #commitments: Commitments;
  readonly #open = new Map<string, string>();
  readonly #names = new Map<string, string | undefined>();

  constructor(source: BlobSource, commitments: Commitments) {
    this.#source = source;
    this.#commitments = commitments;
  }

  take(leaf: Leaf): void {
    if (leaf.kind === 'count') this.#open.delete(leaf.type);
    if (leaf.kind !== 'apply' || this.#open.has(leaf.type)) return;
    const name = this.#name(leaf.type, leaf.snapshot);
    // Who streams is named by its place, which the keyed id shows without the payload.
    const isStreamed =
      name !== undefined && this.#commitments.id(name, streamedId(leaf.seq)) === leaf.id;
    if (isStreamed) this.#open.set(leaf.type, name);
  }

  /** Name of a type with observations that are not counted. */
  uncounted(): string | undefined {
    return this.#open.values().next().value;
  }

  #name(type: string, snapshot: string): string | undefined {
    if (!this.#names.has(type)) {
      const document = loadStored(this.#source, snapshot)?.document;
      this.#names.set(type, document === undefined ? undefined : typeName(document, type));
    }
    return this.#names.get(type);
  }
}
