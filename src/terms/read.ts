import { formatNumber, quote } from '../base/canonical.ts';
import { describe } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Field, Fields } from './fields.ts';
import type { Observation } from './observation.ts';
import { isRdf, readRdf } from './rdf-input.ts';
import {
  type FieldValue,
  formatInstant,
  readScalar,
  readValue,
  type Scalar,
  Unreadable,
  utf8Length,
} from './scalars.ts';
import { schemaIssues } from './schema.ts';

/** One reason why input cannot be read, or why an action does not fit its declaration. */
export interface Issue {
  /** Path of the value, such as `$.delayMinutes`. */
  readonly path: string;
  /** What would have been accepted. */
  readonly expected: string;
  /** What came instead, shortened to 200 characters. */
  readonly got: string;
}

/** Data as code sees it: declared fields by name, absent ones left out. */
export type Data = { readonly [name: string]: FieldValue };

/** What reading gives: frozen data with its canonical text, or the issues, never a throw. */
export type ReadResult =
  | { readonly ok: true; readonly data: Data; readonly canonical: string }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/** Reads declared fields, ready made for one declaration; see {@link readerOf}. */
export interface Reader {
  read(input: unknown): ReadResult;
  /** True only if {@link Reader.read} would succeed; false says nothing. Allocates nothing. */
  fits(input: object): boolean;
}

const issuesMax = 16;

/**
 * Makes the reader of a set of fields. It reads each member of the input once, refuses unknown
 * members, and writes the canonical JSON (RFC 8785) of the fields in the same pass.
 */
export function readerOf(fields: Fields): Reader {
  // RFC 8785 orders members by UTF-16 code units, which is what a plain sort does.
  const names = Object.keys(fields).sort();
  const plan = names.map((name) => ({
    name,
    field: fields[name] as Field,
    prefix: `"${name}":`,
  }));
  const known = new Set(names);
  return {
    fits: (input) => fitsPlan(plan, known, input as Record<string, unknown>),
    read(input) {
      try {
        if (typeof input !== 'object' || input === null || Array.isArray(input)) {
          const issue = { path: '$', expected: 'an object', got: describe(input) };
          return { ok: false, issues: [issue] };
        }
        return readMembers(plan, known, input as Record<string, unknown>);
      } catch (error) {
        // Only a getter or a proxy of the host's object can throw here.
        return {
          ok: false,
          issues: [{ path: '$', expected: 'readable members', got: describe(error) }],
        };
      }
    },
  };
}

function fitsPlan(
  plan: readonly PlannedField[],
  known: ReadonlySet<string>,
  input: Record<string, unknown>,
): boolean {
  if (Array.isArray(input)) return false;
  let units = 0;
  for (let index = 0; index < plan.length; index++) {
    const { name, field } = plan[index]!;
    const given = input[name];
    if (given === undefined) {
      if (!field.optional) return false;
      continue;
    }
    const longest = field.kind === 'list' ? listUnits(field, given) : unitsOf(field, given);
    if (longest < 0) return false;
    units += longest;
  }
  // for-in also shows inherited members, which only sends the input the long way round.
  for (const name in input) if (!known.has(name)) return false;
  return bytesPerUnit * units + overheadPerField * plan.length <= limits.recordBytes;
}

/** The most UTF-16 units that a value's text may have before escapes; -1 if unreadable. */
function unitsOf(field: Field, given: unknown): number {
  if (readScalar(field, given) instanceof Unreadable) return -1;
  return typeof given === 'string' ? given.length : longestNumber;
}

function listUnits({ of, max }: Field, given: unknown): number {
  if (!Array.isArray(given) || given.length > (max as number)) return -1;
  let units = 0;
  for (let index = 0; index < given.length; index++) {
    const item = unitsOf(of as Field, given[index]);
    if (item < 0) return -1;
    units += item;
  }
  return units;
}

// No escape is longer than six bytes, no name longer than 64 characters.
const bytesPerUnit = 6;
const overheadPerField = 80;
const longestNumber = 32;

interface PlannedField {
  readonly name: string;
  readonly field: Field;
  readonly prefix: string;
}

