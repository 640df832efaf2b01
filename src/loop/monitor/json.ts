import { fail } from '../../base/errors.ts';
import type { LedgerJson } from './hook-ledger.ts';
import type { TracksJson } from './tracks.ts';

interface OpenJson {
  readonly failed: number;
  readonly total: number;
  readonly first: number;
  readonly last: number;
}

/** The monitor's state as a savepoint keeps it. */
export interface MonitorJson {
  readonly v: 2;
  readonly cycle: number;
  readonly open: OpenJson;
  readonly hooks: LedgerJson;
  readonly uncounted: { readonly [type: string]: number };
  readonly tracks: TracksJson;
}

/** What savepoints held before there was anything but counts of hooks. */
interface FirstJson extends Pick<LedgerJson, 'history' | 'recent'> {
  readonly v?: undefined;
  readonly cycle: number;
  readonly open: OpenJson &
    Pick<LedgerJson, 'fired' | 'samples'> & {
      readonly observed: { readonly [type: string]: number };
    };
  readonly uncounted?: { readonly [type: string]: number };
}

/** A state of either version. */
interface ReadJson extends Omit<MonitorJson, 'v' | 'tracks'> {
  readonly tracks?: TracksJson;
  /** Observations of the open cycle by type, where tracks do not say. */
  readonly observed: { readonly [type: string]: number };
}

/**
 * Reads a saved state of any version.
 *
 * @throws KnhkError KNHK_LOOP_STATE
 */
export function readMonitorJson(saved: unknown): ReadJson {
  const given = saved as MonitorJson | FirstJson | null;
  if (given?.v === 2) return { ...given, observed: {} };
  if (given?.open === undefined || given.v !== undefined) {
    return fail('KNHK_LOOP_STATE', 'monitor', 'a state of version 1 or 2', saved);
  }
  const { cycle, open, history, recent, uncounted = {} } = given;
  const { fired, samples, observed } = open;
  return { cycle, open, hooks: { fired, samples, history, recent }, uncounted, observed };
}
