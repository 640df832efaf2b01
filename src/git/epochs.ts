import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { fromUtf8 } from '../base/bytes.ts';
import { nextTurn } from '../base/turn.ts';
import { listSegments, readAt, segmentName } from '../receipts/log/files.ts';
import type { LogFs } from '../receipts/log/fs.ts';
import { parseCheckpoint, type SignedCheckpoint } from '../receipts/verify/checkpoint.ts';
import { splitHashes } from '../receipts/verify/epoch.ts';
import { type FrameEvent, FrameReader } from '../receipts/verify/frame-reader.ts';
import { decodeEpoch, frameOverhead, frameTypes } from '../receipts/verify/frames.ts';

/** A complete epoch as it lies in a log's directory. */
export interface LogEpoch {
  readonly kind: 'epoch';
  /** Seq of its first leaf. */
  readonly first: number;
  readonly checkpoint: SignedCheckpoint;
  /** The signed checkpoint as text. */
  readonly note: string;
  /** Leaf hashes, 32 bytes each. */
  readonly hashes: readonly Uint8Array[];
  /** Time of its last leaf in ms; undefined where that leaf is damaged. */
  readonly timeMs: number | undefined;
}

/** A place that could not be read. */
export interface LogDamage {
  readonly kind: 'damage';
  /** The first leaf that it may concern. */
  readonly seq: number;
  readonly where: string;
}

type Frame = Extract<FrameEvent, { readonly kind: 'frame' }>;

/** Where reading may go on: behind the epoch of a size. */
interface Place {
  readonly segment: number;
  readonly offset: number;
  readonly size: number;
}

const chunkBytes = 1_048_576;

function timeOf(leaf: Uint8Array | undefined): number | undefined {
  const text = leaf === undefined ? undefined : fromUtf8(leaf);
  try {
    const { time } = JSON.parse(text ?? '{}') as { readonly time?: unknown };
    return typeof time === 'number' && Number.isSafeInteger(time) && time >= 0 ? time : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Reads a log's epochs from its directory, beside a writer too: nothing is locked, nothing
 * written. Frames are checked by their CRC; leaves are verifyLog's concern.
 */
export class EpochReader {
  readonly #fs: LogFs;
  readonly #directory: string;
  #place: Place | undefined;

  constructor(fs: LogFs, data: string) {
    this.#fs = fs;
    this.#directory = join(data, 'seg');
  }

  /** The epoch that ends at a size, undefined if none does. */
  async find(size: number): Promise<LogEpoch | undefined> {
    const behind = this.#place?.size ?? size;
    for await (const event of this.read(behind < size ? behind : size - 1)) {
      if (event.kind === 'epoch' && event.checkpoint.size >= size) {
        return event.checkpoint.size === size ? event : undefined;
      }
    }
    return undefined;
  }

  /** The epochs from the one that holds leaf `from` on, up to the last complete one. */
  async *read(from: number): AsyncGenerator<LogEpoch | LogDamage, void, undefined> {
    const place = this.#place;
    const segments = listSegments(this.#fs, this.#directory);
    // A segment that another one follows may have been sealed, which moves what is in it.
    if (place?.size === from && place.segment === segments.at(-1)) {
      let isFresh = true;
      for await (const event of this.#segment(place.segment, place.offset, from)) {
        if (isFresh && (event.kind === 'damage' || event.first !== from)) break;
        isFresh = false;
        yield event;
      }
      if (!isFresh) return;
    }
    const holds = segments.findLastIndex((first) => first <= from);
    let next = segments[Math.max(0, holds)] ?? 0;
    for (const first of segments.slice(Math.max(0, holds))) {
      if (first !== next) yield { kind: 'damage', seq: next, where: segmentName(first) };
      next = first;
      for await (const event of this.#segment(first, 0, first)) {
        if (event.kind === 'epoch') next = event.checkpoint.size;
        if (event.kind === 'damage' || event.checkpoint.size > from) yield event;
      }
    }
  }

  async *#segment(
    segment: number,
    start: number,
    seq: number,
  ): AsyncGenerator<LogEpoch | LogDamage, void, undefined> {
    const fd = this.#fs.openSync(join(this.#directory, segmentName(segment)), 'r');
    try {
      const reader = new FrameReader(crc32);
      const reading = { segment, start, next: seq, leaf: undefined as Uint8Array | undefined };
      for (let at = start; ; ) {
        // No more memory than there are bytes: a commit reads little, and often.
        const left = Math.max(0, this.#fs.fstatSync(fd).size - at);
        const chunk = readAt(this.#fs, fd, Math.min(chunkBytes, left), at);
        const events = chunk.length === 0 ? reader.finish() : reader.push(chunk);
        for (const event of events) yield* this.#take(event, reading);
        if (chunk.length === 0) return;
        // It lies in bytes that the next push takes back.
        reading.leaf = reading.leaf && Uint8Array.from(reading.leaf);
        at += chunk.length;
        await nextTurn();
      }
    } finally {
      this.#fs.closeSync(fd);
    }
  }

  *#take(
    event: FrameEvent,
    reading: { segment: number; start: number; next: number; leaf: Uint8Array | undefined },
  ): IterableIterator<LogEpoch | LogDamage> {
    const damage = (): LogDamage => {
      const where = `${segmentName(reading.segment)} offset ${reading.start + event.offset}`;
      return { kind: 'damage', seq: reading.next, where };
    };
    if (event.kind === 'torn') return;
    if (event.kind === 'garbage') yield damage();
    else if (event.type === frameTypes.leaf) {
      reading.leaf = event.intact ? event.content : undefined;
    } else if (event.type === frameTypes.epoch) {
      const epoch = epochOf(event, reading.next, reading.leaf);
      if (epoch === undefined) {
        yield damage();
        return;
      }
      const { size } = epoch.checkpoint;
      const offset = reading.start + event.offset + event.content.length + frameOverhead;
      reading.next = size;
      this.#place = { segment: reading.segment, offset, size };
      yield epoch;
    }
  }
}

/** The epoch that a frame closes, if it follows the leaves before. */
function epochOf(
  { content, intact }: Frame,
  first: number,
  leaf: Uint8Array | undefined,
): LogEpoch | undefined {
  const epoch = intact ? decodeEpoch(content) : undefined;
  const checkpoint = epoch === undefined ? undefined : parseCheckpoint(epoch.note);
  if (epoch === undefined || checkpoint?.size !== first + epoch.count) return undefined;
  const hashes = splitHashes(epoch.hashes);
  return { kind: 'epoch', first, checkpoint, note: epoch.note, hashes, timeMs: timeOf(leaf) };
}
