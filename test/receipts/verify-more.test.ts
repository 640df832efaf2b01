import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { concatBytes, utf8 } from '../../src/base/bytes.ts';
import { canonical } from '../../src/base/canonical.ts';
import { putBlob } from '../../src/receipts/log/blobs.ts';
import { nodeFs } from '../../src/receipts/log/fs.ts';
import { verifyLog } from '../../src/receipts/log/index.ts';
import {
  encodeFrame,
  frameTypes,
  type LeafBody,
  LogVerifier,
  type VerifyReport,
  type VerifyState,
} from '../../src/receipts/verify/index.ts';
import { fakeHash, keyring, temporary } from './support.ts';
import { type Epoch, makeEpochs, makeSegments, writeLog } from './verify-logs.ts';

const kinds = ({ findings }: VerifyReport): string[] =>
  findings.map(({ seq, kind }) => `${kind} ${seq}`);

function verify(bytes: Uint8Array, resume?: VerifyState): VerifyReport {
  const verifier = new LogVerifier({ keyring, ...(resume === undefined ? {} : { resume }) });
  const { segment, offset } = verifier.place;
  verifier.segment(segment, 's', offset);
  verifier.push(bytes.subarray(offset));
  return verifier.finish();
}

describe('statistics frames', () => {
  const [first, second] = makeEpochs([2, 1]) as [Epoch, Epoch];
  const withFrame = (content: Uint8Array): Uint8Array =>
    concatBytes(first.whole, encodeFrame(frameTypes.statistics, content), second.whole);

  test.each<[string, number, number]>([
    ['{}', 0, 0],
    ['{"skewMs":1}', 1, 1],
    ['{"later":[1],"skewMs":1500}', 1, 1_500],
  ])('%s is read', (text, count, max) => {
    expect(verify(withFrame(utf8(text)))).toMatchObject({
      ...{ ok: true, total_count: 3, verified_count: 3 },
      ...{ clock_skews: count, skew_ms_max: max },
    });
  });

  test.each([
    ...['', 'no', '[]', 'null', '7', '{"skewMs":0}', '{"skewMs":-1}', '{"skewMs":1.5}'],
    ...['{"skewMs":"5"}', '{"skewMs":null}', '{"skewMs":1e300}', '{ "skewMs":5}', '{"b":1,"a":2}'],
  ])('%j is a damaged frame, and the log goes on', (text) => {
    const report = verify(withFrame(utf8(text)));
    expect(kinds(report)).toEqual(['damaged_frame 2']);
    expect(report.findings[0]?.message).toBe(`s: malformed statistics at ${first.whole.length}`);
    expect(report).toMatchObject({ verified_count: 3, clock_skews: 0, skew_ms_max: 0 });
  });

  test('bytes that are no text, and a wrong CRC, are each one finding', () => {
    expect(kinds(verify(withFrame(Uint8Array.of(0xff))))).toEqual(['damaged_frame 2']);
    const frame = encodeFrame(frameTypes.statistics, utf8('{"skewMs":5}'));
    frame[9] = 0x7a;
    const report = verify(concatBytes(first.whole, frame, second.whole));
    expect(kinds(report)).toEqual(['damaged_frame 2']);
    expect(report.clock_skews).toBe(0);
  });

  test('the worst is said, also over segments', async () => {
    const skews = [2_000, 5_000, 3_000];
    const epochs = makeEpochs([1, 1, 1], { statistics: (at) => `{"skewMs":${skews[at]}}` });
    const directory = temporary();
    writeLog(directory, makeSegments(epochs, 1));
    const report = await verifyLog(directory, keyring);
    expect(report).toMatchObject({ ok: true, clock_skews: 3, skew_ms_max: 5_000 });
  });
});

describe('a state that cannot be one is a finding', () => {
  const bytes = makeSegments(makeEpochs([2, 3]), 9)[0]?.[1] as Uint8Array;
  const state = verify(bytes).state as VerifyState;
  const roots = state.tree.roots.map(() => 'no');

  test('each malformed member, in turn; then all is read', () => {
    expect(verify(bytes, state)).toMatchObject({ ok: true, total_count: 5 });
    const wrongs: readonly Record<string, unknown>[] = [
      ...[{ v: 2 }, { checkpoint: 7 }, { checkpoint: 'x' }, { previous: 7 }, { previous: 'x' }],
      ...[{ previous: '00' }, { time: -1 }, { time: '1' }, { segment: 0.5 }, { offset: null }],
      ...[{ clock_skews: -1 }, { skew_ms_max: '0' }, { tree: 7 }, { tree: null }],
      ...[{ tree: { size: 1, roots } }, { tree: { size: 5, roots: state.tree.roots } }],
      { checkpoint: state.checkpoint.replace('ops', 'other') },
      { checkpoint: state.checkpoint.replace(/.{6}=\n$/, 'AAAAAA=\n') },
      { tree: { ...state.tree, size: 7, roots: Array(3).fill('0'.repeat(64)) } },
    ];
    for (const wrong of wrongs) {
      const report = verify(bytes, { ...state, ...wrong } as VerifyState);
      expect(kinds(report), JSON.stringify(wrong)).toEqual(['signature 0']);
      expect(report).toMatchObject({ total_count: 5, verified_count: 5, state: null });
    }
    expect(kinds(verify(bytes, 'text' as unknown as VerifyState))).toEqual(['signature 0']);
  });

  test('and one whose tree is another gives no signed root', () => {
    const other = { size: 2, roots: ['0'.repeat(64)] };
    expect(kinds(verify(bytes, { ...state, tree: other }))).toContain('root_mismatch 4');
  });
});

