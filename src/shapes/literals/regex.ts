import { describe } from '../../base/errors.ts';

/** Why a pattern has no expression. */
export interface RegexError {
  readonly error: string;
}

// Under i, ECMAScript's would also match characters that only case joins to the category; XPath's
// i leaves categories alone. All others hold the same characters either way.
const casedCategories: ReadonlySet<string> = new Set(['L', 'Lu', 'Ll', 'Lt', 'M', 'Mn']);

/**
 * The expression of sh:pattern and sh:flags (W3C SHACL, section 4.4.3), with ECMAScript's flag u.
 *
 * Flags are XPath's: s, i, m, x (white space outside classes is left out) and q (every character
 * stands for itself; s, m and x then do nothing). Lines end as in XPath: `.` without s matches all
 * but line feed and carriage return; with m, `^` and `$` know line feeds only, and no line begins
 * after one that ends the text. `\d`, `\w`, `\s` and `\b` are ECMAScript's, and so is what XPath
 * lacks. What XPath has and ECMAScript lacks, or means otherwise, is an error: `\i`, `\c`,
 * subtraction in classes, `\p{Is...}` blocks, and `\p{Lu}` and its like under i.
 */
export function regexOf(source: string, flags: string): RegExp | RegexError {
  if (!/^[smixq]*$/.test(flags)) return { error: `flags other than s, m, i, x and q: ${flags}` };
  const has = (flag: string): boolean => flags.includes(flag);
  const native = `u${has('i') ? 'i' : ''}${has('s') ? 's' : ''}`;
  if (has('q')) return new RegExp(source.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), native);
  const text = translated(has('x') ? withoutSpace(source) : source, flags);
  if (typeof text !== 'string') return text;
  try {
    return new RegExp(text, native);
  } catch (error) {
    return { error: describe(error) };
  }
}

/** Drops white space outside classes; what follows a backslash stays, and is refused later. */
function withoutSpace(source: string): string {
  return source.replace(/\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]?|[\t\n\r ]/g, (part) =>
    part.trim() === '' ? '' : part,
  );
}

/** XPath's expression in ECMAScript's words. */
function translated(source: string, flags: string): string | RegexError {
  let text = '';
  let inClass = false;
  for (let index = 0; index < source.length; index++) {
    const one = source.charAt(index);
    const next = source.charAt(index + 1);
    if (one === '\\') {
      const error = refusedEscape(source.slice(index + 1), flags);
      if (error !== undefined) return { error };
      // XPath may escape a hyphen anywhere, ECMAScript inside a class only.
      text += next === '-' && !inClass ? '-' : one + next;
      index++;
    } else if (inClass) {
      if (one === '-' && next === '[') return { error: 'no subtraction "-[" in a class' };
      if (one === ']') inClass = false;
      text += one;
    } else if (one === '[') {
      inClass = true;
      text += one;
    } else if (one === '.') text += flags.includes('s') ? one : '[^\\n\\r]';
    else if (flags.includes('m') && (one === '^' || one === '$')) {
      // A group could be repeated where the assertion cannot.
      if (next !== '' && '*+?{'.includes(next))
        return { error: `nothing to repeat: "${one}${next}"` };
      text += one === '^' ? '(?:^|(?<=\\n)(?!$))' : '(?:(?=\\n)|(?<!\\n)$)';
    } else text += one;
  }
  return text;
}

/** Why the escape that begins with this text, its backslash left out, cannot stand. */
function refusedEscape(rest: string, flags: string): string | undefined {
  if (/^[iIcC]/.test(rest)) return `no class of XML names: "\\${rest.charAt(0)}"`;
  if (flags.includes('x') && /^[\t\n\r ]/.test(rest)) return 'no escaped white space with flag x';
  const property = /^[pP]\{([^}]*)\}/.exec(rest)?.[1];
  if (property === undefined) return undefined;
  if (property.startsWith('Is')) return `no Unicode blocks: "${property}"`;
  return flags.includes('i') && casedCategories.has(property)
    ? `no category of cased characters with flag i: "${property}"`
    : undefined;
}
