import { systemClock } from '../../base/clock.ts';
import { fail } from '../../base/errors.ts';
import { trustKeys } from '../verify/keyring.ts';
import {
  type CopyFinding,
  type CopyOptions,
  type CopyReport,
  checkCopy,
  reportOf,
} from './copy-report.ts';
import {
  type CopySource,
  copyBlobs,
  copyPayloads,
  copySegments,
  sourceFormat,
} from './copy-segments.ts';
import { CopyTarget, checkApart, lockCopy, prepareCopy } from './copy-target.ts';
import { type LogFs, nodeFs } from './fs.ts';
import { type LogFacts, readFacts, type SegmentFacts } from './retain-facts.ts';
import { reachable } from './retain-refs.ts';

/** What {@link archiveLog} takes besides its places. */
export interface ArchiveOptions extends CopyOptions {
  /** Complete segments whose last leaf is older than this are archived: ms since 1970. */
  readonly before: number;
}

/** What is archived besides the segments that are old enough. */
interface Wanted {
  /** True for a segment that need not be archived. */
  readonly isYoung: (segment: SegmentFacts) => boolean;
  /** Documents whatever leads to them. */
  readonly blobs: Iterable<string>;
}

/**
 * Copies what is old to a directory of its own: complete segments from the first one on, their
 * payloads, and the stored documents that they lead to. A later run adds to it and never takes
 * away, save payloads that were erased. What was written is read back, and the archive as a whole
 * verified as any log, before it counts. The log gets no leaf.
 *
 * @param directory the `data` of a runtime; a writer may have it open
 * @param to a directory for this alone; absent, empty or of an earlier run
 * @returns a report; `size` 0 where nothing is old enough
 * @throws KnhkError KNHK_LOG_COPY where the target cannot be used, KNHK_LOG_OPEN,
 * KNHK_LOG_FORMAT where there is no log of the keyring's origin, KNHK_LOG_LOCKED where another run
 * is at work, KNHK_LOG_BLOB where a document is damaged that leads to others,
 * KNHK_RECEIPTS_KEYRING
 * @example
 * const before = now - 90 * 86_400_000;
 * const report = await archiveLog(logDirectory, `${directory}/archive`, { keyring, before });
 * [report.ok, report.size]; // => [true, 0]
 */
export async function archiveLog(
  directory: string,
  to: string,
  options: ArchiveOptions,
): Promise<CopyReport> {
  const { before } = options;
  if (!Number.isSafeInteger(before)) {
    fail('KNHK_LOG_COPY', 'before', 'milliseconds since 1970', before);
  }
  return archive(directory, to, options, {
    isYoung: ({ complete, lastTime }) => !complete || lastTime >= before,
    blobs: [],
  });
}

const nothing: CopyReport = {
  ...{ ok: true, files: 0, bytes: 0, copiedFiles: 0, copiedBytes: 0 },
  ...{ size: 0, checkpoint: '', findings: [] },
};

/** {@link archiveLog} of whatever is wanted. */
export async function archive(
  directory: string,
  to: string,
  options: CopyOptions,
  wanted: Wanted,
): Promise<CopyReport> {
  const fs = options.fs ?? nodeFs;
  const { keyring, signal } = options;
  const { origin } = trustKeys(keyring);
  const format = sourceFormat(fs, directory, origin);
  checkApart(directory, to);
  prepareCopy(fs, to, 'archive', origin);
  const lock = await lockCopy(fs, to);
  try {
    const target = new CopyTarget(fs, to);
    const isHeld = ({ first }: SegmentFacts): boolean =>
      target.known(`seg/${String(first).padStart(12, '0')}.seg`) !== undefined;
    const until = (segment: SegmentFacts): boolean => wanted.isYoung(segment) && !isHeld(segment);
    const facts = await readFacts(fs, directory, { until, signal });
    const last = facts.segments.at(-1);
    if (last === undefined) return nothing;
    const source: CopySource = { fs, directory, signal, cumulative: true };
    await copySegments(
      source,
      target,
      facts.segments.map(({ first }) => first),
    );
    await copyPayloads(source, target);
    const roots = [...facts.youngest.keys(), ...wanted.blobs];
    await copyBlobs(source, target, reachable(fs, directory, roots));
    target.keepOthers();
    target.addText('head', last.note);
    target.addText('FORMAT', format);
    const check = { directory: to, keyring, since: target.before?.checkpoint, signal };
    const found = await checkCopy(target, check);
    const findings = await undocumented(fs, directory, found);
    const cut = { size: last.last + 1, note: last.note };
    if (findings.length === 0) {
      const time = (options.clock ?? systemClock).now();
      target.commit({ kind: 'archive', origin, checkpoint: cut.note, time });
    }
    return reportOf(target, cut, findings);
  } finally {
    await lock.release();
  }
}

/** An archive begun late lacks what was removed before, as later leaves of the log say. */
async function undocumented(
  fs: LogFs,
  directory: string,
  findings: readonly CopyFinding[],
): Promise<readonly CopyFinding[]> {
  if (findings.every(({ kind }) => kind !== 'blob')) return findings;
  const { documented }: LogFacts = await readFacts(fs, directory);
  return findings.filter(
    ({ kind, message }) => kind !== 'blob' || !documented.has(message.slice(0, 64)),
  );
}
