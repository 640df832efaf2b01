import fc from 'fast-check';
import type { QuadLike, TermLike } from '../../src/terms/turtle.ts';

// A vocabulary so small that random triples, targets and values meet all the time.
export const ex = 'http://example.com/ns#';
const xsd = 'http://www.w3.org/2001/XMLSchema#';
const rdf = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
const rdfs = 'http://www.w3.org/2000/01/rdf-schema#';

const named = (value: string): TermLike => ({ termType: 'NamedNode', value });
const blank = (value: string): TermLike => ({ termType: 'BlankNode', value });
const typed = (value: string, datatype: string): TermLike => ({
  termType: 'Literal',
  value,
  language: '',
  datatype: named(datatype),
});
const spoken = (value: string, language: string): TermLike => ({
  termType: 'Literal',
  value,
  language,
  datatype: named(`${rdf}langString`),
});
const many = (local: string, lexicals: readonly string[]): TermLike[] =>
  lexicals.map((lexical) => typed(lexical, xsd + local));

const numbered = (letter: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${ex}${letter}${index}`);

export const predicates: readonly string[] = numbered('p', 6);
export const classes: readonly string[] = numbered('C', 6);
export const individuals: readonly string[] = numbered('i', 8);

/** Acyclic, because the reference engine follows superclasses without end. */
const hierarchy: readonly (readonly [number, number])[] = [
  [1, 0],
  [2, 1],
  [3, 0],
  [4, 3],
  [4, 1],
];

/** Numbers and instants, ill-typed ones too: what order and equality are about. */
export const ordered: readonly TermLike[] = [
  ...many('integer', ['0', '1', '01', '2', '-5', '9007199254740992', '9007199254740993']),
  ...many('decimal', ['1.0', '1.5', '0.1', '9007199254740993.0', '-2.50']),
  ...many('double', ['1.0E0', '1.5', 'INF', '-INF', '9007199254740992']),
  ...many('byte', ['7', '1']),
  ...many('dateTime', ['2026-11-21T08:00:00Z', '2026-11-21T09:00:00+01:00']),
  ...many('dateTime', ['2026-11-21T08:00:00', '2026-11-21T08:00:00.5']),
];

/** Texts, among them astral characters and control characters. */
export const texts: readonly TermLike[] = [
  ...many('string', ['', 'a', 'ab', 'abc', 'B', '1', '\u{1d4b3}', 'a\u{1d4b3}', 'a\n"\\']),
  ...['en', 'en-us', 'de', 'eng'].map((language) => spoken('a', language)),
  ...['en', 'de'].map((language) => spoken('b', language)),
  ...['c', 'd'].map((text) => spoken(text, 'en')),
];

const odd: readonly TermLike[] = [
  ...many('integer', ['x', '1.5', '']),
  ...many('byte', ['300']),
  ...many('boolean', ['true', '1', 'maybe']),
  ...many('dateTime', ['2026-13-01T00:00:00Z', 'noon']),
  ...many('date', ['2026-11-21']),
  ...many('double', ['NaN', 'one']),
  typed('a', `${ex}datatype`),
];

export const literals: readonly TermLike[] = [...ordered, ...texts, ...odd];

export const datatypes: readonly string[] = ['integer', 'decimal', 'double', 'byte', 'dateTime']
  .concat(['string', 'boolean', 'date'])
  .map((local) => xsd + local)
  .concat(`${rdf}langString`, `${ex}datatype`);

const subjects: readonly TermLike[] = [
  ...individuals.map(named),
  ...['x', 'y', 'z'].map(blank),
  named(classes[0] as string),
];
const nodes: readonly TermLike[] = [...subjects, ...classes.slice(1).map(named)];

export const triple = (subject: TermLike, predicate: string, object: TermLike): QuadLike => ({
  subject,
  predicate: named(predicate),
  object,
  graph: { termType: 'DefaultGraph', value: '' },
});

const subject = fc.constantFrom(...subjects);
const object = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...subjects) },
  { weight: 1, arbitrary: fc.constantFrom(...nodes) },
  { weight: 2, arbitrary: fc.constantFrom(...ordered) },
  { weight: 2, arbitrary: fc.constantFrom(...texts) },
  { weight: 1, arbitrary: fc.constantFrom(...odd) },
);
const aboutTypes = fc
  .tuple(subject, fc.constantFrom(...classes))
  .map(([of, name]) => triple(of, `${rdf}type`, named(name)));
const aboutClasses = fc
  .constantFrom(...hierarchy)
  .map(([below, above]) =>
    triple(named(`${ex}C${below}`), `${rdfs}subClassOf`, named(`${ex}C${above}`)),
  );
const plain = fc
  .tuple(subject, fc.constantFrom(...predicates), object)
  .map(([of, predicate, value]) => triple(of, predicate, value));
const anyTriple = fc.oneof(
  { weight: 9, arbitrary: plain },
  { weight: 3, arbitrary: aboutTypes },
  { weight: 1, arbitrary: aboutClasses },
);

/** Several values at one or two predicates of a node: for counts, languages, pairs of values. */
const cluster = fc
  .tuple(
    subject,
    fc.array(fc.constantFrom(...predicates), { minLength: 1, maxLength: 2 }),
    fc.oneof(
      fc.array(object, { minLength: 2, maxLength: 4 }),
      fc.subarray([...texts.slice(-8)], { minLength: 4 }),
      fc.subarray([...ordered], { minLength: 1, maxLength: 4 }),
    ),
  )
  .map(([of, at, values]) =>
    at.flatMap((predicate) => values.map((value) => triple(of, predicate, value))),
  );

/** A data graph: mostly triples of the six predicates, with types and a class hierarchy. */
export const dataGraph: fc.Arbitrary<readonly QuadLike[]> = fc
  .tuple(
    fc.array(plain, { minLength: 6, maxLength: 30 }),
    fc.array(cluster, { minLength: 2, maxLength: 6 }).map((all) => all.flat()),
    fc.array(aboutTypes, { minLength: 2, maxLength: 8 }),
    fc.array(aboutClasses, { maxLength: 4 }),
  )
  .map((parts) => distinct(parts.flat()));

const keyOf = ({ subject: of, predicate, object: value }: QuadLike): string =>
  [of, predicate, value].map(termKey).join(' ');

/** One text for each RDF term; blank nodes by their labels. */
export function termKey(term: TermLike): string {
  if (term.termType === 'NamedNode') return `<${term.value}>`;
  if (term.termType === 'BlankNode') return `_:${term.value}`;
  const kind = term.language ? `@${term.language}` : `^^${term.datatype?.value ?? ''}`;
  return JSON.stringify(term.value) + kind;
}

function distinct(quads: readonly QuadLike[]): QuadLike[] {
  return [...new Map(quads.map((quad) => [keyOf(quad), quad])).values()];
}

/** One change of a graph, before it is known what the graph then holds. */
export interface DeltaStep {
  readonly added: readonly QuadLike[];
  /** Places of triples that the graph holds, modulo their number. */
  readonly picks: readonly number[];
  /** To be removed, whether they are there or not. */
  readonly others: readonly QuadLike[];
}

/** Changes that follow one another. */
export const deltaSteps: fc.Arbitrary<readonly DeltaStep[]> = fc.array(
  fc.record({
    added: fc.array(anyTriple, { maxLength: 4 }),
    picks: fc.array(fc.nat(999), { maxLength: 4 }),
    others: fc.array(anyTriple, { maxLength: 1 }),
  }),
  { minLength: 1, maxLength: 5 },
);

/** The step's delta on a graph, and the graph after it: removal first, then addition. */
export function applyStep(
  graph: readonly QuadLike[],
  step: DeltaStep,
): {
  readonly added: readonly QuadLike[];
  readonly removed: readonly QuadLike[];
  readonly after: readonly QuadLike[];
} {
  const picked = step.picks.flatMap((pick) => graph[pick % graph.length] ?? []);
  const removed = [...picked, ...step.others];
  const gone = new Set(removed.map(keyOf));
  const kept = graph.filter((quad) => !gone.has(keyOf(quad)));
  return { added: step.added, removed, after: distinct([...kept, ...step.added]) };
}
