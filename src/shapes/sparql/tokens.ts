/** A piece of a SPARQL query; white space and comments belong to none. */
export interface Token {
  /** `word` is a keyword or another bare name, `name` a prefixed name or a blank node. */
  readonly kind: 'iri' | 'string' | 'variable' | 'word' | 'name' | 'sign' | 'open';
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

const skipped = /(?:[\s\uFEFF]|#[^\n\r]*)+/y;
const nameStart = '\\p{L}_';
const nameMore = `${nameStart}\\p{N}\\-.\u00b7`;
const escaped = '%[0-9A-Fa-f]{2}|\\\\.';
/** In the order in which they are tried (SPARQL 1.1, section 19.8). */
const forms: readonly (readonly [Token['kind'], RegExp])[] = [
  ['iri', /<[^<>"{}|^`\\\u0000-\u0020]*>/y],
  ['string', /"""(?:"{0,2}(?:[^"\\]|\\[\s\S]))*"""|'''(?:'{0,2}(?:[^'\\]|\\[\s\S]))*'''/y],
  ['string', /"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*'/y],
  ['variable', /[?$][\p{L}\p{N}_]+/uy],
  ['name', new RegExp(`(?:[${nameStart}][${nameMore}]*)?:(?:[${nameMore}:]|${escaped})*`, 'uy')],
  ['word', /[\p{L}_][\p{L}\p{N}_]*/uy],
];

/**
 * The tokens of a SPARQL 1.1 query, enough to see keywords, variables and braces for what they are
 * and not for parts of texts, comments or names. What opens and never ends is a token `open`.
 */
export function tokensOf(query: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < query.length) {
    skipped.lastIndex = at;
    at += skipped.exec(query)?.[0].length ?? 0;
    if (at >= query.length) break;
    const token = tokenAt(query, at);
    tokens.push(token);
    at = token.to;
  }
  return tokens;
}

function tokenAt(query: string, from: number): Token {
  for (const [kind, form] of forms) {
    form.lastIndex = from;
    let text = form.exec(query)?.[0];
    if (text === undefined) continue;
    // A dot at the end is that of the triple.
    if (kind === 'name')
      while (text.endsWith('.') && !text.endsWith('\\.')) text = text.slice(0, -1);
    return { kind, text, from, to: from + text.length };
  }
  const text = query.charAt(from);
  if (text === '"' || text === "'") {
    return { kind: 'open', text: query.slice(from), from, to: query.length };
  }
  return { kind: 'sign', text, from, to: from + 1 };
}

/** The name of a variable token, without its mark. */
export function variableOf(token: Token | undefined): string | undefined {
  return token?.kind === 'variable' ? token.text.slice(1) : undefined;
}

/** The keyword of a word token in upper case. */
export function keywordOf(token: Token | undefined): string | undefined {
  return token?.kind === 'word' ? token.text.toUpperCase() : undefined;
}

/** Whether a token is this sign. */
export function isSign(token: Token | undefined, sign: string): boolean {
  return token?.kind === 'sign' && token.text === sign;
}
