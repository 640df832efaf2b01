import { fromUtf8 } from '../../base/bytes.ts';
import { canonical } from '../../base/canonical.ts';
import type { Skews } from './verify-state.ts';

/**
 * Adds what a statistics frame says to the skews before it; undefined where it is not canonical
 * JSON of an object, or says a skew that is none. Members of later versions are passed over.
 */
export function addStatistics(before: Skews, content: Uint8Array): Skews | undefined {
  const text = fromUtf8(content);
  let value: unknown;
  try {
    value = JSON.parse(text ?? '');
    if (canonical(value) !== text) return undefined;
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { skewMs } = value as { readonly skewMs?: unknown };
  if (skewMs === undefined) return before;
  if (typeof skewMs !== 'number' || !Number.isSafeInteger(skewMs) || skewMs < 1) return undefined;
  return { count: before.count + 1, msMax: Math.max(before.msMax, skewMs) };
}
