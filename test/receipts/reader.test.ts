import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { concatBytes, fromHex, utf8 } from '../../src/base/bytes.ts';
import { EpochIndex } from '../../src/receipts/log/epoch-index.ts';
import { type LogFs, nodeFs } from '../../src/receipts/log/fs.ts';
import { LogReader } from '../../src/receipts/log/reader.ts';
import { encodeEpoch, encodeFrame, frameTypes, leafHash } from '../../src/receipts/verify/index.ts';
import { mistakeOf } from '../support/errors.ts';
import { appendEpochs, applyBody, fakeHash, open, temporary } from './support.ts';

const place = { v: 1, seq: 0, time: 5, prev: '0'.repeat(64) } as const;
const leafText = (seq: number): string => {
  const body = { ...applyBody(seq), ...place, seq, verdicts: [] };
  return JSON.stringify(
    Object.fromEntries(Object.entries(body).sort(([a], [b]) => (a < b ? -1 : 1))),
  );
};
const leaf = (seq: number): Uint8Array => utf8(leafText(seq));
const hashOfLeaf = (bytes: Uint8Array): Uint8Array => fromHex(leafHash(bytes)) as Uint8Array;

interface Epoch {
  readonly frames: readonly Uint8Array[];
  readonly count: number;
}
const epoch = (first: number, count: number, note: string, payload?: string): Epoch => {
  const leaves = Array.from({ length: count }, (_, at) => leaf(first + at));
  const frames = leaves.flatMap((bytes) => [
    ...(payload === undefined ? [] : [encodeFrame(frameTypes.payload, utf8(payload))]),
    encodeFrame(frameTypes.leaf, bytes),
  ]);
  const hashes = concatBytes(...leaves.map(hashOfLeaf));
  return { frames: [...frames, encodeFrame(frameTypes.epoch, encodeEpoch(hashes, note))], count };
};

/** A reader over segments of such epochs, as the writer would have left them. */
function readerOf(segments: readonly (readonly Epoch[])[], fs: Partial<LogFs> = {}) {
  const directory = temporary();
  mkdirSync(join(directory, 'seg'));
  const index = new EpochIndex();
  for (const epochs of segments) {
    index.addSegment(index.size);
    const path = join(directory, 'seg', `${String(index.size).padStart(12, '0')}.seg`);
    writeFileSync(path, concatBytes(...epochs.flatMap(({ frames }) => frames)));
    for (const { frames, count } of epochs) index.addEpoch(count, concatBytes(...frames).length);
  }
  return { directory, index, reader: new LogReader({ ...nodeFs, ...fs }, directory, index) };
}
const changed = (bytes: Uint8Array, at: number): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  copy[at < 0 ? copy.length + at : at]! ^= 1;
  return copy;
};

