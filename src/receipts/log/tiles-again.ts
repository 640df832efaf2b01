import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import { frameHash } from '../verify/epoch.ts';
import { frameTypes } from '../verify/frames.ts';
import { listSegments } from './files.ts';
import type { LogFs } from './fs.ts';
import { segmentFrames } from './segment-frames.ts';
import { TileWriter } from './tiles.ts';

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
  for (const first of listSegments(fs, join(directory, 'seg'))) {
    if (first >= size) break;
    for (const event of segmentFrames(fs, directory, first)) {
      if (event.kind !== 'frame' || event.type !== frameTypes.leaf) continue;
      tiles.append(frameHash(event.content), Buffer.from(event.content));
    }
  }
  return tiles;
}
