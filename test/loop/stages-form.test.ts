import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { proposalFault } from '../../src/loop/stages/form-shapes.ts';
import { proposalQuads } from '../../src/loop/stages/proposal-quads.ts';
import type { Proposal } from '../../src/loop/types.ts';
import type { Change } from '../../src/rules/changes.ts';
import type { HookBody } from '../../src/rules/hooks.ts';
import type { Condition } from '../../src/terms/conditions.ts';
import { runs } from '../support/effort.ts';

const word = fc.constantFrom('high', 'reading.taken', 'note-size', 'level');
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const scalar = fc.oneof(fc.integer(), finite, fc.boolean(), fc.string());
const operand = fc.oneof(
  fc.record({ field: word }),
  fc.record({ field: word, part: fc.constant('length' as const) }),
  fc.record({ field: word, part: fc.record({ count: scalar }) }),
  fc.record({ window: word }),
  fc.record({ action: word }),
);
const right = fc.oneof(
  fc.record({ value: fc.oneof(scalar, fc.array(scalar, { minLength: 1, maxLength: 4 })) }),
  fc.record({ param: word }),
  operand,
);
const op = fc.constantFrom('eq', 'lt', 'between', 'in', 'matches', 'includes', 'datatype');
const condition = fc.record({ op, left: operand, right }, { requiredKeys: ['op', 'left'] });
const when = fc.array(condition, { maxLength: 8 }) as fc.Arbitrary<Condition[]>;
const leaf = fc.oneof(scalar, fc.record({ field: word }), fc.record({ param: word }));
const act = fc.record(
  { type: word, target: leaf, data: fc.dictionary(fc.string({ maxLength: 4 }), leaf) },
  { requiredKeys: ['type', 'target'] },
);
const hook = fc.record({
  ...{ name: word, priority: fc.integer(), on: word, when, code: fc.constant('act') },
  ...{ act: fc.array(act, { minLength: 1, maxLength: 4 }), protected: fc.boolean() },
}) as unknown as fc.Arbitrary<HookBody>;
const hash = fc.constantFrom('a'.repeat(64), '0123456789abcdef'.repeat(4));
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant('parameter' as const), name: word, value: scalar }),
  fc.record({ kind: fc.constant('switch' as const), name: word, enabled: fc.boolean() }),
  fc.record({ kind: fc.constant('conditions' as const), hook: word, when }),
  fc.record(
    { kind: fc.constant('add-hook' as const), hook, enabled: fc.constant(false as const) },
    { requiredKeys: ['kind', 'hook'] },
  ),
  fc.record({ kind: fc.constant('remove-hook' as const), hook: word }),
  fc.record({ kind: fc.constant('shapes' as const), shapes: fc.option(hash) }),
);
const pattern = fc.record(
  {
    ...{ detector: word, kind: word, subject: word, direction: fc.constantFrom('more', 'less') },
    ...{ confidence: fc.double({ min: 0, max: 1, noNaN: true }), seqs: fc.array(fc.nat()) },
    evidence: fc.dictionary(fc.string({ maxLength: 4 }), finite),
    recommend: fc.constantFrom('observe', 'alert', 'propose', 'enforce'),
  },
  { requiredKeys: ['detector', 'kind', 'subject', 'confidence', 'seqs', 'evidence', 'recommend'] },
);
const proposal = fc.record(
  {
    ...{ parent: hash, change, inverse: change, planner: word, reasoning: word, pattern },
    ...{ shapesText: fc.string(), proposer: word },
    cost: fc.record({ before: fc.nat(), after: fc.nat() }),
  },
  { requiredKeys: ['parent', 'change', 'inverse', 'planner', 'reasoning'] },
) as unknown as fc.Arbitrary<Proposal>;

type Place = readonly (string | number)[];

/** Where the objects of a proposal are whose members are laid down. */
function closedPlaces(value: unknown, at: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const name = at.at(-1);
  // Names of their own, or any JSON.
  if (name === 'data' || name === 'evidence' || name === 'target') return [];
  const inner = Object.entries(value).flatMap(([key, item]) =>
    closedPlaces(item, [...at, Array.isArray(value) ? Number(key) : key]),
  );
  return Array.isArray(value) ? inner : [at, ...inner];
}

