import { describe, expect, it } from 'vitest';
import { KnhkError } from '../../src/base/errors.ts';
import type { CompileShapesOptions } from '../../src/shapes/document.ts';
import { compileShapes, shapesValidator } from '../../src/shapes/index.ts';
import { referenceResults } from './arbitrary-reference.ts';
import { resultKey } from './arbitrary-results.ts';
import { anonymousKey, caseOf, nameOf, present, suiteFiles } from './w3c-suite.ts';

const core = suiteFiles('core');
const sparql = suiteFiles('sparql');
const named = (files: readonly string[]) => files.map((url) => [nameOf(url), url] as const);
// A file of the suite holds a test's description, data and shapes together; some shapes show what
// constrains nothing.
const compile = (shapes: string) => compileShapes(shapes, { inert: 'allow' });

function refusalOf(shapes: string, options: CompileShapesOptions = {}): KnhkError | undefined {
  try {
    compileShapes(shapes, options);
    return undefined;
  } catch (error) {
    if (error instanceof KnhkError) return error;
    throw error;
  }
}

describe.skipIf(!present)('W3C SHACL Core test suite', () => {
  it('has 98 tests with 213 results, 4 of which conform', () => {
    const cases = core.map(caseOf);
    expect(cases).toHaveLength(98);
    expect(cases.flatMap(({ expected }) => expected ?? [])).toHaveLength(213);
    expect(cases.filter(({ conforms }) => conforms)).toHaveLength(4);
  });

  it.each(named(core))('%s', (_name, url) => {
    const { data, shapes, expected, conforms } = caseOf(url);
    const validator = shapesValidator(compile(shapes));
    const report = validator.validate(data);
    const found = report.results.map((result) => resultKey(result, anonymousKey));
    expect(found.sort()).toEqual(expected);
    expect([report.conforms, validator.conforms(data)]).toEqual([conforms, conforms]);
  });

  it.each(named(core))('%s, by the reference engine', async (_name, url) => {
    const { data, shapes, expected } = caseOf(url);
    const results = await referenceResults(compile(shapes), data);
    const found = results.map((result) => resultKey(result, anonymousKey));
    expect(found.sort()).toEqual(expected);
  });

  it('is refused where a shape constrains nothing, unless that is allowed', () => {
    const refused = core.flatMap((url) => {
      const error = refusalOf(caseOf(url).shapesAlone);
      return error === undefined ? [] : [[nameOf(url), error.code]];
    });
    expect(refused.sort()).toEqual([
      ['node/qualified-001.ttl', 'KNHK_SHAPES_UNSUPPORTED'], // a qualified count on a node shape
      ['property/qualifiedValueShape-001.ttl', 'KNHK_SHAPES_UNSUPPORTED'], // an unknown sh: class
      ['property/uniqueLang-002.ttl', 'KNHK_SHAPES_UNSUPPORTED'], // "1"^^xsd:boolean
    ]);
  });
});

describe.skipIf(!present)('W3C SHACL-SPARQL test suite without an evaluator', () => {
  it('has 15 tests with a report and 7 that must fail', () => {
    const cases = sparql.map(caseOf);
    expect(cases.filter(({ expected }) => expected !== undefined)).toHaveLength(15);
    expect(cases.filter(({ expected }) => expected === undefined)).toHaveLength(7);
  });

  it.each(named(sparql))('%s is refused for its SPARQL, by the name of a node', (_name, url) => {
    const { shapesAlone } = caseOf(url);
    const error = refusalOf(shapesAlone, { imports: { 'http://datashapes.org/dash': '' } });
    expect(error?.code).toBe('KNHK_SHAPES_UNSUPPORTED');
    expect(error?.details.where).toMatch(/^shape </);
    expect(error?.details.expected).toContain('SPARQL');
  });
});
