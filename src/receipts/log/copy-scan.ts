import { Buffer } from 'node:buffer';
import { crc32 } from 'node:zlib';
import { limits } from '../../base/limits.ts';
import { parseCheckpoint } from '../verify/checkpoint.ts';
import { FrameReader } from '../verify/frame-reader.ts';
import { decodeEpoch, frameOverhead, frameTypes } from '../verify/frames.ts';
import { parseLeafText } from '../verify/leaf.ts';
import type { Leaf } from '../verify/leaf-types.ts';
import { eachChunk } from './copy-files.ts';
import type { LogFs } from './fs.ts';

/** One segment, up to its last complete epoch that is wanted. */
export interface ScannedSegment {
  /** Where that epoch ends. */
  readonly end: number;
  /** Bytes of the whole file. */
  readonly length: number;
  /** Leaves of the log up to there; 0 where the segment holds no complete epoch. */
  readonly size: number;
  /** The checkpoint that says so. */
  readonly note: string;
  /** Payload frames up to there. */
  readonly payloads: number;
}

/** What a scan looks for. */
export interface ScanWishes {
  /** Epochs behind this many leaves are not wanted. */
  readonly sizeMax?: number;
  /** Takes the leaves of each epoch; without it they are not parsed. */
  readonly onEpoch?: (leaves: readonly Leaf[], note: string, size: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Walks the frames of an open segment. Hashes and signatures are not checked: that is verifyLog's,
 * which reads every copy afterwards.
 */
export async function scanOpenSegment(
  fs: LogFs,
  fd: number,
  { sizeMax = Number.MAX_SAFE_INTEGER, onEpoch, signal }: ScanWishes = {},
): Promise<ScannedSegment> {
  const reader = new FrameReader(crc32);
  let found = { end: 0, size: 0, note: '', payloads: 0 };
  let leaves: Leaf[] = [];
  let payloads = 0;
  let length = 0;
  const take = (chunk: Uint8Array): void => {
    length += chunk.length;
    for (const event of reader.push(chunk)) {
      if (event.kind !== 'frame' || !event.intact) continue;
      const { type, content, offset } = event;
      if (type === frameTypes.payload) payloads++;
      if (type === frameTypes.leaf && onEpoch !== undefined) leaves.push(...leafOf(content));
      if (type !== frameTypes.epoch) continue;
      const note = decodeEpoch(content)?.note ?? '';
      const size = parseCheckpoint(note)?.size ?? 0;
      const isWanted = size > found.size && size <= sizeMax;
      if (isWanted) {
        found = { end: offset + content.length + frameOverhead, size, note, payloads };
        onEpoch?.(leaves, note, size);
      }
      leaves = [];
    }
    // Hostile bytes may hold leaves without end and never an epoch.
    if (leaves.length > limits.epochLeaves) leaves = leaves.slice(-limits.epochLeaves);
  };
  await eachChunk(fs, fd, take, { signal });
  return { ...found, length };
}

function leafOf(content: Uint8Array): Leaf[] {
  const { buffer, byteOffset, byteLength } = content;
  const leaf = parseLeafText(Buffer.from(buffer, byteOffset, byteLength).toString('utf8'));
  return 'problem' in leaf ? [] : [leaf];
}
