import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { fromUtf8 } from '../../base/bytes.ts';
import { fail } from '../../base/errors.ts';
import type { ReadSegment } from '../verify/history.ts';
import { type Keyring, trustKeys } from '../verify/keyring.ts';
import type { VerifyReport } from '../verify/report.ts';
import { readState, type VerifyState } from '../verify/verify-state.ts';
import { Walk } from '../verify/walk.ts';
import { listSegments, readAt, readFile, segmentName } from './files.ts';
import { formatText } from './format.ts';
import type { LogFs } from './fs.ts';
import { readHead } from './head.ts';
import { nodeVerify } from './signer.ts';
import { BlobCheck } from './verify-blobs.ts';
import { locateState } from './verify-place.ts';

/** What a {@link DirectoryWalk} is given. */
export interface DirectoryWalkOptions {
  readonly fs: LogFs;
  /** Checkpoints from elsewhere that the log must go on from. */
  readonly remembered?: readonly string[];
  /** Verifies only what came after this state, if the log still has the place. */
  readonly resume?: VerifyState;
}

/** Verifies a log directory piece by piece, whenever it is told to read one. */
export class DirectoryWalk {
  readonly #fs: LogFs;
  readonly #segments: string;
  readonly #walk: Walk;
  readonly #blobs: BlobCheck;
  readonly #acknowledged: number;
  /** First seqs of the segments that are not yet done. */
  readonly #queue: number[];
  #fd: number | undefined;
  #at: number;
  #bytes = 0;
  /** True where only what is new will be read. */
  readonly isResumed: boolean;
  /** Bytes to read in all, as far as they are there now. */
  readonly totalBytes: number;

  /** @throws KnhkError KNHK_LOG_OPEN where there is no log to read, KNHK_RECEIPTS_KEYRING */
  constructor(directory: string, keyring: Keyring, options: DirectoryWalkOptions) {
    const { fs } = options;
    this.#fs = fs;
    this.#segments = join(directory, 'seg');
    const trusted = trustKeys(keyring);
    const isOfOrigin = checkFormat(fs, directory, trusted.origin);
    // Read before the segments: a writer may add to both meanwhile, but only in this order.
    const head = readHead(fs, directory, trusted);
    this.#acknowledged = head.kind === 'read' ? head.checkpoint.size : 0;
    const segments = listed(fs, this.#segments);
    const given = resumption(directory, keyring, options);
    this.isResumed = given.isResumed;
    this.#walk = new Walk({
      keyring,
      verify: nodeVerify,
      crc32,
      onOther: (leaf) => this.#blobs.take(leaf),
      ...given.walk,
    });
    this.#blobs = new BlobCheck(fs, directory, (...finding) => this.#walk.addFinding(...finding));
    if (!isOfOrigin) {
      const message = "FORMAT: not version 1 of the keyring's origin";
      this.#walk.addFinding(0, 'damaged_frame', message);
    }
    const { segment, offset } = this.#walk.place;
    this.#queue = segments.filter((first) => first >= segment);
    this.#at = this.#queue[0] === segment ? offset : 0;
    const sizes = this.#queue.map((first) => this.#sizeOf(first));
    this.totalBytes = sizes.reduce((sum, size) => sum + size, -this.#at);
  }

  /** First seqs of the segments that are still to be read. */
  get segments(): readonly number[] {
    return this.#queue;
  }

  /** Bytes read so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Leaves in the complete epochs read so far, and before what was read. */
  get size(): number {
    return this.#walk.size;
  }

  /** Reads up to so many bytes of the first segment that is left; false at its end. */
  step(bytesMax: number): boolean {
    const [first] = this.#queue;
    if (first === undefined) return false;
    const name = segmentName(first);
    if (this.#fd === undefined) {
      this.#fd = this.#fs.openSync(join(this.#segments, name), 'r');
      this.#walk.segment(first, name, this.#at);
    }
    const chunk = readAt(this.#fs, this.#fd, bytesMax, this.#at);
    this.#at += chunk.length;
    this.#bytes += chunk.length;
    if (chunk.length > 0) {
      this.#walk.push(chunk);
      return true;
    }
    this.#queue.shift();
    this.close();
    return false;
  }

  /** Takes the first segment that is left as another thread read it; false if that is no good. */
  offer(read: ReadSegment): boolean {
    const name = segmentName(read.first);
    if (this.#fd !== undefined || this.#at > 0 || !this.#walk.takeSegment(read, name)) return false;
    for (const leaf of read.others) this.#blobs.take(leaf);
    this.#bytes += read.bytes;
    this.#queue.shift();
    return true;
  }

  /** What was found; once everything was read. */
  report(): VerifyReport {
    this.#blobs.finish();
    return this.#walk.finish(this.#acknowledged);
  }

  /** Lets go of the segment that is being read. */
  close(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    this.#at = 0;
    if (fd !== undefined) this.#fs.closeSync(fd);
  }

  #sizeOf(first: number): number {
    return this.#fs.statSync(join(this.#segments, segmentName(first)))?.size ?? 0;
  }
}

/** How the walk begins: at the state's place, or at the log's beginning with all to compare. */
function resumption(
  directory: string,
  keyring: Keyring,
  { fs, remembered = [], resume }: DirectoryWalkOptions,
): { readonly isResumed: boolean; readonly walk: Partial<ConstructorParameters<typeof Walk>[0]> } {
  if (resume === undefined) return { isResumed: false, walk: { remembered } };
  const isTrusted = readState(resume, trustKeys(keyring), nodeVerify) !== undefined;
  const located = isTrusted ? locateState(fs, directory, resume) : resume;
  if (located !== undefined) return { isResumed: isTrusted, walk: { remembered, resume: located } };
  return { isResumed: false, walk: { remembered: [...remembered, resume.checkpoint] } };
}

function listed(fs: LogFs, directory: string): number[] {
  try {
    return listSegments(fs, directory);
  } catch (error) {
    return fail('KNHK_LOG_OPEN', directory, 'a readable directory of segments', `${error}`, error);
  }
}

/** True if FORMAT says version 1 of the origin. */
function checkFormat(fs: LogFs, directory: string, origin: string): boolean {
  const path = join(directory, 'FORMAT');
  let text: string | undefined;
  try {
    const bytes = readFile(fs, path);
    text = bytes === undefined ? undefined : (fromUtf8(bytes) ?? '');
  } catch (error) {
    fail('KNHK_LOG_OPEN', path, 'a readable log', `${error}`, error);
  }
  if (text === undefined) fail('KNHK_LOG_OPEN', directory, 'a log', 'no FORMAT');
  return text === formatText(origin);
}
