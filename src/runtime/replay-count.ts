import { canonical } from '../base/canonical.ts';
import { describe } from '../base/errors.ts';
import type { ApplyLeaf, CountLeaf } from '../receipts/verify/leaf-types.ts';
import { storedView } from '../rules/context.ts';
import { evaluate } from '../rules/evaluate.ts';
import type { Snapshot } from '../rules/snapshot.ts';
import type { Observation } from '../terms/observation.ts';
import { streamedId } from './admit.ts';
import { type StreamedRecord, streamedRecords } from './observe-records.ts';
import { Span } from './observe-span.ts';
import type { ContextFold } from './replay-fold.ts';
import { type Judged, typeName } from './replay-leaf.ts';
import type { Difference } from './replay-payload.ts';
import type { Linked } from './replay-snapshots.ts';
import type { BlobSource } from './store.ts';

/** What replay found out about count leaves. */
export interface StreamedCounts {
  observed: number;
  records: number;
  unavailable: number;
}

/** Compares count leaves with the leaves of what fired and with the records that they name. */
export class CountReplay {
  readonly counts: StreamedCounts = { observed: 0, records: 0, unavailable: 0 };
  readonly #source: BlobSource;
  readonly #declarations: ReadonlyMap<string, Observation>;
  readonly #fold: ContextFold | undefined;
  /** What was streamed of each declaration since its last count leaf; undefined: unknown. */
  readonly #spans = new Map<string, Span | undefined>();
  #isKnown: boolean;

  /** @param fold windows over the whole log, where it is replayed from its beginning */
  constructor(
    source: BlobSource,
    declarations: ReadonlyMap<string, Observation>,
    fold: ContextFold | undefined,
  ) {
    this.#source = source;
    this.#declarations = declarations;
    this.#fold = fold;
    this.#isKnown = fold !== undefined;
  }

  /** Leaves are missing: what was streamed among them is unknown. */
  loseAll(): void {
    this.#spans.clear();
    this.#isKnown = false;
  }

  /** Takes an apply leaf in: it may have been streamed. */
  take(leaf: ApplyLeaf, trusted: Judged['trusted']): void {
    if (trusted === undefined) {
      this.#spans.set(leaf.type, undefined);
      return;
    }
    const { payload } = trusted;
    if (payload.id === streamedId(leaf.seq)) {
      this.#spanOf(leaf.type)?.addApplied(payload.at, leaf.fired);
    }
  }

  #spanOf(type: string): Span | undefined {
    if (this.#spans.has(type)) return this.#spans.get(type);
    const span = this.#isKnown ? new Span() : undefined;
    this.#spans.set(type, span);
    return span;
  }

  /** Never throws: whatever bad data brings about is a difference. */
  judge(leaf: CountLeaf, linked: Linked): readonly Difference[] {
    this.counts.observed += leaf.observed;
    const span = this.#spanOf(leaf.type);
    this.#spans.set(leaf.type, new Span());
    if (linked.kind === 'unreadable') {
      this.#fold?.lose(leaf);
      return [{ member: 'snapshot', expected: leaf.snapshot, got: linked.problem }];
    }
    const type = typeName(linked.document, leaf.type);
    if (type === undefined) {
      this.#fold?.lose(leaf);
      const expected = 'a type that its snapshot declares';
      return [{ member: 'type', expected, got: leaf.type }];
    }
    const stale = this.#fold?.differs(leaf.snapshot);
    const hasIdle = leaf.observed !== span?.observed;
    const records = hasIdle ? this.#recordsOf(leaf, type, linked) : { differences: [], count: 0 };
    const found = [...(stale === undefined ? [] : [stale]), ...records.differences];
    if (span === undefined) return found;
    const { fired } = span.body(leaf.type, leaf.snapshot, leaf.time, undefined);
    const [said, shown] = [canonical(leaf.fired), canonical(fired)];
    if (said !== shown) found.push({ member: 'fired', expected: said, got: shown });
    const total = span.observed + (records.count ?? leaf.observed - span.observed);
    const isShort = leaf.observed < span.observed;
    if (isShort || total !== leaf.observed) {
      const got = String(isShort ? span.observed : total);
      found.push({ member: 'observed', expected: String(leaf.observed), got });
    }
    return found;
  }

  #recordsOf(
    leaf: CountLeaf,
    type: string,
    linked: Exclude<Linked, { kind: 'unreadable' }>,
  ): { readonly differences: readonly Difference[]; readonly count?: number } {
    const observation = this.#declarations.get(leaf.type);
    if (leaf.records === undefined || observation === undefined) {
      this.#fold?.lose(leaf);
      return { differences: [] };
    }
    let records: readonly StreamedRecord[];
    try {
      records = streamedRecords(this.#source, leaf.records, observation);
    } catch (error) {
      this.#fold?.lose(leaf);
      const difference = { member: 'records', expected: leaf.records, got: describe(error) };
      return { differences: [difference as Difference] };
    }
    const snapshot = linked.kind === 'linked' ? linked.snapshot : undefined;
    const differences: Difference[] = [];
    records.forEach((record, index) => {
      const got = this.#problem(observation, record, snapshot);
      this.#fold?.advance(type, record);
      if (got === undefined) return;
      const expected = 'an observation that fires nothing';
      differences.push({ member: 'records', expected, got: `record ${index}: ${got}` });
    });
    return { differences, count: records.length };
  }

  #problem(
    observation: Observation,
    { at, data }: StreamedRecord,
    snapshot: Snapshot | undefined,
  ): string | undefined {
    const { type, time } = observation;
    if (time !== undefined && data[time] !== at) return `at ${at}, its field says ${data[time]}`;
    const isWindowed = Object.values(snapshot?.document.windows ?? {}).some(
      ({ on }) => on === type,
    );
    const view = isWindowed ? this.#fold?.viewOf(type, data, at) : storedView({});
    if (snapshot === undefined || view === undefined) {
      this.counts.unavailable++;
      return undefined;
    }
    const { fired } = evaluate(snapshot, view, { type, data, at, id: '' });
    if (fired.length > 0) {
      const names = fired.map((hook) => snapshot.document.hooks[hook]?.name);
      return `fires ${names.join(', ')}`;
    }
    this.counts.records++;
    return undefined;
  }
}
