import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Runs } from '../../../src/shapes/graph/runs.ts';
import { GraphTerms, kinds } from '../../../src/shapes/graph/terms.ts';
import { TripleGraph } from '../../../src/shapes/graph/triples.ts';

type Ids = readonly [number, number, number];

const nodes = 12;
const id = fc.integer({ min: 1, max: nodes });
const predicate = fc.integer({ min: 1, max: 3 });
const triple: fc.Arbitrary<Ids> = fc.tuple(id, predicate, id);
// Enough of one subject that runs are searched and sorted in the way of long ones.
const hub: fc.Arbitrary<Ids[]> = fc.array(
  fc.tuple(fc.constant(1), predicate, fc.integer({ min: 1, max: 400 })),
  { minLength: 100, maxLength: 300 },
);
const load = fc.oneof(fc.array(triple, { maxLength: 60 }), hub);

function termsOf(count: number): GraphTerms {
  const terms = new GraphTerms();
  while (terms.size <= count) terms.iri(`urn:n:${terms.size}`);
  return terms;
}

function loaded(triples: readonly Ids[]): TripleGraph {
  const graph = new TripleGraph(termsOf(400));
  for (const each of triples) graph.add(...each);
  graph.seal();
  return graph;
}

function edges(runs: Runs, node: number): string[] {
  const found: string[] = [];
  for (let slot = runs.from[node]!; slot < runs.to[node]!; slot++) {
    found.push(`${runs.p[slot]} ${runs.other[slot]}`);
  }
  return found;
}

/** What the graph says, in every way there is, against the plain set. */
function expectEqual(graph: TripleGraph, set: ReadonlyMap<string, Ids>): void {
  const triples = [...set.values()];
  expect(graph.size).toBe(triples.length);
  const order = (a: Ids, b: Ids): number => a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
  const out = graph.out;
  const inbound = graph.inbound();
  for (let node = 1; node <= 400; node++) {
    const own = triples.filter(([s]) => s === node).sort(order);
    expect(edges(out, node)).toEqual(own.map(([, p, o]) => `${p} ${o}`));
    const into = triples.filter(([, , o]) => o === node).sort((a, b) => a[1] - b[1] || a[0] - b[0]);
    expect(edges(inbound, node)).toEqual(into.map(([s, p]) => `${p} ${s}`));
  }
  for (const [s, p] of triples) {
    expect(out.find(s, p)).toBe(true);
    expect(out.hi - out.lo).toBe(triples.filter((each) => each[0] === s && each[1] === p).length);
    expect([...out.p.subarray(out.lo, out.hi)].every((each) => each === p)).toBe(true);
  }
  const subjects = new Set(triples.map(([s]) => s));
  for (const subject of subjects) expect(graph.subjects).toContain(subject);
  expect(new Set(graph.subjects).size).toBe(graph.subjects.length);
}

const asMap = (triples: readonly Ids[]): Map<string, Ids> =>
  new Map(triples.map((each) => [each.join(), each]));

