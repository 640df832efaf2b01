import { utf8 } from '../../base/bytes.ts';
import { limits } from '../../base/limits.ts';

/** What the chain asks of a leaf. */
export interface LeafPlace {
  readonly seq: number;
  readonly time: number;
  /** Hash of the leaf before, 32 bytes. */
  readonly prev: Uint8Array;
}

// Every function below takes the place where its part begins and gives the place behind it, -1
// where the part is not there; from a place of -1 it gives -1, so that only the end is looked at.

/** Values of the lower-case hexadecimal digits, 16 for every other byte. */
const digitValue = new Uint8Array(256).fill(16);
for (let value = 0; value < 16; value++) digitValue[value.toString(16).charCodeAt(0)] = value;

const hashDigits = 64;
const [quoteByte, backslash, comma, minus] = [0x22, 0x5c, 0x2c, 0x2d];
const [zero, one, nine, bracket] = [0x30, 0x31, 0x39, 0x5d];
// Numbers of more digits may not be safe integers.
const digitsMax = 15;

function skip(bytes: Uint8Array, at: number, text: Uint8Array): number {
  const end = at + text.length;
  if (at < 0 || end > bytes.length) return -1;
  for (let index = 0; index < text.length; index++) {
    if (bytes[at + index] !== text[index]) return -1;
  }
  return end;
}

/** Text and then a hash. */
function hashAfter(bytes: Uint8Array, start: number, text: Uint8Array): number {
  const at = skip(bytes, start, text);
  const end = at + hashDigits;
  if (at < 0 || end > bytes.length) return -1;
  let seen = 0;
  for (let index = at; index < end; index++) seen |= digitValue[bytes[index] as number] as number;
  return seen < 16 ? end : -1;
}

/** A whole number as JSON writes it, not negative. */
function digits(bytes: Uint8Array, at: number): number {
  if (at < 0) return -1;
  let end = at;
  while (end < bytes.length && isDigit(bytes[end] as number)) end++;
  const count = end - at;
  if (count === 0 || count > digitsMax) return -1;
  return count > 1 && bytes[at] === zero ? -1 : end;
}

const isDigit = (byte: number): boolean => byte >= zero && byte <= nine;

function numberAt(bytes: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (let index = at; index < end; index++) value = value * 10 + (bytes[index] as number) - zero;
  return value;
}

/** Printable ASCII without escapes, and the quote behind it. */
function plain(bytes: Uint8Array, at: number, lowest: number, min: number, max: number): number {
  if (at < 0) return -1;
  let end = at;
  for (; end < bytes.length && bytes[end] !== quoteByte; end++) {
    const byte = bytes[end] as number;
    if (byte < lowest || byte > 0x7e || byte === backslash) return -1;
  }
  const length = end - at;
  return length < min || length > max || end === bytes.length ? -1 : end + 1;
}

/** Ascending indices of hooks, and the bracket behind them. */
function firedList(bytes: Uint8Array, start: number): number {
  if (start < 0) return -1;
  if (bytes[start] === bracket) return start + 1;
  let last = -1;
  let count = 0;
  for (let at = start; ; ) {
    const end = digits(bytes, at);
    if (end < 0) return -1;
    const hook = numberAt(bytes, at, end);
    if (hook <= last || hook >= limits.hooks || ++count > limits.firedPerObservation) return -1;
    last = hook;
    if (bytes[end] === bracket) return end + 1;
    if (bytes[end] !== comma) return -1;
    at = end + 1;
  }
}

const text = {
  actions: utf8('{"actions":"'),
  context: utf8('","context":"'),
  fired: utf8('","fired":['),
  id: utf8(',"id":"'),
  observation: utf8('","kind":"apply","observation":"'),
  outcome: utf8('","outcome":"'),
  prev: utf8('"prev":"'),
  proposed: utf8('","proposed":"'),
  report: utf8('","report":"'),
  sector: utf8(',"sector":"'),
  seq: utf8(',"seq":'),
  snapshot: utf8(',"snapshot":"'),
  time: utf8('","time":'),
  trace: utf8(',"trace":"'),
  type: utf8(',"type":"'),
  verdicts: utf8('","v":1,"verdicts":['),
  action: utf8('{"action":'),
  code: utf8(',"code":"'),
  guard: utf8(',"guard":'),
  deny: utf8(',"verdict":"deny"}'),
  approval: utf8(',"verdict":"requires-approval"}'),
  quote: utf8('"'),
  end: utf8('}'),
} as const;

