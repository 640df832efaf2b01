/** How sealing finds the subject of a plain payload; an encrypted one names it. */
export interface SubjectFields {
  /** The index key, which keyed names are made with. */
  readonly key: Uint8Array;
  /** The record's field that holds the subject, by the declaration's hash. */
  readonly fields: Readonly<Record<string, string>>;
}
