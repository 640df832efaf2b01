import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodeFs } from '../../src/receipts/log/fs.ts';
import { verifyLog } from '../../src/receipts/log/index.ts';
import { locateState } from '../../src/receipts/log/verify-place.ts';
import {
  LogVerifier,
  type VerifyReport,
  type VerifyState,
} from '../../src/receipts/verify/index.ts';
import { runs } from '../support/effort.ts';
import { keyring, origin, otherSigner, temporary } from './support.ts';
import { type Epoch, makeEpochs, makeSegments, writeLog } from './verify-logs.ts';

const statistics = (index: number): string | undefined =>
  index % 2 === 1 ? `{"skewMs":${1_000 + index}}` : undefined;
const kinds = ({ findings }: VerifyReport): string[] =>
  findings.map(({ seq, kind }) => `${kind} ${seq}`);

/** The state after the first epochs of a log. */
async function stateOf(epochs: readonly Epoch[], perSegment = 100): Promise<VerifyState> {
  const directory = temporary();
  writeLog(directory, makeSegments(epochs, perSegment));
  const { state } = await verifyLog(directory, keyring);
  return state as VerifyState;
}

/** Bytes that a run reads, as its progress says, and its report. */
async function run(
  directory: string,
  resume?: VerifyState,
  since?: string,
): Promise<{ bytes: number; report: VerifyReport }> {
  let bytes = 0;
  const report = await verifyLog(directory, keyring, {
    ...(resume === undefined ? {} : { resume }),
    ...(since === undefined ? {} : { since }),
    onProgress: (progress) => {
      expect(progress.bytes).toBeLessThanOrEqual(progress.totalBytes);
      bytes = progress.bytes;
    },
  });
  return { bytes, report };
}

describe('a resumed run', () => {
  test('gives the report of a whole one, wherever the log was cut, sealed or not', async () => {
    const directory = temporary();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 8 }),
        fc.integer({ min: 1, max: 4 }),
        fc.nat(),
        fc.nat({ max: 3 }),
        async (counts, perSegment, cut, sealed) => {
          const epochs = makeEpochs(counts, { statistics });
          const known = 1 + (cut % (epochs.length - 1));
          writeLog(directory, makeSegments(epochs.slice(0, known), perSegment));
          const { state } = await verifyLog(directory, keyring);
          writeLog(directory, makeSegments(epochs, perSegment, sealed));
          const { report } = await run(directory);
          expect(report.ok).toBe(true);
          // Through JSON, as it is kept.
          const kept = JSON.parse(JSON.stringify(state)) as VerifyState;
          expect((await run(directory, kept)).report).toEqual(report);
        },
      ),
      { numRuns: runs(80) },
    );
  });

  test('reads the last epoch again and what came later, no more', async () => {
    const directory = temporary();
    const epochs = makeEpochs([2, 3, 2, 4, 1]);
    const state = await stateOf(epochs.slice(0, 3), 2);
    writeLog(directory, makeSegments(epochs, 2));
    const { bytes, report } = await run(directory, state);
    const rest = epochs.slice(2).reduce((sum, { whole }) => sum + whole.length, 0);
    expect(bytes).toBe(rest);
    expect(report).toMatchObject({ ok: true, total_count: 12, verified_count: 12 });
    // In a sealed segment the epoch has moved, and is found.
    writeLog(directory, makeSegments(epochs, 2, 2));
    const moved = await run(directory, { ...state, offset: 99 });
    expect(moved.bytes).toBe(
      epochs.slice(2, 4).reduce((sum, { sealed }) => sum + sealed.length, 0) +
        (epochs[4] as Epoch).whole.length,
    );
    expect(moved.report).toEqual((await run(directory)).report);
  });

  test('with nothing new comes to the same state', async () => {
    const epochs = makeEpochs([2, 3]);
    const directory = temporary();
    writeLog(directory, makeSegments(epochs, 1));
    const { report } = await run(directory);
    expect((await run(directory, report.state as VerifyState)).report).toEqual(report);
  });

  test('finds damage in what is new, and then reads all', async () => {
    const epochs = makeEpochs([2, 3, 2]);
    const state = await stateOf(epochs.slice(0, 2));
    const directory = temporary();
    const [[, bytes]] = makeSegments(epochs, 100) as [[number, Uint8Array]];
    const bad = Uint8Array.from(bytes);
    const at = (epochs[0] as Epoch).whole.length + (epochs[1] as Epoch).whole.length + 200;
    bad[at] = (bad[at] as number) ^ 1;
    writeLog(directory, [[0, bad]]);
    const { report } = await run(directory, state);
    expect(report).toEqual((await run(directory)).report);
    expect(report).toMatchObject({ ok: false, state: null, total_count: 7 });
    // What the state was behind is verified too: it may be what is wrong.
    const old = Uint8Array.from(bad);
    old[60] = (old[60] as number) ^ 1;
    writeLog(directory, [[0, old]]);
    expect(kinds((await run(directory, state)).report)).toEqual(
      kinds((await run(directory)).report),
    );
  });
});

