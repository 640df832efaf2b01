import { beforeAll, describe, expect, test } from 'vitest';
import { hashOf } from '../../../src/base/canonical.ts';
import type { JournalEntry, ProposalEntry } from '../../../src/loop/journal-types.ts';
import { Knowledge } from '../../../src/loop/knowledge/knowledge.ts';
import type { Pattern, Proposal } from '../../../src/loop/types.ts';
import { applyChange, type Change, inverseOf } from '../../../src/rules/changes.ts';
import { type RulesDocument, rulesHash } from '../../../src/rules/document.ts';
import { controlOf } from '../../../src/runtime/control.ts';
import { rate, shadowOf, stagesWith } from '../support/journal.ts';
import { openDesk, setHigh } from '../support.ts';

let document: RulesDocument;
beforeAll(async () => {
  const runtime = await openDesk();
  document = controlOf(runtime)!.snapshot().document;
  await runtime.close();
});

const parent = 'a'.repeat(64);
const pattern = rate('raise', 0.3);
let seq = 0;

const at = () => ({ seq: ++seq, hash: hashOf('leaf', seq), time: seq });
const wishOf = (change: Change, shown: Pattern | undefined, rules: RulesDocument) => ({
  change,
  inverse: inverseOf(rules, change),
  ...(shown === undefined ? {} : { pattern: shown }),
});

/** Tells knowledge what became of a proposal; returns its hash. */
function tell(
  knowledge: Knowledge,
  change: Change,
  entry: Partial<ProposalEntry>,
  { planner = 'parameter', shown = pattern }: { planner?: string; shown?: Pattern } = {},
): string {
  const reasoning = `${seq}`;
  const proposal: Proposal = {
    ...wishOf(change, shown, document),
    ...{ parent, planner, reasoning },
  };
  const hash = hashOf('proposal', proposal);
  const body: ProposalEntry = {
    ...{ v: 1, cycle: 1, previous: parent, event: 'proposal', proposal: hash, planner },
    ...{ verdict: 'reject', stages: stagesWith(), rules: rulesHash(document), ...entry },
  };
  knowledge.add(body, at(), { proposal, document });
  return hash;
}

const refused = { stages: stagesWith({ doctrine: 'KNHK_LOOP_DOCTRINE' }) };

/** Ends a promoted proposal. */
function conclude(
  knowledge: Knowledge,
  proposal: string,
  outcome: 'kept' | 'withdrawn' | 'undone',
) {
  const snapshot = 'b'.repeat(64);
  const base = { v: 1, cycle: 2, previous: parent } as const;
  const entry: JournalEntry = {
    ...base,
    ...{ event: 'outcome', proposal, snapshot, outcome, measured: {} },
  };
  knowledge.add(entry, at());
}

