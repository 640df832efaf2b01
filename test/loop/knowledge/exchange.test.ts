import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { canonical, hashOf } from '../../../src/base/canonical.ts';
import { checkedKnowledge, importedParts } from '../../../src/loop/knowledge/exchange.ts';
import { Knowledge } from '../../../src/loop/knowledge/knowledge.ts';
import type { RulesDocument } from '../../../src/rules/document.ts';
import { controlOf } from '../../../src/runtime/control.ts';
import { mistakeOf } from '../../support/errors.ts';
import { rate, stagesWith } from '../support/journal.ts';
import { openDesk } from '../support.ts';
import { hashes, proposalsFor, steps, take } from './makers.ts';

let document: RulesDocument;
beforeAll(async () => {
  const runtime = await openDesk();
  document = controlOf(runtime)!.snapshot().document;
  await runtime.close();
});

const base = { v: 1, cycle: 1, previous: hashes[0]! } as const;
const place = (seq: number) => ({ seq, hash: hashOf('leaf', seq), time: seq });

/** Takes a document in, as the entry of the journal does. */
function give(knowledge: Knowledge, imported: string, seq = 0): Knowledge {
  const entry = { ...base, event: 'import', knowledge: hashOf('knowledge', imported) } as const;
  knowledge.add(entry, place(seq), { imported });
  return knowledge;
}

/** Something of every kind, in one log. */
function rich(origin: string): Knowledge {
  const knowledge = new Knowledge(origin);
  const [first, second] = proposalsFor(document);
  const patterns = [rate('raise', 0.3), rate('stop', 0.2, { direction: 'less' })];
  const cycle = { event: 'cycle', observed: 5, seqs: [1, 5], proposals: [], actions: [] } as const;
  const rest = { suppressed: [], problems: [], cut: false, patterns } as const;
  knowledge.add({ ...base, ...cycle, ...rest }, place(1));
  [first!, second!].forEach((proposal, index) => {
    const entry = { event: 'proposal', proposal: hashOf('proposal', proposal) } as const;
    const stages = stagesWith(index === 0 ? { doctrine: 'KNHK_LOOP_DOCTRINE' } : {});
    const verdict = index === 0 ? 'reject' : 'promote';
    const { planner } = proposal;
    const body = { ...base, ...entry, planner, verdict, stages, rules: hashes[1]! } as const;
    knowledge.add(body, place(2 + index), { proposal, document });
  });
  const outcome = { event: 'outcome', outcome: 'kept', measured: { failed: 0.5 } } as const;
  const proposal = hashOf('proposal', second!);
  knowledge.add({ ...base, ...outcome, proposal, snapshot: hashes[2]! }, place(4));
  return knowledge;
}