describe('a state', () => {
  test('is none where anything was found, or nothing is signed', async () => {
    const directory = temporary();
    writeLog(directory, makeSegments(makeEpochs([2], { time: (seq) => 9 - seq }), 1));
    expect((await run(directory)).report).toMatchObject({
      retrocausation_violations: 1,
      state: null,
    });
    writeLog(directory, [[0, new Uint8Array()]]);
    expect((await run(directory)).report.state).toBeNull();
  });

  test('of a longer log means rollback, of another history a fork', async () => {
    const epochs = makeEpochs([2, 3, 2]);
    const directory = temporary();
    writeLog(directory, makeSegments(epochs.slice(0, 1), 1));
    const cut = await run(directory, await stateOf(epochs));
    expect(kinds(cut.report)).toEqual(['rollback 2']);
    const other = makeEpochs([2, 3, 2, 1], { time: (seq) => 2_000 + seq });
    for (const perSegment of [1, 2, 100]) {
      writeLog(directory, makeSegments(other, perSegment));
      const state = await stateOf(epochs, perSegment);
      expect(kinds((await run(directory, state)).report)).toEqual(['fork 6']);
    }
    // The same leaves in other epochs are the same history.
    writeLog(directory, makeSegments(makeEpochs([1, 5, 3]), 100));
    expect((await run(directory, await stateOf(epochs))).report).toMatchObject({
      ok: true,
      total_count: 9,
    });
  });

  test('of another log, or signed by another key, is a finding, and all is read', async () => {
    const epochs = makeEpochs([2, 3]);
    const directory = temporary();
    writeLog(directory, makeSegments(epochs, 1));
    const foreign = makeEpochs([2, 3], { by: otherSigner });
    const verifier = new LogVerifier({
      keyring: { origin, keys: [{ vkey: otherSigner.vkey, from: 0 }] },
    });
    verifier.segment(0, 's');
    verifier.push(makeSegments(foreign, 2)[0]?.[1] as Uint8Array);
    const { state } = verifier.finish();
    const { report } = await run(directory, state as VerifyState);
    expect(kinds(report)).toEqual(['signature 0']);
    expect(report).toMatchObject({ total_count: 5, verified_count: 5, state: null });
  });

  test('whose every member was changed never hides what is wrong, and never throws', async () => {
    const epochs = makeEpochs([2, 3, 2], { statistics });
    const good = temporary();
    writeLog(good, makeSegments(epochs, 100));
    const [[, bytes]] = makeSegments(epochs, 100) as [[number, Uint8Array]];
    const bad = temporary();
    const changed = Uint8Array.from(bytes);
    const at = bytes.length - 700;
    changed[at] = (changed[at] as number) ^ 1;
    writeLog(bad, [[0, changed]]);
    const state = await stateOf(epochs.slice(0, 2));
    const members = Object.keys(state) as (keyof VerifyState)[];
    const value = fc.oneof(
      fc.constantFrom<unknown>(null, undefined, 0, 1, -1, 1.5, '', 'x', [], {}, 2 ** 53),
      fc.constantFrom<unknown>('0'.repeat(64), { size: 1, roots: ['0'.repeat(64)] }),
      fc.constantFrom<unknown>({ size: 0, roots: [] }, ...epochs.map(({ note }) => note)),
      fc.nat({ max: 5_000 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...members), value, async (name, other) => {
        const forged = { ...state, [name]: other } as VerifyState;
        const { report } = await run(good, forged);
        expect(report.total_count).toBe(7);
        expect(['', 'signature 0']).toContain(kinds(report).join());
        expect((await run(bad, forged)).report.ok).toBe(false);
      }),
      { numRuns: runs(150) },
    );
    for (const nonsense of [null, 7, 'text'] as unknown[]) {
      const { report } = await run(good, nonsense as VerifyState);
      expect(kinds(report)).toEqual(['signature 0']);
    }
  });

  test('is looked for in its own segment only', async () => {
    const epochs = makeEpochs([2, 3]);
    const directory = temporary();
    writeLog(directory, makeSegments(epochs, 1));
    const state = await stateOf(epochs, 1);
    expect(locateState(nodeFs, directory, state)).toEqual(state);
    expect(locateState(nodeFs, directory, { ...state, segment: 0 })).toBeUndefined();
    expect(locateState(nodeFs, directory, { ...state, segment: 1 })).toBeUndefined();
    expect(locateState(nodeFs, directory, { ...state, offset: 5 })).toEqual(state);
  });
});

