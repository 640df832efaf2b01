import { sha256Hex } from '#sha256';
import { describe, fail } from './errors.ts';
import { limits } from './limits.ts';

/** Plain JSON data, as RFC 8785 can write it: no undefined, NaN, infinity or -0. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
/** A plain JSON object. */
export interface JsonObject {
  readonly [name: string]: Json;
}

// Strings without these need no escape; the second class finds surrogates to look at closely.
const needsEscape = /["\\\u0000-\u001f\ud800-\udfff]/;

/** RFC 8785 form of a string; ill-formed UTF-16 (a lone surrogate) is refused. */
export function quote(text: string, where: string): string {
  if (!needsEscape.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) {
    fail('KNHK_BASE_NOT_CANONICAL', where, 'well-formed Unicode', 'a lone surrogate');
  }
  return JSON.stringify(text);
}

/** RFC 8785 form of a number: ECMAScript's shortest form; NaN, infinities and -0 are refused. */
export function formatNumber(value: number, where: string): string {
  if (!Number.isFinite(value) || Object.is(value, -0)) {
    fail('KNHK_BASE_NOT_CANONICAL', where, 'a finite number other than -0', describe(value));
  }
  return String(value);
}

/**
 * Canonical JSON (RFC 8785) of plain data. Stricter than the RFC where it would lose information:
 * -0, NaN, undefined members, toJSON, getters, symbols, class instances and deep nesting are
 * refused with a path.
 * `{ b: 1, a: 'x' }` becomes `{"a":"x","b":1}`.
 *
 * @throws KnhkError KNHK_BASE_NOT_CANONICAL
 */
export function canonical(value: unknown, where = '$'): string {
  return write(value, where, 0);
}

function write(value: unknown, where: string, depth: number): string {
  switch (typeof value) {
    case 'string':
      return quote(value, where);
    case 'number':
      return formatNumber(value, where);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object': {
      if (value === null) return 'null';
      if (depth >= canonicalDepth) {
        fail('KNHK_BASE_NOT_CANONICAL', where, `at most ${canonicalDepth} levels`, 'more');
      }
      return Array.isArray(value)
        ? writeArray(value, where, depth + 1)
        : writeObject(value, where, depth + 1);
    }
    default:
      return fail('KNHK_BASE_NOT_CANONICAL', where, 'plain JSON data', describe(value));
  }
}

// Our own documents (snapshots) nest deeper than what a user may send (limits.jsonDepth).
const canonicalDepth = 4 * limits.jsonDepth;

/** Own enumerable names in UTF-16 code unit order, as RFC 8785 asks; often they already are. */
export function sortedKeys(value: object): string[] {
  const names = Object.keys(value);
  for (let index = 1; index < names.length; index++) {
    // Array.prototype.sort without a comparator orders by UTF-16 code units.
    if (names[index - 1]! > names[index]!) return names.sort();
  }
  return names;
}

function writeArray(value: readonly unknown[], where: string, depth: number): string {
  let text = '[';
  for (let index = 0; index < value.length; index++) {
    if (index > 0) text += ',';
    text += write(value[index], `${where}[${index}]`, depth);
  }
  return `${text}]`;
}

function writeObject(value: object, where: string, depth: number): string {
  checkPlain(value, where);
  let text = '{';
  let separator = '';
  for (const name of sortedKeys(value)) {
    const member = (value as Record<string, unknown>)[name];
    text += `${separator}${quote(name, where)}:${write(member, `${where}.${name}`, depth)}`;
    separator = ',';
  }
  return `${text}}`;
}

function checkPlain(value: object, where: string): void {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    fail('KNHK_BASE_NOT_CANONICAL', where, 'a plain object', 'an instance of a class');
  }
  for (const key of Reflect.ownKeys(value)) {
    const property = Reflect.getOwnPropertyDescriptor(value, key);
    if (typeof key === 'symbol' || !property?.enumerable || !('value' in property)) {
      const got = `${String(key)} as symbol, getter or hidden member`;
      fail('KNHK_BASE_NOT_CANONICAL', where, 'plain enumerable members', got);
    }
  }
}

/** A deeply frozen copy with its canonical text. */
export interface FrozenCopy {
  readonly value: Json;
  /** RFC 8785 form. */
  readonly text: string;
}

/**
 * A deeply frozen copy of plain JSON data and its canonical text, each member read once, so that
 * what was checked is what is kept. Depth is limited to `limits.jsonDepth`.
 *
 * @throws KnhkError KNHK_BASE_NOT_CANONICAL
 */
export function freezeCopy(value: unknown, where = '$'): FrozenCopy {
  return copy(value, where, 0);
}

function copy(value: unknown, where: string, depth: number): FrozenCopy {
  if (typeof value !== 'object' || value === null) {
    return { value: value as Json, text: write(value, where, depth) };
  }
  if (depth >= limits.jsonDepth) {
    fail('KNHK_BASE_NOT_CANONICAL', where, `at most ${limits.jsonDepth} levels`, 'more');
  }
  if (Array.isArray(value)) {
    const items = Array.from(value as readonly unknown[], (item, index) =>
      copy(item, `${where}[${index}]`, depth + 1),
    );
    const text = `[${items.map((item) => item.text).join(',')}]`;
    return { value: Object.freeze(items.map((item) => item.value)), text };
  }
  return copyObject(value, where, depth);
}

function copyObject(value: object, where: string, depth: number): FrozenCopy {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    fail('KNHK_BASE_NOT_CANONICAL', where, 'a plain object', 'an instance of a class');
  }
  const names = sortedKeys(value);
  if (Reflect.ownKeys(value).length !== names.length) {
    fail('KNHK_BASE_NOT_CANONICAL', where, 'plain enumerable members', 'a symbol or hidden member');
  }
  const kept: Record<string, Json> = {};
  let text = '{';
  let separator = '';
  for (const name of names) {
    const member = copy((value as Record<string, unknown>)[name], `${where}.${name}`, depth + 1);
    // A member called __proto__ must stay plain data.
    if (name === '__proto__')
      Object.defineProperty(kept, name, { value: member.value, enumerable: true });
    else kept[name] = member.value;
    text += `${separator}${quote(name, where)}:${member.text}`;
    separator = ',';
  }
  return { value: Object.freeze(kept), text: `${text}}` };
}

/** The bytes that are hashed for a value of a kind: the domain prefix, then the canonical form. */
export function preimage(kind: string, canonicalText: string): string {
  return `knhk/1/${kind}\n${canonicalText}`;
}

/** The hash of a value of a kind: SHA-256 over prefix and canonical text, lower-case hex. */
export function hashCanonical(kind: string, canonicalText: string): string {
  return sha256Hex(preimage(kind, canonicalText));
}

/** The hash of plain data of a kind. */
export function hashOf(kind: string, value: unknown): string {
  return hashCanonical(kind, canonical(value));
}
