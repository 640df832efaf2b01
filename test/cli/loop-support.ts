import { join } from 'node:path';
import { openKeys } from '../../src/receipts/log/index.ts';
import type { RuntimeOptions } from '../../src/runtime/open.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { rate, shadowOf, stagesWith, TestJournal } from '../loop/support/journal.ts';
import { applyLevels, openDesk, setHigh } from '../loop/support.ts';
import { origin, temporary } from '../support/runtime.ts';

/** Opens the desk of the loop's tests with keys beside its log. */
export async function openDeskBeside(
  data: string = join(temporary(), 'data'),
  options: Partial<RuntimeOptions> = {},
): Promise<Runtime> {
  const { secret, signer } = openKeys(`${data}.keys`, { origin, clock: { now: () => 1_000 } });
  return openDesk({ data, secret, signer, ...options });
}

/** A closed log of a loop and what stands in it. */
export interface LoopLog {
  readonly data: string;
  /** Hashes of the snapshots: deployed, promoted in cycle 1, promoted in cycle 3. */
  readonly snapshots: readonly [string, string, string];
  /** Hashes of the proposals: promoted, rejected, held, promoted. */
  readonly proposals: readonly [string, string, string, string];
}

/**
 * Three cycles: a promotion that was kept; a rejection with problems and a canary that was given
 * up; a promotion without an outcome, one proposal held, another approved and one on a canary.
 */
export async function loopLog(): Promise<LoopLog> {
  const data = join(temporary(), 'data');
  const runtime = await openDeskBeside(data);
  const journal = new TestJournal(runtime);
  const deployed = runtime.snapshot.hash;
  await applyLevels(runtime, [55, 60, 10, 95]);
  const pattern = rate('raise', 0.612345);
  journal.cycle([pattern], { observed: 4, seqs: [1, 4] });
  journal.write({ event: 'alert', pattern });
  const shadow = shadowOf({
    differing: 3,
    fired: { raise: { before: 10, after: 7 } },
    actions: { 'valve.open': { before: 10, after: 7 } },
    examples: [
      {
        ...{ seq: 2, type: 'reading.taken' },
        before: { outcome: 'acted', actions: ['valve.open'] },
        after: { outcome: 'idle', actions: [] },
      },
    ],
  });
  const first = await journal.promote(setHigh(60), { pattern, shadow });
  await applyLevels(runtime, [61], 4);
  const action = { type: 'plant.stop', target: 'urn:plant:1', data: {} };
  const wanted = { planner: 'parameter', change: setHigh(64), reason: 'rejected in cycle 1' };
  journal.cycle([rate('stop', 0.2, { direction: 'less', evidence: {}, seqs: [] })], {
    ...{ problems: [{ phase: 'plan', name: 'model', message: 'no answer\nin time\u001b[2J' }] },
    ...{ cut: true, suppressed: [wanted], actions: [{ action, reasoning: 'too hot' }] },
  });
  const doctrine = { stages: stagesWith({ doctrine: 'KNHK_LOOP_DOCTRINE' }) };
  const rejected = journal.propose(setHigh(80), {
    verdict: 'reject',
    planner: 'model',
    ...doctrine,
  });
  const { proposal } = first;
  const promoted = first.receipt.snapshot;
  const measured = { failedBefore: 0.1, failedAfter: 0.05 };
  journal.write({ event: 'outcome', proposal, snapshot: promoted, outcome: 'kept', measured });
  journal.cycle([pattern]);
  const last = await journal.promote(setHigh(65), { pattern });
  const held = journal.propose({ kind: 'switch', name: 'note-size', enabled: false });
  const approved = journal.propose(setHigh(66), { planner: 'model' });
  const answer = { event: 'approval', notes: ['signed'], approvers: ['ann'] } as const;
  journal.write({ ...answer, proposal: approved, verdict: 'allow' });
  const tried = journal.propose(setHigh(67), { reason: 'on a canary', pattern });
  journal.write({ event: 'canary', proposal: tried, candidate: deployed, percent: 10 });
  await applyLevels(runtime, [70], 5);
  await runtime.close();
  return {
    data,
    snapshots: [deployed, promoted, last.receipt.snapshot],
    proposals: [proposal, rejected, held, last.proposal],
  };
}

type Documents = (...words: string[]) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** What each command about snapshots and the loop answers with. */
export async function loopDocuments(
  documents: Documents,
): Promise<Readonly<Record<string, readonly unknown[]>>> {
  const { data, snapshots } = await loopLog();
  const of = (...words: string[]) => documents(...words, '--data', data);
  const [first, , last] = snapshots;
  return {
    'snapshots list': await of('snapshots', 'list'),
    'snapshots show': await of('snapshots', 'show', first),
    'snapshots diff': await of('snapshots', 'diff', first, last),
    'loop status': await of('loop', 'status'),
    'loop history': await of('loop', 'history'),
    'loop explain': [
      ...(await of('loop', 'explain', '1')),
      ...(await of('loop', 'explain', '2')),
      ...(await of('loop', 'explain', '3')),
    ],
    'snapshots rollback': await of('snapshots', 'rollback', first),
  };
}
