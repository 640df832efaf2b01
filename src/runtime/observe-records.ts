import { fail } from '../base/errors.ts';
import { evaluate } from '../rules/evaluate.ts';
import type { Snapshot } from '../rules/snapshot.ts';
import type { Observation } from '../terms/observation.ts';
import { type Data, observationReader, readRecord } from '../terms/read.ts';
import { Batch } from './observe-batch.ts';
import type { Stream } from './observe-stream.ts';
import type { BlobSource } from './store.ts';

/** Kind of the blobs that hold streamed records. */
export const recordsKind = 'records';

/** A streamed observation that fired nothing, as it was stored. */
export interface StreamedRecord {
  readonly at: number;
  readonly data: Data;
}

/**
 * The records that a count leaf names, read back by their declaration.
 *
 * @throws KnhkError KNHK_LOG_BLOB where they are missing or no records of this type
 */
export function streamedRecords(
  source: BlobSource,
  hash: string,
  observation: Observation,
): readonly StreamedRecord[] {
  const blob = source.getBlob(hash);
  if (blob?.kind !== recordsKind) {
    return fail('KNHK_LOG_BLOB', `blob ${hash}`, recordsKind, blob?.kind ?? 'nothing');
  }
  const refuse = (got: string): never =>
    fail('KNHK_LOG_BLOB', `blob ${hash}`, `records of ${observation.type}`, got);
  let items: unknown;
  try {
    items = JSON.parse(blob.text);
  } catch {
    return refuse('no JSON');
  }
  if (!Array.isArray(items)) return refuse('no list');
  return items.map((item: unknown, index) => {
    const { at, fields } = (item ?? {}) as { readonly at?: unknown; readonly fields?: unknown };
    const read = readRecord(observation, fields);
    if (!read.ok || !Number.isSafeInteger(at)) return refuse(`another value at ${index}`);
    return { at: at as number, data: read.data };
  });
}

/**
 * Evidence is records: each observation was read whole, is evaluated at its turn on the context as
 * it stands, and is kept; windows advance at once.
 */
export class RecordsBatch extends Batch {
  readonly #kept: ({ readonly data: Data; readonly fields: string } | undefined)[] = [];

  override append(stream: Stream, input: unknown, at: number | undefined): boolean {
    const read = observationReader(stream.observation).read(input);
    if (!read.ok) return false;
    const place = this.count++;
    this.#kept[place] = { data: read.data, fields: read.canonical };
    this.streams[place] = stream;
    this.inputs[place] = input;
    this.ats[place] = at;
    return true;
  }

  protected override advance(snapshot: Snapshot): number {
    const { context } = this.host;
    let { place } = this;
    for (; place < this.count; place++) {
      const stream = this.streams[place]!;
      const { type, time } = stream.observation;
      const { data, fields } = this.#kept[place]!;
      const at = time === undefined ? (this.ats[place] ?? this.now()) : (data[time] as number);
      const view = context.view(type, data, at);
      // Code may run here and again in SEQUENCE: it is pure, and only that it fired counts now.
      const { fired } = evaluate(snapshot, view, { type, data, at, id: '' });
      // What violates its shapes goes the way of what fires, and its leaf says so.
      if (fired.length > 0 || this.host.refuses(stream.observation, data)) break;
      this.place = place + 1;
      stream.countRecord(at, fields, data);
    }
    return place;
  }

  protected override clear(): void {
    super.clear();
    this.#kept.fill(undefined);
  }
}
