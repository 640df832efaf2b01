import { Buffer } from 'node:buffer';
import { fail } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { encodeBody } from '../verify/leaf.ts';
import { bodyProblem } from '../verify/leaf-check.ts';
import type { LeafBody } from '../verify/leaf-types.ts';

/** Where a leaf is to stand. */
interface LeafPlace {
  readonly seq: number;
  readonly time: number;
  /** Time of the leaf before. */
  readonly after: number;
  /** Hash of the leaf before. */
  readonly prev: string;
}

/** Longest text whose UTF-8 form is within a limit for certain. */
const surelyWithin = (text: string, max: number): boolean =>
  3 * text.length <= max || Buffer.byteLength(text, 'utf8') <= max;

/**
 * The text of a leaf that may be appended.
 *
 * @throws KnhkError KNHK_LOG_LEAF, KNHK_LIMIT_ENTRY
 */
export function leafText(body: LeafBody, { seq, time, after, prev }: LeafPlace): string {
  const problem = bodyProblem(body, 0);
  if (problem !== undefined) fail('KNHK_LOG_LEAF', `seq ${seq}`, 'a body of its kind', problem);
  if (!Number.isSafeInteger(time) || time < after) {
    fail('KNHK_LOG_LEAF', `seq ${seq}`, `a time from ${after} ms on`, time);
  }
  const text = encodeBody(body, seq, time, prev);
  if (!surelyWithin(text, limits.entryBytes)) {
    fail('KNHK_LIMIT_ENTRY', `seq ${seq}`, `at most ${limits.entryBytes} bytes`, 'more');
  }
  return text;
}

/**
 * Refuses a payload that is too long.
 *
 * @throws KnhkError KNHK_LIMIT_PAYLOAD
 */
export function checkPayload(payload: string | undefined, seq: number): void {
  if (payload === undefined || surelyWithin(payload, limits.payloadBytes)) return;
  fail('KNHK_LIMIT_PAYLOAD', `seq ${seq}`, `at most ${limits.payloadBytes} bytes`, 'more');
}
