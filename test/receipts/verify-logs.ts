import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { concatBytes, fromHex, utf8 } from '../../src/base/bytes.ts';
import {
  CompactRange,
  encodeEpoch,
  encodeFrame,
  frameTypes,
  type LeafBody,
  leafHash,
  parseVkey,
  type Signer,
  signCheckpoint,
  type VerifierKey,
} from '../../src/receipts/verify/index.ts';
import { encodeBody, zeroHash } from '../../src/receipts/verify/leaf.ts';
import { applyBody, origin, signer } from './support.ts';

/** One epoch as frames, with payloads and as sealing leaves it. */
export interface Epoch {
  readonly whole: Uint8Array;
  readonly sealed: Uint8Array;
  /** Seq behind its last leaf. */
  readonly size: number;
  readonly note: string;
}

export interface Made {
  /** Body of a leaf; an apply leaf unless given. */
  readonly body?: (seq: number) => LeafBody | undefined;
  /** Content of a statistics frame in the epoch with this index. */
  readonly statistics?: (index: number) => string | undefined;
  /** Time of a leaf. */
  readonly time?: (seq: number) => number;
  /** What a leaf says of the one before, in place of its hash. */
  readonly prev?: (seq: number) => string | undefined;
  /** The root that the checkpoint at a size signs, in place of the true one. */
  readonly root?: (size: number) => Uint8Array | undefined;
  readonly by?: Signer;
  readonly name?: string;
}

/** Epochs of so many leaves each, signed and chained; a payload stands before every leaf. */
export function makeEpochs(counts: readonly number[], made: Made = {}): Epoch[] {
  const { by = signer, name = origin, time = (seq) => 1_000 + seq } = made;
  const tree = new CompactRange();
  let prev = zeroHash;
  return counts.map((count, index) => {
    const hashes: Uint8Array[] = [];
    const whole: Uint8Array[] = [];
    const sealed: Uint8Array[] = [];
    for (let at = 0; at < count; at++) {
      const seq = tree.size;
      const body = made.body?.(seq) ?? applyBody(seq);
      const leaf = utf8(encodeBody(body, seq, time(seq), made.prev?.(seq) ?? prev));
      prev = leafHash(leaf);
      hashes.push(fromHex(prev) as Uint8Array);
      tree.append(hashes.at(-1) as Uint8Array);
      whole.push(encodeFrame(frameTypes.payload, utf8(`{"id":"${seq}"}`)));
      for (const to of [whole, sealed]) to.push(encodeFrame(frameTypes.leaf, leaf));
    }
    const said = made.statistics?.(index);
    const key = parseVkey(by.vkey) as VerifierKey;
    const root = made.root?.(tree.size) ?? tree.root();
    const head = { origin: name, size: tree.size, root };
    const note = signCheckpoint(head, by, key) as string;
    const epoch = encodeFrame(frameTypes.epoch, encodeEpoch(concatBytes(...hashes), note));
    for (const to of [whole, sealed]) {
      if (said !== undefined) to.push(encodeFrame(frameTypes.statistics, utf8(said)));
      to.push(epoch);
    }
    return {
      whole: concatBytes(...whole),
      sealed: concatBytes(...sealed),
      size: tree.size,
      note,
    };
  });
}

/** A segment: its first seq and its bytes. */
export type Segment = readonly [first: number, bytes: Uint8Array];

/** Epochs laid into segments of so many epochs each; the first ones are sealed. */
export function makeSegments(epochs: readonly Epoch[], perSegment: number, sealed = 0): Segment[] {
  const segments: Segment[] = [];
  for (let at = 0; at < epochs.length; at += perSegment) {
    const own = epochs.slice(at, at + perSegment);
    const isSealed = segments.length < sealed;
    const bytes = concatBytes(...own.map((epoch) => (isSealed ? epoch.sealed : epoch.whole)));
    segments.push([epochs[at - 1]?.size ?? 0, bytes]);
  }
  return segments;
}

export const segmentPath = (directory: string, first: number): string =>
  join(directory, 'seg', `${String(first).padStart(12, '0')}.seg`);

/** Writes a log's directory anew. */
export function writeLog(directory: string, segments: readonly Segment[], name = origin): void {
  rmSync(join(directory, 'seg'), { recursive: true, force: true });
  mkdirSync(join(directory, 'seg'), { recursive: true });
  mkdirSync(join(directory, 'blob'), { recursive: true });
  writeFileSync(join(directory, 'FORMAT'), `knhk receipt log\nformat 1\norigin ${name}\n`);
  for (const [first, bytes] of segments) writeFileSync(segmentPath(directory, first), bytes);
}
