import fc from 'fast-check';
import { afterAll, describe, expect, it, test } from 'vitest';
import { KnhkError } from '../../src/base/errors.ts';
import {
  compileShapes,
  openShapesGate,
  type ShapesValidator,
  shapesValidator,
  type ValidationReport,
} from '../../src/shapes/index.ts';
import { parseTurtle, type QuadLike } from '../../src/terms/turtle.ts';
import { prefixes } from './fixtures.ts';

// What validators of SHACL are known to get wrong although they pass the W3C suite; each through
// the public names of knhk/shapes.

const validatorOf = (turtle: string): ShapesValidator =>
  shapesValidator(compileShapes(prefixes + turtle));
const report = (shapes: string, data: string): ValidationReport =>
  validatorOf(shapes).validate(prefixes + data);
const local = (iri: string): string => iri.replace(/^.*[#/]/, '');

function refusal(turtle: string): KnhkError {
  try {
    compileShapes(prefixes + turtle);
  } catch (error) {
    if (error instanceof KnhkError) return error;
    throw error;
  }
  throw new Error(`accepted: ${turtle}`);
}

/** How often each component, or severity, is named in a report. */
function tally({ results }: ValidationReport, by: 'component' | 'severity'): object {
  const counts: Record<string, number> = {};
  for (const result of results) {
    const name = local(result[by]).replace('ConstraintComponent', '');
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

describe('one bad node that many observations share', () => {
  const shapes = `
    ops:S sh:targetClass ops:Flight ; sh:property [ sh:path ops:from ; sh:node ops:Airport ] .
    ops:Airport sh:property [ sh:path ops:code ; sh:minCount 1 ] .`;

  // A guard against recursion that counts checks instead of depth stops at 51.
  test.each([1, 51, 52, 200, 5_000])('is reported for all %i of them', (count) => {
    const flights = Array.from(
      { length: count },
      (_, at) => `ops:f${at} a ops:Flight ;
      ops:from ops:bad .`,
    );
    const { results, conforms } = report(shapes, flights.join('\n'));
    expect([results.length, conforms]).toEqual([count, false]);
    expect(new Set(results.map(({ focus }) => focus.value)).size).toBe(count);
  });
});

/**
 * Readings of stations of regions, three levels deep, with faults at places known from their
 * numbers. `count` readings are 4 triples each; 50 stations and 5 regions are shared by all.
 */
function network(count: number) {
  const lines: string[] = [];
  const expected = { MaxInclusive: 0, Node: 0, Pattern: 0, Datatype: 0 };
  const isBadRegion = (region: number): boolean => region === 3;
  for (let region = 0; region < 5; region++) {
    lines.push(`ops:r${region} ops:code "${isBadRegion(region) ? 'x' : 'R1'}" .`);
  }
  for (let station = 0; station < 50; station++) {
    lines.push(`ops:s${station} a ops:Station ; ops:region ops:r${station % 5} ; ops:code "S" .`);
    if (isBadRegion(station % 5)) expected.Node++;
  }
  for (let reading = 0; reading < count; reading++) {
    const value = reading % 7 === 0 ? 101 : reading % 100;
    const time = reading % 11 === 0 ? '"noon"' : '"2026-11-21T08:00:00Z"^^xsd:dateTime';
    lines.push(`ops:o${reading} a ops:Reading ; ops:station ops:s${(reading * 3) % 50} ;
      ops:value ${value} ; ops:time ${time} .`);
    if (reading % 7 === 0) expected.MaxInclusive++;
    if (reading % 11 === 0) expected.Datatype++;
    if (isBadRegion(((reading * 3) % 50) % 5)) expected.Node++;
  }
  expected.Pattern = 1;
  return { data: lines.join('\n'), expected };
}

const networkShapes = `
  ops:ReadingShape sh:targetClass ops:Reading ;
    sh:property [ sh:path ops:value ; sh:maxInclusive 100 ] ;
    sh:property [ sh:path ops:time ; sh:datatype xsd:dateTime ] ;
    sh:property [ sh:path ops:station ; sh:node ops:StationShape ] .
  ops:StationShape sh:targetClass ops:Station ;
    sh:property [ sh:path ops:region ; sh:node ops:RegionShape ] .
  ops:RegionShape sh:targetObjectsOf ops:region ;
    sh:property [ sh:path ops:code ; sh:pattern "^R[0-9]$" ] .`;

describe('generated graphs', () => {
  // The benchmark does the same at 100k and 468k triples.
  test.each([700, 7_000])('of %i readings lose no violation', (count) => {
    const { data, expected } = network(count);
    expect(tally(report(networkShapes, data), 'component')).toEqual(expected);
  });
});

describe('one validator, several graphs', () => {
  const shapes = 'ops:S sh:targetClass ops:C ; sh:property [ sh:path ops:p ; sh:minCount 1 ] .';
  const bad = `${prefixes} ops:x a ops:C .`;
  const good = `${prefixes} ops:x a ops:C ; ops:p 1 .`;

  it('has nothing of a bad graph in the report of a good one', () => {
    const validator = validatorOf(shapes);
    const [first, second] = [validator.graph(bad), validator.graph(good)];
    for (const [graph, conforms] of [
      [bad, false],
      [good, true],
      [first, false],
      [second, true],
      [good, true],
      [first, false],
    ] as const) {
      expect(validator.validate(graph)).toMatchObject({
        conforms,
        results: conforms ? [] : [expect.anything()],
      });
      expect(validator.conforms(graph)).toBe(conforms);
    }
  });

  it('has nothing of a graph that could not be read', () => {
    const validator = validatorOf(shapes);
    expect(() => validator.validate(`${bad} ops:y ops:z`)).toThrow('KNHK_TERMS_RDF');
    expect(validator.validate(good).results).toEqual([]);
  });

  it('may be asked again while it reads', () => {
    const validator = validatorOf(shapes);
    const inner: boolean[] = [];
    function* quads(): Iterable<QuadLike> {
      for (const quad of parseTurtle(good, 'data')) {
        inner.push(validator.conforms(bad), validator.conforms(good));
        yield quad;
      }
    }
    expect(validator.conforms(quads())).toBe(true);
    expect(inner).toEqual([false, true, false, true]);
  });

  const gate = openShapesGate({ observations: [], threads: 0 });
  afterAll(() => gate.close());

  it('gives each of 50 concurrent validations its own report', async () => {
    const document = compileShapes(prefixes + shapes);
    const graph = (at: number): string =>
      Array.from({ length: at % 5 }, (_, of) => `ops:x${at}_${of} a ops:C .`).join('\n');
    const reports = await Promise.all(
      Array.from({ length: 50 }, (_, at) => gate.validateGraph(document, prefixes + graph(at))),
    );
    for (const [at, { results }] of reports.entries()) {
      const names = results.map(({ focus }) => local(focus.value)).sort();
      expect(names).toEqual(Array.from({ length: at % 5 }, (_, of) => `x${at}_${of}`));
    }
  });
});

describe('what would be ignored', () => {
  test('SPARQL without an evaluator is no shape', () => {
    const { code, details } = refusal(`ops:S sh:targetClass ops:C ;
      sh:sparql [ sh:select "SELECT $this WHERE { $this a $this }" ] .`);
    expect(code).toBe('KNHK_SHAPES_UNSUPPORTED');
    expect(details.where).toMatch(/^shape <https:\/\/example.com\/ops#S>/);
    expect(details.expected).toContain('SPARQL');
  });

  test('a misspelt constraint is no shape, and the right name is said', () => {
    const { code, details } = refusal(`ops:S sh:targetClass ops:C ;
      sh:property [ sh:path ops:p ; sh:minCont 1 ] .`);
    expect(code).toBe('KNHK_SHAPES_UNSUPPORTED');
    expect(details.got).toContain('sh:minCont');
    expect(`${details.expected} ${details.got}`).toContain('sh:minCount');
    expect(details.where).toMatch(/line \d+/);
  });

  test('a shape has one sh:path', () => {
    const { code, details } = refusal(`ops:S sh:targetClass ops:C ;
      sh:property ops:P . ops:P sh:path ops:p, ops:q ; sh:minCount 1 .`);
    expect(code).toBe('KNHK_SHAPES_UNSUPPORTED');
    expect(details.where).toContain('shape <https://example.com/ops#P>, sh:path');
    expect([details.expected, details.got]).toEqual(['one value', '2']);
  });
});

describe('severities', () => {
  const shapes = (severity: string): string => `ops:S sh:targetNode ops:x ;
    sh:property [ sh:path ops:p ; sh:minCount 1 ; sh:severity ${severity} ] .`;

  test.each(['sh:Info', 'sh:Warning', 'sh:Violation', 'ops:Embarrassment'])(
    '%s violates',
    (severity) => {
      const validator = validatorOf(shapes(severity));
      const found = validator.validate('');
      expect([found.conforms, validator.conforms('')]).toEqual([false, false]);
      expect(tally(found, 'severity')).toEqual({ [severity.replace(/^.*:/, '')]: 1 });
    },
  );
});

describe('shapes that refer to themselves', () => {
  const shapes = `ops:Person sh:targetClass ops:Person ;
    sh:property [ sh:path ops:knows ; sh:node ops:Person ] ;
    sh:property [ sh:path ops:name ; sh:minCount 1 ] .`;
  const ring = (size: number, nameless: readonly number[]): string =>
    Array.from({ length: size }, (_, at) => {
      const name = nameless.includes(at) ? '' : `; ops:name "n"`;
      return `ops:n${at} a ops:Person ; ops:knows ops:n${(at + 1) % size} ${name} .`;
    }).join('\n');

  test.each([1, 2, 3, 1_000])('conform on a cycle of %i where nothing refutes it', (size) => {
    expect(report(shapes, ring(size, [])).conforms).toBe(true);
  });

  test.each([2, 3, 1_000])('refute each other around a cycle of %i', (size) => {
    // Everybody knows somebody who does not conform, in the end.
    expect(tally(report(shapes, ring(size, [0])), 'component')).toEqual({
      MinCount: 1,
      Node: size,
    });
  });

  test('end on a chain that no stack is deep enough for', () => {
    const size = 50_000;
    const chain = Array.from(
      { length: size },
      (_, at) => `ops:n${at} ops:knows ops:n${at + 1} ; ops:name "n" .`,
    );
    const { results } = report(shapes, `ops:n0 a ops:Person . ${chain.join('\n')}`);
    // The last one has no name, so the first does not conform.
    expect(results.map(({ focus }) => local(focus.value))).toEqual(['n0']);
  });
});

describe('exact values', () => {
  const bounded = (bound: string): string => `ops:S sh:targetObjectsOf ops:p ; ${bound} .`;
  const conforms = (shapes: string, value: string): boolean =>
    report(bounded(shapes), `ops:x ops:p ${value} .`).conforms;

  test('integers beyond 2^53 are told apart', () => {
    const least = 'sh:minInclusive 9007199254740993';
    expect(conforms(least, '9007199254740992')).toBe(false);
    expect(conforms(least, '9007199254740993')).toBe(true);
    const fine = 'sh:maxExclusive 0.10000000000000000001';
    expect(conforms(fine, '0.1')).toBe(true);
    expect(conforms(fine, '0.10000000000000000001')).toBe(false);
  });

  it('compares integers of any size as BigInt does', () => {
    const big = fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n });
    const near = fc.tuple(big, fc.bigInt({ min: -2n, max: 2n })).map(([a, b]) => [a, a + b]);
    fc.assert(
      fc.property(near, ([left = 0n, right = 0n]) => {
        expect(conforms(`sh:minInclusive ${left}`, `${right}`)).toBe(right >= left);
        expect(conforms(`sh:maxExclusive ${left}`, `${right}`)).toBe(right < left);
      }),
      { numRuns: 60 },
    );
  });

  test('a character is a code point, in lengths and in patterns', () => {
    expect(conforms('sh:maxLength 1', '"\u{1d4b3}"')).toBe(true);
    expect(conforms('sh:minLength 2', '"\u{1d4b3}"')).toBe(false);
    expect(conforms('sh:pattern "^.$"', '"\u{1d4b3}"')).toBe(true);
    expect(conforms('sh:pattern "^..$"', '"\u{1d4b3}"')).toBe(false);
    expect(conforms('sh:pattern "^[\u{1d4b0}-\u{1d4b5}]$"', '"\u{1d4b3}"')).toBe(true);
  });

  test('an instant without a zone is in no order with one, but for days', () => {
    const after = 'sh:minExclusive "2026-11-21T12:00:00Z"^^xsd:dateTime';
    const at = (text: string): boolean => conforms(after, `"${text}"^^xsd:dateTime`);
    expect([at('2026-11-21T13:00:00'), at('2026-11-23T00:00:00')]).toEqual([false, true]);
    expect([at('2026-11-21T13:00:00+02:00'), at('2026-11-21T12:00:00.001Z')]).toEqual([
      false,
      true,
    ]);
  });

  test('an ill-typed literal has no datatype', () => {
    expect(conforms('sh:datatype xsd:integer', '"x"^^xsd:integer')).toBe(false);
    expect(conforms('sh:datatype xsd:byte', '"300"^^xsd:byte')).toBe(false);
    expect(conforms('sh:datatype xsd:integer', '"+007"^^xsd:integer')).toBe(true);
  });
});
