import { join, relative } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LogFs, type ReceiptLog, verifyLog } from '../../src/receipts/log/index.ts';
import { memoryFs } from '../../src/testing/index.ts';
import { type Disk, diskOf } from '../support/disk.ts';
import { runs, step } from '../support/effort.ts';
import { appendEpochs, fakeHash, keyring, open, temporary } from './support.ts';

// .ci/faults asks for every byte; else every eleventh is tried.
const isWhole = process.env['KNHK_FAULTS'] === 'all';
const stride = isWhole ? 1 : 11 * step(20);
// Indexes are the largest files and none of them is believed.
const strideOf = (kind: string): number => (kind === 'index' && !isWhole ? 7 * stride : stride);
const segmentBytes = 3_000;
const minutes = 60_000;

interface Small extends Disk {
  readonly directory: string;
  /** All files by their path below the directory. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Everything that the sound log shows. */
  readonly view: unknown;
  /** First leaf of each segment, and the size at the end. */
  readonly edges: readonly number[];
}

function filesOf(fs: LogFs, folder: string, root = folder): string[] {
  return fs.readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    const isFolder = fs.statSync(path)?.isDirectory() === true;
    return isFolder ? filesOf(fs, path, root) : [relative(root, path)];
  });
}

const viewOf = (log: ReceiptLog): unknown => ({
  sizes: [log.size, log.durableSize],
  last: [log.lastTime, log.lastHash, log.checkpoint],
  entries: [...log.entries()].map(({ hash, payload, payloadState }) => [
    hash,
    payload,
    payloadState,
  ]),
});

/** A closed log with everything in it: sealed segments, an open one, documents, savepoints. */
async function smallLog(epochs: readonly number[] = [1, 2, 1, 2, 1]): Promise<Small> {
  const directory = temporary();
  const disk = diskOf(memoryFs({ directories: [directory] }));
  const { fs } = disk;
  const log = await open(directory, { fs, segmentBytes });
  const [snapshot, catalogue] = [log.putBlob('test', '{"a":1}'), log.putBlob('test', '{"b":2}')];
  const parent = fakeHash('parent');
  await log.append({ kind: 'deploy', snapshot, parent, catalogue, dropped: [] }, log.tick())
    .durable;
  await appendEpochs(log, epochs.slice(0, -1));
  await log.saveSavepoint('older');
  await log.seal();
  await appendEpochs(log, epochs.slice(-1));
  await log.saveSavepoint('newer');
  const view = viewOf(log);
  await log.close();
  const files = new Map(
    filesOf(fs, directory).map((path) => [path, disk.read(join(directory, path))]),
  );
  const firsts = [...files.keys()].flatMap((path) =>
    path.startsWith('seg') ? [Number.parseInt(path.slice(4), 10)] : [],
  );
  const edges = [...firsts.sort((left, right) => left - right), log.size];
  return { ...disk, directory, files, view, edges };
}

/** Puts a log back as it was. */
function restore({ fs, directory, files, write, remove }: Small): void {
  for (const path of filesOf(fs, directory)) if (!files.has(path)) remove(join(directory, path));
  for (const [path, bytes] of files) write(join(directory, path), bytes);
}

function flip(bytes: Buffer, at: number, bit: number): Buffer {
  const bad = Buffer.from(bytes);
  bad[at] = (bad[at] as number) ^ (1 << bit);
  return bad;
}

/** What opening and reading everything comes to: what it shows, or the code it is refused with. */
async function outcome({ fs, directory }: Small): Promise<unknown> {
  let log: ReceiptLog | undefined;
  try {
    log = await open(directory, { fs, segmentBytes, sealing: false });
    return viewOf(log);
  } catch (error) {
    return (error as { readonly code: string }).code;
  } finally {
    await log?.close().catch(() => {});
  }
}

/** The bits of a byte that are tried: one, and all of them now and then. */
const bitsAt = (at: number): readonly number[] =>
  at % (isWhole ? 16 : 176) === 0 ? [0, 1, 2, 3, 4, 5, 6, 7] : [at % 8];

type Judge = (small: Small, path: string, at: number) => Promise<void>;

/** Files whose every bit is covered by signature, hash or CRC that verification checks. */
const found: Judge = async (small, path, at) => {
  const { fs, directory, edges } = small;
  const { findings, ok } = await verifyLog(directory, keyring, { fs });
  expect(ok, `${path} ${at}`).toBe(false);
  if (!path.startsWith('seg')) return;
  const segment = edges.indexOf(Number.parseInt(path.slice(4), 10));
  const [from = 0, to = 0] = edges.slice(segment, segment + 2);
  for (const { seq } of findings) {
    expect(seq, `${path} ${at}`).toBeGreaterThanOrEqual(from);
    expect(seq, `${path} ${at}`).toBeLessThanOrEqual(to);
  }
};

/** A flip that opening or reading refuses, or that nothing read depends on. */
const sameOrRefused: Judge = async (small, path, at) => {
  const seen = await outcome(small);
  if (typeof seen === 'string') expect(seen, `${path} ${at}`).toMatch(/^KNHK_LOG_[A-Z]+$/);
  else expect(seen, `${path} ${at}`).toEqual(small.view);
};

