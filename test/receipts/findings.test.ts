import { describe, expect, test } from 'vitest';
import { concatBytes, fromHex, utf8 } from '../../src/base/bytes.ts';
import {
  CompactRange,
  encodeEpoch,
  encodeFrame,
  frameTypes,
  LogVerifier,
  parseVkey,
  signCheckpoint,
  type VerifyReport,
} from '../../src/receipts/verify/index.ts';
import { encodeBody, leafHash, zeroHash } from '../../src/receipts/verify/leaf.ts';
import { applyBody, keyring, origin, otherSigner, signer } from './support.ts';

interface Epoch {
  readonly leaves: readonly Uint8Array[];
  readonly hashes: readonly Uint8Array[];
  readonly size: number;
  readonly note: string;
}

const text = 'checkpoint';
const hashed = (leaf: Uint8Array): Uint8Array => fromHex(leafHash(leaf)) as Uint8Array;
const noteOf = async (tree: CompactRange, by = signer, name = origin): Promise<string> =>
  signCheckpoint({ origin: name, size: tree.size, root: tree.root() }, by, parseVkey(by.vkey)!);

interface Place {
  readonly seq: number;
  readonly time: number;
  readonly prev: string;
}

/** Epochs of so many leaves each, every checkpoint signed; `change` alters a leaf's place. */
async function epochsOf(
  counts: readonly number[],
  change: (place: Place) => Partial<Place> = () => ({}),
): Promise<Epoch[]> {
  const tree = new CompactRange();
  const epochs: Epoch[] = [];
  let prev = zeroHash;
  for (const count of counts) {
    const leaves: Uint8Array[] = [];
    for (let index = 0; index < count; index++) {
      const plain = { seq: tree.size, time: 1_000 + tree.size, prev };
      const { seq, time, prev: before } = { ...plain, ...change(plain) };
      const leaf = utf8(encodeBody(applyBody(plain.seq), seq, time, before));
      leaves.push(leaf);
      tree.append(hashed(leaf));
      prev = leafHash(leaf);
    }
    epochs.push({ leaves, hashes: leaves.map(hashed), size: tree.size, note: await noteOf(tree) });
  }
  return epochs;
}

const leafFrames = (epoch: Epoch): Uint8Array[] =>
  epoch.leaves.map((leaf) => encodeFrame(frameTypes.leaf, leaf));
const epochFrame = (epoch: Epoch): Uint8Array =>
  encodeFrame(frameTypes.epoch, encodeEpoch(concatBytes(...epoch.hashes), epoch.note));
const framesOf = (epochs: readonly Epoch[]): Uint8Array[] =>
  epochs.flatMap((epoch) => [...leafFrames(epoch), epochFrame(epoch)]);

type Options = Omit<ConstructorParameters<typeof LogVerifier>[0], 'keyring'>;

function verify(
  segments: readonly (readonly [number, ...Uint8Array[]])[],
  options: Options = {},
  acknowledged = 0,
): VerifyReport {
  const verifier = new LogVerifier({ keyring, ...options });
  for (const [first, ...frames] of segments) {
    verifier.segment(first, `s${first}`);
    verifier.push(concatBytes(...frames));
  }
  return verifier.finish(acknowledged);
}
const said = ({ findings }: VerifyReport): string[] =>
  findings.map(({ seq, kind, message }) => `${seq} ${kind} ${message}`);
const changed = (bytes: Uint8Array, at: number): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  copy[at < 0 ? copy.length + at : at]! ^= 1;
  return copy;
};

