import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openLog } from '../../src/receipts/log/index.ts';
import { createCommitments } from '../../src/receipts/log/secrets.ts';
import { encodeFrame, type FrameType, frameTypes } from '../../src/receipts/verify/index.ts';
import type { ApplyBody, LeafBody } from '../../src/receipts/verify/leaf-types.ts';
import type { Payload } from '../../src/runtime/restore.ts';
import { rfc8785 } from '../support/rfc8785.ts';
import { entriesOf, origin, secret, signer } from '../support/runtime.ts';

interface RawFrame {
  readonly type: FrameType;
  /** Place of its content in the file. */
  readonly start: number;
  readonly content: Buffer;
}

/** The only segment of a small log. */
export function segmentOf(data: string): string {
  const names = readdirSync(join(data, 'seg'));
  if (names.length !== 1) throw new Error(`${names.length} segments`);
  return join(data, 'seg', names[0] as string);
}

export function framesOf(path: string): RawFrame[] {
  const bytes = readFileSync(path);
  const frames: RawFrame[] = [];
  for (let at = 0; at < bytes.length; ) {
    const start = at + 8;
    const length = bytes.readUInt32LE(at);
    const content = bytes.subarray(start, start + length);
    frames.push({ type: bytes[at + 4] as FrameType, start, content });
    at = start + length + 4;
  }
  return frames;
}

/**
 * Writes the segment again with valid CRCs: `edit` gives the payload of a seq another content, or
 * none with undefined.
 */
export function editPayloads(
  data: string,
  edit: (content: Buffer, seq: number) => Uint8Array | undefined,
): void {
  const path = segmentOf(data);
  const frames = framesOf(path);
  const parts = frames.flatMap(({ type, content }, index) => {
    if (type !== frameTypes.payload) return [encodeFrame(type, content)];
    const leaf = JSON.parse(frames[index + 1]!.content.toString('utf8')) as { seq: number };
    const edited = edit(content, leaf.seq);
    return edited === undefined ? [] : [encodeFrame(type, edited)];
  });
  writeFileSync(path, Buffer.concat(parts));
}

/** Flips one bit of a file. */
export function flip(path: string, at: number, bit = 0): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] as number) ^ (1 << bit);
  writeFileSync(path, bytes);
}

/**
 * A log as somebody with all keys would forge it: the payloads changed, every commitment,
 * hash and signature made anew.
 */
export async function forge(
  from: string,
  to: string,
  change: (payload: Payload, seq: number) => Payload,
): Promise<void> {
  const commitments = createCommitments(secret);
  const entries = await entriesOf(from);
  let now = 0;
  const clock = { now: () => now };
  const log = await openLog({ directory: to, origin, signer, clock });
  cpSync(join(from, 'blob'), join(to, 'blob'), { recursive: true });
  for (const { leaf, payload, seq } of entries) {
    const { v: _v, seq: _seq, time, prev: _prev, ...body } = leaf;
    now = time;
    if (leaf.kind !== 'apply' || payload === undefined) {
      log.append(body as LeafBody, log.tick());
      continue;
    }
    const changed = change(JSON.parse(payload) as Payload, seq);
    const salted = commitments.salted(changed.id);
    const commit = (kind: 'context' | 'proposed' | 'actions') =>
      salted.commit(kind, rfc8785(changed[kind]));
    const forged = {
      ...(body as ApplyBody),
      observation: salted.commit('observation', rfc8785(changed.record)),
      context: commit('context'),
      proposed: commit('proposed'),
      actions: commit('actions'),
    };
    log.append(forged, log.tick(), rfc8785(changed));
  }
  await log.close();
}

/** Contents of the encrypted payload frames in the bytes of a segment or payload file. */
export function framesOfBytes(path: string, bytes: Buffer): readonly Buffer[] {
  const found: Buffer[] = [];
  for (let at = path.endsWith('.pay') ? 8 : 0; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    const isFrame = bytes[at + 4]! <= 4 && at + length + 12 <= bytes.length;
    // What stands behind the frames of a payload file is its table.
    if (!isFrame) break;
    if (bytes[at + 4] === frameTypes.payload && bytes[at + 5] === 1) {
      found.push(bytes.subarray(at + 8, at + 8 + length));
    }
    at += length + 12;
  }
  return found;
}
