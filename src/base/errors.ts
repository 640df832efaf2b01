import type { ErrorCode } from './codes.ts';

/** What a {@link KnhkError} says about the mistake; every member is safe to log. */
export interface ErrorDetails {
  /** What would have been accepted. */
  readonly expected: string;
  /** What came instead, shortened to 200 characters. */
  readonly got: string;
  /** Where: a definition's name, a field's path, a file and offset. */
  readonly where: string;
}

/**
 * The one error class of the library. It means misuse or a broken machine; expected results
 * (a denial, an invalid observation) are returned as values instead.
 *
 * @example
 * const expected = 'lower-case words with dots or hyphens';
 * try {
 *   defineAction('Hold Connection', { fields: {} });
 * } catch (error) {
 *   if (!(error instanceof KnhkError)) throw error;
 *   error.code; // => 'KNHK_TERMS_NAME'
 *   error.details; // => { expected, got: 'Hold Connection', where: 'action type' }
 * }
 */
export class KnhkError extends Error {
  /** Stable code `KNHK_<ROOM>_<WHAT>`; ERRORS.md gives cause and cure of each. */
  readonly code: ErrorCode;
  /** What was expected, what came and where; `message` says the same in one line. */
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails, options?: { readonly cause?: unknown }) {
    super(`${code} at ${details.where}: expected ${details.expected}, got ${details.got}`, options);
    this.name = 'KnhkError';
    this.code = code;
    this.details = details;
  }
}

/** Throws a {@link KnhkError}; written as a function so that callers read as one line. */
export function fail(
  code: ErrorCode,
  where: string,
  expected: string,
  got: unknown,
  cause?: unknown,
): never {
  const details = { expected, got: typeof got === 'string' ? got : describe(got), where };
  throw new KnhkError(code, details, cause === undefined ? undefined : { cause });
}

const describedMax = 200;

/** A short, single-line description of any value; never throws and never runs foreign code. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return shorten(JSON.stringify(value));
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'bigint':
      return `${shorten(value.toString())}n`;
    case 'function':
      return 'a function';
    case 'symbol':
      return 'a symbol';
    case 'object':
      return value === null ? 'null' : describeObject(value);
    default:
      return String(value);
  }
}

function describeObject(value: object): string {
  try {
    if (Array.isArray(value)) return `an array of ${value.length}`;
    if (value instanceof Date) return 'a Date';
    if (value instanceof Promise) return 'a promise';
    if (value instanceof Error) return `an error (${shorten(value.message)})`;
    return 'an object';
  } catch {
    return 'an object that refuses inspection';
  }
}

function shorten(text: string): string {
  return text.length <= describedMax ? text : `${text.slice(0, describedMax)}...`;
}
