import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { nodeFs } from '../receipts/log/fs.ts';
import { subjectOf } from '../receipts/log/payload-cipher.ts';
import { PayloadFile } from '../receipts/log/payload-file.ts';
import { candidates } from '../receipts/log/queries.ts';
import { createCommitments } from '../receipts/log/secrets.ts';
import type { SegmentIndex } from '../receipts/log/segment-index.ts';
import { catalogueOf } from '../rules/catalogue.ts';
import { subjectFields } from '../runtime/find.ts';
import type { StoredEntry } from '../runtime/replay-source.ts';
import { type Args, keysDirectory } from './args.ts';
import { loadCatalogue, readBytes } from './files.ts';
import { UsageError } from './io.ts';

/** Tells which receipts are about one data subject. */
export class SubjectSearch {
  readonly #data: string;
  readonly #subject: string;
  /** Its keyed name, where the log's secret is given. */
  readonly #name: string | undefined;
  /** The personal field by the declaration's hash, where declarations are given. */
  readonly #fields: Readonly<Record<string, string>> | undefined;

  constructor(
    data: string,
    subject: string,
    given: {
      readonly secret: Uint8Array | undefined;
      readonly fields: Readonly<Record<string, string>> | undefined;
    },
  ) {
    this.#data = data;
    this.#subject = subject;
    this.#name =
      given.secret === undefined ? undefined : createCommitments(given.secret).subject(subject);
    this.#fields = given.fields;
  }

  /** True if the payload of a receipt is about the subject. One that is gone tells nothing. */
  isAbout({ leaf, payload }: Pick<StoredEntry, 'leaf' | 'payload'>): boolean {
    if (leaf.kind !== 'apply') return false;
    if (payload?.kind === 'plain') return this.#isIn(payload.text, this.#fields?.[leaf.type]);
    if (payload?.kind !== 'encrypted') return false;
    if (this.#name !== undefined) return subjectOf(payload.content) === this.#name;
    throw new UsageError('--subject needs --secret FILE: the payloads of this log are encrypted');
  }

  /** Which field is the personal one, only a declaration says. */
  #isIn(text: string, field: string | undefined): boolean {
    let fields: Readonly<Record<string, unknown>>;
    try {
      fields = (JSON.parse(text) as { readonly record: { fields: typeof fields } }).record.fields;
    } catch {
      // Replay says what is wrong with a payload; it names nobody.
      return false;
    }
    const values = field === undefined ? Object.values(fields) : [fields[field]];
    return values.some(
      (value) => /^(string|number)$/.test(typeof value) && String(value) === this.#subject,
    );
  }

  /**
   * Seqs in a sealed segment that may be about the subject; undefined where its index does not
   * know every subject, or knows another field as the personal one.
   */
  candidates(index: SegmentIndex): readonly number[] | undefined {
    if (this.#name === undefined) return undefined;
    let file: PayloadFile | undefined;
    try {
      file = PayloadFile.open(nodeFs, this.#data, index.first);
      // Where the payloads are gone nothing can be confirmed any more.
      if (file === undefined) return [];
      if (index.rows.subjects.length / 3 !== file.count) return undefined;
      // A log is encrypted from its first observation on or not at all.
      const ends = [file.frameAt(0), file.frameAt(file.count - 1)];
      const isEncrypted = ends.every((frame) => frame?.enc === 1);
      if (!isEncrypted && this.#fields === undefined) return undefined;
    } catch {
      return undefined;
    } finally {
      file?.close();
    }
    return candidates(index, { subject: this.#name });
  }
}

/**
 * A search for the subject that the command line names. Its keyed name takes the log's secret; the
 * personal field of plain payloads takes declarations.
 */
export async function subjectSearch({ data, options }: Args): Promise<SubjectSearch | undefined> {
  const { subject, secret, rules } = options;
  if (subject === undefined) return undefined;
  const path = secret ?? join(keysDirectory(data), 'secret');
  const isThere = secret !== undefined || existsSync(path);
  const definitions = rules === undefined ? undefined : await loadCatalogue(rules);
  return new SubjectSearch(data, subject, {
    secret: isThere ? readBytes(path) : undefined,
    fields:
      definitions === undefined
        ? undefined
        : subjectFields(catalogueOf({ ...definitions, shapes: null })),
  });
}
