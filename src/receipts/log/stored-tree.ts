import { join } from 'node:path';
import { fail } from '../../base/errors.ts';
import { parseCheckpoint } from '../verify/checkpoint.ts';
import { decodeEpoch, frameTypes } from '../verify/frames.ts';
import type { TreeSource } from '../verify/prove.ts';
import { listSegments } from './files.ts';
import type { LogFs } from './fs.ts';
import { HashTail } from './hash-tail.ts';
import { InnerNodes } from './inner-nodes.ts';
import { segmentFrames } from './segment-frames.ts';
import { entriesAt, TileReader, tilePath, tileWidth } from './tiles.ts';

/** What an epoch frame says: its leaves' hashes, one after the other, and the checkpoint. */
export interface EpochHashes {
  readonly first: number;
  /** Leaves up to its end. */
  readonly size: number;
  readonly hashes: Uint8Array;
  readonly note: string;
}

const hashBytes = 32;
const tileHeight = 8;

/** The epochs of a segment whose frames are intact, without their leaves. */
export function* epochsIn(
  fs: LogFs,
  directory: string,
  segment: number,
): Generator<EpochHashes, void> {
  for (const event of segmentFrames(fs, directory, segment)) {
    if (event.kind !== 'frame' || event.type !== frameTypes.epoch || !event.intact) continue;
    const epoch = decodeEpoch(event.content);
    const size = parseCheckpoint(epoch?.note ?? '')?.size;
    if (epoch === undefined || size === undefined) continue;
    const { count, hashes, note } = epoch;
    yield { first: size - count, size, hashes: hashes.slice(), note };
  }
}

/** First seqs of the segments from the one on that holds a leaf. */
export function segmentsFrom(fs: LogFs, directory: string, seq: number): readonly number[] {
  const segments = listSegments(fs, join(directory, 'seg'));
  return segments.slice(
    Math.max(
      0,
      segments.findLastIndex((first) => first <= seq),
    ),
  );
}

/** Leaves from the first one on that full tiles cover; those never change and are never removed. */
function tiledSize(fs: LogFs, directory: string, size: number): number {
  let low = 0;
  let high = entriesAt(size, 1);
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (fs.statSync(join(directory, tilePath(0, middle - 1))) === undefined) high = middle - 1;
    else low = middle;
  }
  return low * tileWidth;
}

/**
 * The tree of a log's directory, read without a lock beside a writer: full tiles where there are
 * any, the hashes that epochs name behind them. A partial tile is passed over, because sealing
 * replaces it.
 */
export class StoredTree implements TreeSource {
  readonly size: number;
  readonly #tiles: TileReader;
  readonly #tiled: number;
  readonly #tail: HashTail;
  readonly #nodes = new InnerNodes((level, index) => this.subtree(level, index));

  /**
   * @param size Leaves, as a checkpoint of the log has them.
   * @param withTiles False reads every hash from the segments.
   * @throws KnhkError KNHK_LOG_CORRUPT where an epoch cannot be read
   */
  constructor(fs: LogFs, directory: string, size: number, withTiles: boolean) {
    this.size = size;
    this.#tiles = new TileReader(fs, directory);
    this.#tiled = withTiles ? tiledSize(fs, directory, size) : 0;
    this.#tail = new HashTail(this.#tiled);
    let next = this.#tiled;
    for (const segment of segmentsFrom(fs, directory, next)) {
      if (next >= size) return;
      for (const { first, size: end, hashes } of epochsIn(fs, directory, segment)) {
        if (end <= next || next >= size) continue;
        if (first > next) break;
        this.#tail.append(hashes.subarray((next - first) * hashBytes));
        next = end;
      }
    }
    if (next >= size) return;
    const where = `${directory} seq ${next}`;
    fail('KNHK_LOG_CORRUPT', where, 'an epoch that can be read', 'none');
  }

  subtree(level: number, index: number): Uint8Array {
    const number = Math.floor((index * 2 ** (level % tileHeight)) / tileWidth);
    const tiles = Math.floor(entriesAt(this.#tiled, Math.floor(level / tileHeight)) / tileWidth);
    if (number < tiles) return this.#tiles.subtree(level, index, this.#tiled);
    return level === 0 ? this.#tail.at(index) : this.#nodes.root(level, index);
  }
}
