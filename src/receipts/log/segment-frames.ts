import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type FrameEvent, FrameReader } from '../verify/frame-reader.ts';
import { readAt, segmentName } from './files.ts';
import type { LogFs } from './fs.ts';

const chunkBytes = 1_048_576;

/** What a segment's bytes read as, a chunk at a time; each must be gone through before the next. */
export function* segmentChunks(
  fs: LogFs,
  directory: string,
  first: number,
): Generator<Iterable<FrameEvent>, void> {
  const fd = fs.openSync(join(directory, 'seg', segmentName(first)), 'r');
  try {
    const reader = new FrameReader(crc32);
    for (let at = 0; ; ) {
      const chunk = readAt(fs, fd, chunkBytes, at);
      if (chunk.length === 0) break;
      at += chunk.length;
      yield reader.push(chunk);
    }
    yield reader.finish();
  } finally {
    fs.closeSync(fd);
  }
}

/** All of it, frame by frame; what a frame holds is valid until the next one is asked for. */
export function* segmentFrames(
  fs: LogFs,
  directory: string,
  first: number,
): Generator<FrameEvent, void> {
  for (const events of segmentChunks(fs, directory, first)) yield* events;
}
