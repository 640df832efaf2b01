import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { firstLink, JournalReader } from '../../src/loop/journal-read.ts';
import type { Loop } from '../../src/loop/loop.ts';
import { openLoop } from '../../src/loop/open.ts';
import type { LoopOptions } from '../../src/loop/options.ts';
import type { CycleReport, Detector, Planner } from '../../src/loop/types.ts';
import { type LogFs, verifyLog } from '../../src/receipts/log/index.ts';
import { controlOf } from '../../src/runtime/control.ts';
import type { RuntimeOptions } from '../../src/runtime/open.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { type MemoryFs, memoryFs } from '../../src/testing/index.ts';
import { origin, signer, temporary } from '../support/runtime.ts';
import { applyLevels, fine, openDesk, setHigh } from './support.ts';

const keyring = { origin, keys: [{ vkey: signer.vkey, from: 0 }] };

/** A place for logs in memory: on the machine's own disk lies only the lock, a socket. */
export function memoryPlace(): { readonly data: string; newDisk(): MemoryFs } {
  const data = join(temporary(), 'data');
  mkdirSync(data);
  return { data, newDisk: () => memoryFs({ directories: [dirname(data)] }) };
}

/** Finds something in every cycle. */
export const finder: Detector = {
  name: 'finder',
  detect: (view) => [
    {
      ...{ detector: 'finder', kind: 'test', subject: 'raise', confidence: 1 },
      ...{ recommend: 'propose', seqs: [...view.open.seqs], evidence: { cycle: view.cycle } },
    },
  ],
};

/** Tells people something new in every cycle. */
export const alarmer: Detector = {
  name: 'alarmer',
  detect: (view) => [
    {
      ...{ detector: 'alarmer', kind: 'test', subject: `cycle ${view.cycle}`, confidence: 1 },
      ...{ recommend: 'alert', seqs: [], evidence: {} },
    },
  ],
};

/** Answers every pattern with another value, within what every stage lets pass. */
export const raiser: Planner = {
  name: 'raiser',
  plan: (_pattern, { cycle }) => ({
    change: setHigh(20 + ((30 + cycle) % 50)),
    reasoning: 'one more',
  }),
};

/** Readings that tests apply before a cycle. */
const perRound = 3;

/** A runtime with a loop that promotes in every cycle, and keeps it after so many readings. */
export interface Plant {
  readonly runtime: Runtime;
  readonly loop: Loop;
}

export async function openPlant(
  options: Partial<RuntimeOptions>,
  parts: Partial<LoopOptions> = {},
): Promise<Plant> {
  const runtime = await openDesk({ epochLeaves: 4, segmentBytes: 4_096, ...options });
  try {
    const loop = await openLoop({
      ...{ runtime, autonomy: 'promote', measure: () => fine },
      ...{ detectors: [finder], planners: [raiser], bake: { observations: perRound } },
      ...parts,
    });
    return { runtime, loop };
  } catch (error) {
    await runtime.close().catch(() => {});
    throw error;
  }
}

/** Closes both, whatever the first one says. */
export async function closePlant({ runtime, loop }: Plant): Promise<void> {
  try {
    await loop.close();
  } finally {
    await runtime.close();
  }
}

/** A promotion or rollback as its receipt says it. */
export interface ToldChange {
  readonly seq: number;
  readonly hash: string;
  readonly snapshot: string;
}

/** Applies some readings that were not applied before. */
export function applySome(runtime: Runtime): Promise<void> {
  return applyLevels(runtime, [10, 60, 30], runtime.health().size);
}

export const promotionsIn = ({ proposals }: CycleReport): readonly ToldChange[] =>
  proposals.flatMap(({ receipt, verdict }) =>
    verdict === 'promote' && receipt !== undefined ? [receipt] : [],
  );

/**
 * What must be true of a log after any failure: it verifies; the changes of rules in it are one
 * chain whose end decides now; each names a stored proposal and stored rules; what was told is
 * there. The loop goes on: within so many rounds a change is promoted, and all of it verifies
 * again.
 */
export async function expectAgreement(
  data: string,
  told: readonly ToldChange[],
  fs?: LogFs,
  { parts = {}, roundsMax = 1 }: { parts?: Partial<LoopOptions>; roundsMax?: number } = {},
): Promise<void> {
  const how = fs === undefined ? {} : { fs };
  const plant = await openPlant({ data, ...how }, parts);
  const { runtime, loop } = plant;
  try {
    expectChain(runtime, told);
    const before = promotedIn(runtime);
    for (let round = 0; round < roundsMax && promotedIn(runtime) === before; round++) {
      await applySome(runtime);
      await loop.cycle();
    }
    expect(promotedIn(runtime)).toBe(before + 1);
    expectChain(runtime, told);
  } finally {
    await closePlant(plant);
  }
  const report = await verifyLog(data, keyring, how);
  expect([report.ok, report.findings]).toEqual([true, []]);
}

function promotedIn(runtime: Runtime): number {
  const entries = [...controlOf(runtime)!.log.entries()];
  return entries.filter(({ leaf }) => leaf.kind === 'promote').length;
}

/** The rules in force, as the log tells them. */
export function expectChain(runtime: Runtime, told: readonly ToldChange[]): void {
  const { log } = controlOf(runtime)!;
  const journal = new JournalReader(log, firstLink);
  const hashes = new Map<number, string>();
  let now = '';
  /** The candidate that decides for a share of the subjects. */
  let candidate: string | undefined;
  /** Proposals of which the journal says that they are put in place, and no leaf has done it. */
  const announced = new Set<string>();
  for (const { seq, hash, leaf } of log.entries()) {
    hashes.set(seq, hash);
    const where = `leaf ${seq}`;
    for (const item of journal.take(leaf, hash)) {
      expect(item.kind === 'finding' ? item : undefined, where).toBeUndefined();
      if (item.kind !== 'entry') continue;
      const { entry } = item;
      if (entry.event === 'proposal' && entry.verdict === 'promote') announced.add(entry.proposal);
      if (entry.event !== 'canary') continue;
      if (entry.percent === 100) announced.add(entry.proposal);
      candidate = entry.percent > 0 && entry.percent < 100 ? entry.candidate : undefined;
    }
    if (leaf.kind === 'apply') {
      expect([now, candidate], where).toContain(leaf.snapshot);
      expect([...announced], where).toEqual([]);
    }
    if (leaf.kind === 'promote' || leaf.kind === 'rollback') {
      expect(leaf.parent, where).toBe(now);
      const kind = leaf.kind === 'promote' ? 'proposal' : 'rollback';
      expect(log.getBlob(leaf.proposal)?.kind, where).toBe(kind);
      if (leaf.kind === 'promote') announced.delete(leaf.proposal);
    }
    if (leaf.kind !== 'deploy' && leaf.kind !== 'promote' && leaf.kind !== 'rollback') continue;
    now = leaf.snapshot;
    candidate = undefined;
    const identity = JSON.parse(log.getBlob(now)!.text) as { readonly rules: string };
    expect(log.getBlob(identity.rules)?.kind, where).toBe('rules');
  }
  expect([...announced]).toEqual([]);
  expect(now).toBe(runtime.snapshot.hash);
  expect(controlOf(runtime)!.canary()?.snapshot.hash).toBe(candidate);
  for (const { seq, hash } of told) expect(hashes.get(seq)).toBe(hash);
}
