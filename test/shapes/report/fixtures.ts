import fc from 'fast-check';
import type { ShapePath } from '../../../src/shapes/model.ts';
import type { ValidationReport, ValidationResult } from '../../../src/shapes/report/types.ts';
import type { TermLike } from '../../../src/terms/turtle.ts';
import { literals } from '../arbitrary-data.ts';

export const sh = 'http://www.w3.org/ns/shacl#';
export const rdf = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
export const named = (value: string): TermLike => ({ termType: 'NamedNode', value });
export const blank = (value: string): TermLike => ({ termType: 'BlankNode', value });

// Labels that the report would use itself, that shapes use too, and that Turtle cannot write.
const labels = ['b0', 'b1', 'report', 'report-0', 'report1-shape-b0', 'n3-0', 'a.b', 'a.', 'ä b'];
const iris = [
  'urn:a',
  `${sh}MinCount`,
  `${sh}not-plain`,
  'http://example.com/ä#%20',
  'urn:\u{1d4b3}',
];
const iri = fc.constantFrom(...iris);
const dataTerm = fc.oneof(
  iri.map(named),
  fc.constantFrom(...labels).map(blank),
  fc.constantFrom(...literals),
  fc.string({ unit: 'binary' }).map(text),
);
const shapeTerm = fc.oneof(iri.map(named), fc.constantFrom('b0', 'b1', 'b2').map(blank));
const message = fc.oneof(
  fc.string({ unit: 'grapheme' }).map(text),
  fc.constantFrom('en', 'de-ch').map((language) => ({ ...text('said'), language, ...langString })),
);
const langString = { datatype: named(`${rdf}langString`) };

export function text(value: string): TermLike {
  const datatype = named('http://www.w3.org/2001/XMLSchema#string');
  return { termType: 'Literal', value, language: '', datatype };
}

const { path: anyPath } = fc.letrec<{ path: ShapePath }>((tie) => ({
  path: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    iri.map((predicate) => ({ kind: 'predicate' as const, iri: predicate })),
    fc.record({
      kind: fc.constantFrom('inverse', 'zeroOrMore', 'oneOrMore', 'zeroOrOne'),
      path: tie('path'),
    }),
    fc.record({
      kind: fc.constantFrom('sequence', 'alternative'),
      paths: fc.array(tie('path'), { minLength: 2, maxLength: 3 }),
    }),
  ) as fc.Arbitrary<ShapePath>,
}));

const resultOf = (detail: fc.Arbitrary<ValidationResult[]>): fc.Arbitrary<ValidationResult> =>
  fc.record({
    focus: dataTerm,
    path: fc.option(anyPath),
    value: fc.option(dataTerm),
    component: iri,
    severity: iri,
    shape: shapeTerm,
    messages: fc.array(message, { maxLength: 3 }),
    detail,
  });
const plain = resultOf(fc.constant([]));
const nested = resultOf(fc.array(resultOf(fc.array(plain, { maxLength: 2 })), { maxLength: 2 }));

/** Reports with every kind of path, and details below details. */
export const anyReport: fc.Arbitrary<ValidationReport> = fc
  .array(fc.oneof(plain, nested), { maxLength: 5 })
  .map((results) => ({ conforms: results.length === 0, results, truncated: false }));

/** A path as text; the reader below gives the same from triples. */
export function pathKey(path: ShapePath): string {
  if (path.kind === 'predicate') return `<${path.iri}>`;
  const inner = 'paths' in path ? `(${path.paths.map(pathKey).join(' ')})` : pathKey(path.path);
  return path.kind === 'sequence' ? inner : `[${path.kind} ${inner}]`;
}
