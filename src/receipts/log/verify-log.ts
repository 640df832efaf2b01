import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { fromUtf8 } from '../../base/bytes.ts';
import { fail, KnhkError } from '../../base/errors.ts';
import { type Keyring, trustKeys } from '../verify/keyring.ts';
import type { Leaf } from '../verify/leaf-types.ts';
import type { VerifyReport } from '../verify/report.ts';
import { LogVerifier } from '../verify/verifier.ts';
import { getBlob } from './blobs.ts';
import { listSegments, readAt, readFile, segmentName } from './files.ts';
import { type LogFs, nodeFs } from './fs.ts';
import { readHead } from './head.ts';
import { nodeVerify } from './signer.ts';

/** What {@link verifyLog} takes besides directory and keyring. */
export interface VerifyLogOptions {
  /** A checkpoint remembered from an earlier run, from a witness or from Git. */
  readonly since?: string;
  /** File system to read from; the machine's unless given. */
  readonly fs?: LogFs;
  /** Ends verification with its reason. */
  readonly signal?: AbortSignal;
}

const chunkBytes = 1_048_576;
// A writer beside us needs no lock from us; we let the event loop turn between chunks.
const nextTurn = (): Promise<void> => new Promise((done) => void setImmediate(done));

/**
 * Verifies a log directory; the public `verifyLog` tells telemetry of it besides.
 *
 * @throws KnhkError KNHK_LOG_OPEN where there is no log to read, KNHK_RECEIPTS_KEYRING
 */
export async function verifyLog(
  directory: string,
  keyring: Keyring,
  options: VerifyLogOptions = {},
): Promise<VerifyReport> {
  const fs = options.fs ?? nodeFs;
  const blobs = new Set<string>();
  const verifier = new LogVerifier({
    keyring,
    verify: nodeVerify,
    crc32,
    onLeaf: (leaf) => checkBlobs(fs, directory, leaf, { blobs, verifier }),
    ...(options.since === undefined ? {} : { since: options.since }),
  });
  checkFormat(fs, directory, keyring.origin, verifier);
  // Read before the segments: a writer may add to both meanwhile, but only in this order.
  const head = readHead(fs, directory, trustKeys(keyring));
  const segments = join(directory, 'seg');
  for (const first of listed(fs, segments)) {
    verifier.segment(first, segmentName(first));
    await feed(fs, join(segments, segmentName(first)), verifier, options.signal);
  }
  return verifier.finish(head.kind === 'read' ? head.checkpoint.size : 0);
}

function listed(fs: LogFs, directory: string): number[] {
  try {
    return listSegments(fs, directory);
  } catch (error) {
    return fail('KNHK_LOG_OPEN', directory, 'a readable directory of segments', `${error}`, error);
  }
}

function checkFormat(fs: LogFs, directory: string, origin: string, verifier: LogVerifier): void {
  const path = join(directory, 'FORMAT');
  let text: string | undefined;
  try {
    const bytes = readFile(fs, path);
    text = bytes === undefined ? undefined : (fromUtf8(bytes) ?? '');
  } catch (error) {
    fail('KNHK_LOG_OPEN', path, 'a readable log', `${error}`, error);
  }
  if (text === undefined) fail('KNHK_LOG_OPEN', directory, 'a log', 'no FORMAT');
  if (text !== `knhk receipt log\nformat 1\norigin ${origin}\n`) {
    verifier.addFinding(0, 'damaged_frame', "FORMAT: not version 1 of the keyring's origin");
  }
}

async function feed(
  fs: LogFs,
  path: string,
  verifier: LogVerifier,
  signal: AbortSignal | undefined,
): Promise<void> {
  const fd = fs.openSync(path, 'r');
  try {
    for (let at = 0; ; ) {
      signal?.throwIfAborted();
      const chunk = readAt(fs, fd, chunkBytes, at);
      if (chunk.length === 0) return;
      verifier.push(chunk);
      at += chunk.length;
      await nextTurn();
    }
  } finally {
    fs.closeSync(fd);
  }
}

interface BlobCheck {
  /** Hashes that were looked at before. */
  readonly blobs: Set<string>;
  readonly verifier: LogVerifier;
}

/** Snapshots, catalogues, proposals and records must be there for the leaf to mean anything. */
function checkBlobs(fs: LogFs, directory: string, leaf: Leaf, check: BlobCheck): void {
  const named =
    leaf.kind === 'deploy'
      ? [leaf.snapshot, leaf.catalogue]
      : leaf.kind === 'promote' || leaf.kind === 'rollback'
        ? [leaf.snapshot, leaf.proposal]
        : leaf.kind === 'count' && leaf.records !== undefined
          ? [leaf.records]
          : [];
  for (const hash of named) {
    if (check.blobs.has(hash)) continue;
    check.blobs.add(hash);
    const problem = blobProblem(fs, directory, hash);
    if (problem !== undefined) check.verifier.addFinding(leaf.seq, 'blob', `${hash} ${problem}`);
  }
}

function blobProblem(fs: LogFs, directory: string, hash: string): string | undefined {
  try {
    return getBlob(fs, directory, hash) === undefined ? 'is missing' : undefined;
  } catch (error) {
    return error instanceof KnhkError ? 'does not hash to its name' : 'cannot be read';
  }
}
