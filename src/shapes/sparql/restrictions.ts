import { isSign, keywordOf, type Token, tokensOf, variableOf } from './tokens.ts';

/** What is wrong with a query. */
export interface QueryFault {
  readonly expected: string;
  readonly got: string;
}

/** What a query is written for. */
export interface QueryUse {
  readonly form: 'SELECT' | 'ASK';
  /** Variables that get a value before the query runs, without their marks. */
  readonly bound: ReadonlySet<string>;
  /** Those of them that subqueries must hand on. */
  readonly handed: ReadonlySet<string>;
}

const appendix = '(W3C SHACL, appendix A)';
// Their solutions are joined, so a variable that was bound before would mean something else there.
const forbidden: ReadonlySet<string> = new Set(['MINUS', 'SERVICE', 'VALUES']);

/**
 * What is wrong with a query whose variables are bound before it runs (W3C SHACL, appendix A.1):
 * it may not have MINUS, SERVICE, VALUES or another value for such a variable, and its subqueries
 * must hand those variables on. FROM is refused too, because the graphs are given.
 */
export function queryFault(query: string, use: QueryUse): QueryFault | undefined {
  const tokens = tokensOf(query);
  return shapeFault(tokens, use) ?? wordFault(tokens, use) ?? subqueryFault(tokens, use);
}

const closing: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

function shapeFault(tokens: readonly Token[], { form }: QueryUse): QueryFault | undefined {
  const open: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'open') return { expected: 'texts that end', got: token.text };
    if (token.kind !== 'sign') continue;
    if ('([{'.includes(token.text)) open.push(token.text);
    const opening = closing[token.text];
    if (opening !== undefined && open.pop() !== opening) {
      return { expected: 'brackets in pairs', got: `"${token.text}" without its pair` };
    }
  }
  const rest = open.pop();
  if (rest !== undefined)
    return { expected: 'brackets in pairs', got: `"${rest}" without its pair` };
  const first = tokens[afterPrologue(tokens)];
  return keywordOf(first) === form
    ? undefined
    : { expected: `a query of form ${form}`, got: first?.text ?? 'nothing' };
}

/** The place of the first token after declarations of prefixes and bases. */
function afterPrologue(tokens: readonly Token[]): number {
  let at = 0;
  for (;;) {
    const keyword = keywordOf(tokens[at]);
    if (keyword === 'PREFIX') at += 3;
    else if (keyword === 'BASE') at += 2;
    else return at;
  }
}

function wordFault(tokens: readonly Token[], { bound }: QueryUse): QueryFault | undefined {
  for (const [index, token] of tokens.entries()) {
    const keyword = keywordOf(token);
    if (keyword === undefined) continue;
    if (forbidden.has(keyword)) {
      return { expected: `no MINUS, SERVICE or VALUES ${appendix}`, got: keyword };
    }
    if (keyword === 'FROM') return { expected: 'the graphs that are given', got: keyword };
    const variable = keyword === 'AS' ? variableOf(tokens[index + 1]) : undefined;
    if (variable !== undefined && bound.has(variable)) {
      const expected = `no other value for a variable that is bound before ${appendix}`;
      return { expected, got: `AS ?${variable}` };
    }
  }
  return undefined;
}

function subqueryFault(tokens: readonly Token[], { handed }: QueryUse): QueryFault | undefined {
  const first = afterPrologue(tokens);
  for (const [index, token] of tokens.entries()) {
    if (index === first || keywordOf(token) !== 'SELECT') continue;
    const projected = projectionOf(tokens, index + 1);
    const missing = [...handed].filter((name) => !projected.has(name));
    if (missing.length === 0) continue;
    const names = missing.map((name) => `?${name}`).join(', ');
    const expected = `subqueries that hand on ${names} by name ${appendix}`;
    return { expected, got: `SELECT ${[...projected].map((name) => `?${name}`).join(' ') || '*'}` };
  }
  return undefined;
}

/** The variables that a SELECT clause names. */
function projectionOf(tokens: readonly Token[], from: number): ReadonlySet<string> {
  const names = new Set<string>();
  let depth = 0;
  for (let at = from; at < tokens.length; at++) {
    const token = tokens[at];
    if (depth === 0 && (isSign(token, '{') || keywordOf(token) === 'WHERE')) break;
    if (isSign(token, '(')) depth++;
    if (isSign(token, ')')) depth--;
    const name = variableOf(token);
    const isNamed = depth === 0 || keywordOf(tokens[at - 1]) === 'AS';
    if (name !== undefined && isNamed) names.add(name);
  }
  return names;
}