describe('what was exported', () => {
  test('imported and exported again is the same text', () => {
    fc.assert(
      fc.property(steps(document), (list) => {
        const source = new Knowledge('example.com/a');
        list.forEach((step, seq) => {
          take(source, step, seq);
        });
        const text = source.exportKnowledge();
        const parts = importedParts(text);
        expect(parts.length).toBe(list.length === 0 ? 0 : 1);
        const target = new Knowledge('example.com/b');
        for (const part of parts) expect(part).toEqual(source.toJSON().own);
        give(target, text);
        const [own, other] = importedParts(target.exportKnowledge()).toReversed();
        expect(own).toMatchObject({ origin: 'example.com/b', patterns: [], proposals: [] });
        expect(other === undefined ? [] : [other]).toEqual(parts);
        // A third log, and again: nothing is counted twice, and nothing else comes of it.
        const third = give(new Knowledge('example.com/c'), target.exportKnowledge());
        const once = third.exportKnowledge();
        expect(give(third, text).exportKnowledge()).toBe(once);
      }),
      { numRuns: 30 },
    );
  });

  test('refuses and ranks in another log, and holds nothing there', () => {
    const source = rich('example.com/a');
    const target = give(new Knowledge('example.com/b'), source.exportKnowledge());
    const [wish] = proposalsFor(document);
    expect(target.mayPropose(wish!, document)).toMatch(/^rejected in cycle 1 of example.com\/a/);
    expect(target.planners()).toEqual(source.planners());
    expect(target.planners()).toEqual([
      { planner: 'model', kept: 1, concluded: 1 },
      { planner: 'parameter', kept: 0, concluded: 1 },
    ]);
    expect(target.outcomes()).toMatchObject([{ origin: 'example.com/a', outcome: 'kept' }]);
    expect(target.patterns()).toHaveLength(2);
    const held = proposalsFor(document)[2]!;
    const proposal = hashOf('proposal', held);
    const entry = { event: 'proposal', proposal, planner: 'p', verdict: 'hold' } as const;
    const body = { ...base, ...entry, stages: stagesWith(), rules: hashes[1]! } as const;
    source.add(body, place(9), { proposal: held, document });
    give(target, source.exportKnowledge());
    expect([source.held().length, target.held().length]).toEqual([1, 0]);
    expect(target.proposals({ state: 'held' })).toMatchObject([{ origin: 'example.com/a' }]);
    // An approval in the other log is about its own proposals alone.
    const answer = { event: 'approval', notes: [], approvers: [], verdict: 'allow' } as const;
    target.add({ ...base, ...answer, proposal }, place(10));
    expect(target.proposals({ state: 'approved' })).toEqual([]);
  });

  test('of this log itself, or older than what is known, changes nothing', () => {
    const source = rich('example.com/a');
    const early = source.exportKnowledge();
    const outcome = { event: 'outcome', outcome: 'undone', measured: {} } as const;
    const proposal = hashOf('proposal', proposalsFor(document)[1]!);
    source.add({ ...base, ...outcome, proposal, snapshot: hashes[2]! }, place(20));
    const late = source.exportKnowledge();
    const own = source.toJSON().own;
    expect(give(source, early, 20).toJSON()).toMatchObject({ own, imported: [] });
    const target = give(new Knowledge('example.com/b'), late);
    const known = target.toJSON().imported;
    expect(give(target, early).toJSON().imported).toEqual(known);
    expect(target.planners()[0]).toEqual({ planner: 'model', kept: 0, concluded: 1 });
  });

  test('of more than sixteen logs is taken in for the first sixteen', () => {
    const target = new Knowledge('example.com/z');
    for (let n = 0; n < 20; n++) give(target, rich(`example.com/${n + 10}`).exportKnowledge());
    const { imported } = target.toJSON();
    expect([imported.length, imported.at(-1)?.origin]).toEqual([16, 'example.com/25']);
    expect(importedParts(target.exportKnowledge())).toHaveLength(17);
  });

  test('is stored as canonical JSON', () => {
    const text = rich('example.com/a').exportKnowledge();
    expect(checkedKnowledge(JSON.stringify(JSON.parse(text), null, 2))).toBe(text);
    expect(canonical(JSON.parse(text))).toBe(text);
  });
});

const refusal = (work: () => unknown): string | undefined => mistakeOf(work)?.[0];

type Tree = Record<string, unknown>;

