import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { hashOf } from '../../../src/base/canonical.ts';
import type { CycleEntry, JournalEntry, ProposalEntry } from '../../../src/loop/journal-types.ts';
import { Knowledge, type KnowledgeState } from '../../../src/loop/knowledge/knowledge.ts';
import type { ProposalState } from '../../../src/loop/knowledge/types.ts';
import type { RulesDocument } from '../../../src/rules/document.ts';
import { controlOf } from '../../../src/runtime/control.ts';
import { rate, stagesWith } from '../support/journal.ts';
import { openDesk } from '../support.ts';
import { hashes, proposalsFor, steps, take } from './makers.ts';

const origin = 'example.com/a';
let document: RulesDocument;
beforeAll(async () => {
  const runtime = await openDesk();
  document = controlOf(runtime)!.snapshot().document;
  await runtime.close();
});

/** As a savepoint gives it back. */
const restored = (knowledge: Knowledge): Knowledge =>
  new Knowledge(origin, JSON.parse(JSON.stringify(knowledge)) as KnowledgeState);

/** All that can be asked. */
const answers = (knowledge: Knowledge): unknown => [
  knowledge.toJSON(),
  ...[knowledge.cycles(), knowledge.rules(), knowledge.canary(), knowledge.held()],
  ...[knowledge.patterns(), knowledge.proposals(), knowledge.outcomes(), knowledge.planners()],
  proposalsFor(document).map((wish) => knowledge.mayPropose(wish, document)),
  knowledge.rank([{ name: 'parameter' }, { name: 'model' }, { name: 'none' }]),
  knowledge.exportKnowledge(),
];

test('state that was saved and restored anywhere goes on as if nothing had happened', () => {
  const withCut = steps(document).chain((list) => fc.tuple(fc.constant(list), fc.nat(list.length)));
  fc.assert(
    fc.property(withCut, ([list, cut]) => {
      const straight = new Knowledge(origin);
      let broken = new Knowledge(origin);
      list.forEach((step, index) => {
        take(straight, step, index);
        if (index === cut) broken = restored(broken);
        take(broken, step, index);
      });
      expect(answers(restored(broken))).toEqual(answers(straight));
    }),
  );
});

const base = { v: 1, cycle: 1, previous: hashes[0]! } as const;
let seq = 0;
const place = () => ({ seq: ++seq, hash: hashOf('leaf', seq), time: seq });
const cycle = (more: Partial<CycleEntry> = {}): CycleEntry => ({
  ...{ ...base, event: 'cycle', observed: 5, seqs: [1, 5], patterns: [], proposals: [] },
  ...{ actions: [], suppressed: [], problems: [], cut: false, ...more },
});