describe('blobs that leaves name', () => {
  const deploy = (snapshot: string, catalogue: string): LeafBody => ({
    ...{ kind: 'deploy', snapshot, parent: null, catalogue, dropped: [] },
  });
  const config = (action: string, detail?: string): LeafBody => ({
    ...{ kind: 'config', actor: 'ann', resource: 'log', action, outcome: 'success' },
    ...(detail === undefined ? {} : { detail }),
  });
  /** What is said of blobs in a log of these leaves, an epoch each. */
  const said = async (
    directory: string,
    bodies: readonly LeafBody[],
  ): Promise<readonly string[]> => {
    const epochs = makeEpochs(
      bodies.map(() => 1),
      { body: (seq) => bodies[seq] },
    );
    writeLog(directory, makeSegments(epochs, 2));
    const { findings, missing_blobs } = await verifyLog(directory, keyring);
    expect(findings.every(({ kind }) => kind === 'blob')).toBe(true);
    expect(missing_blobs).toBe(findings.length);
    return findings.map(({ seq, message }) => `${seq} ${message}`);
  };
  const [gone, lost] = [fakeHash('gone'), fakeHash('lost')];

  test('are missing, unless a later retention says so', async () => {
    const directory = temporary();
    writeLog(directory, []);
    const put = (value: unknown): string =>
      putBlob(nodeFs, directory, 'retention', canonical(value));
    expect(await said(directory, [deploy(gone, lost), deploy(gone, lost)])).toEqual([
      `0 ${gone} is missing`,
      `0 ${lost} is missing`,
    ]);
    const listed = put({ blobs: [gone], payloads: [] });
    expect(await said(directory, [deploy(gone, lost), config('retain', listed)])).toEqual([
      `0 ${lost} is missing`,
    ]);
    // Before it was named, under another action, or without a document: no excuse.
    const others = [config('retain', listed), config('retain'), config('other', listed)];
    for (const other of others) {
      const bodies =
        other === others[0] ? [other, deploy(gone, listed)] : [deploy(gone, listed), other];
      expect(await said(directory, bodies)).toHaveLength(1);
    }
    // Named again after it was removed, it must be there again.
    const again = [deploy(gone, listed), config('retain', listed), deploy(gone, listed)];
    expect(await said(directory, again)).toEqual([`2 ${gone} is missing`]);
  });

  test('are read where a retention lists them, which must itself be in order', async () => {
    const directory = temporary();
    writeLog(directory, []);
    const put = (value: unknown): string =>
      putBlob(nodeFs, directory, 'retention', canonical(value));
    for (const value of [{}, { blobs: gone }, { blobs: [7, null] }]) {
      const bodies = [deploy(gone, gone), config('retain', put(value))];
      expect(await said(directory, bodies)).toEqual([`0 ${gone} is missing`]);
    }
    const listed = put({ blobs: [gone] });
    const path = join(directory, 'blob', listed.slice(0, 2), listed);
    const bodies = [deploy(gone, gone), config('retain', listed)];
    expect(await said(directory, bodies)).toEqual([]);
    writeFileSync(path, 'knhk/1/retention\n{"blobs":[]}');
    expect(await said(directory, bodies)).toEqual([
      `1 ${listed} does not hash to its name`,
      `0 ${gone} is missing`,
    ]);
    rmSync(path);
    expect(await said(directory, bodies)).toEqual([
      `0 ${gone} is missing`,
      `1 ${listed} is missing`,
    ]);
  });
});

test('a directory whose FORMAT says another origin, or cannot be read', async () => {
  const directory = temporary();
  writeLog(directory, makeSegments(makeEpochs([2]), 1), 'example.com/other');
  const report = await verifyLog(directory, keyring);
  expect(report.findings[0]?.message).toContain('FORMAT');
  expect(report).toMatchObject({ damaged_frames: 1, verified_count: 2 });
});
