import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { KnhkError } from '../../../src/base/errors.ts';
import { type CompileShapesOptions, compileShapes } from '../../../src/shapes/document.ts';
import { modelOf } from '../../../src/shapes/models.ts';
import { termText } from '../../../src/shapes/nquads.ts';
import type { ValidationResult } from '../../../src/shapes/report/types.ts';
import { pathText } from '../../../src/shapes/sparql/path-text.ts';
import { shapesValidator } from '../../../src/shapes/validator.ts';
import { parseTurtle, type QuadLike, type TermLike } from '../../../src/terms/turtle.ts';
import { oxigraphEvaluator } from './oxigraph.ts';

// The SPARQL part of the W3C SHACL test suite, which is not part of this repository.
const suites =
  process.env['KNHK_SUITES'] ??
  fileURLToPath(new URL('../../../../shared/suites', import.meta.url));
const folder = resolve(suites, 'w3c-shacl/tests/sparql');
const present = existsSync(folder);
if (!present) console.warn(`SKIPPED: no W3C SHACL suite at ${folder}; set KNHK_SUITES`);

const sh = 'http://www.w3.org/ns/shacl#';
const mf = 'http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#';
const sht = 'http://www.w3.org/ns/shacl-test#';
const rdfType = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type';

const files = present
  ? ['node', 'property', 'component', 'pre-binding'].flatMap((room) =>
      readdirSync(resolve(folder, room))
        .filter((name) => name.endsWith('.ttl') && name !== 'manifest.ttl')
        .map((name) => `${room}/${name}`),
    )
  : [];

const options: CompileShapesOptions = {
  sparql: 'allow',
  imports: { 'http://datashapes.org/dash': '' },
};

interface Case {
  readonly shapes: string;
  readonly expected: readonly string[];
  readonly fails: boolean;
}

function valuesOf(quads: readonly QuadLike[], subject: string, predicate: string): TermLike[] {
  return quads
    .filter((quad) => quad.subject.value === subject && quad.predicate.value === predicate)
    .map((quad) => quad.object);
}

/** Blank nodes have labels of their own on each side. */
const textOf = (term: TermLike | null | undefined): string =>
  !term ? '-' : term.termType === 'BlankNode' ? '_' : termText(term);

function caseOf(file: string): Case {
  const path = resolve(folder, file);
  const quads = parseTurtle(readFileSync(path, 'utf8'), file, pathToFileURL(path).href);
  const report = quads.find(({ predicate }) => predicate.value === `${mf}result`)?.object;
  const members = ['focusNode', 'resultPath', 'value', 'sourceConstraintComponent']
    .concat(['resultSeverity', 'sourceShape'])
    .map((name) => sh + name);
  const expected = valuesOf(quads, report?.value ?? '', `${sh}result`).map((result) =>
    members.map((member) => textOf(valuesOf(quads, result.value, member)[0])).join(' '),
  );
  const kinds = [`${sh}ValidationReport`, `${sh}ValidationResult`, `${sht}Validate`];
  const about = new Set(
    quads
      .filter(
        ({ predicate, object }) => predicate.value === rdfType && kinds.includes(object.value),
      )
      .map(({ subject }) => subject.value),
  );
  // The document without the test's own description and expected report.
  const shapes = quads
    .filter(
      ({ subject, predicate, object }) =>
        !about.has(subject.value) && !about.has(object.value) && predicate.value !== `${mf}entries`,
    )
    .map((quad) => `${[quad.subject, quad.predicate, quad.object].map(termText).join(' ')} .\n`);
  return {
    shapes: shapes.join(''),
    expected: expected.sort(),
    fails: report?.value === `${sht}Failure`,
  };
}

function keyOf({ focus, path, value, component, severity, shape }: ValidationResult): string {
  const parts = [textOf(focus), path === null ? '-' : pathText(path), textOf(value)];
  return [...parts, `<${component}>`, `<${severity}>`, textOf(shape)].join(' ');
}

const reasons: Readonly<Record<string, string>> = {
  'pre-binding/pre-binding-006.ttl': 'SELECT *',
  'pre-binding/unsupported-sparql-001.ttl': 'MINUS',
  'pre-binding/unsupported-sparql-002.ttl': 'VALUES',
  'pre-binding/unsupported-sparql-003.ttl': 'SERVICE',
  'pre-binding/unsupported-sparql-004.ttl': 'SELECT ?other ?b',
  'pre-binding/unsupported-sparql-005.ttl': 'AS ?this',
  'pre-binding/unsupported-sparql-006.ttl': 'AS ?value',
};

describe.skipIf(!present)('W3C SHACL test suite, SPARQL', () => {
  it('has 15 tests with a report, 7 that must fail, and one that its manifest leaves out', () => {
    expect(files).toHaveLength(23);
    expect(files.filter((file) => caseOf(file).fails)).toEqual(Object.keys(reasons));
  });

  it.each(files.filter((file) => !(file in reasons)))('%s', (file) => {
    const { shapes, expected } = caseOf(file);
    const document = compileShapes(shapes, options);
    expect(document.sparql).toBe(true);
    const validator = shapesValidator(document, { sparql: oxigraphEvaluator() });
    const report = validator.validate(shapes);
    expect(report.results.map(keyOf).sort()).toEqual(expected);
    expect(report.conforms).toBe(expected.length === 0);
    expect(validator.conforms(shapes)).toBe(expected.length === 0);
  });

  it.each(Object.entries(reasons))('%s is refused for %s', (file, reason) => {
    expect(() => compileShapes(caseOf(file).shapes, options)).toThrow(
      expect.objectContaining({
        code: 'KNHK_SHAPES_UNSUPPORTED',
        details: {
          where: expect.stringMatching(/^shape (<.*>|_:b\d+), sh:(select|ask), shapes, line \d+$/),
          expected: expect.stringContaining('(W3C SHACL, appendix A)'),
          got: reason,
        },
      }),
    );
  });

  it.each(files)('%s is a compile error without permission', (file) => {
    const refusal = (): unknown =>
      compileShapes(caseOf(file).shapes, { imports: options.imports ?? {} });
    expect(refusal).toThrow(KnhkError);
    expect(refusal).toThrow(/KNHK_SHAPES_UNSUPPORTED at shape (<.*>|_:b\d+), vocabulary/);
  });

  it.each(files.filter((file) => !(file in reasons)))('%s needs an evaluator', (file) => {
    const document = compileShapes(caseOf(file).shapes, options);
    expect(modelOf(document).shapes.length).toBeGreaterThan(0);
    expect(() => shapesValidator(document)).toThrow(
      expect.objectContaining({ code: 'KNHK_SHAPES_UNSUPPORTED' }),
    );
  });
});