describe('what was changed is refused', () => {
  /** The document with something changed, and the hash that a forger would give it. */
  function forged(change: (parts: Tree[], body: Tree) => void): string {
    const { hash: _, ...body } = JSON.parse(rich('example.com/a').exportKnowledge()) as Tree;
    change(body['parts'] as Tree[], body);
    return JSON.stringify({ ...body, hash: hashOf('knowledge', body) });
  }
  const first = (part: Tree, name: string): Tree => (part[name] as Tree[])[0]!;

  test('a document as it is, forged without a change, is taken', () => {
    expect(importedParts(forged(() => {}))).toHaveLength(1);
  });

  test('at every single character of the text', () => {
    const text = rich('example.com/a').exportKnowledge();
    const at = fc.tuple(fc.nat(text.length - 1), fc.constantFrom(...'0a"}],1x'));
    fc.assert(
      fc.property(at, ([index, other]) => {
        fc.pre(text[index] !== other);
        const changed = text.slice(0, index) + other + text.slice(index + 1);
        expect(refusal(() => importedParts(changed))).toBe('KNHK_LOOP_KNOWLEDGE');
      }),
    );
  });

  const forgeries: readonly (readonly [string, (part: Tree, body: Tree) => void])[] = [
    ['another format', (_, body) => Object.assign(body, { format: 'other' })],
    ['another version', (_, body) => Object.assign(body, { v: 2 })],
    ['a member more', (_, body) => Object.assign(body, { more: 1 })],
    ['a member less', (part) => delete part['planners']],
    ['a member of a part', (part) => Object.assign(part, { more: 1 })],
    ['a member of an item', (part) => Object.assign(first(part, 'proposals'), { more: 1 })],
    ['no list', (part) => Object.assign(part, { patterns: {} })],
    ['no object', (part) => Object.assign(part, { outcomes: [null] })],
    ['an unknown state', (part) => Object.assign(first(part, 'proposals'), { state: 'fine' })],
    ['an unknown outcome', (part) => Object.assign(first(part, 'outcomes'), { outcome: 'good' })],
    ['no hash', (part) => Object.assign(first(part, 'proposals'), { proposal: 'x' })],
    ['half a number', (part) => Object.assign(first(part, 'proposals'), { seq: 1.5 })],
    ['a negative number', (part) => Object.assign(first(part, 'patterns'), { cycles: -1 })],
    ['a cycle 0', (part) => Object.assign(first(part, 'patterns'), { first: -1 })],
    [
      'an unknown change',
      (part) => Object.assign(first(part, 'proposals'), { change: { kind: 'x' } }),
    ],
    [
      'a change with more',
      (part) => Object.assign(first(part, 'proposals')['change'] as Tree, { more: 1 }),
    ],
    [
      'confidence above one',
      (part) => Object.assign(first(part, 'patterns')['pattern'] as Tree, { confidence: 2 }),
    ],
    [
      'evidence that is text',
      (part) => Object.assign(first(part, 'patterns')['pattern'] as Tree, { evidence: { a: 'b' } }),
    ],
    [
      'an unknown direction',
      (part) => Object.assign(first(part, 'patterns')['pattern'] as Tree, { direction: 'up' }),
    ],
    ['more kept than concluded', (part) => Object.assign(first(part, 'planners'), { kept: 9 })],
    ['a seq behind the log', (part) => Object.assign(first(part, 'outcomes'), { seq: 5 })],
    ['an item of another log', (part) => Object.assign(first(part, 'outcomes'), { origin: 'b' })],
    ['an item twice', (part) => (part['proposals'] as Tree[]).push(first(part, 'proposals'))],
    ['a pattern twice', (part) => (part['patterns'] as Tree[]).push(first(part, 'patterns'))],
    ['a planner twice', (part) => (part['planners'] as Tree[]).push(first(part, 'planners'))],
    ['a log twice', (part, body) => (body['parts'] as Tree[]).push(part)],
    [
      'a last cycle before the first',
      (part) => Object.assign(first(part, 'patterns'), { first: 7, last: 6 }),
    ],
    ['a log without leaves', (part) => Object.assign(part, { size: 0 })],
    [
      'a long name',
      (part) => Object.assign(first(part, 'planners'), { planner: 'p'.repeat(1_025) }),
    ],
    [
      'too many items',
      (part) => {
        const one = first(part, 'planners');
        const many = Array.from({ length: 257 }, (_, n) => ({ ...one, planner: `p${n}` }));
        Object.assign(part, { planners: many });
      },
    ],
  ];
  test.each(forgeries)('%s', (_, change) => {
    const text = forged((parts, body) => void change(parts[0]!, body));
    expect(refusal(() => importedParts(text))).toBe('KNHK_LOOP_KNOWLEDGE');
    expect(refusal(() => checkedKnowledge(text))).toBe('KNHK_LOOP_KNOWLEDGE');
  });

  test('no JSON, too long, too deep, no text', () => {
    const deep = `${'['.repeat(100)}${']'.repeat(100)}`;
    const texts = ['', '{', 'null', '[]', deep, '-0', `"${'x'.repeat(67_108_864)}"`];
    for (const text of [...texts, 7 as unknown as string]) {
      expect(refusal(() => importedParts(text))).toBe('KNHK_LOOP_KNOWLEDGE');
    }
  });
});
