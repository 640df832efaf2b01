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
import { origin, signer } from '../support/runtime.ts';
import { applyLevels, fine, openDesk, setHigh } from './support.ts';

const keyring = { origin, keys: [{ vkey: signer.vkey, from: 0 }] };

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

/** Answers every pattern with another value, within what every stage lets pass. */
export const raiser: Planner = {
  name: 'raiser',
  plan: (_pattern, { document }) => ({
    change: setHigh(20 + ((Number(document.parameters['high']!.value) - 19) % 50)),
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
 * there. The loop goes on: the next cycle promotes, and all of it verifies again.
 */
export async function expectAgreement(
  data: string,
  told: readonly ToldChange[],
  fs?: LogFs,
  parts: Partial<LoopOptions> = {},
): Promise<void> {
  const how = fs === undefined ? {} : { fs };
  const plant = await openPlant({ data, ...how }, parts);
  const { runtime, loop } = plant;
  try {
    expectChain(runtime, told);
    await applySome(runtime);
    const before = runtime.snapshot.hash;
    const report = await loop.cycle();
    const [receipt, ...more] = promotionsIn(report);
    expect([receipt?.snapshot, more]).toEqual([runtime.snapshot.hash, []]);
    expect(runtime.snapshot.hash).not.toBe(before);
    expectChain(runtime, [...told, receipt as ToldChange]);
  } finally {
    await closePlant(plant);
  }
  const report = await verifyLog(data, keyring, how);
  expect([report.ok, report.findings]).toEqual([true, []]);
}

/** The rules in force, as the log tells them. */
export function expectChain(runtime: Runtime, told: readonly ToldChange[]): void {
  const { log } = controlOf(runtime)!;
  const journal = new JournalReader(log, firstLink);
  const hashes = new Map<number, string>();
  let now = '';
  for (const { seq, hash, leaf } of log.entries()) {
    hashes.set(seq, hash);
    expect(journal.take(leaf, hash).filter(({ kind }) => kind === 'finding')).toEqual([]);
    if (leaf.kind === 'apply') expect(leaf.snapshot, `leaf ${seq}`).toBe(now);
    if (leaf.kind === 'promote' || leaf.kind === 'rollback') {
      expect(leaf.parent, `leaf ${seq}`).toBe(now);
      const kind = leaf.kind === 'promote' ? 'proposal' : 'rollback';
      expect(log.getBlob(leaf.proposal)?.kind, `leaf ${seq}`).toBe(kind);
    }
    if (leaf.kind !== 'deploy' && leaf.kind !== 'promote' && leaf.kind !== 'rollback') continue;
    now = leaf.snapshot;
    const identity = JSON.parse(log.getBlob(now)!.text) as { readonly rules: string };
    expect(log.getBlob(identity.rules)?.kind, `leaf ${seq}`).toBe('rules');
  }
  expect(now).toBe(runtime.snapshot.hash);
  for (const { seq, hash } of told) expect(hashes.get(seq)).toBe(hash);
}