function readMembers(
  plan: readonly PlannedField[],
  known: ReadonlySet<string>,
  input: Record<string, unknown>,
): ReadResult {
  const issues: Issue[] = [];
  const data: Record<string, FieldValue> = {};
  let text = '{';
  for (const { name, field, prefix } of plan) {
    const given = input[name];
    if (given === undefined) {
      if (!field.optional)
        issues.push({ path: `$.${name}`, expected: `a ${field.kind}`, got: 'nothing' });
      continue;
    }
    const value = readValue(field, given);
    if (value instanceof Unreadable) {
      issues.push({ path: `$.${name}`, expected: value.expected, got: describe(given) });
      continue;
    }
    data[name] = value;
    text += (text.length === 1 ? prefix : `,${prefix}`) + valueText(field, value);
  }
  for (const name of Object.keys(input)) {
    if (!known.has(name)) {
      issues.push({
        path: `$.${name.slice(0, 64)}`,
        expected: 'a declared field',
        got: 'an unknown field',
      });
    }
    if (issues.length >= issuesMax) break;
  }
  text += '}';
  // A UTF-16 unit takes at most three bytes, so most records need no count.
  if (3 * text.length > limits.recordBytes && utf8Length(text) > limits.recordBytes) {
    issues.push({ path: '$', expected: `at most ${limits.recordBytes} bytes`, got: 'more' });
  }
  if (issues.length > 0) return { ok: false, issues: issues.slice(0, issuesMax) };
  return { ok: true, data: Object.freeze(data), canonical: text };
}

/** Canonical JSON of a field's value. */
function valueText(field: Field, value: FieldValue): string {
  if (typeof value !== 'object') return scalarText(field, value);
  return `[${value.map((item) => scalarText(field.of as Field, item)).join(',')}]`;
}

/** Canonical JSON of one value that was read by this field's rules. */
function scalarText(field: Field, value: Scalar): string {
  if (field.kind === 'instant') return `"${formatInstant(value as number)}"`;
  if (typeof value === 'string') return quote(value, field.kind);
  return typeof value === 'number' ? formatNumber(value, field.kind) : value ? 'true' : 'false';
}

/** A record that was read: what enters evaluation and what is hashed. */
export type RecordResult =
  | { readonly ok: true; readonly data: Data; readonly record: string }
  | { readonly ok: false; readonly issues: readonly Issue[] };

const readers = new WeakMap<Observation, Reader>();

/** The reader of a declaration, made once. */
export function observationReader(observation: Observation): Reader {
  let reader = readers.get(observation);
  if (reader === undefined) {
    reader = readerOf(observation.fields);
    readers.set(observation, reader);
  }
  return reader;
}

/** What a host handed in as an object: RDF was read to one. */
export type InputResult =
  | { readonly ok: true; readonly input: unknown; readonly data: Data; readonly record: string }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/**
 * Reads what a host hands in, an object or RDF, by its declaration; the schema of the type is asked
 * too. The record's text `{"declaration":...,"fields":...}` is the preimage of its hash.
 */
export function readObservation(observation: Observation, input: unknown): RecordResult {
  if (observation.schema === undefined && !isRdf(input)) return readRecord(observation, input);
  const read = readInput(observation, input);
  return read.ok ? { ok: true, data: read.data, record: read.record } : read;
}

/** {@link readObservation}, which gives the object too. */
export function readInput(observation: Observation, given: unknown): InputResult {
  const rdf = isRdf(given) ? readRdf(observation, given) : undefined;
  if (rdf?.ok === false) return rdf;
  const input = rdf === undefined ? given : rdf.input;
  const read = readRecord(observation, input);
  if (!read.ok) return read;
  const { schema } = observation;
  const issues = schema === undefined ? [] : schemaIssues(schema, read.data);
  return issues.length === 0 ? { ...read, input } : { ok: false, issues };
}

/**
 * Reads a stored record back: what was read once needs no schema again, which may have changed.
 */
export function readRecord(observation: Observation, fields: unknown): RecordResult {
  const result = observationReader(observation).read(fields);
  if (!result.ok) return result;
  const record = `{"declaration":"${observation.hash}","fields":${result.canonical}}`;
  return { ok: true, data: result.data, record };
}
