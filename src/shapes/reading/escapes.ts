import { failAt } from './place.ts';

const characterOf: Readonly<Record<string, string>> = {
  t: '\t',
  b: '\b',
  n: '\n',
  r: '\r',
  f: '\f',
  '"': '"',
  "'": "'",
  '\\': '\\',
};

/**
 * Replaces the escapes between two indices: ECHAR where `characters` says so, and UCHAR, which
 * names a Unicode scalar value (RDF 1.1 N-Triples, section 7).
 *
 * @throws KnhkError KNHK_TERMS_RDF for any other use of a backslash
 */
export function unescaped(
  text: string,
  from: number,
  to: number,
  where: string,
  characters: boolean,
): string {
  let result = '';
  let start = from;
  for (let at = text.indexOf('\\', from); at >= 0 && at < to; at = text.indexOf('\\', start)) {
    const letter = text[at + 1] as string;
    const digits = letter === 'u' ? 4 : letter === 'U' ? 8 : 0;
    const made =
      digits > 0 ? scalarOf(text, at + 2, digits) : characters ? characterOf[letter] : undefined;
    if (made === undefined) {
      const expected = characters
        ? '\\t \\b \\n \\r \\f \\" \\\' \\\\, or \\u or \\U of a Unicode character'
        : '\\u or \\U of a Unicode character';
      failAt(text, at, where, expected);
    }
    result += text.slice(start, at) + made;
    start = at + 2 + digits;
  }
  return result + text.slice(start, to);
}

function scalarOf(text: string, at: number, digits: number): string | undefined {
  const hexadecimal = text.slice(at, at + digits);
  if (hexadecimal.length < digits || !/^[0-9A-Fa-f]+$/.test(hexadecimal)) return undefined;
  const code = Number.parseInt(hexadecimal, 16);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
  return String.fromCodePoint(code);
}
