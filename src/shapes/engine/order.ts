import type { TermLike } from '../../terms/turtle.ts';
import { type Comparable, compareValues, readComparable } from '../compare.ts';
import type { GraphTerms } from '../graph/terms.ts';
import { numberOf } from '../literals/numbers.ts';
import { epochMsOf } from '../literals/timeline.ts';
import { xsd } from '../vocabulary.ts';

const dateTime = `${xsd}dateTime`;

/** The order of a value beside a bound: negative, zero, positive, undefined where there is none. */
export type OrderBeside = (terms: GraphTerms, value: number) => number | undefined;

/** Compares values with one literal, which is read once (W3C SHACL, section 4.3). */
export function orderBeside(bound: TermLike): OrderBeside {
  const datatype = bound.datatype?.value ?? '';
  const limit = readComparable(datatype, bound.value);
  const general = (terms: GraphTerms, value: number): number | undefined => {
    const own = readValue(terms, value);
    return own === undefined || limit === undefined ? undefined : compareValues(own, limit);
  };
  const isInstant = datatype === dateTime;
  const short = isInstant ? epochMsOf(bound.value) : numberOf(datatype, bound.value);
  if (Number.isNaN(short)) return general;
  // NaN says that the short way would not be exact, or that the value is of another kind.
  return (terms, value) => {
    const type = terms.datatypes[value] as number;
    if (type <= 0) return undefined;
    const own = shortValue(terms.values[type] as string, terms.values[value] as string, isInstant);
    if (Number.isNaN(own)) return general(terms, value);
    return own < short ? -1 : own > short ? 1 : 0;
  };
}

/** Compares two values as SPARQL's `<` does. */
export function orderOf(terms: GraphTerms, left: number, right: number): number | undefined {
  const type = terms.datatypes[left] as number;
  if (type > 0 && type === terms.datatypes[right] && terms.values[type] === dateTime) {
    const own = epochMsOf(terms.values[left] as string);
    const other = epochMsOf(terms.values[right] as string);
    if (!Number.isNaN(own + other)) return own - other;
  }
  const a = readValue(terms, left);
  const b = a === undefined ? undefined : readValue(terms, right);
  return a === undefined || b === undefined ? undefined : compareValues(a, b);
}

function shortValue(datatype: string, lexical: string, isInstant: boolean): number {
  if (!isInstant) return numberOf(datatype, lexical);
  return datatype === dateTime ? epochMsOf(lexical) : Number.NaN;
}

function readValue({ datatypes, values }: GraphTerms, value: number): Comparable | undefined {
  const type = datatypes[value] as number;
  return type > 0 ? readComparable(values[type] as string, values[value] as string) : undefined;
}