// A leaf that failed has one more member and goes the long way.
const outcomes = ['acted', 'pending', 'denied', 'idle', 'invalid'].map((name) => utf8(`${name}",`));

function outcome(bytes: Uint8Array, at: number): number {
  for (const name of outcomes) {
    const end = skip(bytes, at, name);
    if (end >= 0) return end;
  }
  return -1;
}

/** A number below a bound, or -1 written out where that is allowed. */
function index(bytes: Uint8Array, at: number, below: number, orNone: boolean): number {
  if (orNone && bytes[at] === minus) {
    return bytes[at + 1] === one ? at + 2 : -1;
  }
  const end = digits(bytes, at);
  return end >= 0 && numberAt(bytes, at, end) < below ? end : -1;
}

/** Verdicts, at most eight of an action, and the bracket behind them. */
function verdictList(bytes: Uint8Array, start: number): number {
  if (start < 0) return -1;
  if (bytes[start] === bracket) return start + 1;
  let last = -1;
  let listed = 0;
  for (let at = start; ; ) {
    const from = skip(bytes, at, text.action);
    const actionEnd = index(bytes, from, limits.actionsPerObservation, false);
    if (actionEnd < 0) return -1;
    const action = numberAt(bytes, from, actionEnd);
    listed = action === last ? listed + 1 : 1;
    if (action < last || listed > limits.verdictsPerAction) return -1;
    last = action;
    const code = plain(bytes, skip(bytes, actionEnd, text.code), 0x21, 1, 128);
    const guard = index(bytes, skip(bytes, code, text.guard), limits.guards, true);
    const end = Math.max(skip(bytes, guard, text.deny), skip(bytes, guard, text.approval));
    if (end < 0) return -1;
    if (bytes[end] === bracket) return end + 1;
    if (bytes[end] !== comma) return -1;
    at = end + 1;
  }
}

/** An optional member that is there if its text is. */
function optional(
  bytes: Uint8Array,
  at: number,
  name: Uint8Array,
  min: number,
  max: number,
): number {
  const from = skip(bytes, at, name);
  return from < 0 ? at : plain(bytes, from, 0x20, min, max);
}

function hashAt(bytes: Uint8Array, at: number): Uint8Array {
  const hash = new Uint8Array(hashDigits / 2);
  for (let byte = 0; byte < hash.length; byte++) {
    const high = digitValue[bytes[at + 2 * byte] as number] as number;
    hash[byte] = (high << 4) | (digitValue[bytes[at + 2 * byte + 1] as number] as number);
  }
  return hash;
}

/**
 * Reads the bytes of an ordinary apply leaf in one walk; undefined where they are anything else,
 * be it unusual (an escape, a failure, verdicts left out) or wrong. What it gives a place for,
 * parseLeaf takes: it is a short way to the same answer, for nine leaves of ten and more.
 */
export function matchApply(bytes: Uint8Array): LeafPlace | undefined {
  if (bytes.length > limits.entryBytes) return undefined;
  let at = hashAfter(bytes, 0, text.actions);
  at = hashAfter(bytes, at, text.context);
  at = firedList(bytes, skip(bytes, at, text.fired));
  at = hashAfter(bytes, at, text.id);
  at = hashAfter(bytes, at, text.observation);
  at = outcome(bytes, skip(bytes, at, text.outcome));
  const prevEnd = hashAfter(bytes, at, text.prev);
  at = hashAfter(bytes, prevEnd, text.proposed);
  at = Math.max(at, hashAfter(bytes, at, text.report));
  at = optional(bytes, skip(bytes, at, text.quote), text.sector, 0, limits.stringBytes);
  const seqAt = skip(bytes, at, text.seq);
  const seqEnd = digits(bytes, seqAt);
  at = hashAfter(bytes, seqEnd, text.snapshot);
  const timeAt = skip(bytes, at, text.time);
  const timeEnd = digits(bytes, timeAt);
  at = optional(bytes, timeEnd, text.trace, 1, 256);
  at = hashAfter(bytes, at, text.type);
  at = verdictList(bytes, skip(bytes, at, text.verdicts));
  if (skip(bytes, at, text.end) !== bytes.length) return undefined;
  return {
    seq: numberAt(bytes, seqAt, seqEnd),
    time: numberAt(bytes, timeAt, timeEnd),
    prev: hashAt(bytes, prevEnd - hashDigits),
  };
}
