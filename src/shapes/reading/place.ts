import { fail } from '../../base/errors.ts';

/** A place in a text: lines and columns count from 1, columns in UTF-16 code units. */
interface Place {
  readonly line: number;
  readonly column: number;
}

const lf = 0x0a;
const cr = 0x0d;

/** The place of an index; a line ends with LF, CR or both. */
function placeOf(text: string, index: number): Place {
  let line = 1;
  let start = 0;
  for (let at = 0; at < index; at++) {
    const code = text.charCodeAt(at);
    if (code !== lf && !(code === cr && text.charCodeAt(at + 1) !== lf)) continue;
    line++;
    start = at + 1;
  }
  return { line, column: index - start + 1 };
}

const shownMax = 60;

/** Throws for what stands at an index of a text. */
export function failAt(
  text: string,
  index: number,
  where: string,
  expected: string,
  got?: string,
): never {
  const { line, column } = placeOf(text, index);
  const place = `${where}, line ${line}, column ${column}`;
  return fail('KNHK_TERMS_RDF', place, expected, got ?? shown(text, index));
}

/** The rest of the line, shortened. */
function shown(text: string, index: number): string {
  if (index >= text.length) return 'the end of the text';
  const code = text.charCodeAt(index);
  if (code === lf || code === cr) return 'the end of the line';
  const rest = text.slice(index, index + shownMax + 1);
  const end = rest.search(/[\r\n]/);
  const line = end < 0 ? rest : rest.slice(0, end);
  return (line.length > shownMax ? `${line.slice(0, shownMax)}...` : line).toWellFormed();
}

/** Throws where a text holds half a surrogate pair, which no RDF term may. */
export function checkWellFormed(text: string, where: string): void {
  if (text.isWellFormed()) return;
  for (let at = 0; ; at++) {
    const code = text.codePointAt(at) as number;
    if (code > 0xffff) at++;
    else if (code >= 0xd800 && code <= 0xdfff) {
      failAt(text, at, where, 'well-formed Unicode', 'a lone surrogate');
    }
  }
}