describe('TripleGraph', () => {
  it('is the set of what was loaded, in whatever order', () => {
    fc.assert(
      fc.property(load, (triples) => {
        expectEqual(loaded(triples), asMap(triples));
        expectEqual(loaded([...triples].sort((a, b) => a[0] - b[0])), asMap(triples));
      }),
      { numRuns: 60 },
    );
  });

  it('stays that set under any insertions and removals', () => {
    const change = fc.tuple(fc.boolean(), triple);
    fc.assert(
      fc.property(
        load,
        fc.array(change, { maxLength: 120 }),
        fc.boolean(),
        (triples, changes, early) => {
          const graph = loaded(triples);
          const set = asMap(triples);
          if (early) graph.inbound();
          for (const [isInsert, each] of changes) {
            const there = set.has(each.join());
            expect(graph.has(...each)).toBe(there);
            if (isInsert) {
              expect(graph.insert(...each)).toBe(!there);
              set.set(each.join(), each);
            } else {
              expect(graph.remove(...each)).toBe(there);
              set.delete(each.join());
            }
          }
          expectEqual(graph, set);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is empty again after a reset, and takes the next graph', () => {
    fc.assert(
      fc.property(load, load, fc.boolean(), (first, second, isChanged) => {
        const graph = loaded(first);
        graph.inbound();
        if (isChanged) graph.insert(2, 3, 399);
        graph.reset();
        for (const each of second) graph.add(...each);
        graph.seal();
        expectEqual(graph, asMap(second));
      }),
      { numRuns: 40 },
    );
  });

  it('takes terms that come after it was sealed', () => {
    const graph = loaded([[1, 2, 3]]);
    graph.inbound();
    const late: number[] = [];
    for (let count = 0; count < 2_000; count++) late.push(graph.terms.iri(`urn:late:${count}`));
    for (const node of late) expect(graph.insert(node, 2, 3)).toBe(true);
    expect(graph.inbound().count(3)).toBe(2_001);
    expect(graph.has(late[1_999]!, 2, 3)).toBe(true);
  });
});

describe('GraphTerms', () => {
  const xsd = 'http://www.w3.org/2001/XMLSchema#';
  const literal = (value: string, datatype: string, language = '') => ({
    termType: 'Literal',
    value,
    language,
    datatype: { value: datatype },
  });
  const samples = [
    { termType: 'NamedNode', value: 'urn:x' },
    { termType: 'BlankNode', value: 'urn:x' },
    literal('urn:x', `${xsd}string`),
    literal('1', `${xsd}integer`),
    literal('01', `${xsd}integer`),
    literal('1', `${xsd}decimal`),
    literal('1', 'http://www.w3.org/1999/02/22-rdf-syntax-ns#langString', 'en'),
    literal('1', 'http://www.w3.org/1999/02/22-rdf-syntax-ns#langString', 'de'),
    literal('', `${xsd}string`),
  ];

  it('gives each term one id, of the base where the base has it, and the term back', () => {
    const base = new GraphTerms();
    const constants = samples.slice(0, 5).map((term) => base.intern(term));
    const terms = new GraphTerms(base);
    const ids = samples.map((term) => terms.intern(term));
    expect(ids.slice(0, 5)).toEqual(constants);
    expect(new Set(ids).size).toBe(samples.length);
    expect(samples.map((term) => terms.intern(term))).toEqual(ids);
    expect(samples.map((term) => terms.find(term))).toEqual(ids);
    expect(ids.map((each) => terms.termOf(each))).toMatchObject(samples);
    expect(terms.kinds[ids[1]!]).toBe(kinds.blank);
    expect(terms.find({ termType: 'NamedNode', value: 'urn:other' })).toBe(-1);
  });

  it('has languages in lower case, since their case means nothing', () => {
    const terms = new GraphTerms();
    const upper = terms.intern(literal('a', '', 'EN-us'));
    expect(terms.languageOf(upper)).toBe('en-us');
    expect(terms.find(literal('a', '', 'en-US'))).toBe(upper);
    expect(terms.datatypeOf(upper)).toMatch(/langString$/);
  });

  it('tells terms of one text apart, in large graphs too', () => {
    const base = new GraphTerms();
    const constants = samples.slice(0, 4).map((term) => base.intern(term));
    const terms = new GraphTerms(base);
    const early = samples.slice(4, 7).map((term) => terms.intern(term));
    // With so many texts the constants move into one table with the rest.
    const many = Array.from({ length: 3_000 }, (_, at) => literal(`${at}`, `${xsd}integer`));
    const ids = many.map((term) => terms.intern(term));
    const late = samples.slice(7).map((term) => terms.intern(term));
    expect([...constants, ...early, ...late]).toEqual(samples.map((term) => terms.find(term)));
    expect([...constants, ...early, ...late]).toEqual(samples.map((term) => terms.intern(term)));
    expect(many.map((term) => terms.intern(term))).toEqual(ids);
    // "1" as an integer is a constant here.
    expect(ids[1]).toBe(constants[3]);
    expect(new Set([...ids, ...early, ...late, ...constants]).size).toBe(
      3_000 + samples.length - 1,
    );
    terms.reset();
    expect(samples.slice(0, 4).map((term) => terms.intern(term))).toEqual(constants);
    expect(samples.slice(4).map((term) => terms.find(term))).toEqual(
      samples.slice(4).map(() => -1),
    );
  });

  it('forgets its own terms and keeps the constants', () => {
    const base = new GraphTerms();
    const constants = samples.slice(0, 3).map((term) => base.intern(term));
    const terms = new GraphTerms(base);
    for (const term of samples) terms.intern(term);
    terms.reset();
    for (const term of samples.slice(3)) expect(terms.find(term)).toBe(-1);
    const again = [...samples].reverse().map((term) => terms.intern(term));
    expect(again.slice(-3).reverse()).toEqual(constants);
    expect(new Set(again).size).toBe(samples.length);
    expect(again.map((each) => terms.termOf(each))).toMatchObject([...samples].reverse());
  });
});
