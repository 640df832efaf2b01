import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Program } from '../../src/kernel/program.ts';
import { applyChange, type Change } from '../../src/rules/changes.ts';
import type { RulesDocument } from '../../src/rules/document.ts';
import type { Hook } from '../../src/rules/hooks.ts';
import { linkSnapshot, type Snapshot } from '../../src/rules/snapshot.ts';
import { eq, gte, isIn, lt, param } from '../../src/terms/conditions.ts';
import { firedBy } from '../kernel/lanes.ts';
import { act, catalogue, most, observedOrder, visit } from './makers.ts';

const customers = ['ann', 'bob', 'cy', 'di'];
const hooks: readonly Hook[] = [
  act('a', { when: [gte('amount', param('most'))] }),
  act('b', { when: [eq('customer', 'ann'), lt('amount', 7)] }),
  act('c', { when: [isIn('customer', ['bob', 'cy'])] }),
  act('d', { when: [gte('amount', 3)] }),
];
const rules = [
  ...hooks,
  most(),
  act('v', { on: visit, when: [gte('seconds', param('most'))] }),
  act('w', { on: visit, when: [eq('visitor', 'ann')] }),
];
const code = catalogue(rules);
const link = (document: RulesDocument, before?: Snapshot): Snapshot =>
  linkSnapshot(document, code, { parent: null, version: 1 }, before);
const programOf = (snapshot: Snapshot, type: string): Program => snapshot.plans.get(type)!.program;
const columnsOf = (snapshot: Snapshot, type: string) =>
  programOf(snapshot, type).root.blocks.map(({ columns }) => columns);

const records = customers.flatMap((customer) =>
  [0, 3, 5, 7, 12].map((amount) => {
    const values = { customer, amount, visitor: customer, seconds: amount };
    return new Map(
      Object.entries(values).map(([field, value]) => [JSON.stringify({ field }), value as unknown]),
    );
  }),
);
const answers = (snapshot: Snapshot) =>
  [observedOrder.type, visit.type].map((type) => {
    const { hooks: lanes, program } = snapshot.plans.get(type)!;
    return records.map((seen) => firedBy(program, seen).map((lane) => lanes[lane]!.name));
  });

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.integer({ min: 0, max: 20 }).map(
    (value): Change => ({
      kind: 'parameter',
      name: 'most',
      value,
    }),
  ),
  fc
    .record({ name: fc.constantFrom('a', 'b', 'c', 'd', 'v', 'w'), enabled: fc.boolean() })
    .map((of): Change => ({ kind: 'switch', ...of })),
);

/** A change that says what is so already is refused; here it is left out. */
function changed(document: RulesDocument, item: Change): RulesDocument {
  try {
    return applyChange(document, item);
  } catch {
    return document;
  }
}

describe('rules linked with the snapshot of before', () => {
  test('decide as rules linked anew, over chains of five promotions', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.array(change, { minLength: 5, maxLength: 5 }), (changes) => {
        let { document } = code;
        let snapshot = link(document);
        for (const item of changes) {
          document = changed(document, item);
          const after = link(document, snapshot);
          const fresh = link(document);
          expect(answers(after)).toEqual(answers(fresh));
          if (JSON.stringify(answers(after)) !== JSON.stringify(answers(snapshot))) {
            seen.add(item.kind);
          }
          expect([after.hash, after.rules]).toEqual([fresh.hash, fresh.rules]);
          snapshot = after;
        }
      }),
      { numRuns: 60 },
    );
    expect([...seen].sort()).toEqual(['parameter', 'switch']);
  });

  test('a type whose rules do not change keeps its blocks', () => {
    const before = link(code.document);
    const off = applyChange(code.document, { kind: 'switch', name: 'd', enabled: false });
    const after = link(off, before);
    expect(columnsOf(after, visit.type)[0]).toBe(columnsOf(before, visit.type)[0]);
    expect(columnsOf(after, observedOrder.type)[0]).not.toBe(
      columnsOf(before, observedOrder.type)[0],
    );
  });

  test('what was before keeps deciding as it did', () => {
    const before = link(code.document);
    const first = answers(before);
    const document = applyChange(code.document, { kind: 'parameter', name: 'most', value: 0 });
    const after = link(document, before);
    expect(answers(after)).not.toEqual(first);
    expect(answers(before)).toEqual(first);
    expect(answers(link(code.document, after))).toEqual(first);
  });
});