describe('reading', () => {
  test('a leaf with its bytes, hash and payload', () => {
    const { reader } = readerOf([
      [epoch(0, 2, 'a', '{"n":"\u00e9"}')],
      [epoch(2, 1, 'b'), epoch(3, 3, 'c')],
    ]);
    const seqs = [0, 1, 2, 3, 4, 5];
    for (const seq of [...seqs, ...seqs.reverse()]) {
      const entry = reader.read(seq);
      expect(Buffer.from(entry.leafBytes).toString()).toBe(leafText(seq));
      expect([entry.seq, entry.leaf.seq, entry.hash]).toEqual([seq, seq, leafHash(leaf(seq))]);
      expect(Object.hasOwn(entry, 'payload')).toBe(seq < 2);
      expect(entry.payload).toBe(seq < 2 ? '{"n":"\u00e9"}' : undefined);
    }
    reader.close();
  });

  test('all leaves from one on', () => {
    const { reader } = readerOf([[epoch(0, 2, 'a')], [epoch(2, 1, 'b'), epoch(3, 3, 'c')]]);
    for (let from = 0; from <= 7; from++) {
      const seqs = [...reader.entries(from)].map(({ seq }) => seq);
      expect(seqs).toEqual([0, 1, 2, 3, 4, 5].filter((seq) => seq >= from));
    }
    reader.close();
  });

  test('the note of a size at which an epoch ended', () => {
    const { reader } = readerOf([[epoch(0, 2, 'a')], [epoch(2, 1, 'b'), epoch(3, 3, 'c')]]);
    const notes = [-1, 0, 1, 2, 3, 4, 5, 6, 7].map((size) => reader.noteAt(size));
    const none = undefined;
    expect(notes).toEqual([none, none, none, 'a', 'b', none, none, 'c', none]);
    reader.close();
  });

  test('an epoch that was read is not read again; a file is opened once', () => {
    let [reads, opens, closes] = [0, 0, 0];
    const { reader } = readerOf([[epoch(0, 2, 'a')], [epoch(2, 2, 'b')]], {
      readSync: (...given) => {
        reads++;
        return nodeFs.readSync(...given);
      },
      openSync: (...given) => {
        opens++;
        return nodeFs.openSync(...given);
      },
      closeSync: (fd) => {
        closes++;
        nodeFs.closeSync(fd);
      },
    });
    for (const seq of [0, 1, 2, 3, 0, 3]) reader.read(seq);
    expect([reads, opens, closes]).toEqual([2, 2, 0]);
    reader.close();
    expect(closes).toBe(2);
    reader.read(0);
    expect([reads, opens]).toEqual([3, 3]);
    reader.close();
  });

  test('sixteen files are held open, the oldest is closed first', () => {
    const live = new Map<number, string>();
    const names: string[] = [];
    const segments = Array.from({ length: 18 }, (_, first) => [epoch(first, 1, 'a')]);
    const { reader } = readerOf(segments, {
      openSync: (path, flags, mode) => {
        const fd = nodeFs.openSync(path, flags, mode);
        live.set(fd, path.slice(-6, -4));
        return fd;
      },
      closeSync: (fd) => {
        names.push(live.get(fd) as string);
        live.delete(fd);
        nodeFs.closeSync(fd);
      },
    });
    for (let seq = 0; seq < 16; seq++) reader.read(seq);
    expect([live.size, names]).toEqual([16, []]);
    reader.read(16);
    reader.read(17);
    expect([live.size, names]).toEqual([16, ['00', '01']]);
    reader.close();
    expect(live.size).toBe(0);
  });

  test('16 MiB of epochs are kept, the oldest is forgotten first', () => {
    let reads = 0;
    const big = 'x'.repeat(1_000_000);
    const { reader } = readerOf([[0, 1, 2, 3, 4].map((at) => epoch(4 * at, 4, 'a', big))], {
      readSync: (...given) => {
        reads++;
        return nodeFs.readSync(...given);
      },
    });
    const read = (seq: number): number => {
      const before = reads;
      reader.read(seq);
      return reads - before;
    };
    // Four epochs of 4 MB are 16 MB, which is less than 16 MiB; the fifth pushes the first out.
    expect([0, 4, 8, 12].map(read)).toEqual([1, 1, 1, 1]);
    expect([0, 4, 8, 12].map(read)).toEqual([0, 0, 0, 0]);
    expect(read(16)).toBe(1);
    expect([16, 12, 8, 4, 0].map(read)).toEqual([0, 0, 0, 0, 1]);
    expect(read(4)).toBe(1);
    expect([12, 16, 0].map(read)).toEqual([0, 0, 0]);
    reader.close();
  });
});

