import { fail } from '../base/errors.ts';
import type { LogEntry } from '../receipts/log/index.ts';
import type { Commitments } from '../receipts/log/secrets.ts';
import { streamedId } from '../runtime/admit.ts';
import { type AppliedSpan, Span } from '../runtime/observe-span.ts';
import { typeName } from '../runtime/replay-leaf.ts';
import type { Payload } from '../runtime/restore.ts';
import type { BlobSource } from '../runtime/store.ts';
import { loadStored } from './snapshots-read.ts';

/**
 * Finds streamed observations that have a leaf of their own and are not counted yet, as a process
 * leaves them that was killed: their count leaf has to stand before other rules do.
 */
export class StreamedTypes {
  readonly #source: BlobSource;
  readonly #commitments: Commitments;
  readonly #spans = new Map<string, Span>();
  readonly #names = new Map<string, string | undefined>();
  /** Types with observations whose time cannot be read. */
  readonly #unreadable = new Set<string>();

  constructor(source: BlobSource, commitments: Commitments) {
    this.#source = source;
    this.#commitments = commitments;
  }

  take({ leaf, payload }: LogEntry): void {
    if (leaf.kind === 'count') {
      this.#spans.delete(leaf.type);
      this.#unreadable.delete(leaf.type);
    }
    if (leaf.kind !== 'apply') return;
    const name = this.#name(leaf.type, leaf.snapshot);
    // What was streamed is named by its place, which the keyed id shows without the payload.
    const { type, seq, id, fired } = leaf;
    if (name === undefined || this.#commitments.id(name, streamedId(seq)) !== id) return;
    if (payload === undefined) {
      this.#unreadable.add(type);
      return;
    }
    const span = this.#spans.get(type) ?? new Span();
    span.addApplied((JSON.parse(payload) as Payload).at, fired);
    this.#spans.set(type, span);
  }

  /**
   * What is left to count, by declaration.
   *
   * @throws KnhkError KNHK_LOOP_ROLLBACK where a payload that it takes cannot be read
   */
  uncounted(): ReadonlyMap<string, AppliedSpan> {
    for (const type of this.#unreadable) {
      const expected = 'a log whose streamed observations are counted: promote or stream once more';
      const got = `${this.#names.get(type)} not counted, and payloads that cannot be read here`;
      fail('KNHK_LOOP_ROLLBACK', 'rollback', expected, got);
    }
    return new Map([...this.#spans].map(([type, span]) => [type, span.applied() as AppliedSpan]));
  }

  #name(type: string, snapshot: string): string | undefined {
    if (!this.#names.has(type)) {
      const document = loadStored(this.#source, snapshot)?.document;
      this.#names.set(type, document === undefined ? undefined : typeName(document, type));
    }
    return this.#names.get(type);
  }
}
