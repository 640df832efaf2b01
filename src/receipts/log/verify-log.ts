import { nextTurn } from '../../base/turn.ts';
import type { Keyring } from '../verify/keyring.ts';
import type { VerifyReport } from '../verify/report.ts';
import type { VerifyState } from '../verify/verify-state.ts';
import { type LogFs, nodeFs } from './fs.ts';
import { SegmentPool, type SpawnWorker, spawnWorker } from './verify-pool.ts';
import { DirectoryWalk, type DirectoryWalkOptions } from './verify-walk.ts';

/** How far verification is. */
export interface VerifyProgress {
  /** Bytes of segments read so far. */
  readonly bytes: number;
  /** Bytes to read in all. */
  readonly totalBytes: number;
  /** Leaves whose epochs were read, those of a resumed state included. */
  readonly leaves: number;
}

/** What {@link verifyLog} takes besides directory and keyring. */
export interface VerifyLogOptions {
  /** A checkpoint remembered from an earlier run, from a witness or from Git. */
  readonly since?: string;
  /**
   * `state` of an earlier report: verifies what came later and the epoch before it, and counts on.
   * Where that finds anything, everything is read.
   */
  readonly resume?: VerifyState;
  /** Threads that read segments ahead, 0 unless given; for logs of many segments. */
  readonly workers?: number;
  /** Called after each piece that was read; it begins anew where all is read after all. */
  readonly onProgress?: (progress: VerifyProgress) => void;
  /** File system to read from; the machine's unless given, and then without threads. */
  readonly fs?: LogFs;
  /** Ends verification with its reason. */
  readonly signal?: AbortSignal;
}

const chunkBytes = 1_048_576;
// A writer beside us needs no lock from us; we let the event loop turn between chunks.

/**
 * Verifies a log directory; the public `verifyLog` tells telemetry of it besides.
 *
 * @param spawn starts threads; tests give their own
 * @throws KnhkError KNHK_LOG_OPEN where there is no log to read, KNHK_RECEIPTS_KEYRING
 */
export async function verifyLog(
  directory: string,
  keyring: Keyring,
  options: VerifyLogOptions = {},
  spawn: SpawnWorker = spawnWorker,
): Promise<VerifyReport> {
  const { since, resume, fs = nodeFs } = options;
  const remembered = since === undefined ? [] : [since];
  const open = (more: Partial<DirectoryWalkOptions>): DirectoryWalk =>
    new DirectoryWalk(directory, keyring, { fs, remembered, ...more });
  const run = (walk: DirectoryWalk): Promise<VerifyReport> =>
    walkAll(walk, directory, keyring, options, spawn);
  if (resume === undefined) return run(open({}));
  const walk = open({ resume });
  const report = await run(walk);
  if (report.ok || !walk.isResumed) return report;
  // The state may be what is wrong, and a report should name all defects.
  return run(open({ remembered: [...remembered, resume.checkpoint] }));
}

async function walkAll(
  walk: DirectoryWalk,
  directory: string,
  keyring: Keyring,
  options: VerifyLogOptions,
  spawn: SpawnWorker,
): Promise<VerifyReport> {
  const { onProgress, signal } = options;
  const pool = poolOf(walk, directory, keyring, options, spawn);
  const { totalBytes } = walk;
  const tell = (): void => onProgress?.({ bytes: walk.bytes, totalBytes, leaves: walk.size });
  try {
    for (let first = walk.segments[0]; first !== undefined; first = walk.segments[0]) {
      signal?.throwIfAborted();
      const read = await pool?.take(first);
      if (read === undefined || !walk.offer(read)) {
        while (walk.step(chunkBytes)) {
          tell();
          await nextTurn();
          signal?.throwIfAborted();
        }
      }
      tell();
    }
    return walk.report();
  } finally {
    walk.close();
    await pool?.close();
  }
}

function poolOf(
  walk: DirectoryWalk,
  directory: string,
  keyring: Keyring,
  { fs, workers = 0 }: VerifyLogOptions,
  spawn: SpawnWorker,
): SegmentPool | undefined {
  // A thread for each segment is enough.
  const count = fs === undefined ? Math.min(workers, walk.segments.length) : 0;
  const threads = Array.from({ length: count }, () => spawn(keyring));
  const started = threads.flatMap((thread) => (thread === undefined ? [] : [thread]));
  return started.length === 0 ? undefined : new SegmentPool(directory, walk.segments, started);
}
