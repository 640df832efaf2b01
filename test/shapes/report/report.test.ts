import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileShapes } from '../../../src/shapes/document.ts';
import { reportQuads } from '../../../src/shapes/report/quads.ts';
import { reportTurtle } from '../../../src/shapes/report/turtle.ts';
import type { ValidationReport, ValidationResult } from '../../../src/shapes/report/types.ts';
import { shapesValidator } from '../../../src/shapes/validator.ts';
import { parseTurtle, type TermLike } from '../../../src/terms/turtle.ts';
import { termKey } from '../arbitrary-data.ts';
import { anyReport, blank, named, pathKey, sh, text } from './fixtures.ts';
import { GraphReader, referenceReport, withoutLabels } from './reading.ts';

/** One text for a result, blank nodes through `data` and `shape`. */
function resultKey(
  result: ValidationResult,
  data: (label: string) => string,
  shape: (label: string) => string,
): string {
  const key = (term: TermLike, name: (label: string) => string): string =>
    term.termType === 'BlankNode' ? `_:${name(term.value)}` : termKey(term);
  const { focus, path, value, component, severity, messages, detail } = result;
  return JSON.stringify([
    ...[key(focus, data), path && pathKey(path), value && key(value, data)],
    ...[component, severity, key(result.shape, shape)],
    [...new Set(messages.map(termKey))].sort(),
    detail.map((nested) => resultKey(nested, data, shape)).sort(),
  ]);
}

const example: ValidationResult = {
  focus: blank('b0'),
  path: {
    kind: 'sequence',
    paths: [
      { kind: 'predicate', iri: 'urn:p' },
      {
        kind: 'alternative',
        paths: [
          { kind: 'inverse', path: { kind: 'predicate', iri: 'urn:q' } },
          { kind: 'predicate', iri: `${sh}name` },
        ],
      },
    ],
  },
  value: {
    termType: 'Literal',
    value: '5',
    datatype: named('http://www.w3.org/2001/XMLSchema#integer'),
  },
  component: `${sh}MaxExclusiveConstraintComponent`,
  severity: `${sh}Violation`,
  shape: blank('b0'),
  messages: [{ ...text('zu "groß"\n'), language: 'de' }, text('too large')],
  detail: [],
};
const reportOf = (...results: ValidationResult[]): ValidationReport => ({
  conforms: results.length === 0,
  results,
  truncated: false,
});

describe('reportQuads', () => {
  it('reads back to the same results', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        const quads = reportQuads(report);
        const node = quads[0]?.subject as TermLike;
        const stem = node.value.slice(0, -2);
        const read = new GraphReader(quads).report(node);
        const isPlain = (label: string): boolean => label !== 'a.' && label !== 'ä b';
        const given = report.results.map((result) =>
          resultKey(
            result,
            (label) => (isPlain(label) ? label : '?'),
            (label) => label,
          ),
        );
        const found = read.results.map((result) =>
          resultKey(
            result,
            (label) => (label.startsWith(`${stem}-data-`) ? '?' : label),
            (label) => label.slice(`${stem}-shape-`.length),
          ),
        );
        expect(found).toEqual(given);
        expect(read.conforms).toBe(report.conforms);
      }),
    );
  });
  it('keeps nodes of data, of shapes and of the report apart', () => {
    const clash = ['report', 'report-0', 'report1', 'a b', 'a  b'].map((label) => ({
      ...example,
      path: null,
      focus: blank(label),
    }));
    const quads = reportQuads(reportOf(example, ...clash, ...clash));
    const nodes = quads.flatMap(({ subject, object }) => [subject, object]);
    const found = new Set(nodes.filter(({ termType }) => termType === 'BlankNode').map(termKey));
    // The report, eleven results, six nodes of the path, six foci, one shape.
    expect(found.size).toBe(1 + 11 + 6 + 6 + 1);
    expect(quads[0]?.subject.value).toBe('report2-0');
  });
  it('is the same for the same report', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        expect(reportQuads(structuredClone(report))).toEqual(reportQuads(report));
      }),
      { numRuns: 20 },
    );
  });
});