/** Derived, or a reminder that is not signed: whatever becomes of it, the log is the same. */
const same: Judge = async (small, path, at) => {
  expect(await outcome(small), `${path} ${at}`).toEqual(small.view);
};

const judges: Readonly<Record<string, readonly Judge[]>> = {
  FORMAT: [found, sameOrRefused],
  seg: [found, sameOrRefused],
  blob: [found],
  payload: [sameOrRefused],
  head: [same],
  index: [same],
  tile: [same],
  savepoint: [same],
};

describe('a bit flipped in each file of a small log', () => {
  test.each(Object.keys(judges))(
    '%s',
    async (kind) => {
      const small = await smallLog();
      const { directory, files, read, write } = small;
      const paths = [...files.keys()].filter((path) => path.split('/')[0] === kind);
      expect(paths.length).toBeGreaterThan(0);
      for (const path of paths) {
        const good = files.get(path) as Buffer;
        for (let at = 0; at < good.length; at += strideOf(kind)) {
          for (const bit of bitsAt(at)) {
            restore(small);
            const bad = flip(good, at, bit);
            write(join(directory, path), bad);
            for (const judge of judges[kind] as readonly Judge[]) await judge(small, path, at);
            // What is wrong in the log itself is never mended in silence.
            if (kind !== 'index' && kind !== 'head' && kind !== 'tile') {
              expect(read(join(directory, path)).equals(bad), `${path} ${at}`).toBe(true);
            }
          }
        }
      }
    },
    30 * minutes,
  );
  test('every file of a log is of a kind that was tried', async () => {
    const { files } = await smallLog();
    const kinds = new Set([...files.keys()].map((path) => path.split('/')[0]));
    expect([...kinds].sort()).toEqual(Object.keys(judges).sort());
  });
});

interface EpochPlace {
  readonly path: string;
  /** Bytes of the segment. */
  readonly from: number;
  readonly to: number;
  /** Leaves. */
  readonly first: number;
  readonly end: number;
  /** Where its frames begin. */
  readonly frames: readonly number[];
}

/** Where each epoch of a segment lies; read without the library's own reader. */
function epochsOf(path: string, bytes: Buffer): EpochPlace[] {
  const places: EpochPlace[] = [];
  let [from, end] = [0, Number.parseInt(path.slice(4), 10)];
  let first = end;
  let frames: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const type = bytes[at + 4];
    frames.push(at);
    at += bytes.readUInt32LE(at) + 12;
    if (type === 2) end++;
    if (type !== 3) continue;
    places.push({ path, from, to: at, first, end, frames });
    [from, first, frames] = [at, end, []];
  }
  return places;
}

/**
 * A byte of an epoch. Lengths of frames are left out here: a wrong one may hide an epoch frame as
 * well, and where leaf and epoch frame are both gone, no later root can be computed.
 */
function byteOf({ from, to, frames }: EpochPlace, fraction: number): number {
  const at = from + Math.floor(fraction * (to - from));
  const isLength = frames.some((start) => at >= start && at < start + 4);
  return isLength ? at + 4 : at;
}

test(
  'bits flipped anywhere in a larger log are all found where they are',
  async () => {
    const small = await smallLog(Array.from({ length: 40 }, (_, index) => 1 + ((index * 7) % 9)));
    const { directory, files, fs, write } = small;
    const epochs = [...files].flatMap(([path, bytes]) =>
      path.startsWith('seg') ? epochsOf(path, bytes) : [],
    );
    const last = epochs.length - 1;
    const flips = fc.array(
      fc.tuple(
        fc.nat({ max: last - 1 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.nat(7),
      ),
      { minLength: 1, maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(flips, async (chosen) => {
        restore(small);
        const bad = new Map<string, Buffer>();
        const hit = new Map<number, EpochPlace>();
        for (const [number, fraction, bit] of chosen) {
          if (hit.has(number)) continue;
          const epoch = epochs[number] as EpochPlace;
          hit.set(number, epoch);
          const { path } = epoch;
          const bytes = bad.get(path) ?? (files.get(path) as Buffer);
          bad.set(path, flip(bytes, byteOf(epoch, fraction), bit));
        }
        for (const [path, bytes] of bad) write(join(directory, path), bytes);
        const { findings } = await verifyLog(directory, keyring, { fs });
        const places = [...hit.values()];
        // A damaged epoch frame is noticed before its leaves or behind them.
        const isNear = (seq: number, { first, end }: EpochPlace): boolean =>
          seq >= first && seq <= end;
        for (const place of places) {
          expect(findings.some(({ seq }) => isNear(seq, place))).toBe(true);
        }
        for (const finding of findings) {
          expect([finding, places.some((place) => isNear(finding.seq, place))]).toEqual([
            finding,
            true,
          ]);
        }
      }),
      { numRuns: runs(isWhole ? 400 : 60) },
    );
  },
  10 * minutes,
);
