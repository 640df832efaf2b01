import { fail } from '../../base/errors.ts';
import type { Leaf } from '../verify/leaf-types.ts';
import type { LogFs } from './fs.ts';
import type { LogEntry, LogReader } from './reader.ts';
import { loadSegmentIndex, type SegmentIndex } from './segment-index.ts';
import type { LogState } from './state.ts';

/** What leaves are looked for by; one of the members. */
export interface LogQuery {
  /** Leaf hash, or its first 16 hexadecimal digits at least. */
  readonly hash?: string;
  /** Keyed name of a subject, 64 hexadecimal digits. */
  readonly subject?: string;
  /** Leaves in which a hook fired: its place in a snapshot's hook order, undefined if none. */
  readonly fired?: (snapshot: string) => number | undefined;
  /** At most as many, the newest ones. */
  readonly limit?: number;
}

/** True of the place of a leaf in its segment, by the segment's index. */
type Rows = (index: SegmentIndex) => Iterable<number>;

/** How one kind of query looks into an index, and at a leaf where there is none. */
interface Search {
  readonly rows: Rows;
  readonly matches: (leaf: Leaf, hash: string, subject: string | undefined) => boolean;
}

const word = (hex: string, at: number): number => Number.parseInt(hex.slice(at, at + 8), 16);

function* places(words: Uint32Array, step: 2 | 3, high: number, low: number): Iterable<number> {
  for (let at = words.length - step; at >= 0; at -= step) {
    if (words[at] !== high || words[at + 1] !== low) continue;
    yield step === 2 ? at / 2 : (words[at + 2] as number);
  }
}

function* firedPlaces(
  words: Uint32Array,
  hooks: readonly (number | undefined)[],
): Iterable<number> {
  for (let at = words.length - 3; at >= 0; at -= 3) {
    if (hooks[words[at] as number] === words[at + 1]) yield words[at + 2] as number;
  }
}

function searchOf(query: LogQuery): Search {
  const { hash, subject, fired } = query;
  const given = [hash, subject, fired].filter((value) => value !== undefined).length;
  if (given !== 1) fail('KNHK_LOG_QUERY', 'find', 'one of hash, subject and fired', given);
  if (hash !== undefined) {
    if (!/^[0-9a-f]{16,64}$/.test(hash)) fail('KNHK_LOG_QUERY', 'hash', '16 to 64 digits', hash);
    return {
      rows: ({ rows }) => places(rows.hashes, 2, word(hash, 0), word(hash, 8)),
      matches: (_, got) => got.startsWith(hash),
    };
  }
  if (subject !== undefined) {
    if (!/^[0-9a-f]{64}$/.test(subject)) fail('KNHK_LOG_QUERY', 'subject', '64 digits', subject);
    return {
      rows: ({ rows }) => places(rows.subjects, 3, word(subject, 0), word(subject, 8)),
      matches: (_, __, got) => got === subject,
    };
  }
  const hookOf = fired as NonNullable<LogQuery['fired']>;
  return {
    rows: ({ rows, snapshots }) => firedPlaces(rows.fired, snapshots.map(hookOf)),
    matches: (leaf) => {
      const hook = leaf.kind === 'apply' ? hookOf(leaf.snapshot) : undefined;
      return hook !== undefined && leaf.kind === 'apply' && leaf.fired.includes(hook);
    },
  };
}

/** Who knows the name of the subject that an entry belongs to. */
export type SubjectNaming = (entry: LogEntry) => string | undefined;

/** What the durable leaves are searched with. */
export interface SearchOptions {
  readonly fs: LogFs;
  readonly directory: string;
  readonly state: Pick<LogState, 'index' | 'sealed'>;
  readonly reader: LogReader;
  readonly subjectOf: SubjectNaming;
}

/**
 * Seqs of the durable leaves that a query asks for, the newest first: sealed segments by their
 * indexes, the others leaf by leaf.
 *
 * @throws KnhkError KNHK_LOG_QUERY, KNHK_LOG_CORRUPT
 */
export function findLeaves(options: SearchOptions, query: LogQuery): number[] {
  const search = searchOf(query);
  const limit = query.limit ?? Number.MAX_SAFE_INTEGER;
  const { fs, directory, state, reader } = options;
  const { segments, size } = state.index;
  const found: number[] = [];
  const isMatch = (entry: LogEntry): boolean =>
    search.matches(entry.leaf, entry.hash, options.subjectOf(entry));
  for (let at = segments.length - 1; at >= 0 && found.length < limit; at--) {
    const first = segments[at] as number;
    const end = segments[at + 1] ?? size;
    const index = end <= state.sealed.size ? loadSegmentIndex(fs, directory, first) : undefined;
    const seqs = index === undefined ? range(first, end) : rowsOf(search, index);
    // Eight bytes may be those of another, and an index is only a shortcut: each leaf is looked at.
    for (const seq of seqs) {
      if (found.length >= limit) break;
      if (isMatch(reader.read(seq))) found.push(seq);
    }
  }
  return found;
}

/** Seqs in a sealed segment that may be what a query asks for, ascending; each is looked at. */
export function candidates(index: SegmentIndex, query: LogQuery): readonly number[] {
  return [...rowsOf(searchOf(query), index)].sort((left, right) => left - right);
}

function* rowsOf({ rows }: Search, index: SegmentIndex): Iterable<number> {
  for (const place of rows(index)) yield index.first + place;
}

function* range(first: number, end: number): Iterable<number> {
  for (let seq = end - 1; seq >= first; seq--) yield seq;
}
