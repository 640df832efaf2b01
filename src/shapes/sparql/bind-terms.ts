import { fail } from '../../base/errors.ts';
import type { TermLike } from '../../terms/turtle.ts';
import { termText } from '../nquads.ts';
import { isSign, keywordOf, type Token, tokensOf, variableOf } from './tokens.ts';

/**
 * Writes terms into a SPARQL query in place of variables, for engines that cannot bind variables
 * beforehand: `$this` becomes the focus node wherever it stands, and where it is selected it
 * becomes `(<urn:focus> AS ?this)`. It keeps to what W3C SHACL, appendix A, allows in queries.
 *
 * @param bindings terms by variable name; `this` is the variable `?this` or `$this`
 * @param write how a term is written; by default as in N-Triples, which cannot say a blank node of
 * the data: give an evaluator's own notation for those, such as IRIs that stand for them
 * @throws KnhkError KNHK_SHAPES_SPARQL for a blank node, or what cannot be written in SPARQL
 * @example
 * const focus = { termType: 'NamedNode', value: 'urn:a' };
 * bindTerms('ASK { $this ?p "$this" }', { this: focus }); // => 'ASK { <urn:a> ?p "$this" }'
 */
export function bindTerms(
  query: string,
  bindings: Readonly<Record<string, TermLike>>,
  write: (term: TermLike) => string = writeTerm,
): string {
  const tokens = tokensOf(query);
  const clauses = clausesOf(tokens);
  let text = '';
  let copied = 0;
  let fresh = 0;
  const put = (from: number, to: number, replacement: string): void => {
    text += query.slice(copied, from) + replacement;
    copied = to;
  };
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] as Token;
    const name = variableOf(token);
    if (name === undefined || !Object.hasOwn(bindings, name)) continue;
    const term = write(bindings[name] as TermLike);
    const before = tokens[at - 2];
    const after = tokens[at + 1];
    if (keywordOf(before) === 'BOUND' && isSign(tokens[at - 1], '(') && isSign(after, ')')) {
      put((before as Token).from, (after as Token).to, '(true)');
    } else if (clauses[at] === 'select') put(token.from, token.to, `(${term} AS ?${name})`);
    else if (clauses[at] === 'subselect') {
      // The outer query has this name for its own; what the subquery joins on is written already.
      put(token.from, token.to, `(${term} AS ?${name}__${fresh++})`);
    } else put(token.from, token.to, clauses[at] === 'by' ? `(${term})` : term);
  }
  return text + query.slice(copied);
}

type Clause = 'select' | 'subselect' | 'by' | undefined;

/** For each token the clause that it stands in, outside of parentheses, if it matters. */
function clausesOf(tokens: readonly Token[]): Clause[] {
  let clause: Clause;
  let braces = 0;
  let depth = 0;
  return tokens.map((token) => {
    const keyword = keywordOf(token);
    if (isSign(token, '(')) depth++;
    else if (isSign(token, ')')) depth--;
    else if (isSign(token, '{') || isSign(token, '}')) {
      braces += token.text === '{' ? 1 : -1;
      clause = undefined;
      depth = 0;
    } else if (keyword === 'SELECT') clause = braces === 0 ? 'select' : 'subselect';
    else if (keyword === 'BY') clause = 'by';
    else if (keyword !== undefined && /^(?:WHERE|HAVING|LIMIT|OFFSET)$/.test(keyword)) {
      clause = undefined;
    }
    return depth === 0 ? clause : undefined;
  });
}

/** A term in SPARQL. */
export function writeTerm(term: TermLike): string {
  const { termType, value } = term;
  if (termType === 'NamedNode') {
    if (/[<>"{}|^`\\\u0000-\u0020]/.test(value)) cannotWrite(term);
    return `<${value}>`;
  }
  if (termType !== 'Literal') return cannotWrite(term);
  if (term.language && !/^[A-Za-z]+(?:-[A-Za-z0-9]+)*$/.test(term.language)) cannotWrite(term);
  if (term.datatype && /[<>"{}|^`\\\u0000-\u0020]/.test(term.datatype.value)) cannotWrite(term);
  const lexical = `"${value.replace(/\\[uU]?|["\n\r]/g, escaped)}"`;
  if (term.language) return `${lexical}@${term.language}`;
  return term.datatype === undefined ? lexical : `${lexical}^^<${term.datatype.value}>`;
}

const escapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\n': '\\n',
  '\r': '\\r',
  '\\': '\\\\',
  // Some read \u before they read the query: a backslash of the text must not begin one.
  '\\u': '\\\\\\u0075',
  '\\U': '\\\\\\u0055',
};

function escaped(text: string): string {
  return escapes[text] as string;
}

function cannotWrite(term: TermLike): never {
  const expected = 'an IRI or a literal that SPARQL can write';
  return fail('KNHK_SHAPES_SPARQL', 'SPARQL binding', expected, termText(term));
}
