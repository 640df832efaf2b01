import { join } from 'node:path';
import { KnhkError } from '../../base/errors.ts';
import type { TrustedKeys } from '../verify/keyring.ts';
import { digestFile } from './copy-files.ts';
import { namesIn, pathsBelow } from './copy-strays.ts';
import type { LogFs } from './fs.ts';
import type { FsckFinding } from './fsck-types.ts';
import { readHead } from './head.ts';
import { isCopied } from './manifest.ts';
import { PayloadFile } from './payload-file.ts';
import type { LogFacts, SegmentFacts } from './retain-facts.ts';
import { loadSavepoint } from './savepoints.ts';
import { loadSegmentIndex } from './segment-index.ts';

const restore = 'Restore it from a backup.';

/** Names at the top of a log directory. */
const known: ReadonlySet<string> = new Set([
  ...['FORMAT', 'head', 'lock.sock', 'seg', 'payload', 'tile', 'blob', 'index', 'savepoint'],
]);

/** What lies in a log directory and is not of it. */
export function checkStrays(fs: LogFs, directory: string, isHeld: boolean): readonly FsckFinding[] {
  // A writer has files under temporary names at any time.
  const isStray = (path: string): boolean =>
    path.endsWith('.tmp') ? !isHeld : !isCopied(path) && !known.has(path);
  const top = fs.readdirSync(directory).filter((name) => !name.startsWith('lock.'));
  return [...top, ...pathsBelow(fs, directory)].filter(isStray).map((file) => ({
    file,
    seq: null,
    cause: file.endsWith('.tmp') ? 'was left by an interrupted writer' : 'is no file of a log',
    todo: 'Remove it: nothing reads it.',
  }));
}

/** Blobs that do not hash to their name. */
export async function checkBlobs(
  fs: LogFs,
  directory: string,
  hashes: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly FsckFinding[]> {
  const findings: FsckFinding[] = [];
  for (const hash of hashes) {
    const file = `blob/${hash.slice(0, 2)}/${hash}`;
    const digest = await digestFile(fs, join(directory, file), signal);
    if (digest === undefined || digest.sha256 === hash) continue;
    findings.push({ file, seq: null, cause: 'does not hash to its name', todo: restore });
  }
  return findings;
}

/** Payload files: each frame is whole and belongs to a leaf; none is gone without a word. */
export function checkPayloads(
  fs: LogFs,
  directory: string,
  { segments, documented }: LogFacts,
): readonly FsckFinding[] {
  const findings: FsckFinding[] = [];
  const names = new Set(namesIn(fs, join(directory, 'payload')));
  for (const segment of segments) {
    const name = `${String(segment.first).padStart(12, '0')}.pay`;
    const file = `payload/${name}`;
    if (names.delete(name)) findings.push(...checkPayloadFile(fs, directory, segment, file));
    else if (isLost(fs, directory, segment) && !documented.has(file)) {
      const cause = 'is missing, and no leaf says that it was removed';
      findings.push({ file, seq: segment.first, cause, todo: restore });
    }
  }
  for (const name of names) {
    if (!name.endsWith('.pay')) continue;
    const cause = 'belongs to no segment';
    findings.push({ file: `payload/${name}`, seq: null, cause, todo: 'Restore the segment.' });
  }
  return findings;
}

/** True for a sealed segment that has observations: their payloads were split off. */
function isLost(fs: LogFs, directory: string, { first, payloads }: SegmentFacts): boolean {
  if (payloads > 0) return false;
  return (loadSegmentIndex(fs, directory, first)?.rows.ids.length ?? 0) > 0;
}

function checkPayloadFile(
  fs: LogFs,
  directory: string,
  { first, last }: SegmentFacts,
  file: string,
): readonly FsckFinding[] {
  const findings: FsckFinding[] = [];
  const find = (seq: number, cause: string): void =>
    void findings.push({ file, seq, cause, todo: restore });
  const causeOf = (error: unknown): string => {
    if (error instanceof KnhkError) return error.details.got;
    throw error;
  };
  let opened: PayloadFile | undefined;
  try {
    opened = PayloadFile.open(fs, directory, first);
  } catch (error) {
    find(first, causeOf(error));
  }
  if (opened === undefined) return findings;
  try {
    for (let at = 0; at < opened.count; at++) {
      const seq = opened.seqAt(at);
      if (seq > last) find(seq, 'a payload without a leaf');
      try {
        opened.frameAt(at);
      } catch (error) {
        find(seq, causeOf(error));
      }
    }
  } finally {
    opened.close();
  }
  return findings;
}

/** Savepoints that opening passes over. */
export function checkSavepoints(
  fs: LogFs,
  directory: string,
  names: readonly string[],
  { notes }: LogFacts,
): readonly FsckFinding[] {
  return names.flatMap((name) => {
    const alone = { ...fs, readdirSync: () => [name] };
    const file = `savepoint/${name}`;
    const isFine = loadSavepoint(alone, directory, (size) => notes.get(size)) !== undefined;
    if (isFine || fs.statSync(join(directory, file)) === undefined) return [];
    const cause = 'is damaged or belongs to no checkpoint of this log';
    return [{ file, seq: Number.parseInt(name, 10), cause, todo: 'Remove it: it is passed over.' }];
  });
}

/** Without a head nothing tells that the end of the log is missing. */
export function checkHeadFile(
  fs: LogFs,
  directory: string,
  trusted: TrustedKeys,
): readonly FsckFinding[] {
  const { kind } = readHead(fs, directory, trusted);
  if (kind === 'read') return [];
  const cause = kind === 'missing' ? 'is missing' : 'is no checkpoint that the keyring signs';
  const todo = 'Compare the log with a checkpoint kept elsewhere, then open it: that writes head.';
  return [{ file: 'head', seq: null, cause, todo }];
}
