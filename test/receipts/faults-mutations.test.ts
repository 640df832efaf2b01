import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { fromHex, utf8 } from '../../src/base/bytes.ts';
import {
  CompactRange,
  encodeEpoch,
  encodeFrame,
  encodeLeaf,
  frameTypes,
  type Leaf,
  LogVerifier,
  leafHash,
  parseVkey,
  type Signer,
  signCheckpoint,
  type VerifyReport,
  zeroHash,
} from '../../src/receipts/verify/index.ts';
import { framesOf, segmentOf } from '../runtime/replay-support.ts';
import { runs } from '../support/effort.ts';
import { appendEpochs, keyring, open, origin, otherSigner, signer, temporary } from './support.ts';

type Frames = readonly Uint8Array[];

const sizes = [2, 1, 3, 4, 3] as const;
const total = 13;
let leaves: readonly Leaf[];
/** The frames of each epoch: payload and leaf by turns, then the epoch frame. */
let epochs: readonly Frames[];
let lastNote: string;

beforeAll(async () => {
  const directory = join(temporary(), 'log');
  const log = await open(directory);
  await appendEpochs(log, sizes);
  leaves = [...log.entries()].map(({ leaf }) => leaf);
  lastNote = log.checkpoint as string;
  await log.close();
  const frames = framesOf(segmentOf(directory)).map(({ type, content }) =>
    encodeFrame(type, content),
  );
  let from = 0;
  epochs = sizes.map((size) => {
    const count = 2 * size + 1;
    from += count;
    return frames.slice(from - count, from);
  });
});

function verify(changed: readonly Frames[], since?: string): VerifyReport {
  const verifier = new LogVerifier({ keyring, ...(since === undefined ? {} : { since }) });
  verifier.segment(0, '000000000000.seg');
  for (const frame of changed.flat()) verifier.push(frame);
  return verifier.finish();
}

/** The log with one epoch's frames changed. */
const withEpoch = (at: number, change: (frames: Uint8Array[]) => unknown): Frames[] =>
  epochs.map((frames, index) => {
    if (index !== at) return frames;
    const copy = [...frames];
    change(copy);
    return copy;
  });

const epochOf = (seq: number): [epoch: number, place: number] => {
  let [epoch, first] = [0, 0];
  for (const size of sizes) {
    if (seq < first + size) break;
    first += size;
    epoch++;
  }
  return [epoch, 2 * (seq - first)];
};

const anySeq = fc.nat(total - 1);
const anyEpoch = fc.nat(sizes.length - 1);
const settings = { numRuns: runs(60) };

describe('with the frames of leaves', () => {
  test('one deleted is a gap at its seq, and only it is not verified', () => {
    fc.assert(
      fc.property(anySeq, (seq) => {
        const [epoch, place] = epochOf(seq);
        const report = verify(withEpoch(epoch, (frames) => frames.splice(place, 2)));
        expect(report).toMatchObject({ ok: false, gaps: 1, verified_count: total - 1 });
        expect(report.findings).toMatchObject([{ seq, kind: 'gap' }]);
      }),
      settings,
    );
  });
  test('one that comes again, or one of another place, is a leaf that nobody named', () => {
    fc.assert(
      fc.property(anySeq, anySeq, (from, to) => {
        const [fromEpoch, fromPlace] = epochOf(from);
        const [epoch, place] = epochOf(to);
        const copy = (epochs[fromEpoch] as Frames).slice(fromPlace, fromPlace + 2);
        const report = verify(withEpoch(epoch, (frames) => frames.splice(place, 0, ...copy)));
        expect(report).toMatchObject({ ok: false, leaf_mismatch: 1, verified_count: total });
      }),
      settings,
    );
  });
  test('two exchanged are two mismatches within an epoch, and more across epochs', () => {
    fc.assert(
      fc.property(anySeq, anySeq, (left, right) => {
        fc.pre(left !== right);
        const [leftEpoch, leftPlace] = epochOf(left);
        const [rightEpoch, rightPlace] = epochOf(right);
        const changed = epochs.map((frames) => [...frames]);
        const leftFrames = changed[leftEpoch] as Uint8Array[];
        const rightFrames = changed[rightEpoch] as Uint8Array[];
        const kept = leftFrames.slice(leftPlace, leftPlace + 2);
        leftFrames.splice(leftPlace, 2, ...rightFrames.slice(rightPlace, rightPlace + 2));
        rightFrames.splice(rightPlace, 2, ...kept);
        const report = verify(changed);
        expect(report).toMatchObject({ ok: false, leaf_mismatch: 2, verified_count: total - 2 });
        const seqs = report.findings.map(({ seq }) => seq).sort((a, b) => a - b);
        expect(seqs).toEqual([left, right].sort((a, b) => a - b));
      }),
      settings,
    );
  });
});

