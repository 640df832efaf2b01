import fc from 'fast-check';
import { hashOf } from '../../../src/base/canonical.ts';
import type { JournalEntry } from '../../../src/loop/journal-types.ts';
import type { EntryContext, Knowledge } from '../../../src/loop/knowledge/knowledge.ts';
import type { EntryPlace, RulesChange } from '../../../src/loop/knowledge/types.ts';
import type { Proposal } from '../../../src/loop/types.ts';
import { inverseOf } from '../../../src/rules/changes.ts';
import type { RulesDocument } from '../../../src/rules/document.ts';
import { rate, shadowOf, stagesWith } from '../support/journal.ts';
import { setHigh } from '../support.ts';

/** One thing that knowledge hears of. */
export type Step =
  | { readonly entry: JournalEntry; readonly context: EntryContext }
  | { readonly change: Omit<RulesChange, keyof EntryPlace>; readonly proposal: string };

export const hashes: readonly string[] = ['a', 'b', 'c'].map((digit) => digit.repeat(64));
/** Longer than what is kept of it, with a pair of units where it is cut. */
const long = `${'x'.repeat(8_191)}\u{1f600}`;
const anyHash = fc.constantFrom(...hashes);
const patterns = fc
  .record({
    subject: fc.constantFrom('raise', 'stop', 'note-size'),
    now: fc.constantFrom(0.2, 0.4),
  })
  .map(({ subject, now }) => rate(subject, now));

/** The proposals that steps are about, of few planners and for few changes. */
export function proposalsFor(document: RulesDocument): readonly Proposal[] {
  return [51, 52, 60].flatMap((value) =>
    ['parameter', 'model'].map((planner) => {
      const change = setHigh(value);
      const inverse = inverseOf(document, change);
      const pattern = rate('raise', value / 100);
      return { ...{ change, inverse, planner, pattern }, parent: hashes[0]!, reasoning: 'why' };
    }),
  );
}

/** Any order of anything; most orders no loop would ever write. */
export function steps(document: RulesDocument): fc.Arbitrary<readonly Step[]> {
  const proposals = proposalsFor(document);
  const named = fc.constantFrom(...proposals.map((proposal) => hashOf('proposal', proposal)));
  const base = fc.record({ v: fc.constant(1 as const), cycle: fc.nat(9), previous: anyHash });
  const entry = fc.oneof(
    fc.record({
      ...{ event: fc.constant('cycle' as const), observed: fc.nat(9), cut: fc.boolean() },
      seqs: fc.constant([1, 2] as const),
      patterns: fc.array(patterns, { maxLength: 3 }),
      proposals: fc.array(named, { maxLength: 2 }),
      actions: fc.constant([]),
      suppressed: fc.constant([]),
      problems: fc.constantFrom([], [{ phase: 'plan', name: 'model', message: 'late' }]),
    }),
    fc.record({ event: fc.constant('alert' as const), pattern: patterns }),
    fc.record({
      ...{ event: fc.constant('approval' as const), proposal: named },
      ...{ notes: fc.constant([]), approvers: fc.constant(['ann']) },
      verdict: fc.constantFrom('allow' as const, 'deny' as const),
    }),
    fc.record({
      ...{ event: fc.constant('canary' as const), proposal: named, candidate: anyHash },
      percent: fc.constantFrom(0, 10, 100),
    }),
    fc.record({
      ...{ event: fc.constant('outcome' as const), proposal: named, snapshot: anyHash },
      outcome: fc.constantFrom('kept' as const, 'withdrawn' as const, 'undone' as const),
      reason: fc.constantFrom('fine', long),
      measured: fc.constant({ failed: 0.1 }),
    }),
  );
  const considered = fc
    .record({
      proposal: fc.constantFrom(...proposals),
      verdict: fc.constantFrom('promote' as const, 'hold' as const, 'reject' as const),
      how: fc.constantFrom(
        { stages: stagesWith() },
        { stages: stagesWith({ doctrine: 'KNHK_LOOP_DOCTRINE' }) },
        { stages: stagesWith(), shadow: shadowOf(), reason: long },
      ),
    })
    .map(({ proposal, verdict, how }) => ({
      body: {
        ...{ event: 'proposal' as const, proposal: hashOf('proposal', proposal) },
        ...{ planner: proposal.planner, verdict, rules: hashes[1]!, ...how },
      },
      context: { proposal, document },
    }));
  return fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.tuple(base, entry).map(([start, body]) => told(start, body)) },
      {
        weight: 4,
        arbitrary: fc
          .tuple(base, considered)
          .map(([start, { body, context }]) => told(start, body, context)),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          change: fc.record({
            kind: fc.constantFrom('deploy' as const, 'promote' as const, 'rollback' as const),
            snapshot: anyHash,
          }),
          proposal: named,
        }),
      },
    ),
    { maxLength: 40 },
  );
}

const told = (start: object, body: object, context: EntryContext = {}): Step => ({
  entry: { ...start, ...body } as JournalEntry,
  context,
});

/** Tells knowledge of a step, which stands at a place of its own. */
export function take(knowledge: Knowledge, step: Step, seq: number): void {
  const place = { seq, hash: hashOf('leaf', seq), time: 1_000 + seq };
  if ('entry' in step) knowledge.add(step.entry, place, step.context);
  else knowledge.follow({ ...step.change, ...place }, step.proposal);
}