describe('a state and a remembered checkpoint', () => {
  const epochs = makeEpochs([2, 3, 2, 1]);
  const note = (at: number): string => (epochs[at] as Epoch).note;
  const fork = makeEpochs([2, 3, 2, 1], { time: (seq) => (seq < 3 ? 1_000 + seq : 3_000) });
  const sinceFork = (at: number): string => (fork[at] as Epoch).note;

  test('that is younger is compared, one that is older makes it read all', async () => {
    const directory = temporary();
    writeLog(directory, makeSegments(epochs, 1));
    const state = await stateOf(epochs.slice(0, 3), 1);
    for (const at of [0, 1, 2, 3]) {
      const good = await run(directory, state, note(at));
      expect(good.report).toEqual((await run(directory, undefined, note(at))).report);
      expect(good.report.ok).toBe(true);
    }
    expect(kinds((await run(directory, state, sinceFork(3))).report)).toEqual(['fork 7']);
    expect(kinds((await run(directory, state, sinceFork(2))).report)).toEqual(['fork 6']);
    // Before the state: the leaves have to be read for it.
    expect(kinds((await run(directory, state, sinceFork(1))).report)).toEqual(['fork 4']);
  });
});

test('a signal ends it without a report, before and between pieces', async () => {
  const directory = temporary();
  writeLog(directory, makeSegments(makeEpochs([2, 3]), 1));
  const reason = new Error('enough');
  const aborted = AbortSignal.abort(reason);
  await expect(verifyLog(directory, keyring, { signal: aborted })).rejects.toBe(reason);
  const stop = new AbortController();
  const verifying = verifyLog(directory, keyring, {
    signal: stop.signal,
    onProgress: () => stop.abort(reason),
  });
  await expect(verifying).rejects.toBe(reason);
});

test('LogVerifier resumes where its state says', () => {
  const epochs = makeEpochs([2, 3, 1]);
  const bytes = makeSegments(epochs, 100)[0]?.[1] as Uint8Array;
  const whole = new LogVerifier({ keyring });
  whole.segment(0, 's');
  whole.push(bytes);
  const report = whole.finish();
  const resume = report.state as VerifyState;
  const verifier = new LogVerifier({ keyring, resume });
  expect(verifier.place).toEqual({ segment: 0, offset: resume.offset });
  verifier.segment(verifier.place.segment, 's', verifier.place.offset);
  verifier.push(bytes.subarray(verifier.place.offset));
  expect(verifier.finish()).toEqual(report);
  // Nothing behind the place: what the state signed is gone.
  expect(new LogVerifier({ keyring, resume }).finish().rollback).toBe(true);
});