describe('what was acknowledged and is no longer there', () => {
  const [first, second, end] = epoch(2, 2, 'b').frames as [Uint8Array, Uint8Array, Uint8Array];
  const before = epoch(0, 2, 'a');
  const start = concatBytes(...before.frames).length;
  const corrupt = (...frames: Uint8Array[]): unknown => {
    const { reader, directory } = readerOf([[before, epoch(2, 2, 'b')]]);
    const path = join(directory, 'seg', '000000000000.seg');
    writeFileSync(path, concatBytes(...before.frames, ...frames));
    try {
      expect(reader.read(1).seq).toBe(1);
      return mistakeOf(() => reader.read(3));
    } finally {
      reader.close();
    }
  };
  const at = (offset: number, seq: number, got: string): unknown => [
    'KNHK_LOG_CORRUPT',
    `000000000000.seg offset ${start + offset} seq ${seq}`,
    'the bytes that were acknowledged',
    got,
  ];

  test.each<[string, readonly Uint8Array[], unknown]>([
    ['all of it', [], at(0, 2, 'no epoch frame')],
    ['the epoch frame', [first, second], at(first.length + second.length, 2, 'no epoch frame')],
    ['a type', [changed(first, 4), second, end], at(0, 2, 'a damaged epoch frame')],
    ['a header', [first, changed(second, 6), end], at(first.length, 3, 'no frame')],
    ['an end', [first, second.subarray(0, 20)], at(first.length, 3, 'no frame')],
    [
      'a byte of the leaf',
      [first, changed(second, 20), end],
      at(first.length, 3, 'a leaf with another hash'),
    ],
    [
      'the CRC of the epoch',
      [first, second, changed(end, -1)],
      at(first.length + second.length, 2, 'a damaged epoch frame'),
    ],
  ])('%s', (_name, frames, mistake) => {
    expect(corrupt(...frames)).toEqual(mistake);
  });

  test('a payload', () => {
    const good = epoch(0, 2, 'a', '{}');
    const { reader, directory } = readerOf([[good]]);
    const frames = [...good.frames];
    const offset = concatBytes(...frames.slice(0, 2)).length;
    frames[2] = changed(frames[2]!, 8);
    writeFileSync(join(directory, 'seg', '000000000000.seg'), concatBytes(...frames));
    expect(reader.read(0).payload).toBe('{}');
    expect(mistakeOf(() => reader.read(1))).toEqual([
      'KNHK_LOG_CORRUPT',
      `000000000000.seg offset ${offset} seq 1`,
      'the bytes that were acknowledged',
      'a payload with another CRC',
    ]);
    reader.close();
  });

  test('a leaf that is none, under its own hash', () => {
    const bad = utf8('{}');
    const frames = [
      encodeFrame(frameTypes.leaf, bad),
      encodeFrame(frameTypes.epoch, encodeEpoch(hashOfLeaf(bad), 'a')),
    ];
    const { reader } = readerOf([[{ frames, count: 1 }]]);
    expect(mistakeOf(() => reader.read(0))).toEqual([
      'KNHK_LOG_CORRUPT',
      '000000000000.seg offset 0 seq 0',
      'the bytes that were acknowledged',
      'member v',
    ]);
    reader.close();
  });

  test('an epoch with another number of leaves', () => {
    const { index, directory } = readerOf([[epoch(0, 2, 'a')]]);
    const other = new EpochIndex();
    other.addSegment(0);
    other.addEpoch(3, index.end);
    const reader = new LogReader(nodeFs, directory, other);
    expect(mistakeOf(() => reader.read(0))?.at(-1)).toBe('a damaged epoch frame');
    reader.close();
  });
});

