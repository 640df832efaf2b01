import { fail } from '../base/errors.ts';

interface Token {
  readonly line: number;
  /** The line on which it ends, for strings of several lines. */
  readonly endLine?: number;
  /** Columns count from 0. */
  readonly start: number;
  readonly end: number;
}

/** What the parser's errors carry beside their message. */
interface Context {
  readonly line?: number;
  /** The token that the grammar does not let stand here; none where no token was found. */
  readonly token?: Token;
  readonly previousToken?: Token;
}

/** Throws the parser's error with its place, and with what was expected as far as it says so. */
export function failTurtle(error: unknown, text: string, where: string): never {
  const context = (error as { readonly context?: Context }).context;
  const got = error instanceof Error ? error.message : String(error);
  const line = context?.line;
  if (line === undefined) return fail('KNHK_TERMS_RDF', where, 'Turtle', got, error);
  const column = (context?.token?.start ?? startOf(text, got, line, context?.previousToken)) + 1;
  const place = `${where}, line ${line}, column ${column}`;
  return fail('KNHK_TERMS_RDF', place, expectedBy(got), got, error);
}

/** Where the characters start, on this line, of which the parser could make no token. */
function startOf(text: string, message: string, line: number, previous: Token | undefined): number {
  const content = text.split(/\r\n|\n|\r/, line)[line - 1] ?? '';
  const follows = previous !== undefined && (previous.endLine ?? previous.line) === line;
  const from = follows ? previous.end : 0;
  const issue = /^Unexpected "([\s\S]*)" on line \d+\.$/.exec(message)?.[1] ?? '';
  const found = issue === '' ? -1 : content.indexOf(issue, from);
  if (found >= 0) return found;
  const blanks = /^[ \t]*/.exec(content.slice(from)) as RegExpExecArray;
  return from + blanks[0].length;
}

const expectations: readonly (readonly [RegExp, string])[] = [
  [/^Expected entity /, 'a term'],
  [/^Expected punctuation /, 'a comma, a semicolon or a dot'],
  [/^Expected (dot|declaration to end with a dot) /, 'a dot'],
  [/^Expected predicate /, 'a predicate'],
  [/^Expected expression /, 'a term'],
  [/^Expected graph /, 'a graph'],
  [/^Expected prefix /, 'a prefix'],
  [/^Expected (valid )?IRI /, 'an IRI'],
  [/^Undefined prefix /, 'a declared prefix'],
  [/^Invalid IRI /, 'an absolute IRI'],
  [/^Disallowed blank node as predicate /, 'an IRI as predicate'],
  [/^Unexpected literal /, 'an IRI or a blank node'],
  [/^Unclosed graph /, 'a closing brace'],
];

function expectedBy(message: string): string {
  return expectations.find(([pattern]) => pattern.test(message))?.[1] ?? 'Turtle';
}