describe('a change is not proposed again', () => {
  const ways: readonly (readonly [string, (knowledge: Knowledge) => void, RegExp])[] = [
    ['a stage refused it', (k) => tell(k, setHigh(60), refused), /^rejected .*KNHK_LOOP_DOCTRINE/],
    [
      'the shadow refused it',
      (k) => tell(k, setHigh(60), { shadow: shadowOf(), reason: 'too many differ' }),
      /^rejected in cycle 1 \(too many differ\)/,
    ],
    [
      'people denied it',
      (k) => {
        const proposal = tell(k, setHigh(60), { verdict: 'hold' });
        const entry = {
          event: 'approval',
          notes: [],
          approvers: ['ann'],
          verdict: 'deny',
        } as const;
        k.add({ v: 1, cycle: 1, previous: parent, proposal, ...entry }, at());
      },
      /^denied in cycle 1 \(ann\)/,
    ],
    [
      'it was withdrawn',
      (k) => conclude(k, tell(k, setHigh(60), { verdict: 'promote' }), 'withdrawn'),
      /^withdrawn in cycle 1/,
    ],
    [
      'it was undone by hand',
      (k) => conclude(k, tell(k, setHigh(60), { verdict: 'promote' }), 'undone'),
      /^undone in cycle 1/,
    ],
  ];
  test.each(ways)('where %s', (_, happen, reason) => {
    const knowledge = new Knowledge('example.com/a');
    const may = () => knowledge.mayPropose(wishOf(setHigh(60), pattern, document), document);
    expect(may()).toBeUndefined();
    happen(knowledge);
    expect(may()).toMatch(reason);
    // Another value of the same parameter is another change.
    const other = wishOf(setHigh(61), pattern, document);
    expect(knowledge.mayPropose(other, document)).toBeUndefined();
  });

  const others: readonly (readonly [string, Partial<ProposalEntry>])[] = [
    ['it is held', { verdict: 'hold' }],
    ['it was promoted', { verdict: 'promote' }],
    ['the system was unwell', { stages: stagesWith({ invariants: 'KNHK_LOOP_INVARIANT' }) }],
    ['a stage was late', { stages: stagesWith({ static: 'KNHK_LOOP_STAGE_TIMEOUT' }) }],
    [
      'another one came first',
      { reason: 'KNHK_RUNTIME_STALE at promote: ...', shadow: shadowOf() },
    ],
    ['it was not considered', { reason: 'another change was promoted' }],
    [
      'the refusal was advisory',
      {
        reason: 'KNHK_RUNTIME_STALE at promote: ...',
        stages: refused.stages.map((stage) =>
          stage.verdict === 'refuse' ? { ...stage, advisory: true } : stage,
        ),
      },
    ],
  ];
  test.each(others)('but it is where %s', (_, entry) => {
    const knowledge = new Knowledge('example.com/a');
    tell(knowledge, setHigh(60), entry);
    const wish = wishOf(setHigh(60), pattern, document);
    expect(knowledge.mayPropose(wish, document)).toBeUndefined();
    expect(knowledge.planners()).toEqual([]);
  });

  test('a system that was unwell does not hide that the change is bad', () => {
    const knowledge = new Knowledge('example.com/a');
    const codes = { invariants: 'KNHK_LOOP_INVARIANT', doctrine: 'KNHK_LOOP_DOCTRINE' };
    tell(knowledge, setHigh(60), { stages: stagesWith(codes) });
    const wish = wishOf(setHigh(60), pattern, document);
    expect(knowledge.mayPropose(wish, document)).toMatch(/^rejected/);
  });

  test('a proposal that is lost, or whose rules are, refuses nothing', () => {
    for (const context of [{}, { document }]) {
      const knowledge = new Knowledge('example.com/a');
      const entry = {
        event: 'proposal',
        proposal: parent,
        planner: 'p',
        verdict: 'reject',
      } as const;
      const base = { v: 1, cycle: 1, previous: parent, rules: parent, ...refused } as const;
      knowledge.add({ ...base, ...entry }, at(), context);
      const wish = wishOf(setHigh(60), undefined, document);
      expect(knowledge.mayPropose(wish, document)).toBeUndefined();
      expect(knowledge.proposals()).toMatchObject([{ state: 'rejected', change: null, basis: '' }]);
    }
  });
});

describe('until its evidence is another', () => {
  const shown: readonly (readonly [string, Pattern | undefined, boolean])[] = [
    ['the same', rate('raise', 0.3), false],
    ['a number 19 % higher', rate('raise', 0.357), false],
    ['a number 19 % lower', rate('raise', 0.243), false],
    ['a number 21 % higher', rate('raise', 0.363), true],
    ['a number 21 % lower', rate('raise', 0.237), true],
    ['another subject', rate('stop', 0.3), true],
    ['another kind', rate('raise', 0.3, { kind: 'silence' }), true],
    ['the other direction', rate('raise', 0.3, { direction: 'less' }), true],
    [
      'a number more',
      rate('raise', 0.3, { evidence: { rate: 0.3, historyRate: 0.1, n: 1 } }),
      true,
    ],
    ['another number', rate('raise', 0.3, { evidence: { rate: 0.3, n: 0.1 } }), true],
    [
      'another detector and confidence',
      rate('raise', 0.3, { detector: 'x', confidence: 1 }),
      false,
    ],
    ['other seqs', rate('raise', 0.3, { seqs: [7] }), false],
    ['nothing at all', undefined, true],
  ];
  test.each(shown)('%s', (_, now, isNew) => {
    const knowledge = new Knowledge('example.com/a');
    tell(knowledge, setHigh(60), refused);
    const reason = knowledge.mayPropose(wishOf(setHigh(60), now, document), document);
    expect(reason === undefined).toBe(isNew);
  });

  test('each refusal counts, not the last alone', () => {
    const knowledge = new Knowledge('example.com/a');
    const [low, high] = [rate('raise', 0.2), rate('raise', 0.4)];
    tell(knowledge, setHigh(60), refused, { shown: low });
    tell(knowledge, setHigh(60), refused, { shown: high });
    for (const now of [low, high]) {
      expect(knowledge.mayPropose(wishOf(setHigh(60), now, document), document)).toBeDefined();
    }
    const wish = wishOf(setHigh(60), rate('raise', 0.3), document);
    expect(knowledge.mayPropose(wish, document)).toBeUndefined();
  });
});

