import type { TermLike } from '../../terms/turtle.ts';
import { langString, xsdString } from '../vocabulary.ts';
import type { TermSink } from './sink.ts';

/**
 * Literals of n3 hold one text, `"lexical form"^^datatype`, and cut it anew each time that a part
 * is asked for: reading the text itself took a third off the reading of a graph. The prototype is
 * known by a getter that no other library has.
 */
let packedPrototype: object | undefined;

/** The text of a literal of n3; undefined for those of any other library. */
export function packedLiteral(term: TermLike): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(term);
  if (prototype !== packedPrototype) {
    if (typeof prototype !== 'object' || prototype === null) return undefined;
    if (!Object.hasOwn(prototype, 'datatypeString')) return undefined;
    packedPrototype = prototype;
  }
  const { id } = term as { readonly id?: unknown };
  return typeof id === 'string' ? id : undefined;
}

const quote = 34;
const caret = 94;
const at = 64;
const suffixesMax = 16;
/** Suffixes that were seen, `^^` included, with their datatypes. */
const suffixes: { readonly suffix: string; readonly datatype: string }[] = [];

/** The id of a literal by its text, -1 where the text is not of the expected form. */
export function packedId(text: string, sink: TermSink): number {
  const end = text.lastIndexOf('"');
  if (end < 1 || text.charCodeAt(0) !== quote) return -1;
  const value = text.slice(1, end);
  if (end === text.length - 1) return sink.literal(value, xsdString, '');
  const mark = text.charCodeAt(end + 1);
  if (mark === caret) {
    const datatype = datatypeOf(text, end + 1);
    // A literal of this datatype has a language.
    return datatype === langString ? -1 : sink.literal(value, datatype, '');
  }
  const language = text.slice(end + 2).toLowerCase();
  // Two hyphens begin a base direction, which RDF 1.1 does not have.
  if (mark !== at || language.includes('--')) return -1;
  return sink.literal(value, langString, language);
}

/** The datatype behind `^^`: mostly one of few, whose text is then neither cut out nor hashed. */
function datatypeOf(text: string, start: number): string {
  const length = text.length - start;
  for (const { suffix, datatype } of suffixes) {
    if (suffix.length === length && text.endsWith(suffix)) return datatype;
  }
  const known = { suffix: text.slice(start), datatype: text.slice(start + 2) };
  if (suffixes.length < suffixesMax) suffixes.push(known);
  return known.datatype;
}