describe('with whole epochs', () => {
  test('one deleted is a gap; at the end it is found by a remembered checkpoint alone', () => {
    fc.assert(
      fc.property(anyEpoch, (at) => {
        const changed = epochs.filter((_, index) => index !== at);
        const isLast = at === sizes.length - 1;
        const report = verify(changed);
        if (isLast) expect(report).toMatchObject({ ok: true, total_count: total - 3 });
        else expect(report).toMatchObject({ ok: false, gaps: 1, total_count: total });
        expect(verify(changed, lastNote)).toMatchObject({ ok: false, rollback: isLast });
      }),
      settings,
    );
  });
  test('one that comes again is a gap, and counts nothing twice', () => {
    fc.assert(
      fc.property(anyEpoch, anyEpoch, (from, distance) => {
        const to = Math.min(sizes.length, from + 1 + distance);
        const changed = [...epochs.slice(0, to), epochs[from] as Frames, ...epochs.slice(to)];
        const report = verify(changed);
        expect(report).toMatchObject({ ok: false, gaps: 1, verified_count: total });
      }),
      settings,
    );
  });
  test('any other order is gaps, and never verifies more than was there', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }), (order) => {
        fc.pre(order.some((at, index) => at !== index));
        const report = verify(order.map((at) => epochs[at] as Frames));
        expect(report.ok).toBe(false);
        expect(report.gaps).toBeGreaterThan(0);
        expect(report.verified_count).toBeLessThan(total);
      }),
      settings,
    );
  });
});

/** Writes a history anew from a seq on: leaves chained, hashed and signed as a writer would. */
async function forge(from: number, change: (leaf: Leaf) => Leaf, by: Signer): Promise<Frames[]> {
  const key = parseVkey(by.vkey)!;
  const tree = new CompactRange();
  let prev = zeroHash;
  let seq = 0;
  const made: Frames[] = [];
  for (const [index, size] of sizes.entries()) {
    const frames: Uint8Array[] = [];
    const hashes: Uint8Array[] = [];
    for (let at = 0; at < size; at++, seq++) {
      const leaf = leaves[seq] as Leaf;
      const bytes = utf8(encodeLeaf(seq < from ? leaf : { ...change(leaf), prev }));
      prev = leafHash(bytes);
      hashes.push(fromHex(prev) as Uint8Array);
      frames.push(encodeFrame(frameTypes.leaf, bytes));
    }
    for (const hash of hashes) tree.append(hash);
    const note = await signCheckpoint({ origin, size: tree.size, root: tree.root() }, by, key);
    const epoch = encodeEpoch(Uint8Array.from(hashes.flatMap((hash) => [...hash])), note);
    const isChanged = seq > from;
    made.push(
      isChanged ? [...frames, encodeFrame(frameTypes.epoch, epoch)] : (epochs[index] as Frames),
    );
  }
  return made;
}

describe('a history that was written anew', () => {
  test('and signed by somebody else: each checkpoint is one of an unknown key', async () => {
    await fc.assert(
      fc.asyncProperty(anySeq, async (from) => {
        const forged = await forge(from, (leaf) => ({ ...leaf, trace: 'forged' }), otherSigner);
        const report = verify(forged);
        const [epoch] = epochOf(from);
        const count = sizes.length - epoch;
        expect(report).toMatchObject({ ok: false, unknown_keys: count, signature_failures: count });
        const before = sizes.slice(0, epoch).reduce<number>((sum, size) => sum + size, 0);
        expect(report.verified_count).toBe(before);
        expect(report.findings.every(({ seq }) => seq >= from)).toBe(true);
      }),
      settings,
    );
  });
  test('and signed by the log itself: only what was remembered shows the fork', async () => {
    await fc.assert(
      fc.asyncProperty(anySeq, async (from) => {
        const forged = await forge(from, (leaf) => ({ ...leaf, trace: 'forged' }), signer);
        expect(verify(forged)).toMatchObject({ ok: true, verified_count: total });
        expect(verify(forged, lastNote)).toMatchObject({ ok: false, fork: true, rollback: false });
      }),
      settings,
    );
  });
  test('and dated back, by the log itself: just the steps back in time are reported', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(5_000), { minLength: total, maxLength: total }),
        async (times) => {
          const forged = await forge(
            0,
            (leaf) => ({ ...leaf, time: times[leaf.seq] as number }),
            signer,
          );
          const back = times.flatMap((time, seq) =>
            seq > 0 && time < times[seq - 1]! ? [seq] : [],
          );
          const report = verify(forged);
          expect(report).toMatchObject({ ok: back.length === 0, verified_count: total });
          expect(report.retrocausation_violations).toBe(back.length);
          expect(report.findings.map(({ seq, kind }) => [seq, kind])).toEqual(
            back.map((seq) => [seq, 'retrocausation']),
          );
        },
      ),
      settings,
    );
  });
});