describe('until the rules that bear on it are others', () => {
  const condition = (hook: string, value: number): Change => {
    const { when } = document.hooks.find(({ name }) => name === hook)!;
    const field = 'field' in when[0]!.left ? when[0]!.left.field : '';
    return {
      ...{ kind: 'conditions', hook },
      when: [...when, { op: 'neq', left: { field }, right: { value } }],
    };
  };
  const cases = (): readonly (readonly [string, Change, Change, boolean])[] => [
    ['another value', setHigh(60), setHigh(51), true],
    ['a hook that reads the parameter', setHigh(60), condition('raise', 1), true],
    [
      'that hook switched off',
      setHigh(60),
      { kind: 'switch', name: 'raise', enabled: false },
      true,
    ],
    ['another parameter', setHigh(60), { kind: 'parameter', name: 'spare', value: 6 }, false],
    ['a hook that does not', setHigh(60), condition('note-size', 1), false],
    [
      'a parameter that the hook reads',
      { kind: 'switch', name: 'raise', enabled: false },
      setHigh(51),
      true,
    ],
    [
      'a parameter that it does not',
      { kind: 'switch', name: 'raise', enabled: false },
      { kind: 'parameter', name: 'spare', value: 6 },
      false,
    ],
    ['rules beside shapes', { kind: 'shapes', shapes: null }, setHigh(51), false],
  ];
  test.each([0, 1, 2, 3, 4, 5, 6, 7])('case %d', (index) => {
    const [, change, between, isNew] = cases()[index]!;
    const knowledge = new Knowledge('example.com/a');
    tell(knowledge, change, refused);
    const now = applyChange(document, between);
    const inverse = inverseOf(document, change);
    const reason = knowledge.mayPropose({ change, inverse, pattern }, now);
    expect(reason === undefined).toBe(isNew);
    expect(knowledge.mayPropose({ change, inverse, pattern }, document)).toBeDefined();
  });

  test('a doctrine about the parameter, and code, which may read any', () => {
    const knowledge = new Knowledge('example.com/a');
    tell(knowledge, setHigh(60), refused);
    const wish = wishOf(setHigh(60), pattern, document);
    const rule = { id: 'another', parameter: 'high', between: [0, 99] } as const;
    const doctrines = [...document.doctrines, { name: 'later', rules: [rule] }];
    expect(knowledge.mayPropose(wish, { ...document, doctrines })).toBeUndefined();
    const elsewhere = [{ name: 'later', rules: [{ ...rule, parameter: 'spare' }] }];
    const more = { ...document, doctrines: [...document.doctrines, ...elsewhere] };
    expect(knowledge.mayPropose(wish, more)).toBeDefined();
    const hooks = [...document.hooks, { ...document.hooks[0]!, name: 'new', when: [], code: 'x' }];
    const { act: _, ...coded } = hooks.at(-1)!;
    const given = { ...document, hooks: [...document.hooks, coded] };
    expect(knowledge.mayPropose(wish, given)).toBeUndefined();
  });
});

describe('planners', () => {
  const planners = ['a', 'b', 'c', 'd'].map((name) => ({ name }));
  const ranked = (knowledge: Knowledge) => knowledge.rank(planners).map(({ name }) => name);

  test('without a record keep their order', () => {
    expect(ranked(new Knowledge('example.com/a'))).toEqual(['a', 'b', 'c', 'd']);
  });

  test('are ranked by (kept + 1) / (concluded + 2)', () => {
    const knowledge = new Knowledge('example.com/a');
    const promoted = (planner: string) =>
      tell(knowledge, setHigh(60), { verdict: 'promote' }, { planner });
    // b: 2 of 3, 3/5; d: 1 of 1, 2/3; a: 0 of 1, 1/3; c: none, 1/2.
    for (const outcome of ['kept', 'withdrawn', 'kept'] as const) {
      conclude(knowledge, promoted('b'), outcome);
    }
    conclude(knowledge, promoted('d'), 'kept');
    tell(knowledge, setHigh(60), refused, { planner: 'a' });
    expect(ranked(knowledge)).toEqual(['d', 'b', 'c', 'a']);
    expect(knowledge.planners()).toEqual([
      { planner: 'a', kept: 0, concluded: 1 },
      { planner: 'b', kept: 2, concluded: 3 },
      { planner: 'd', kept: 1, concluded: 1 },
    ]);
  });

  test('what was kept and is undone later counts once, as not kept', () => {
    const knowledge = new Knowledge('example.com/a');
    const proposal = tell(knowledge, setHigh(60), { verdict: 'promote' }, { planner: 'a' });
    conclude(knowledge, proposal, 'kept');
    conclude(knowledge, proposal, 'undone');
    expect(knowledge.planners()).toEqual([{ planner: 'a', kept: 0, concluded: 1 }]);
    expect(knowledge.outcomes().map(({ outcome }) => outcome)).toEqual(['kept', 'undone']);
  });
});
