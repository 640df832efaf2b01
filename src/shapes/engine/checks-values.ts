import { lengthInCodePoints } from '../compare.ts';
import { type GraphTerms, kinds } from '../graph/terms.ts';
import { matchesLanguage } from '../literals/language.ts';
import { regexOf } from '../literals/regex.ts';
import { wellFormedTest } from '../literals/well-formed.ts';
import type { RangeOperator, ShapeConstraint } from '../model.ts';
import { langString, rdf } from '../vocabulary.ts';
import { orderBeside } from './order.ts';
import type { Run } from './run.ts';
import type { Check, Component } from './shape.ts';

type Test = (run: Run, value: number) => boolean;

/** A check of each value node by itself. */
export function eachValue(component: Component, test: Test): Check {
  return (run, focus, values, from, to, sink) => {
    let holds = true;
    for (let at = from; at < to; at++) {
      const value = values[at] as number;
      if (test(run, value)) continue;
      if (sink === null) return false;
      holds = false;
      sink.add(component, focus, value);
    }
    return holds;
  };
}

type Of<Kind extends ShapeConstraint['kind']> = Extract<ShapeConstraint, { kind: Kind }>;

/** W3C SHACL, section 4.1.1. */
export function classTest({ iri }: Of<'class'>, terms: GraphTerms): Test {
  const wanted = terms.iri(iri);
  const rdfType = terms.iri(`${rdf}type`);
  return ({ out, classes }, value) => {
    if (!out.find(value, rdfType)) return false;
    const { lo, hi } = out;
    for (let slot = lo; slot < hi; slot++) if (out.other[slot] === wanted) return true;
    if (classes.isFlat) return false;
    for (let slot = lo; slot < hi; slot++) {
      if (classes.isSubclass(out.other[slot] as number, wanted)) return true;
    }
    return false;
  };
}

/** W3C SHACL, section 4.1.2: of this datatype, and well-formed where it is a known one. */
export function datatypeTest({ iri }: Of<'datatype'>, terms: GraphTerms): Test {
  if (iri === langString) return (run, value) => (run.terms.datatypes[value] as number) < 0;
  const wanted = terms.iri(iri);
  const isWellFormed = wellFormedTest(iri);
  if (isWellFormed === undefined) return (run, value) => run.terms.datatypes[value] === wanted;
  return ({ terms: { datatypes, values } }, value) =>
    datatypes[value] === wanted && isWellFormed(values[value] as string);
}

/** W3C SHACL, section 4.1.3. */
export function nodeKindTest({ iri, blank, literal }: Of<'nodeKind'>): Test {
  const mask = (iri ? kinds.iri : 0) | (blank ? kinds.blank : 0) | (literal ? kinds.literal : 0);
  return (run, value) => ((run.terms.kinds[value] as number) & mask) !== 0;
}

const holdsFor: Readonly<Record<RangeOperator, (order: number) => boolean>> = {
  minExclusive: (order) => order > 0,
  minInclusive: (order) => order >= 0,
  maxExclusive: (order) => order < 0,
  maxInclusive: (order) => order <= 0,
};

/** W3C SHACL, section 4.3: what does not compare violates. */
export function rangeTest({ kind, bound }: Of<RangeOperator>): Test {
  const holds = holdsFor[kind];
  const order = orderBeside(bound);
  return ({ terms }, value) => {
    const found = order(terms, value);
    return found !== undefined && holds(found);
  };
}

/** W3C SHACL, sections 4.4.1 and 4.4.2: in characters; a blank node has no text. */
export function lengthTest({ kind, length }: Of<'minLength' | 'maxLength'>): Test {
  const isMin = kind === 'minLength';
  return ({ terms }, value) => {
    if (terms.kinds[value] === kinds.blank) return false;
    const text = terms.values[value] as string;
    // A code point is one or two UTF-16 units, so most texts need no count.
    if (isMin ? text.length < length : text.length <= length) return !isMin;
    const count = lengthInCodePoints(text);
    return isMin ? count >= length : count <= length;
  };
}

/** W3C SHACL, section 4.4.3. */
export function patternTest({ source, flags }: Of<'pattern'>): Test {
  const expression = regexOf(source, flags);
  if (!(expression instanceof RegExp)) throw new Error(expression.error);
  return ({ terms }, value) =>
    terms.kinds[value] !== kinds.blank && expression.test(terms.values[value] as string);
}

/** W3C SHACL, section 4.4.4. */
export function languageInTest({ ranges }: Of<'languageIn'>): Test {
  return ({ terms }, value) => {
    const language = terms.languageOf(value);
    if (language === '') return false;
    for (const range of ranges) if (matchesLanguage(language, range)) return true;
    return false;
  };
}

/** W3C SHACL, section 4.8.3: constants of the shapes have the first ids. */
export function inTest({ terms: members }: Of<'in'>, terms: GraphTerms): Test {
  const ids = members.map((member) => terms.intern(member));
  const isMember = new Uint8Array(Math.max(0, ...ids) + 1);
  for (const id of ids) isMember[id] = 1;
  return (_run, value) => isMember[value] === 1;
}
