import { expect } from 'vitest';
import type { LogFs, ReceiptLog } from '../../src/receipts/log/index.ts';
import { verifyLog } from '../../src/receipts/log/index.ts';
import { appendEpochs, applyBody, keyring, open } from './support.ts';

/** What somebody who uses a log was told is durable. */
export interface Told {
  /** Hash and payload by seq. */
  readonly leaves: Map<number, readonly [hash: string, payload: string]>;
  /** Text by hash. */
  readonly blobs: Map<string, string>;
  /** Leaves of the newest savepoint. */
  savepoint: number;
}

export const toldNothing = (): Told => ({ leaves: new Map(), blobs: new Map(), savepoint: 0 });

/** Small enough for several segments in a few epochs. */
const segmentBytes = 3_000;
const roundsOfUse = 6;
/** Leaves that one use appends where nothing fails. */
export const leavesOfUse = 12;

async function appendSome(log: ReceiptLog, count: number, told: Told): Promise<void> {
  for (let index = 0; index < count; index++) {
    const payload = JSON.stringify({ seq: log.size, pad: 'x'.repeat((log.size * 37) % 200) });
    const { seq, hash, durable } = log.append(applyBody(log.size), log.tick(), payload);
    durable.then(
      () => told.leaves.set(seq, [hash, payload]),
      () => {},
    );
  }
  await log.flush();
}

async function useRound(log: ReceiptLog, round: number, told: Told): Promise<void> {
  // Some documents come again: then they are there already, and have to be durable all the same.
  const text = `{"document":${round % 4}}`;
  told.blobs.set(log.putBlob('test', text), text);
  await appendSome(log, 1 + (round % 3), told);
  if (round % 2 === 0) return;
  const { size } = log;
  await log.saveSavepoint(`state ${size}`);
  told.savepoint = size;
}

/** What an opened log shows is told as well: a leaf that was seen, or its checkpoint, must stay. */
async function openAndSee(directory: string, fs: LogFs, told: Told): Promise<ReceiptLog> {
  const log = await open(directory, { fs, segmentBytes });
  try {
    for (const { seq, hash, payload = '' } of log.entries()) told.leaves.set(seq, [hash, payload]);
    return log;
  } catch (error) {
    await log.close().catch(() => {});
    throw error;
  }
}

/** Uses a log in every way until it fails; says what it was told. */
export async function useLog(
  directory: string,
  fs: LogFs,
  told: Told = toldNothing(),
): Promise<Told> {
  let log: ReceiptLog | undefined;
  try {
    log = await openAndSee(directory, fs, told);
    for (let round = 0; round < roundsOfUse; round++) {
      await useRound(log, round, told);
      if (round !== 2) continue;
      await log.close();
      log = await openAndSee(directory, fs, told);
    }
    await log.close();
  } catch {
    // What was told before is what counts; what is refused now was never told.
    await log?.close().catch(() => {});
  }
  return told;
}

/** All that was told is there, in a log that verifies, takes more, and verifies again. */
export async function expectKept(directory: string, fs: LogFs, told: Told): Promise<void> {
  const log = await open(directory, { fs, segmentBytes });
  for (const [seq, [hash, payload]] of told.leaves) {
    const entry = log.read(seq);
    expect([entry.hash, entry.payload]).toEqual([hash, payload]);
  }
  for (const [hash, text] of told.blobs) expect(log.getBlob(hash)).toEqual({ kind: 'test', text });
  const savepoint = log.loadSavepoint() ?? { size: 0, state: 'state 0' };
  expect(savepoint.size).toBeGreaterThanOrEqual(told.savepoint);
  expect(savepoint.state).toBe(`state ${savepoint.size}`);
  const { size } = log;
  expect([...log.entries()].map(({ seq }) => seq)).toEqual([...Array(size).keys()]);
  await appendEpochs(log, [2]);
  await log.close();
  const report = await verifyLog(directory, keyring, { fs });
  expect([report.findings, report.verified_count]).toEqual([[], size + 2]);
}
