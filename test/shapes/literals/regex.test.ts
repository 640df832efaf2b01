import { describe, expect, it } from 'vitest';
import { regexOf } from '../../../src/shapes/literals/regex.ts';

function matches(source: string, flags: string, text: string): boolean {
  const expression = regexOf(source, flags);
  if ('error' in expression) throw new Error(expression.error);
  return expression.test(text);
}

describe('regexOf', () => {
  it.each([
    ['b', '', 'abc', true],
    ['^.$', '', '😀', true],
    ['^b', '', 'a\nb', false],
    // Without m, the end is the very end.
    ['a$', '', 'a\n', false],
    ['^a\\-b$', '', 'a-b', true],
    ['^[a\\-c]$', '', '-', true],
    ['^[a\\-c]$', '', 'b', false],
    ['^\\p{Lu}\\P{L}$', '', 'A1', true],
    ['^[.]$', '', 'a', false],
    ['^[^.]$', '', 'a', true],
    ['^\\.$', '', 'a', false],
    ['^[\\].]$', '', ']', true],
    // A dot stops at line feed and carriage return, and at nothing else.
    ['^.$', '', '\n', false],
    ['^.$', '', '\r', false],
    ['^.$', '', '\u2028', true],
    ['[a].', '', 'a\u2028', true],
    ['^[a]\\-$', '', 'a-', true],
    ['^.$', 's', '\n', true],
    ['^.$', 's', '\r', true],
    ['^.$', 's', '😀', true],
    ['^ABC$', 'i', 'abc', true],
    ['^[^q]$', 'i', 'Q', false],
    ['^[A-Z]$', 'i', '\u212a', true],
    // Lines end at line feeds only.
    ['^b$', 'm', 'a\nb\nc', true],
    ['^b$', 'm', 'a\rb', false],
    ['^b$', 'm', 'a\u2028b', false],
    ['^b', 'm', 'a\nb', true],
    ['a$', 'm', 'a\nb', true],
    ['^$', 'm', 'a\n', false],
    ['^$', 'm', 'a\n\nb', true],
    ['^$', 'm', '', true],
    ['\\n^', 'm', 'a\nb', true],
    ['\\n^', 'm', 'a\n', false],
    ['^\\n$', 'm', '\n', false],
    ['[$^]', 'm', 'a', false],
    ['\\$\\^', 'm', '$^', true],
    ['^a.b$', 'sm', 'x\na\nb', true],
    [' a b ', 'x', 'ab', true],
    ['a\t\n\rb', 'x', 'ab', true],
    ['a[ ]b', 'x', 'a b', true],
    ['a[ ]b', 'x', 'ab', false],
    ['a[\\] ]b', 'x', 'a b', true],
    ['a{1, 2}$', 'x', 'aa', true],
    ['a\u00a0b', 'x', 'ab', false],
    ['a\\[ b', 'x', 'a[b', true],
    ['a.b*', 'q', 'a.b*', true],
    ['a.b*', 'q', 'aXb', false],
    ['^a', 'q', 'x^a', true],
    ['[A](b)\\c|{1}/?+$ -', 'q', '[A](b)\\c|{1}/?+$ -', true],
    ['[a]', 'qi', 'x[A]', true],
    ['a b', 'qx', 'ab', false],
    ['a b', 'qx', 'a b', true],
    ['.', 'qs', 'a', false],
    ['(a)\\1', 'i', 'aA', true],
    ['\\p{Nd}', 'i', '7', true],
  ])('%j with %j on %j: %s', (source, flags, text, expected) => {
    expect(matches(source, flags, text)).toBe(expected);
    // No state is kept from one text to the next.
    const expression = regexOf(source, flags) as RegExp;
    expect([expression.test(text), expression.test(text)]).toEqual([expected, expected]);
  });

  it.each([
    ['a', 'g', 'flags'],
    ['a', 'I', 'flags'],
    ['\\i\\c*', '', 'XML names'],
    ['\\C', '', 'XML names'],
    ['[\\I]', '', 'XML names'],
    ['\\cJ', '', 'XML names'],
    ['[\\cJ]', '', 'XML names'],
    ['[a-z-[aeiou]]', '', 'subtraction'],
    ['[+-[]', '', 'subtraction'],
    ['\\p{IsBasicLatin}', '', 'Unicode blocks'],
    ['[\\P{IsGreek}]', '', 'Unicode blocks'],
    ['\\ p{IsGreek}', 'x', 'white space'],
    ['\\p {IsGreek}', 'x', 'Unicode blocks'],
    ['\\p{Lu}', 'i', 'cased'],
    ['[^\\P{L}]', 'im', 'cased'],
    ['a\\ b', 'x', 'white space'],
    ['^*', 'm', 'nothing to repeat'],
    ['(^a$+)', 'm', 'nothing to repeat'],
    ['(', '', 'Invalid regular expression'],
    ['a**', '', 'Invalid regular expression'],
    ['\\', '', 'Invalid regular expression'],
    ['\\y', '', 'Invalid regular expression'],
    ['[b-a]', '', 'Invalid regular expression'],
    ['a{2,1}', '', 'Invalid regular expression'],
  ])('%j with %j has none: %s', (source, flags, reason) => {
    const outcome = regexOf(source, flags);
    expect('error' in outcome ? outcome.error : outcome).toContain(reason);
  });

  it('refuses with flag i just the categories that case would widen', () => {
    let cased = '\u0345';
    for (let code = 0; code < 0x1_ffff; code++) {
      if (code >= 0xd800 && code <= 0xdfff) continue;
      const one = String.fromCodePoint(code);
      if (one.toLowerCase() !== one || one.toUpperCase() !== one) cased += one;
    }
    const names = 'L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po Z Zs Zl Zp'
      .concat(' S Sm Sc Sk So C Cc Cf Co Cn')
      .split(' ');
    const widened = names.filter((name) => {
      const count = (flags: string): number =>
        cased.match(new RegExp(`\\p{${name}}`, flags))?.length ?? 0;
      return count('gu') !== count('giu');
    });
    expect(names.filter((name) => 'error' in regexOf(`\\p{${name}}`, 'i'))).toEqual(widened);
    expect(names.filter((name) => 'error' in regexOf(`\\p{${name}}`, ''))).toEqual([]);
  });
});
