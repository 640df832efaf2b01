import type { ErrorCode } from '../../base/codes.ts';
import type { ErrorDetails } from '../../base/errors.ts';
import type { ValidationReport } from '../report/types.ts';
import type { ShapesResult } from '../result.ts';
import type { ValidateOptions } from '../validator.ts';

/** A text as it crosses to a thread: large ones as UTF-8 that both threads see. */
export type Parcel = string | SharedArrayBuffer;

/** What a graph is read and validated with. */
export type GraphSettings = ValidateOptions;

/** Some records or graphs as they cross to a thread: text only, since cloned quads block. */
export interface Task {
  readonly kind: 'records' | 'graphs';
  /** Hash of the shapes document. */
  readonly shapes: string;
  /** Its text, when the answer to a task without it was `need`. */
  readonly document?: string;
  /** Whether records may share a data graph. */
  readonly local: boolean;
  readonly texts: readonly Parcel[];
  /** The records' subjects, to be compared with what the records say; empty for graphs. */
  readonly subjects: readonly string[];
  readonly settings: GraphSettings;
  /** Where the thread writes how far it is. */
  readonly slot: number;
  /** Past this many milliseconds it answers what it has, and leaves the rest to another task. */
  readonly budgetMs: number;
}

/** What a thread says of one record or graph. */
export type ItemAnswer =
  | { readonly kind: 'results'; readonly results: readonly ShapesResult[] }
  | { readonly kind: 'report'; readonly report: ValidationReport }
  | { readonly kind: 'unreadable'; readonly got: string }
  | Refused;

/** An error as plain data: structured clone would make a plain Error of a KnhkError. */
export interface Refused {
  readonly kind: 'refused';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
}

/**
 * What a thread answers. Places in `texts` below `upTo` that `found` does not name conform: they
 * are most, and cross for nothing.
 */
export type TaskAnswer =
  | { readonly kind: 'done'; readonly upTo: number; readonly found: readonly Found[] }
  | { readonly kind: 'need' }
  | Refused;

/** An answer with its place in the task. */
export type Found = readonly [index: number, answer: ItemAnswer];