describe('opening what was damaged', () => {
  async function closed(): Promise<{ directory: string; segment: string; head: string }> {
    const directory = temporary();
    const log = await open(directory);
    await appendEpochs(log, [2, 1]);
    await log.close();
    return {
      directory,
      segment: join(directory, 'seg', '000000000000.seg'),
      head: join(directory, 'head'),
    };
  }
  const mistakeIn = async (directory: string): Promise<readonly string[] | undefined> => {
    try {
      await (await open(directory)).close();
      return undefined;
    } catch (error) {
      return mistakeOf(() => {
        throw error;
      });
    }
  };

  test('fewer leaves than head names, and another history', async () => {
    const { directory, segment, head } = await closed();
    const other = await closed();
    const good = readFileSync(segment);
    rmSync(join(directory, 'index', 'state'));
    writeFileSync(segment, good.subarray(0, good.length - 30));
    expect(await mistakeIn(directory)).toEqual([
      'KNHK_LOG_ROLLBACK',
      directory,
      'the 3 leaves that head names',
      '2 leaves',
    ]);
    writeFileSync(segment, good);
    const log = await open(other.directory);
    log.append({ ...applyBody('else'), id: fakeHash('else') }, log.tick());
    await log.close();
    const fork = temporary();
    const forked = await open(fork);
    for (const name of ['p', 'q', 'r']) await forked.append(applyBody(name), forked.tick()).durable;
    await forked.close();
    writeFileSync(head, readFileSync(join(fork, 'head')));
    expect(await mistakeIn(directory)).toEqual([
      'KNHK_LOG_ROLLBACK',
      directory,
      'the history that head names',
      'another root',
    ]);
  });

  /** Frames of a log of three epochs, two leaves and one and one, and how opening judges others. */
  async function judged(alter: (frames: Uint8Array[]) => readonly Uint8Array[]): Promise<unknown> {
    const directory = temporary();
    const log = await open(directory);
    await appendEpochs(log, [2, 1, 1]);
    await log.close();
    rmSync(join(directory, 'index', 'state'));
    rmSync(join(directory, 'head'));
    const path = join(directory, 'seg', '000000000000.seg');
    const bytes = readFileSync(path);
    const frames: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; ) {
      const length = bytes.readUInt32LE(at) + 12;
      frames.push(Uint8Array.from(bytes.subarray(at, at + length)));
      at += length;
    }
    // Each leaf has its payload before it: five frames, then three, then three.
    expect(frames.map((frame) => frame[4])).toEqual([1, 2, 1, 2, 3, 1, 2, 3, 1, 2, 3]);
    writeFileSync(path, concatBytes(...alter([...frames])));
    const mistake = await mistakeIn(directory);
    expect(mistake?.[0] ?? 'KNHK_LOG_CORRUPT').toBe('KNHK_LOG_CORRUPT');
    return mistake === undefined
      ? undefined
      : `${mistake[1]?.split(' ').slice(3).join(' ')}: ${mistake[3]}`;
  }
  const without = (frames: Uint8Array[], at: number): Uint8Array[] =>
    frames.filter((_, index) => index !== at);
  const replaced = (frames: Uint8Array[], at: number, frame: Uint8Array): Uint8Array[] =>
    frames.map((old, index) => (index === at ? frame : old));

  test.each<[string, (frames: Uint8Array[]) => readonly Uint8Array[], string | undefined]>([
    ['nothing', (frames) => frames, undefined],
    [
      'bytes between',
      (frames) => [utf8('no frame at all'), ...frames],
      'seq 0: bytes that are no frame',
    ],
    [
      'a CRC',
      (frames) => replaced(frames, 1, changed(frames[1]!, -1)),
      'seq 0: a frame with a wrong CRC',
    ],
    [
      'a payload',
      (frames) => replaced(frames, 2, changed(frames[2]!, 9)),
      'seq 1: a frame with a wrong CRC',
    ],
    [
      'a leaf that is none',
      (frames) => replaced(frames, 1, encodeFrame(frameTypes.leaf, utf8('[]'))),
      'seq 0: a leaf that is wrong: not an object',
    ],
    ['a leaf less', (frames) => without(frames, 3), 'seq 1: an epoch that does not fit its leaves'],
    [
      'an epoch that is none',
      (frames) => replaced(frames, 4, encodeFrame(frameTypes.epoch, new Uint8Array(3))),
      'seq 2: an epoch that does not fit its leaves',
    ],
  ])('%s', async (_name, alter, found) => {
    expect(await judged(alter)).toBe(found);
  });

  test('damage before the last epoch', async () => {
    const { directory, segment } = await closed();
    rmSync(join(directory, 'index', 'state'));
    const good = readFileSync(segment);
    writeFileSync(segment, changed(good, 20));
    const mistake = await mistakeIn(directory);
    expect(mistake?.slice(0, 3)).toEqual([
      'KNHK_LOG_CORRUPT',
      '000000000000.seg offset 0 seq 0',
      'intact frames',
    ]);
  });
});
