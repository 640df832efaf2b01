import { join } from 'node:path';
import { digestFile } from './copy-files.ts';
import { blobHashes, namesIn } from './copy-strays.ts';
import { readFile } from './files.ts';
import type { LogFs } from './fs.ts';
import { type LogFacts, readFacts, type SegmentFacts } from './retain-facts.ts';
import type { RetentionPolicy } from './retain-policy.ts';
import { hashesIn, reachable } from './retain-refs.ts';
import { loadSavepoint } from './savepoints.ts';

/** The payloads of a sealed segment. */
export interface PayloadRange {
  /** Below the log directory. */
  readonly file: string;
  /** Seq of the first leaf of its segment. */
  readonly first: number;
  /** Seq of the last one. */
  readonly last: number;
  /** SHA-256 of the file, hexadecimal. */
  readonly sha256: string;
  /** Length of the file. */
  readonly bytes: number;
}

/** Something old that stays all the same. */
export interface Kept {
  /** Below the log directory. */
  readonly file: string;
  /** Why it stays, and until when. */
  readonly why: string;
}

/** What retention is to remove. */
export interface RetentionPlan {
  readonly payloads: readonly PayloadRange[];
  /** Hashes of stored documents. */
  readonly blobs: readonly string[];
  /** File names of savepoints. */
  readonly savepoints: readonly string[];
  /** Of the payloads and blobs, those that no leaf lists yet. */
  readonly isNew: boolean;
  readonly kept: readonly Kept[];
}

/** A day of 24 hours. */
export const dayMs = 86_400_000;
const savepointPattern = /^[0-9]{12}\.json$/;

/** What a plan is made from. */
export interface PlanOptions {
  readonly fs: LogFs;
  readonly directory: string;
  readonly policy: RetentionPolicy;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly signal: AbortSignal | undefined;
}

/** Finds out what a policy wants removed now. Changes nothing. */
export async function planRetention(options: PlanOptions): Promise<RetentionPlan> {
  const { fs, directory, policy, now, signal } = options;
  const names = namesIn(fs, join(directory, 'savepoint'))
    .filter((name) => savepointPattern.test(name))
    .sort();
  const sizes = new Set(names.map((name) => Number.parseInt(name, 10)));
  const facts = await readFacts(fs, directory, { sizes, signal });
  const saved = savedUpTo(options, names, facts);
  const { payloads, kept } = await oldPayloads(options, facts.segments, saved);
  const lasting = [...facts.lasting, ...savepointHashes(options, names)];
  const limit = now - policy.snapshots.keepDays * dayMs;
  const blobs = policy.snapshots.after === 'remove' ? oldBlobs(options, facts, lasting, limit) : [];
  const { documented } = facts;
  const isNew = [...payloads.map(({ file }) => file), ...blobs].some((it) => !documented.has(it));
  const savepoints = names.slice(0, -policy.savepoints.keep);
  return { payloads, blobs, savepoints, isNew, kept };
}

/** Leaves that the newest usable savepoint takes in: opening needs no payload before them. */
function savedUpTo(
  { fs, directory }: PlanOptions,
  names: readonly string[],
  { notes }: LogFacts,
): number {
  if (names.length === 0) return 0;
  return loadSavepoint(fs, directory, (size) => notes.get(size))?.size ?? 0;
}

/** Documents that the state of a savepoint may refer to. */
function savepointHashes(
  { fs, directory }: PlanOptions,
  names: readonly string[],
): readonly string[] {
  const texts = names.map((name) => readFile(fs, join(directory, 'savepoint', name)));
  return texts.flatMap((bytes) => hashesIn(bytes?.toString('latin1') ?? ''));
}

async function oldPayloads(
  { fs, directory, policy, now, signal }: PlanOptions,
  segments: readonly SegmentFacts[],
  saved: number,
): Promise<{ readonly payloads: readonly PayloadRange[]; readonly kept: readonly Kept[] }> {
  const payloads: PayloadRange[] = [];
  const kept: Kept[] = [];
  const limit = now - policy.observations.keepDays * dayMs;
  if (policy.observations.after === 'keep') return { payloads, kept };
  for (const { first, last, lastTime, complete } of segments) {
    if (lastTime >= limit) break;
    const name = String(first).padStart(12, '0');
    const file = `payload/${name}.pay`;
    const digest = await digestFile(fs, join(directory, file), signal);
    if (digest === undefined) {
      if (!complete)
        kept.push({ file: `seg/${name}.seg`, why: 'not sealed yet: a real run seals it first' });
    } else if (last < saved) payloads.push({ file, first, last, ...digest });
    else kept.push({ file, why: `no savepoint takes in seq ${last}: opening reads it` });
  }
  return { payloads, kept };
}

/** Documents that only old leaves lead to. One that no leaf leads to has no age, and stays. */
function oldBlobs(
  { fs, directory }: PlanOptions,
  { youngest }: LogFacts,
  lasting: readonly string[],
  limit: number,
): readonly string[] {
  const young = [...youngest].filter(([, time]) => time >= limit).map(([hash]) => hash);
  const needed = reachable(fs, directory, [...lasting, ...young]);
  const old = reachable(fs, directory, youngest.keys(), needed);
  return blobHashes(fs, directory).filter((hash) => old.has(hash));
}
