import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileShapes } from '../../../src/shapes/document.ts';
import type { ValidationResult } from '../../../src/shapes/report/types.ts';
import { type ShapesValidator, shapesValidator } from '../../../src/shapes/validator.ts';
import type { QuadLike } from '../../../src/terms/turtle.ts';
import { shapesDocuments } from '../arbitrary.ts';
import { applyStep, type DeltaStep, dataGraph, deltaSteps } from '../arbitrary-data.ts';

/** Details are in no order. */
const ordered = (result: ValidationResult): ValidationResult => ({
  ...result,
  detail: result.detail
    .map(ordered)
    .map((detail) => ({ detail, text: JSON.stringify(detail) }))
    .sort((left, right) => (left.text < right.text ? -1 : 1))
    .map(({ detail }) => detail),
});

/** All that results say, messages and details too, in one order. */
const texts = (results: readonly ValidationResult[]): string[] =>
  results.map((result) => JSON.stringify(ordered(result))).sort();

/** What the first has more than the second, each as often. */
function less(from: readonly string[], what: readonly string[]): string[] {
  const rest = [...what];
  return from.filter((text) => {
    const at = rest.indexOf(text);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

function checkSteps(
  validator: ShapesValidator,
  data: readonly QuadLike[],
  steps: readonly DeltaStep[],
  detail: boolean,
): void {
  const session = validator.open(data, { detail });
  const full = (quads: readonly QuadLike[]) => {
    const report = validator.validate(quads, { detail });
    return { ...report, texts: texts(report.results) };
  };
  let graph = data;
  let before = full(graph);
  expect(texts(session.report().results)).toEqual(before.texts);
  for (const step of steps) {
    const { added, removed, after } = applyStep(graph, step);
    const change = session.apply({ added, removed });
    const now = full(after);
    expect(texts(session.report().results)).toEqual(now.texts);
    expect(texts(change.added)).toEqual(less(now.texts, before.texts));
    expect(texts(change.removed)).toEqual(less(before.texts, now.texts));
    expect([change.conforms, session.conforms, session.report().conforms]).toEqual(
      Array(3).fill(now.conforms),
    );
    expect(session.size).toBe(validator.graph(after).size);
    [graph, before] = [after, now];
  }
}

const hierarchies = fc.constantFrom('data' as const, 'both' as const);

describe('a session', () => {
  it('always has the report of a full validation, and says how it changed', () => {
    const shapes = shapesDocuments({ recursion: true, anyInverse: true });
    fc.assert(
      fc.property(
        shapes,
        dataGraph,
        deltaSteps,
        hierarchies,
        (turtle, data, steps, classHierarchy) => {
          const validator = shapesValidator(compileShapes(turtle), { classHierarchy });
          checkSteps(validator, data, steps, false);
        },
      ),
      { numRuns: Number(process.env['KNHK_RUNS'] ?? 100) },
    );
  });

  it('has the details of a full validation too', () => {
    fc.assert(
      fc.property(shapesDocuments(), dataGraph, deltaSteps, (turtle, data, steps) => {
        checkSteps(shapesValidator(compileShapes(turtle)), data, steps, true);
      }),
      { numRuns: 30 },
    );
  });
});