describe('a proposal goes', () => {
  const body = () => proposalsFor(document)[0]!;
  const proposal = () => hashOf('proposal', body());
  const consider = (verdict: ProposalEntry['verdict']): JournalEntry => ({
    ...{ ...base, event: 'proposal', proposal: proposal(), planner: 'parameter', verdict },
    ...{ stages: stagesWith(), rules: hashes[1]! },
  });
  const approve = (verdict: 'allow' | 'deny'): JournalEntry => ({
    ...{
      ...base,
      event: 'approval',
      proposal: proposal(),
      notes: ['n'],
      approvers: ['ann'],
      verdict,
    },
  });
  const canary = (percent: number): JournalEntry => ({
    ...{ ...base, event: 'canary', proposal: proposal(), candidate: hashes[2]!, percent },
  });
  const outcome = (how: 'kept' | 'withdrawn' | 'undone'): JournalEntry => ({
    ...{ ...base, event: 'outcome', proposal: proposal(), snapshot: hashes[2]!, outcome: how },
    measured: {},
  });
  const promoted = { kind: 'promote', snapshot: hashes[2]! } as const;
  const elsewhere = { kind: 'rollback', snapshot: hashes[1]! } as const;
  type Told = JournalEntry | typeof promoted | typeof elsewhere;

  const paths: readonly (readonly [string, () => readonly Told[], ProposalState, number])[] = [
    ['held', () => [consider('hold')], 'held', 0],
    ['approved', () => [consider('hold'), approve('allow')], 'approved', 0],
    ['denied', () => [consider('hold'), approve('deny')], 'denied', 0],
    ['promoted', () => [consider('hold'), approve('allow'), promoted], 'promoted', 0],
    ['kept', () => [consider('promote'), promoted, outcome('kept')], 'kept', 0],
    ['stale while held', () => [consider('hold'), elsewhere], 'stale', 0],
    ['stale while approved', () => [consider('hold'), approve('allow'), elsewhere], 'stale', 0],
    ['into a canary', () => [consider('promote'), canary(10)], 'canary', 10],
    ['on in a canary', () => [consider('promote'), canary(10), canary(50)], 'canary', 50],
    ['out of it', () => [consider('promote'), canary(10), canary(0)], 'postponed', 0],
    [
      'out of it, withdrawn',
      () => [consider('promote'), canary(10), canary(0), outcome('withdrawn')],
      'withdrawn',
      0,
    ],
    [
      'through it',
      () => [consider('promote'), canary(10), canary(100), promoted, canary(0)],
      'promoted',
      0,
    ],
    ['out by a rollback', () => [consider('promote'), canary(10), elsewhere], 'stale', 0],
    [
      'past an outcome',
      () => [consider('promote'), canary(10), outcome('withdrawn')],
      'withdrawn',
      0,
    ],
    ['unmoved by rules', () => [consider('reject'), elsewhere], 'postponed', 0],
    ['unmoved once kept', () => [consider('promote'), outcome('kept'), elsewhere], 'kept', 0],
  ];
  test.each(paths)('%s', (_, told, state, percent) => {
    const knowledge = new Knowledge(origin);
    for (const item of told()) {
      if ('event' in item) knowledge.add(item, place(), { proposal: body(), document });
      else knowledge.follow({ ...item, ...place() }, proposal());
    }
    expect(knowledge.proposals()).toMatchObject([{ state, proposal: proposal() }]);
    expect(knowledge.proposals()[0]!.seq).toBeLessThanOrEqual(seq);
    expect(knowledge.canary()?.percent ?? 0).toBe(percent);
    expect(knowledge.held().length).toBe(state === 'held' ? 1 : 0);
  });

  test('to the current rules, held, it stays held', () => {
    const knowledge = new Knowledge(origin);
    knowledge.follow({ kind: 'deploy', snapshot: hashes[0]!, ...place() });
    knowledge.add(consider('hold'), place(), { proposal: body(), document });
    knowledge.follow({ kind: 'deploy', snapshot: hashes[0]!, ...place() });
    expect(knowledge.held()).toHaveLength(1);
    expect(knowledge.rules()).toMatchObject({ kind: 'deploy', snapshot: hashes[0]! });
  });
});

describe('a cycle', () => {
  test('is remembered with counts and problems; promotions of its own are counted', () => {
    const knowledge = new Knowledge(origin);
    const problems = [
      { phase: 'plan', name: 'model', message: 'late' },
      { phase: 'execute', message: 'no room' },
    ];
    const patterns = [rate('raise', 0.3)];
    knowledge.add(cycle({ patterns, problems, cut: true, proposals: [hashes[0]!] }), place());
    const entry: JournalEntry = {
      ...{ ...base, event: 'proposal', proposal: hashes[0]!, planner: 'p', verdict: 'promote' },
      ...{ stages: stagesWith(), rules: hashes[1]! },
    };
    knowledge.add(entry, place());
    knowledge.add({ ...entry, cycle: 2 }, place());
    expect(knowledge.cycles()).toMatchObject([
      {
        ...{ cycle: 1, observed: 5, patterns: 1, proposals: 1, promoted: 1, cut: true },
        problems: ['plan, model: late', 'execute: no room'],
      },
    ]);
  });

  test('counts each pattern once, whoever says it how often; alerts are counted', () => {
    const knowledge = new Knowledge(origin);
    const [now, more] = [rate('raise', 0.3), rate('raise', 0.4)];
    const less = rate('raise', 0.1, { direction: 'less' });
    knowledge.add(cycle({ patterns: [now, more] }), place());
    knowledge.add({ ...base, event: 'alert', pattern: more }, place());
    knowledge.add(cycle({ cycle: 3, patterns: [less, now] }), place());
    expect(knowledge.patterns()).toEqual([
      { origin, pattern: less, cycles: 1, first: 3, last: 3, alerts: 0 },
      { origin, pattern: now, cycles: 2, first: 1, last: 3, alerts: 1 },
    ]);
    expect(knowledge.patterns({ since: 4 })).toEqual([]);
    expect(knowledge.patterns({ since: 3, subject: 'raise' })).toHaveLength(2);
    expect(knowledge.patterns({ subject: 'stop' })).toEqual([]);
    expect(knowledge.patterns({ kind: 'silence' })).toEqual([]);
    expect(knowledge.patterns({ detector: 'other' })).toEqual([]);
  });
});

