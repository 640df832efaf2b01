import { sha256Hex } from '#sha256';
import type { Snapshot } from '../rules/snapshot.ts';
import type { Observation } from '../terms/observation.ts';
import type { Data } from '../terms/read.ts';

/** A candidate that decides for a share of the subjects, before anything is promoted. */
export interface Canary {
  readonly snapshot: Snapshot;
  /** Above 0, below 100. */
  readonly percent: number;
}

/** What the journal of the loop says of a canary, as far as replay needs it. */
export interface CanaryNotice {
  readonly event: 'canary';
  /** Hash of the candidate's snapshot. */
  readonly candidate: string;
  /** 0 ends it. */
  readonly percent: number;
}

/** The action of the leaf that announces a canary; its detail is a {@link CanaryNotice}. */
export const canaryAction = 'loop.canary';

/**
 * True for the subjects that a candidate decides for: SHA-256 over candidate and subject, read as a
 * fraction, is below the share. A subject stays in while the share grows, and every candidate has
 * other subjects.
 */
export function isCanarySubject(
  { candidate, percent }: Omit<CanaryNotice, 'event'>,
  observation: Observation,
  data: Data,
): boolean {
  const subject = String(data[observation.subject]);
  const digest = sha256Hex(`knhk/1/canary\n${candidate}\n${subject}`);
  return (Number.parseInt(digest.slice(0, 8), 16) / 2 ** 32) * 100 < percent;
}

/** The notice in a stored document; undefined for anything else. */
export function canaryNotice(kind: string, text: string): CanaryNotice | undefined {
  if (kind !== 'loop') return undefined;
  const entry = JSON.parse(text) as Partial<CanaryNotice>;
  if (entry.event !== 'canary') return undefined;
  const { candidate, percent } = entry;
  if (typeof candidate !== 'string' || typeof percent !== 'number') return undefined;
  return { event: 'canary', candidate, percent };
}
