import type { GraphTerms } from '../graph/terms.ts';
import type { ShapeConstraint } from '../model.ts';
import { orderOf } from './order.ts';
import type { Run } from './run.ts';
import type { Check, Component } from './shape.ts';

type Of<Kind extends ShapeConstraint['kind']> = Extract<ShapeConstraint, { kind: Kind }>;

/** W3C SHACL, section 4.2. */
export function countCheck({ kind, count }: Of<'minCount' | 'maxCount'>, of: Component): Check {
  const isMin = kind === 'minCount';
  return (_run, focus, _values, from, to, sink) => {
    if (isMin ? to - from >= count : to - from <= count) return true;
    sink?.add(of, focus, 0);
    return false;
  };
}

/** W3C SHACL, section 4.8.2. */
export function hasValueCheck({ term }: Of<'hasValue'>, of: Component, terms: GraphTerms): Check {
  const wanted = terms.intern(term);
  return (_run, focus, values, from, to, sink) => {
    for (let at = from; at < to; at++) if (values[at] === wanted) return true;
    sink?.add(of, focus, 0);
    return false;
  };
}

/** W3C SHACL, section 4.4.5; the case of a tag means nothing (RDF 1.1 Concepts, section 3.3). */
export function uniqueLangCheck(of: Component): Check {
  return ({ terms: { datatypes } }, focus, values, from, to, sink) => {
    let holds = true;
    const times = to - from > 16 ? new Map<number, number>() : undefined;
    for (let at = from; at < to; at++) {
      // Languages are numbers below zero, whose texts are in lower case.
      const language = datatypes[values[at] as number] as number;
      if (language >= 0) continue;
      let before = times?.get(language) ?? 0;
      times?.set(language, before + 1);
      if (times === undefined) {
        for (let each = from; each < at; each++) {
          if (datatypes[values[each] as number] === language) before++;
        }
      }
      if (before !== 1) continue;
      if (sink === null) return false;
      holds = false;
      sink.add(of, focus, 0);
    }
    return holds;
  };
}

function isAmong(values: Int32Array, from: number, to: number, value: number): boolean {
  for (let at = from; at < to; at++) if (values[at] === value) return true;
  return false;
}

/** W3C SHACL, section 4.5.1: the two sets of values are the same. */
export function equalsCheck({ iri }: Of<'equals'>, of: Component, terms: GraphTerms): Check {
  const predicate = terms.iri(iri);
  return ({ out }, focus, values, from, to, sink) => {
    out.find(focus, predicate);
    const { lo, hi, other } = out;
    let holds = true;
    const miss = (value: number): void => {
      holds = false;
      sink?.add(of, focus, value);
    };
    for (let at = from; at < to; at++) {
      const value = values[at] as number;
      if (!isAmong(other, lo, hi, value)) miss(value);
    }
    for (let slot = lo; slot < hi; slot++) {
      const value = other[slot] as number;
      if (!isAmong(values, from, to, value)) miss(value);
    }
    return holds;
  };
}

/** W3C SHACL, section 4.5.2. */
export function disjointCheck({ iri }: Of<'disjoint'>, of: Component, terms: GraphTerms): Check {
  const predicate = terms.iri(iri);
  return ({ out }, focus, values, from, to, sink) => {
    if (!out.find(focus, predicate)) return true;
    const { lo, hi, other } = out;
    let holds = true;
    for (let at = from; at < to; at++) {
      const value = values[at] as number;
      if (!isAmong(other, lo, hi, value)) continue;
      if (sink === null) return false;
      holds = false;
      sink.add(of, focus, value);
    }
    return holds;
  };
}

/** W3C SHACL, sections 4.5.3 and 4.5.4: one result for each pair that is not in order. */
export function lessThanCheck(
  { kind, iri }: Of<'lessThan' | 'lessThanOrEquals'>,
  of: Component,
  terms: GraphTerms,
): Check {
  const predicate = terms.iri(iri);
  const greatest = kind === 'lessThan' ? -1 : 0;
  return ({ out, terms: own }, focus, values, from, to, sink) => {
    if (!out.find(focus, predicate)) return true;
    const { lo, hi, other } = out;
    let holds = true;
    for (let at = from; at < to; at++) {
      const value = values[at] as number;
      for (let slot = lo; slot < hi; slot++) {
        const order = orderOf(own, value, other[slot] as number);
        if (order !== undefined && Math.sign(order) <= greatest) continue;
        if (sink === null) return false;
        holds = false;
        sink.add(of, focus, value);
      }
    }
    return holds;
  };
}

/** W3C SHACL, section 4.8.1: the result's path is the predicate that must not stand there. */
export function closedCheck({ predicates }: Of<'closed'>, of: Component, terms: GraphTerms): Check {
  const ids = predicates.map((predicate) => terms.iri(predicate));
  const isAllowed = new Uint8Array(Math.max(0, ...ids) + 1);
  for (const id of ids) isAllowed[id] = 1;
  return ({ out }: Run, focus, values, from, to, sink) => {
    let holds = true;
    for (let at = from; at < to; at++) {
      const value = values[at] as number;
      const end = out.to[value] as number;
      for (let slot = out.from[value] as number; slot < end; slot++) {
        const predicate = out.p[slot] as number;
        if (isAllowed[predicate] === 1) continue;
        if (sink === null) return false;
        holds = false;
        sink.add(of, focus, out.other[slot] as number, predicate);
      }
    }
    return holds;
  };
}
