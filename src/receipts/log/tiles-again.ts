import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { sha256 } from '#sha256';
import { type FrameEvent, FrameReader } from '../verify/frame-reader.ts';
import { frameTypes } from '../verify/frames.ts';
import { listSegments, readAt, segmentName } from './files.ts';
import type { LogFs } from './fs.ts';
import { TileWriter } from './tiles.ts';

const chunkBytes = 1_048_576;

/**
 * The tiles that further leaves complete. Where those to go on from were lost, as a power cut takes
 * what was never synced, all are made again from the segments.
 */
export function tilesBehind(fs: LogFs, directory: string, size: number): TileWriter {
  try {
    return new TileWriter(fs, directory, size);
  } catch {
    return tilesAgain(fs, directory, size);
  }
}

function tilesAgain(fs: LogFs, directory: string, size: number): TileWriter {
  const tiles = new TileWriter(fs, directory, 0);
  const segments = join(directory, 'seg');
  for (const first of listSegments(fs, segments)) {
    if (first >= size) break;
    for (const event of framesOf(fs, join(segments, segmentName(first)))) {
      if (event.kind !== 'frame' || event.type !== frameTypes.leaf) continue;
      const { buffer, byteOffset, byteLength } = event.content;
      // The header's last byte is the zero that a leaf hash begins with.
      const hash = sha256(new Uint8Array(buffer, byteOffset - 1, byteLength + 1));
      tiles.append(hash, Buffer.from(event.content));
    }
  }
  return tiles;
}

function* framesOf(fs: LogFs, path: string): Generator<FrameEvent, void> {
  const fd = fs.openSync(path, 'r');
  try {
    const reader = new FrameReader(crc32);
    for (let at = 0; ; ) {
      const chunk = readAt(fs, fd, chunkBytes, at);
      if (chunk.length === 0) break;
      at += chunk.length;
      yield* reader.push(chunk);
    }
    yield* reader.finish();
  } finally {
    fs.closeSync(fd);
  }
}
