import { join } from 'node:path';
import { fromUtf8, utf8 } from '../../base/bytes.ts';
import { systemClock } from '../../base/clock.ts';
import { fail, KnhkError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { parseCheckpoint } from '../verify/checkpoint.ts';
import { checkCheckpoint } from '../verify/keyring.ts';
import { isKeyName } from '../verify/note.ts';
import {
  listSegments,
  makeDirectory,
  readFile,
  replaceFile,
  segmentName,
  settleNames,
  syncDirectory,
  syncName,
} from './files.ts';
import { formatText } from './format.ts';
import { type LogFs, nodeFs } from './fs.ts';
import { type Head, HeadWriter, readHead } from './head.ts';
import { loadIndex } from './index-file.ts';
import { type Lock, takeLock } from './lock.ts';
import type { LogParts } from './log-parts.ts';
import type { LogOptions, ReceiptLog } from './log-types.ts';
import { networkFileSystem } from './network-fs.ts';
import { type Recovery, scanTail, type Tail } from './recover.ts';
import { interruptedChange } from './rotation.ts';
import { sealedState } from './sealed-state.ts';
import { SegmentLog } from './segment-log.ts';
import { createSegment, SegmentWriter } from './segment-writer.ts';
import { nodeVerify } from './signer.ts';
import { heldKey, Signing } from './signing.ts';
import { emptyState, type LogState } from './state.ts';

const subdirectories = ['seg', 'blob', 'index', 'savepoint', 'payload', 'tile'];

function bounded(name: string, value: number | undefined, max: number): number {
  if (value === undefined) return max;
  if (Number.isSafeInteger(value) && value >= 1 && value <= max) return value;
  return fail('KNHK_LOG_OPEN', name, `an integer from 1 to ${max}`, value);
}

/** Runs file system calls; their errors become KNHK_LOG_OPEN with the path. */
async function opening<T>(directory: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof KnhkError) throw error;
    const got = error instanceof Error ? error.message : String(error);
    return fail('KNHK_LOG_OPEN', directory, 'a readable and writable directory', got, error);
  }
}

/**
 * Opens the log of a directory, or makes it: takes its lock, cuts off what an interrupted writer
 * left behind, checks the last checkpoint.
 *
 * @throws KnhkError KNHK_LOG_OPEN, KNHK_LOG_FORMAT, KNHK_LOG_NETWORK_FS, KNHK_LOG_LOCKED,
 * KNHK_LOG_CORRUPT, KNHK_LOG_ROLLBACK, KNHK_LOG_SIGNATURE, KNHK_RECEIPTS_KEYRING, KNHK_LIMIT_IDS
 * @example
 * const log = await openLog({ directory, origin: 'example.com/ops', signer });
 * const hashes = { snapshot: zeroHash, parent: null, catalogue: zeroHash };
 * const body = { kind: 'deploy', ...hashes, dropped: [] } as const;
 * await log.append(body, log.tick()).durable;
 * log.durableSize; // => 1
 * await log.close();
 */
export async function openLog(options: LogOptions): Promise<ReceiptLog> {
  const { directory, origin } = options;
  const fs = options.fs ?? nodeFs;
  if (!isKeyName(origin)) {
    fail('KNHK_LOG_OPEN', 'origin', 'a name without spaces, plus and control characters', origin);
  }
  const signing = signingOf(options);
  return opening(directory, async () => {
    prepareDirectory(fs, options);
    const lock = await takeLock(fs, directory);
    try {
      return await openLocked(options, fs, { signing, lock });
    } catch (error) {
      await lock.release();
      throw error;
    }
  });
}

function signingOf({ origin, signer, signers = [], keyring }: LogOptions): Signing {
  const { vkey } = heldKey(signer).key;
  const signing = new Signing(keyring ?? { origin, keys: [{ vkey, from: 0 }] }, [
    signer,
    ...signers,
  ]);
  const { trusted } = signing;
  if (trusted.origin === origin) return signing;
  return fail('KNHK_LOG_SIGNATURE', 'keyring', `the keys of ${origin}`, trusted.origin);
}

function prepareDirectory(fs: LogFs, { directory, create }: LogOptions): void {
  const exists = fs.statSync(directory);
  if (exists === undefined) {
    if (create === false) fail('KNHK_LOG_OPEN', directory, 'a log', 'no directory');
    makeDirectory(fs, directory);
  } else if (!exists.isDirectory()) {
    fail('KNHK_LOG_OPEN', directory, 'a directory', 'a file');
  }
  const network = networkFileSystem(fs.fileSystemType(directory));
  if (network !== undefined) fail('KNHK_LOG_NETWORK_FS', directory, 'a local disk', network);
}

/** Checks or writes FORMAT, which comes last so that its presence means a complete layout. */
function checkFormat(fs: LogFs, { directory, origin, create }: LogOptions): void {
  const path = join(directory, 'FORMAT');
  const bytes = readFile(fs, path);
  if (bytes !== undefined) {
    const text = fromUtf8(bytes);
    if (text === formatText(origin)) return;
    fail('KNHK_LOG_FORMAT', path, formatText(origin), text ?? 'no text');
  }
  if (create === false) fail('KNHK_LOG_OPEN', directory, 'a log', 'no FORMAT');
  const segments = join(directory, 'seg');
  const isBegun = fs.statSync(segments) !== undefined && fs.readdirSync(segments).length > 0;
  if (isBegun) fail('KNHK_LOG_FORMAT', path, 'FORMAT beside segments', 'no such file');
  syncName(fs, directory);
  replaceFile(fs, path, utf8(formatText(origin)));
}