describe('what is said of a log', () => {
  test('nothing of a good one, in one segment or in three', async () => {
    const epochs = await epochsOf([2, 1, 3]);
    const [one, two, three] = epochs as [Epoch, Epoch, Epoch];
    for (const report of [
      verify([[0, ...framesOf(epochs)]]),
      verify([
        [0, ...framesOf([one])],
        [2, ...framesOf([two])],
        [3, ...framesOf([three])],
      ]),
    ]) {
      expect(report).toMatchObject({
        ok: true,
        origin,
        total_count: 6,
        verified_count: 6,
        unsigned_tail: { leaves: 0, bytes: 0 },
        checkpoint: three.note,
        findings: [],
        findings_dropped: 0,
        rollback: false,
        fork: false,
      });
    }
  });

  test('an empty one', () => {
    const report = verify([]);
    expect(said(report)).toEqual(['0 empty the log holds no complete epoch']);
    expect(report).toMatchObject({ ok: false, total_count: 0, checkpoint: null });
  });

  test('a tail that nobody signed is no defect', async () => {
    const [one, two] = (await epochsOf([2, 2])) as [Epoch, Epoch];
    const tail = leafFrames(two);
    const report = verify([[0, ...framesOf([one]), ...tail]]);
    const bytes = tail.reduce((sum, frame) => sum + frame.length, 0);
    expect(report).toMatchObject({ ok: true, total_count: 2, unsigned_tail: { leaves: 2, bytes } });
  });

  test('leaves that are missing between segments', async () => {
    const [one, two, three] = (await epochsOf([2, 1, 3])) as [Epoch, Epoch, Epoch];
    const report = verify([
      [0, ...framesOf([one])],
      [3, ...framesOf([three])],
    ]);
    expect(said(report)).toEqual(['2 gap s3: leaves 2 to 2 are missing']);
    // Without the missing hash no later root can be computed, so nothing after it is verified.
    expect(report).toMatchObject({
      gaps: 1,
      total_count: 6,
      verified_count: 2,
      checkpoint: one.note,
    });
    const again = verify([
      [0, ...framesOf([one])],
      [1, ...framesOf([two])],
    ]);
    expect(said(again)).toEqual(['2 gap s1: segment begins at 1, expected 2']);
  });

  test('an epoch frame that a segment lost: the next one says how many there were', async () => {
    const [one, two] = (await epochsOf([2, 2])) as [Epoch, Epoch];
    expect(
      verify([
        [0, ...leafFrames(one)],
        [2, ...framesOf([two])],
      ]),
    ).toMatchObject({
      ok: true,
      total_count: 4,
      verified_count: 4,
    });
    const rest = verify([
      [0, ...framesOf([one]), leafFrames(two)[0]!],
      [2, ...framesOf([two])],
    ]);
    const bytes = leafFrames(two)[0]!.length;
    expect(said(rest)).toEqual([`2 damaged_frame s0: ${bytes} bytes without an epoch at its end`]);
    expect(rest).toMatchObject({
      total_count: 4,
      verified_count: 4,
      unsigned_tail: { leaves: 0, bytes: 0 },
    });
  });

  test('an epoch frame that is missing, and one whose leaves are gone too', async () => {
    const [one, two, three] = (await epochsOf([2, 1, 3])) as [Epoch, Epoch, Epoch];
    const lost = verify([[0, ...leafFrames(one), ...framesOf([two, three])]]);
    expect(lost).toMatchObject({ ok: true, total_count: 6, verified_count: 6 });
    const gone = verify([[0, ...framesOf([one, three])]]);
    expect(said(gone)).toEqual(['2 gap s0: leaves 2 to 2 are missing or misplaced']);
    expect(gone).toMatchObject({ total_count: 6, verified_count: 2 });
    const some = verify([[0, leafFrames(one)[0]!, ...framesOf([two, three])]]);
    expect(said(some)).toEqual(['0 gap s0: leaves 0 to 1 are missing or misplaced']);
    expect(some).toMatchObject({ total_count: 6, verified_count: 0, checkpoint: null });
  });

  test('an epoch twice', async () => {
    const [one, two] = (await epochsOf([2, 1])) as [Epoch, Epoch];
    const frames = framesOf([one]);
    const offset = concatBytes(...frames, ...leafFrames(one)).length;
    const report = verify([[0, ...frames, ...frames, ...framesOf([two])]]);
    expect(said(report)).toEqual([`2 gap s0: an epoch comes again or out of order at ${offset}`]);
    expect(report).toMatchObject({ total_count: 3, verified_count: 3 });
  });

  test('a payload that belongs to no leaf', async () => {
    const [one] = (await epochsOf([2])) as [Epoch];
    const [first, second] = leafFrames(one) as [Uint8Array, Uint8Array];
    const payload = encodeFrame(frameTypes.payload, utf8('{}'));
    const statistics = encodeFrame(frameTypes.statistics, utf8('{}'));
    const fine = [payload, first, payload, second, epochFrame(one), statistics];
    expect(verify([[0, ...fine]])).toMatchObject({ ok: true, total_count: 2 });
    expect(verify([[0, payload, statistics, first, second, epochFrame(one)]])).toMatchObject({
      ok: true,
    });
    const two = verify([[0, payload, payload, first, second, epochFrame(one)]]);
    expect(said(two)).toEqual([`0 gap s0: payload without a leaf before ${payload.length}`]);
    const last = verify([[0, first, second, payload, epochFrame(one)]]);
    const offset = first.length + second.length + payload.length;
    expect(said(last)).toEqual([`2 gap s0: payload without a leaf before ${offset}`]);
    const garbage = verify([[0, first, payload, utf8('no frame at all'), second, epochFrame(one)]]);
    expect(said(garbage)).toEqual([
      `1 damaged_frame s0: 15 unreadable bytes at ${first.length + payload.length}`,
    ]);
  });

  test('bytes that were changed', async () => {
    const epochs = await epochsOf([2, 2]);
    const [one, two] = epochs as [Epoch, Epoch];
    const [first, second] = leafFrames(one) as [Uint8Array, Uint8Array];
    const rest = [epochFrame(one), ...framesOf([two])];
    const leaf = verify([[0, first, changed(second, 20), ...rest]]);
    expect(said(leaf)).toEqual([`1 leaf_mismatch s0: the leaf at ${first.length} was changed`]);
    expect(leaf).toMatchObject({ leaf_mismatch: 1, total_count: 4, verified_count: 3 });
    const crc = verify([[0, first, changed(second, -1), ...rest]]);
    expect(said(crc)).toEqual([`1 damaged_frame s0: wrong CRC at ${first.length}`]);
    expect(crc).toMatchObject({ damaged_frames: 1, verified_count: 4 });
    const frame = verify([[0, first, second, changed(rest[0]!, -1), ...rest.slice(1)]]);
    const offset = first.length + second.length;
    expect(said(frame)).toEqual([`2 damaged_frame s0: wrong CRC at ${offset}`]);
    expect(frame).toMatchObject({ verified_count: 4 });
    // A stored hash that is wrong: the signed root says that the leaf is right.
    const stored = { ...one, hashes: [changed(one.hashes[0]!, 0), one.hashes[1]!] };
    const hash = verify([[0, ...framesOf([stored, two])]]);
    expect(said(hash)).toEqual([
      '0 leaf_mismatch s0: the stored hash of the leaf at 0 was changed',
    ]);
    expect(hash).toMatchObject({ verified_count: 4 });
  });

  test('leaves that are missing, or too many, within an epoch', async () => {
    const [one] = (await epochsOf([3])) as [Epoch];
    const [first, second, third] = leafFrames(one) as [Uint8Array, Uint8Array, Uint8Array];
    const missing = verify([[0, first, third, epochFrame(one)]]);
    expect(said(missing)).toEqual(['1 gap s0: the bytes of the leaf are missing']);
    expect(missing).toMatchObject({ total_count: 3, verified_count: 2 });
    const extra = verify([
      [0, first, second, encodeFrame(frameTypes.leaf, utf8('{}')), third, epochFrame(one)],
    ]);
    expect(extra.ok).toBe(false);
    expect(extra.total_count).toBeGreaterThanOrEqual(3);
  });

  test('a leaf that is missing and another whose stored hash is wrong', async () => {
    const [one] = (await epochsOf([3])) as [Epoch];
    const [first, , third] = leafFrames(one) as [Uint8Array, Uint8Array, Uint8Array];
    const stored = { ...one, hashes: [changed(one.hashes[0]!, 0), ...one.hashes.slice(1)] };
    const report = verify([[0, first, third, epochFrame(stored)]]);
    expect(report).toMatchObject({ ok: false, total_count: 3 });
    // The first leaf fits no stored hash, so nothing tells that it belongs there.
    expect(said(report)).toContainEqual(expect.stringMatching(/^\d gap s0: the bytes of the leaf/));
  });

  test('more leaves without an epoch than are held', () => {
    const leaf = encodeFrame(frameTypes.leaf, utf8('{}'));
    const frames = new Uint8Array(65_537 * leaf.length);
    for (let at = 0; at < frames.length; at += leaf.length) frames.set(leaf, at);
    const report = verify([[0, frames]]);
    expect(said(report)[0]).toBe('0 gap s0: 65536 leaves without an epoch');
    expect(report.unsigned_tail.leaves).toBe(1);
  });

  test('what a leaf says of itself', async () => {
    const say = async (change: Parameters<typeof epochsOf>[1]) => {
      const epochs = await epochsOf([3], change);
      return verify([[0, ...framesOf(epochs)]]);
    };
    const seq = await say((place) => (place.seq === 1 ? { seq: 7 } : {}));
    const at = seq.findings[0]?.message.match(/at (\d+)/)?.[1];
    expect(said(seq)).toEqual([`1 gap s0: leaf at ${at} says seq 7`]);
    expect(Number(at)).toBeGreaterThan(0);
    const time = await say((place) => (place.seq === 2 ? { time: 999 } : {}));
    expect(said(time)).toEqual([
      expect.stringMatching(/^2 retrocausation s0: time 999 at \d+ is below 1001$/),
    ]);
    expect(time).toMatchObject({ retrocausation_violations: 1, verified_count: 3 });
    const prev = await say((place) => (place.seq === 1 ? { prev: zeroHash } : {}));
    expect(said(prev)).toEqual([
      expect.stringMatching(/^1 chain_break s0: prev at \d+ is not the hash of the leaf before$/),
    ]);
    expect(prev).toMatchObject({ chain_breaks: 1 });
    const same = await say((place) => (place.seq === 2 ? { time: 1_001 } : {}));
    expect(same.ok).toBe(true);
  });

  test('a leaf that is none', async () => {
    const tree = new CompactRange();
    const leaf = utf8('[]');
    tree.append(hashed(leaf));
    const epoch = { leaves: [leaf], hashes: [hashed(leaf)], size: 1, note: await noteOf(tree) };
    const report = verify([[0, ...framesOf([epoch])]]);
    expect(said(report)).toEqual(['0 non_canonical s0: not an object at 0']);
    expect(report).toMatchObject({ non_canonical: 1, verified_count: 1 });
  });

  test('signatures', async () => {
    const [one, two] = (await epochsOf([2, 2])) as [Epoch, Epoch];
    const offset = concatBytes(...leafFrames(one)).length;
    const tree = new CompactRange();
    for (const hash of one.hashes) tree.append(hash);
    const by = (note: string): VerifyReport => verify([[0, ...framesOf([{ ...one, note }, two])]]);
    const unknown = by(await noteOf(tree, otherSigner));
    expect(said(unknown)).toEqual([`1 unknown_key s0: no key valid for seq 1 signed at ${offset}`]);
    // The next signed checkpoint covers the leaves all the same.
    expect(unknown).toMatchObject({ signature_failures: 1, unknown_keys: 1, verified_count: 4 });
    const wrong = `1 signature s0: checkpoint malformed or wrongly signed at ${offset}`;
    const other = by(one.note.replace(/=\n\n/, '=\nmore\n\n'));
    for (const report of [by(text), other, by(await noteOf(tree, signer, 'example.com/other'))]) {
      expect(said(report)).toEqual([wrong]);
      expect(report).toMatchObject({ signature_failures: 1, unknown_keys: 0, verified_count: 4 });
    }
  });

  test('a root that does not follow', async () => {
    const [one, two] = (await epochsOf([2, 2])) as [Epoch, Epoch];
    const tree = new CompactRange();
    tree.append(one.hashes[0]!);
    tree.append(one.hashes[0]!);
    const report = verify([[0, ...framesOf([{ ...one, note: await noteOf(tree) }, two])]]);
    expect(said(report)).toEqual(['1 root_mismatch s0: the signed root at size 2 does not follow']);
    expect(report).toMatchObject({
      root_mismatch: 1,
      total_count: 4,
      verified_count: 0,
      checkpoint: null,
    });
  });

  test('an epoch frame that holds no epoch', async () => {
    const [one] = (await epochsOf([1])) as [Epoch];
    const bad = encodeFrame(frameTypes.epoch, new Uint8Array(3));
    const report = verify([[0, ...leafFrames(one), bad, epochFrame(one)]]);
    expect(said(report)).toEqual([
      `1 gap s0: malformed epoch frame at ${leafFrames(one)[0]!.length}`,
    ]);
    const broken = verify([[0, ...leafFrames(one), changed(bad, -1), epochFrame(one)]]);
    expect(said(broken)).toEqual([
      `1 damaged_frame s0: wrong CRC at ${leafFrames(one)[0]!.length}`,
    ]);
  });

  test('less, or other, than a remembered checkpoint says', async () => {
    const epochs = await epochsOf([2, 1, 3]);
    const [one, two, three] = epochs as [Epoch, Epoch, Epoch];
    for (const since of [one, two, three]) {
      expect(verify([[0, ...framesOf(epochs)]], { since: since.note })).toMatchObject({ ok: true });
    }
    const short = verify([[0, ...framesOf([one, two])]], { since: three.note });
    expect(said(short)).toEqual(['3 rollback s0: 6 leaves were signed, 3 are left']);
    expect(short.rollback).toBe(true);
    expect(verify([[0, ...framesOf([one, two])]], {}, 3).ok).toBe(true);
    expect(said(verify([[0, ...framesOf([one, two])]], {}, 4))).toEqual([
      '3 rollback s0: 4 leaves were signed, 3 are left',
    ]);
    const others = await epochsOf([2, 1, 3], (place) => (place.seq === 2 ? { time: 5_000 } : {}));
    for (const [since, seq] of [
      [two, 2],
      [three, 5],
    ] as const) {
      const fork = verify([[0, ...framesOf(others)]], { since: since.note });
      const message = `another history than the checkpoint of size ${since.size}`;
      expect(said(fork).filter((line) => line.includes('fork'))).toEqual([
        `${seq} fork s0: ${message}`,
      ]);
      expect(fork.fork).toBe(true);
    }
    expect(verify([[0, ...framesOf(others)]], { since: one.note }).fork).toBe(false);
    const forged = verify([[0, ...framesOf(epochs)]], {
      since: three.note.replace('\n6\n', '\n7\n'),
    });
    expect(said(forged)).toEqual([
      '0 signature the remembered checkpoint is not signed by a trusted key',
    ]);
  });

  test('a checkpoint in the middle of an epoch is compared too', async () => {
    const [whole] = (await epochsOf([4])) as [Epoch];
    const middle = (await epochsOf([2, 2]))[0] as Epoch;
    expect(verify([[0, ...framesOf([whole])]], { since: middle.note })).toMatchObject({ ok: true });
    const other = (await epochsOf([2], (place) => ({ time: place.time + 1 })))[0] as Epoch;
    const fork = verify([[0, ...framesOf([whole])]], { since: other.note });
    expect(said(fork)).toEqual(['1 fork s0: another history than the checkpoint of size 2']);
  });

  test('a defect that a caller adds, and a name for what is in no segment', () => {
    const verifier = new LogVerifier({ keyring });
    verifier.addFinding(3, 'blob', 'gone');
    verifier.push(utf8('no frame at all'));
    const report = verifier.finish();
    expect(said(report).slice(0, 2)).toEqual([
      '3 blob gone',
      '0 damaged_frame log: 15 unreadable bytes at 0',
    ]);
    expect(report).toMatchObject({ missing_blobs: 1, damaged_frames: 1 });
  });

  test('a thousand findings are listed, all are counted', () => {
    const verifier = new LogVerifier({ keyring });
    for (let seq = 0; seq < 1_001; seq++) verifier.addFinding(seq, 'fork', 'x');
    const report = verifier.finish();
    expect(report.findings).toHaveLength(1_000);
    expect(report).toMatchObject({ findings_dropped: 2, fork: true });
  });

  test('each good leaf is handed on, in order', async () => {
    const epochs = await epochsOf([2, 2]);
    const [one, two] = epochs as [Epoch, Epoch];
    const seen: number[] = [];
    const frames = [
      leafFrames(one)[0]!,
      changed(leafFrames(one)[1]!, 20),
      epochFrame(one),
      ...framesOf([two]),
    ];
    verify([[0, ...frames]], { onLeaf: ({ seq }) => seen.push(seq) });
    expect(seen).toEqual([0, 2, 3]);
  });
});
