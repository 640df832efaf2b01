import { join } from 'node:path';
import type { Leaf } from '../verify/leaf-types.ts';
import { getBlob } from './blobs.ts';
import { reading } from './copy-files.ts';
import { scanOpenSegment } from './copy-scan.ts';
import { listSegments, segmentName } from './files.ts';
import type { LogFs } from './fs.ts';
import { blobsNamed } from './retain-refs.ts';

/** A segment, and how old what is in it is. */
export interface SegmentFacts {
  /** Seq of its first leaf. */
  readonly first: number;
  /** Seq of its last leaf. */
  readonly last: number;
  /** Time of its last leaf, in milliseconds since 1970. */
  readonly lastTime: number;
  /** True if another one follows, so that it will not grow. */
  readonly complete: boolean;
  /** Its last checkpoint. */
  readonly note: string;
  /** Payload frames that it holds. */
  readonly payloads: number;
}

/** What a walk through the leaves of a log found. */
export interface LogFacts {
  readonly segments: readonly SegmentFacts[];
  /** Time of the youngest leaf that names a document, by the document's hash. */
  readonly youngest: ReadonlyMap<string, number>;
  /** Documents whose age does not count: current rules, and what the audit trail names. */
  readonly lasting: ReadonlySet<string>;
  /** What earlier retention said it would remove, by path or blob hash. */
  readonly documented: ReadonlySet<string>;
  /** Checkpoints by their size, where one was asked for. */
  readonly notes: ReadonlyMap<number, string>;
}

/** What the leaves of one segment, or of many, say about stored documents. */
class Facts {
  readonly youngest = new Map<string, number>();
  readonly audit = new Set<string>();
  readonly details = new Set<string>();
  /** What the leaves since the last deploy name: rules that are current or can be again. */
  current = new Set<string>();
  #isDeployed = false;

  take(leaf: Leaf): void {
    const named = blobsNamed(leaf);
    for (const hash of named) this.youngest.set(hash, leaf.time);
    if (leaf.kind === 'deploy') {
      this.#isDeployed = true;
      this.current = new Set(named);
    } else if (leaf.kind === 'promote' || leaf.kind === 'rollback') {
      for (const hash of named) this.current.add(hash);
    } else if (leaf.kind === 'config' || leaf.kind === 'access') {
      const isRetention = leaf.kind === 'config' && leaf.action === 'retain';
      for (const hash of named) (isRetention ? this.details : this.audit).add(hash);
    }
  }

  /** Goes on with the leaves behind. */
  add(later: Facts): void {
    for (const [hash, time] of later.youngest) this.youngest.set(hash, time);
    for (const hash of later.audit) this.audit.add(hash);
    for (const hash of later.details) this.details.add(hash);
    this.current = later.#isDeployed ? later.current : new Set([...this.current, ...later.current]);
  }
}

/** How far a walk goes, and what it remembers. */
export interface FactsWishes {
  /** Sizes whose checkpoint is wanted. */
  readonly sizes?: ReadonlySet<number>;
  /** Ends the walk behind the first segment that is not wanted. */
  readonly until?: (segment: SegmentFacts) => boolean;
  /** True to pass over a document of retention that is damaged. */
  readonly isLenient?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Walks through the leaves of a log, in memory that grows with its documents alone. */
export async function readFacts(
  fs: LogFs,
  directory: string,
  { sizes = new Set(), until, isLenient = false, signal }: FactsWishes = {},
): Promise<LogFacts> {
  const facts = new Facts();
  const notes = new Map<number, string>();
  const segments: SegmentFacts[] = [];
  const firsts = listSegments(fs, join(directory, 'seg'));
  for (const [position, first] of firsts.entries()) {
    const found = new Facts();
    let lastTime = 0;
    const onEpoch = (leaves: readonly Leaf[], note: string, size: number): void => {
      if (sizes.has(size)) notes.set(size, note);
      for (const leaf of leaves) found.take(leaf);
      lastTime = leaves.at(-1)?.time ?? lastTime;
    };
    const scanned = await reading(fs, join(directory, 'seg', segmentName(first)), (fd) =>
      scanOpenSegment(fs, fd, { onEpoch, signal }),
    );
    if (scanned === undefined || scanned.size === 0) break;
    const { size, note, payloads } = scanned;
    const complete = position < firsts.length - 1;
    const segment = { first, last: size - 1, lastTime, complete, note, payloads };
    if (until?.(segment) === true) break;
    segments.push(segment);
    facts.add(found);
  }
  const { youngest, audit, details, current } = facts;
  const lasting = new Set([...audit, ...details, ...current]);
  const documented = documentedBy(fs, directory, details, isLenient);
  return { segments, youngest, lasting, notes, documented };
}

/** What retention said it would remove: it is to be found in the documents that its leaves name. */
function documentedBy(
  fs: LogFs,
  directory: string,
  details: ReadonlySet<string>,
  isLenient: boolean,
): ReadonlySet<string> {
  const listed = new Set<string>();
  for (const hash of details) {
    try {
      const { blobs, payloads } = detailOf(fs, directory, hash);
      for (const blob of blobs) listed.add(blob);
      for (const { file } of payloads) listed.add(file);
    } catch (error) {
      if (!isLenient) throw error;
    }
  }
  return listed;
}

interface Detail {
  readonly blobs: readonly string[];
  readonly payloads: readonly { readonly file: string }[];
}

function detailOf(fs: LogFs, directory: string, hash: string): Detail {
  const text = getBlob(fs, directory, hash)?.text ?? '{}';
  const { blobs = [], payloads = [] } = JSON.parse(text) as Partial<Detail>;
  return { blobs, payloads };
}