/** Folders that a copy may have lost because they were empty. */
function makeFolders(fs: LogFs, directory: string): void {
  const missing = subdirectories.filter((name) => fs.statSync(join(directory, name)) === undefined);
  for (const name of missing) fs.mkdirSync(join(directory, name));
  if (missing.length > 0) syncDirectory(fs, directory);
}

interface Held {
  readonly signing: Signing;
  readonly lock: Lock;
}

async function openLocked(options: LogOptions, fs: LogFs, held: Held): Promise<ReceiptLog> {
  const { directory, origin, saveKeyring, remembered, cipher, subjects } = options;
  const { signing, lock } = held;
  checkFormat(fs, options);
  makeFolders(fs, directory);
  const segmentDirectory = join(directory, 'seg');
  const idsMax = bounded('idsMax', options.idsMax, limits.ids);
  const head = readHead(fs, directory, signing.trusted);
  const acknowledged = head.kind === 'read' ? head.checkpoint.size : 0;
  const state =
    loadIndex(fs, directory, origin, idsMax) ??
    sealedState(fs, directory, idsMax) ??
    emptyState(idsMax);
  const scan = { fs, directory: segmentDirectory, origin, acknowledged };
  const tail = scanTail(scan, state);
  checkHead(directory, head, state);
  checkOutside(fs, options, signing, state);
  checkLast(state, signing);
  await finishKeys(fs, options, signing, state);
  checkSigner(state, signing, options);
  const writer = openWriter(fs, segmentDirectory, state);
  trim(fs, segmentDirectory, state, tail);
  settleNames(fs, directory, subdirectories);
  const parts: LogParts = {
    ...{ fs, directory, origin, signing, lock, state, writer, saveKeyring, cipher, subjects },
    isSealing: options.sealing ?? true,
    remembered: remembered === undefined ? undefined : new HeadWriter(fs, directory, remembered),
    clock: options.clock ?? systemClock,
    segmentBytes: bounded('segmentBytes', options.segmentBytes, limits.segmentBytes),
    epochLeaves: bounded('epochLeaves', options.epochLeaves, limits.epochLeaves),
    head: new HeadWriter(fs, directory),
    recovery: recoveryOf(tail, head),
  };
  return new SegmentLog(parts);
}

function recoveryOf(tail: Tail, head: Head): Recovery {
  return { trimmedBytes: tail.bytes, trimmedLeaves: tail.leaves, head: head.kind };
}

function checkHead(directory: string, head: Head, { index, note }: LogState): void {
  if (head.kind !== 'read') return;
  const { size, root } = head.checkpoint;
  if (size > index.size) {
    const got = `${index.size} leaves`;
    fail('KNHK_LOG_ROLLBACK', directory, `the ${size} leaves that head names`, got);
  }
  const last = parseCheckpoint(note);
  if (size === last?.size && String(root) !== String(last.root)) {
    fail('KNHK_LOG_ROLLBACK', directory, 'the history that head names', 'another root');
  }
}

/** Stores what an interrupted rotation or revocation had not come to store. */
async function finishKeys(
  fs: LogFs,
  { directory, saveKeyring }: LogOptions,
  signing: Signing,
  state: LogState,
): Promise<void> {
  if (saveKeyring === undefined) return;
  const keyring = interruptedChange(fs, directory, signing, state);
  if (keyring === undefined) return;
  await saveKeyring(keyring);
  signing.follow(keyring);
}

/** What is remembered outside the directory tells of an older copy of all of it. */
function checkOutside(
  fs: LogFs,
  { directory, remembered, since }: LogOptions,
  { trusted }: Signing,
  state: LogState,
): void {
  if (remembered !== undefined) {
    checkHead(remembered, readHead(fs, directory, trusted, remembered), state);
  }
  if (since === undefined) return;
  const checkpoint = parseCheckpoint(since);
  const isTrusted =
    checkpoint?.origin === trusted.origin &&
    checkCheckpoint(checkpoint, trusted, nodeVerify) === 'signed';
  if (!isTrusted) fail('KNHK_LOG_SIGNATURE', 'since', 'a checkpoint that the keyring signs', since);
  checkHead('since', { kind: 'read', checkpoint }, state);
}

/** The last checkpoint must be trusted. */
function checkLast(state: LogState, { trusted }: Signing): void {
  const last = parseCheckpoint(state.note);
  if (last === undefined || checkCheckpoint(last, trusted, nodeVerify) === 'signed') return;
  const where = `checkpoint of size ${state.index.size}`;
  fail('KNHK_LOG_SIGNATURE', where, 'a signature by a key of the keyring', 'none');
}

/** Somebody must be able to sign the checkpoint that comes next. */
function checkSigner({ index }: LogState, signing: Signing, { signer }: LogOptions): void {
  if (signing.keysFor(index.size).length > 0) return;
  const expected = `a key of the keyring valid for seq ${index.size}`;
  fail('KNHK_LOG_SIGNATURE', 'signer', expected, signer.vkey);
}

function openWriter(fs: LogFs, directory: string, { index }: LogState): SegmentWriter {
  if (listSegments(fs, directory).length === 0) {
    fs.closeSync(createSegment(fs, directory, 0));
    index.addSegment(0);
  }
  return new SegmentWriter(fs, directory, index.segments.at(-1) ?? 0, index.end);
}

/**
 * Cuts off what follows the last complete epoch; it was never acknowledged. What stays is synced:
 * the process that wrote it may have died before it came to that.
 */
function trim(fs: LogFs, directory: string, { index }: LogState, tail: Tail): void {
  const fd = fs.openSync(join(directory, segmentName(index.segments.at(-1) ?? 0)), 'r+');
  try {
    if (tail.bytes > 0) fs.ftruncateSync(fd, index.end);
    fs.fdatasyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
