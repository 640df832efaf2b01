import type { ShapeConstraint } from '../model.ts';
import { eachValue } from './checks-values.ts';
import type { Run } from './run.ts';
import type { Check, CompiledShape, Component } from './shape.ts';

type Of<Kind extends ShapeConstraint['kind']> = Extract<ShapeConstraint, { kind: Kind }>;

/** W3C SHACL, sections 4.6.1 and 4.7.1. */
export function referenceCheck(
  { kind }: Of<'not' | 'node'>,
  shape: CompiledShape,
  of: Component,
): Check {
  const wanted = kind === 'node';
  return eachValue(of, (run, value) => run.conforms(shape, value) === wanted);
}

/** W3C SHACL, section 4.7.2: results of a value node against a property shape are the focus's. */
export function propertyCheck(shape: CompiledShape): Check {
  return (run, _focus, values, from, to, sink) => {
    let holds = true;
    for (let at = from; at < to; at++) {
      if (run.property(shape, values[at] as number, sink)) continue;
      if (sink === null) return false;
      holds = false;
    }
    return holds;
  };
}

/** W3C SHACL, sections 4.6.2 to 4.6.4. */
export function logicCheck(
  { kind }: Of<'and' | 'or' | 'xone'>,
  shapes: readonly CompiledShape[],
  of: Component,
): Check {
  if (kind === 'and') {
    return eachValue(of, (run, value) => {
      for (const shape of shapes) if (!run.conforms(shape, value)) return false;
      return true;
    });
  }
  if (kind === 'or') {
    return eachValue(of, (run, value) => {
      for (const shape of shapes) if (run.conforms(shape, value)) return true;
      return false;
    });
  }
  return eachValue(of, (run, value) => {
    let count = 0;
    for (const shape of shapes) if (run.conforms(shape, value)) count++;
    return count === 1;
  });
}

/** W3C SHACL, section 4.7.3: of both bounds, each has a component of its own. */
export function qualifiedCheck(
  { min, max }: Of<'qualified'>,
  shape: CompiledShape,
  siblings: readonly CompiledShape[],
  [minOf, maxOf]: readonly [Component, Component],
): Check {
  const counts = (run: Run, value: number): boolean => {
    if (!run.conforms(shape, value)) return false;
    for (const sibling of siblings) if (run.conforms(sibling, value)) return false;
    return true;
  };
  return (run, focus, values, from, to, sink) => {
    let count = 0;
    for (let at = from; at < to; at++) if (counts(run, values[at] as number)) count++;
    const few = min !== undefined && count < min;
    const many = max !== undefined && count > max;
    if (few) sink?.add(minOf, focus, 0);
    if (many) sink?.add(maxOf, focus, 0);
    return !few && !many;
  };
}
