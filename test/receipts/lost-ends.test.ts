import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { tableCrc32 } from '../../src/receipts/verify/crc32.ts';
import { FrameReader } from '../../src/receipts/verify/frame-reader.ts';
import {
  encodeFrame,
  frameTypes,
  LogVerifier,
  type VerifyReport,
} from '../../src/receipts/verify/index.ts';
import { framesOf, segmentOf } from '../runtime/replay-support.ts';
import { appendEpochs, keyring, open, temporary } from './support.ts';

/** The frames of four epochs of two leaves each, and one leaf that nobody signed. */
let frames: readonly Uint8Array[];
const perEpoch = 5;
const epoch = (index: number): readonly Uint8Array[] =>
  frames.slice(index * perEpoch, (index + 1) * perEpoch);
const withoutNote = (index: number): readonly Uint8Array[] => epoch(index).slice(0, -1);

beforeAll(async () => {
  const directory = join(temporary(), 'log');
  const log = await open(directory);
  await appendEpochs(log, [2, 2, 2, 2]);
  await log.close();
  frames = framesOf(segmentOf(directory)).map(({ type, content }) => encodeFrame(type, content));
  expect(frames).toHaveLength(4 * perEpoch);
});

function verify(segments: Readonly<Record<number, readonly Uint8Array[]>>): VerifyReport {
  const verifier = new LogVerifier({ keyring });
  for (const [first, parts] of Object.entries(segments)) {
    verifier.segment(Number(first), `from ${first}`);
    for (const part of parts) verifier.push(part);
  }
  return verifier.finish();
}

describe('a segment that is not the last', () => {
  test('and ends within a frame says how many bytes that are', () => {
    const torn = (frames[perEpoch] as Uint8Array).subarray(0, 10);
    const report = verify({ 0: [...epoch(0), torn], 2: [...epoch(1), ...epoch(2)] });
    expect(report.findings).toEqual([
      { seq: 2, kind: 'damaged_frame', message: 'from 0: 10 bytes without an epoch at its end' },
    ]);
    expect(report).toMatchObject({ ok: false, total_count: 6, verified_count: 6 });
  });
  test('says so too where the leaves before that are covered by the next checkpoint', () => {
    const note = (frames[2 * perEpoch - 1] as Uint8Array).subarray(0, -1);
    const report = verify({ 0: [...epoch(0), ...withoutNote(1), note], 4: epoch(2) });
    const bytes = epoch(1).reduce((sum, { length }) => sum + length, 0) - 1;
    expect(report.findings).toEqual([
      {
        ...{ seq: 2, kind: 'damaged_frame' },
        message: `from 0: ${bytes} bytes without an epoch at its end`,
      },
    ]);
    expect(report).toMatchObject({ ok: false, total_count: 6, verified_count: 6 });
  });
});

describe('behind leaves that are missing', () => {
  test('those whose own epoch is lost are taken in, and no root is made up for them', () => {
    const report = verify({ 0: epoch(0), 4: [...withoutNote(2), ...epoch(3)] });
    expect(report.findings).toEqual([
      { seq: 2, kind: 'gap', message: 'from 4: leaves 2 to 3 are missing' },
    ]);
    expect(report).toMatchObject({ total_count: 8, verified_count: 2, root_mismatch: 0 });
    expect(report.unsigned_tail).toEqual({ leaves: 0, bytes: 0 });
  });
});

describe('the search for a frame behind a torn one', () => {
  const claimed = 524_288;

  /** A torn frame, so many headers that claim half a MiB each, and a whole frame. */
  function hostile(claims: number): Uint8Array {
    const frame = encodeFrame(frameTypes.leaf, Buffer.from('{}'));
    const bytes = new Uint8Array(8 * (claims + 1) + claimed + 64);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, 1_048_576, true);
    bytes[4] = frameTypes.payload;
    for (let n = 1; n <= claims; n++) {
      view.setUint32(8 * n, claimed, true);
      bytes[8 * n + 4] = frameTypes.payload;
    }
    bytes.set(frame, bytes.length - frame.length);
    return bytes;
  }

  function read(claims: number): readonly string[] {
    const bytes = hostile(claims);
    // The CRC of half a MiB is never right here; computing it 512 times would only take time.
    const reader = new FrameReader((part) => (part.length > 64 ? 1 : tableCrc32(part)));
    return [...reader.push(bytes), ...reader.finish()].map(({ kind }) => kind);
  }

  test('finds it within 256 MiB of checking, and gives up beyond', () => {
    // What looking ahead has checked is checked again on the way, as part of the same 256 MiB.
    expect(read(255)).toEqual(['garbage', 'frame']);
    expect(read(511)).toEqual(['garbage']);
    expect(read(512)).toEqual(['torn']);
  });
});