test('proposals are found by planner, state, change and cycle', () => {
  const knowledge = new Knowledge(origin);
  proposalsFor(document).forEach((proposal, index) => {
    const entry: JournalEntry = {
      ...{ ...base, event: 'proposal', proposal: hashOf('proposal', proposal), verdict: 'hold' },
      ...{ cycle: index, planner: proposal.planner, stages: stagesWith(), rules: hashes[1]! },
    };
    knowledge.add(entry, place(), { proposal, document });
  });
  const count = (query: Parameters<Knowledge['proposals']>[0]) => knowledge.proposals(query).length;
  expect([count({}), count({ planner: 'model' }), count({ state: 'held' })]).toEqual([6, 3, 6]);
  expect([count({ state: 'kept' }), count({ kind: 'parameter' })]).toEqual([0, 6]);
  expect([count({ kind: 'switch' }), count({ name: 'high' }), count({ name: 'x' })]).toEqual([
    0, 6, 0,
  ]);
  expect([count({ since: 4 }), count({ since: 4, planner: 'model' })]).toEqual([2, 1]);
});

test('memory is bounded: what was heard of longest ago is forgotten', () => {
  const knowledge = new Knowledge(origin);
  for (let n = 1; n <= 1_100; n++) {
    const proposal = hashOf('proposal', n);
    knowledge.add(cycle({ cycle: n, patterns: [rate(`hook-${n}`, 0.3)] }), place());
    const entry = { event: 'proposal', proposal, planner: `p${n}`, verdict: 'promote' } as const;
    knowledge.add({ ...base, ...entry, stages: stagesWith(), rules: hashes[1]! }, place());
    const outcome = { event: 'outcome', proposal, snapshot: proposal, outcome: 'kept' } as const;
    knowledge.add({ ...base, ...outcome, measured: {} }, place());
  }
  const [cycles, patterns] = [knowledge.cycles(), knowledge.patterns()];
  expect([cycles.length, cycles[0]!.cycle, cycles.at(-1)!.cycle]).toEqual([256, 845, 1_100]);
  expect([patterns.length, patterns[0]!.pattern.subject]).toEqual([1_024, 'hook-77']);
  expect([knowledge.proposals().length, knowledge.outcomes().length]).toEqual([1_024, 1_024]);
  expect(knowledge.planners()).toHaveLength(256);
  const problems = Array.from({ length: 40 }, () => ({ phase: 'plan', message: 'late' }));
  knowledge.add(cycle({ problems }), place());
  expect(knowledge.cycles().at(-1)!.problems).toHaveLength(16);
});

test('an outcome of a proposal that is forgotten is told without its planner', () => {
  const knowledge = new Knowledge(origin);
  const outcome = { event: 'outcome', outcome: 'kept', measured: { failed: 0 } } as const;
  const hash = hashes[0]!;
  knowledge.add({ ...base, ...outcome, proposal: hash, snapshot: hash, reason: 'fine' }, place());
  expect(knowledge.outcomes()).toMatchObject([{ planner: null, reason: 'fine', proposal: hash }]);
  expect(knowledge.planners()).toEqual([]);
});
