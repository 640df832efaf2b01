import { Buffer } from 'node:buffer';
import { type HmacKey, hmacKey } from '#sha256';
import type { SegmentRows } from './segment-index.ts';
import type { SubjectFields } from './subject-fields.ts';

/** What a payload frame holds. */
export interface PayloadContent {
  /** 0 plain, 1 encrypted. */
  readonly enc: number;
  readonly content: Uint8Array;
}

const nameBytes = 32;

/** Words that grow. */
class Words {
  #words = new Uint32Array(1_024);
  #length = 0;

  add(...values: readonly number[]): void {
    if (this.#length + values.length > this.#words.length) {
      const larger = new Uint32Array(2 * this.#words.length);
      larger.set(this.#words);
      this.#words = larger;
    }
    this.#words.set(values, this.#length);
    this.#length += values.length;
  }

  done(): Uint32Array {
    return this.#words.slice(0, this.#length);
  }
}

/** What the index needs to know of a leaf. */
export interface LeafMembers {
  readonly kind: string;
  readonly id: string;
  readonly type: string;
  readonly snapshot: string;
  readonly time: number;
  readonly fired: readonly number[];
}

const word = (hex: string, at: number): number => Number.parseInt(hex.slice(at, at + 8), 16);

/** Collects what the index of a segment says of its leaves. */
export class RowWriter {
  readonly #rows = {
    epochs: new Words(),
    ids: new Words(),
    hashes: new Words(),
    subjects: new Words(),
    fired: new Words(),
  };
  readonly #snapshots = new Map<string, number>();
  readonly #names: HmacKey | undefined;
  readonly #fields: Readonly<Record<string, string>>;

  constructor(subjects: SubjectFields | undefined) {
    this.#names = subjects === undefined ? undefined : hmacKey(subjects.key);
    this.#fields = subjects?.fields ?? {};
  }

  get snapshots(): readonly string[] {
    return [...this.#snapshots.keys()];
  }

  leaf(
    leaf: LeafMembers,
    hash: Uint8Array,
    place: number,
    payload: PayloadContent | undefined,
  ): void {
    const view = Buffer.from(hash.buffer, hash.byteOffset, hash.length);
    this.#rows.hashes.add(view.readUInt32BE(0), view.readUInt32BE(4));
    if (leaf.kind !== 'apply') return;
    this.#rows.ids.add(word(leaf.id, 0), word(leaf.id, 8), place);
    let snapshot = this.#snapshots.get(leaf.snapshot);
    for (const hook of leaf.fired) {
      snapshot ??= this.#snapshot(leaf.snapshot);
      this.#rows.fired.add(snapshot, hook, place);
    }
    const name = payload === undefined ? undefined : this.#subject(leaf, payload);
    if (name !== undefined) this.#rows.subjects.add(word(name, 0), word(name, 8), place);
  }

  #snapshot(hash: string): number {
    const index = this.#snapshots.size;
    this.#snapshots.set(hash, index);
    return index;
  }

  #subject({ type }: LeafMembers, { enc, content }: PayloadContent): string | undefined {
    const bytes = Buffer.from(content.buffer, content.byteOffset, content.length);
    if (enc === 1) return bytes.toString('hex', 0, nameBytes);
    const field = this.#fields[type];
    if (field === undefined || this.#names === undefined) return undefined;
    return subjectName(this.#names, bytes, field);
  }

  epoch(leaves: number, bytes: number): void {
    this.#rows.epochs.add(leaves, bytes);
  }

  done(): SegmentRows {
    const { epochs, ids, hashes, subjects, fired } = this.#rows;
    return {
      epochs: epochs.done(),
      ids: ids.done(),
      hashes: hashes.done(),
      subjects: subjects.done(),
      fired: fired.done(),
    };
  }
}

/** The keyed name of the subject of a plain payload. */
export function subjectName(names: HmacKey, payload: Buffer, field: string): string {
  return names.hex(`subject\n${subjectIn(payload, field)}`);
}

/** The value of a record's field in a plain payload. */
function subjectIn(payload: Buffer, field: string): string {
  const { record } = JSON.parse(payload.toString('utf8')) as {
    readonly record: { readonly fields: Readonly<Record<string, unknown>> };
  };
  return String(record.fields[field]);
}
