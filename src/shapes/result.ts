/** One validation result (W3C SHACL, section 3.6.2) as plain data. */
export interface ShapesResult {
  /** The focus node: an IRI. */
  readonly focus: string;
  /** The predicate, or `_:b<n>` of the shapes document for a longer path; null if there is none. */
  readonly path: string | null;
  /** The offending value as N-Triples text; null where the constraint is about no single value. */
  readonly value: string | null;
  /** IRI of the constraint component, such as `http://www.w3.org/ns/shacl#MinCount...`. */
  readonly component: string;
  /** IRI such as `http://www.w3.org/ns/shacl#Violation`. */
  readonly severity: string;
  /** The source shape: an IRI or `_:b<n>` of the shapes document. */
  readonly shape: string | null;
  /** Each at most 1,024 characters. */
  readonly messages: readonly string[];
}

/**
 * Whether one record conforms. Any result counts, whatever its severity (W3C SHACL, section
 * 3.6.1); at most 64 of a record are given, in the order of their canonical text.
 */
export type ShapesVerdict =
  | { readonly conforms: true }
  | { readonly conforms: false; readonly results: readonly ShapesResult[] };