/** A copy in which the object at a place was changed. */
function changed(of: Proposal, at: Place, edit: (object: Record<string, unknown>) => void) {
  const copy = structuredClone(of) as unknown as Record<string, unknown>;
  let object: unknown = copy;
  for (const step of at) object = (object as Record<string | number, unknown>)[step];
  edit(object as Record<string, unknown>);
  return copy as unknown as Proposal;
}

const optional = new Set(['shapesText', 'proposer', 'pattern', 'cost', 'part', 'data', 'enabled'])
  .add('direction')
  .add('right');
/** Lists may be empty. */
const list = new Set(['when', 'seqs']);

describe('the shapes of proposals', () => {
  it('accept every proposal', () => {
    fc.assert(
      fc.property(proposal, (given) => {
        expect(proposalFault(given)).toBeUndefined();
      }),
      { numRuns: runs(300) },
    );
  });

  it('refuse a member that is unknown, wherever it stands', () => {
    fc.assert(
      fc.property(proposal, fc.nat(), (given, pick) => {
        const places = closedPlaces(given);
        const at = places[pick % places.length]!;
        const more = changed(given, at, (object) => {
          object['run'] = 'process.exit()';
        });
        expect(proposalFault(more)?.message, JSON.stringify(at)).toBeDefined();
      }),
      { numRuns: runs(200) },
    );
  });

  it('refuse a member that is missing, or is something else', () => {
    fc.assert(
      fc.property(proposal, fc.nat(), fc.nat(), fc.boolean(), (given, pick, which, isGone) => {
        const places = closedPlaces(given);
        const at = places[pick % places.length]!;
        let name = '';
        const less = changed(given, at, (object) => {
          const names = Object.keys(object).filter((key) => key !== 'target');
          name = names[which % Math.max(1, names.length)] ?? '';
          if (isGone) delete object[name];
          else object[name] = [['nested']];
        });
        if (isGone && (optional.has(name) || list.has(name))) return;
        if (name === '') return;
        expect(proposalFault(less)?.message, `${JSON.stringify(at)} ${name}`).toBeDefined();
      }),
      { numRuns: runs(200) },
    );
  });

  const good: Proposal = {
    parent: 'a'.repeat(64),
    change: { kind: 'parameter', name: 'high', value: 60 },
    inverse: { kind: 'parameter', name: 'high', value: 50 },
    planner: 'test',
    reasoning: 'why not',
  };
  it.each([
    ['no hash', { parent: 'A'.repeat(64) }, 'parent breaks PatternConstraintComponent'],
    ['no kind of change', { change: { kind: 'code' } }, 'change breaks ClassConstraintComponent'],
    ['no reason', { reasoning: '' }, 'reasoning breaks MinLengthConstraintComponent'],
    ['endless reasons', { reasoning: 'x'.repeat(8_193) }, 'reasoning breaks MaxLength'],
    ['a cost that is a text', { cost: { before: '1', after: 2 } }, 'before breaks MinInclusive'],
    ['two planners', { planner: ['a', 'b'] }, 'planner breaks MaxCount'],
  ])('refuse %s', (_what, more, message) => {
    const fault = proposalFault({ ...good, ...more } as unknown as Proposal);
    expect(fault?.message).toContain(message);
    expect(proposalFault(good)).toBeUndefined();
  });

  it('name no value', () => {
    const secret = 'Jane Doe, 1 January 1970';
    const inner = { kind: 'parameter', name: 'high', value: { is: secret } };
    const fault = proposalFault({ ...good, change: inner } as unknown as Proposal);
    expect(fault?.message).toContain('value breaks');
    expect(JSON.stringify(fault)).not.toContain('Jane');
  });

  it('have a bound', () => {
    const value = Array.from({ length: 70_000 }, (_, index) => index);
    const huge = {
      kind: 'conditions',
      hook: 'a',
      when: [{ op: 'in', left: {}, right: { value } }],
    };
    const given = { ...good, change: huge } as unknown as Proposal;
    expect(proposalQuads(given)).toBeUndefined();
    expect(proposalFault(given)?.message).toBe('the proposal has too many parts');
  });
});
