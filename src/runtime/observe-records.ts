import { fail } from '../base/errors.ts';
import type { Observation } from '../terms/observation.ts';
import { type Data, readRecord } from '../terms/read.ts';
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
