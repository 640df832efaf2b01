import { isIri } from '../../terms/fields.ts';
import { langString } from '../vocabulary.ts';
import { hasScheme, isInIri, labelStartUnits, labelUnits } from './characters.ts';
import { unescaped } from './escapes.ts';
import { failAt } from './place.ts';

/** A token as it was read: what it says, and the index behind it. */
export interface Token {
  readonly value: string;
  readonly end: number;
}

const lf = 0x0a;
const cr = 0x0d;
const quote = 0x22;
const hyphen = 0x2d;
const dot = 0x2e;
const less = 0x3c;
const greater = 0x3e;
const backslash = 0x5c;

/**
 * The IRI whose `<` stands at an index (IRIREF).
 *
 * @throws KnhkError KNHK_TERMS_RDF
 */
export function iriAt(text: string, from: number, where: string): Token {
  const start = from + 1;
  let index = start;
  let escapes = false;
  for (; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === greater) break;
    if (code === backslash) escapes = true;
    else if (code === less && index === start) {
      failAt(text, from, where, 'an IRI, since triple terms are of RDF 1.2');
    } else if (!isInIri(code)) failAt(text, index, where, '> or another character of an IRI');
  }
  if (index >= text.length) failAt(text, index, where, '> at the end of an IRI');
  const value = escapes ? unescaped(text, start, index, where, false) : text.slice(start, index);
  if (escapes ? !isIri(value) : !hasScheme(text, start)) {
    failAt(text, from, where, 'an absolute IRI');
  }
  return { value, end: index + 1 };
}

/**
 * The label of the blank node whose `_` stands at an index (BLANK_NODE_LABEL).
 *
 * @throws KnhkError KNHK_TERMS_RDF
 */
export function labelAt(text: string, from: number, where: string): Token {
  const start = from + 2;
  if (!text.startsWith('_:', from))
    failAt(text, from, where, '_: before the label of a blank node');
  let units = labelStartUnits(text, start);
  if (units === 0) failAt(text, start, where, 'the label of a blank node');
  let end = start;
  let index = start;
  // Dots may stand between other characters, the last one may end the statement.
  while (units > 0) {
    index += units;
    end = index;
    while (text.charCodeAt(index) === dot) index++;
    units = index < text.length ? labelUnits(text, index) : 0;
  }
  return { value: text.slice(start, end), end };
}

/**
 * The string whose first quote stands at an index (STRING_LITERAL_QUOTE).
 *
 * @throws KnhkError KNHK_TERMS_RDF
 */
export function stringAt(text: string, from: number, where: string): Token {
  const start = from + 1;
  let index = start;
  let escapes = false;
  for (; ; index++) {
    if (index >= text.length) failAt(text, text.length, where, '" at the end of a literal');
    const code = text.charCodeAt(index);
    if (code === quote) break;
    if (code === backslash) {
      escapes = true;
      index++;
    } else if (code === lf || code === cr) failAt(text, index, where, '" at the end of a literal');
  }
  const value = escapes ? unescaped(text, start, index, where, true) : text.slice(start, index);
  return { value, end: index + 1 };
}

/**
 * The language tag whose `@` stands at an index, in lower case: letters, then groups of letters and
 * digits, each of 1 to 8 (BCP 47, section 2.1).
 *
 * @throws KnhkError KNHK_TERMS_RDF
 */
export function languageAt(text: string, from: number, where: string): Token {
  const start = from + 1;
  let group = start;
  let index = start;
  for (; ; index++) {
    const code = index < text.length ? text.charCodeAt(index) : 0;
    const letter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
    const digit = code >= 0x30 && code <= 0x39;
    if (letter || (digit && group > start)) continue;
    if (index === group || index - group > 8) failAt(text, from, where, 'a language tag');
    if (code !== hyphen) break;
    group = index + 1;
  }
  return { value: text.slice(start, index).toLowerCase(), end: index };
}

/**
 * The datatype whose `<` stands at an index.
 *
 * @throws KnhkError KNHK_TERMS_RDF
 */
export function datatypeAt(text: string, from: number, where: string): Token {
  const token = iriAt(text, from, where);
  if (token.value === langString) {
    failAt(text, from, where, 'a language tag instead of rdf:langString');
  }
  return token;
}