describe('reportTurtle', () => {
  it('says the same triples', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        const parsed = parseTurtle(reportTurtle(report), 'report');
        expect(withoutLabels(parsed)).toEqual(withoutLabels(reportQuads(report)));
      }),
    );
  });
  it('is laid out for people', () => {
    const nested = { ...example, path: null, value: null, detail: [] };
    expect(reportTurtle(reportOf({ ...example, detail: [nested] }))).toBe(
      `@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

[ a sh:ValidationReport ;
  sh:conforms false ;
  sh:result [ a sh:ValidationResult ;
    sh:focusNode _:b0 ;
    sh:resultPath ( <urn:p> [ sh:alternativePath ( [ sh:inversePath <urn:q> ] sh:name ) ] ) ;
    sh:value 5 ;
    sh:resultMessage "zu \\"groß\\"\\n"@de ;
    sh:resultMessage "too large" ;
    sh:resultSeverity sh:Violation ;
    sh:sourceConstraintComponent sh:MaxExclusiveConstraintComponent ;
    sh:sourceShape _:report-shape-b0 ;
    sh:detail [ a sh:ValidationResult ;
      sh:focusNode _:b0 ;
      sh:resultMessage "zu \\"groß\\"\\n"@de ;
      sh:resultMessage "too large" ;
      sh:resultSeverity sh:Violation ;
      sh:sourceConstraintComponent sh:MaxExclusiveConstraintComponent ;
      sh:sourceShape _:report-shape-b0
    ]
  ]
] .
`,
    );
  });
});

describe('the cardinalities of W3C SHACL, section 3.6, as shapes', () => {
  // The standard gives them in words; there are no official shapes of a report.
  const shapes = `
@prefix sh: <${sh}> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix : <urn:shape:> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
:Report sh:targetClass sh:ValidationReport ; sh:closed true ; sh:ignoredProperties ( rdf:type ) ;
  sh:property [ sh:path sh:conforms ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:boolean ] ;
  sh:property [ sh:path sh:result ; sh:class sh:ValidationResult ] .
:Result sh:targetClass sh:ValidationResult ; sh:closed true ; sh:ignoredProperties ( rdf:type ) ;
  sh:property [ sh:path sh:focusNode ; sh:minCount 1 ; sh:maxCount 1 ] ;
  sh:property [ sh:path sh:resultPath ; sh:maxCount 1 ; sh:nodeKind sh:BlankNodeOrIRI ] ;
  sh:property [ sh:path sh:value ; sh:maxCount 1 ] ;
  sh:property [ sh:path sh:resultMessage ;
    sh:or ( [ sh:datatype xsd:string ] [ sh:datatype rdf:langString ] ) ] ;
  sh:property [ sh:path sh:resultSeverity ; sh:minCount 1 ; sh:maxCount 1 ; sh:nodeKind sh:IRI ] ;
  sh:property [ sh:path sh:sourceConstraintComponent ;
    sh:minCount 1 ; sh:maxCount 1 ; sh:nodeKind sh:IRI ] ;
  sh:property [ sh:path sh:sourceShape ; sh:maxCount 1 ; sh:nodeKind sh:BlankNodeOrIRI ] ;
  sh:property [ sh:path sh:detail ; sh:class sh:ValidationResult ] .`;
  it('accept every report', () => {
    const validator = shapesValidator(compileShapes(shapes));
    fc.assert(
      fc.property(anyReport, (report) => {
        expect(validator.validate(reportQuads(report)).results).toEqual([]);
      }),
    );
  });
  it('accept a report and not one without focus, as rdf-validate-shacl reads them', async () => {
    const turtle = reportTurtle(reportOf(example));
    const cut = turtle.replace('sh:focusNode _:b0 ;', '');
    expect((await referenceReport(shapes, turtle)).conforms).toBe(true);
    expect((await referenceReport(shapes, cut)).conforms).toBe(false);
  });
});
