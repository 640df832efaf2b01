import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decimal,
  type Field,
  type FieldKind,
  instant,
  integer,
  iri,
  isIri,
  isOrdered,
  number,
  oneOf,
  optional,
  string,
} from '../../src/terms/fields.ts';
import {
  compareDecimals,
  isText,
  isWellFormed,
  readDecimal,
  readInstant,
  readScalar,
  Unreadable,
  utf8Length,
} from '../../src/terms/scalars.ts';

describe('fields as data', () => {
  test('only what was given', () => {
    expect(string()).toStrictEqual({ kind: 'string', optional: false });
    expect(optional(integer())).toStrictEqual({ kind: 'integer', optional: true });
    const predicate = 'urn:p';
    expect(iri({ predicate })).toStrictEqual({ kind: 'iri', optional: false, predicate });
    const values = Array.from({ length: 1_024 }, (_, index) => `v${index}`);
    expect(oneOf(values)).toStrictEqual({ kind: 'oneOf', optional: false, values });
    expect([string(), optional(string())].every(Object.isFrozen)).toBe(true);
  });

  test('four kinds have an order', () => {
    const kinds: FieldKind[] = [
      'integer',
      'decimal',
      'number',
      'boolean',
      'string',
      'iri',
      'instant',
      'oneOf',
    ];
    expect(kinds.filter(isOrdered)).toEqual(['integer', 'decimal', 'number', 'instant']);
  });
});

describe('IRIs', () => {
  test.each([
    'a:',
    'a:b',
    'A1+-.z:b',
    'urn:\u00e9\u{1f600}',
    'urn:\u{1f600}/\u{1f601}',
    'https://example.com/~a?b=c&d#e',
    'urn:\u0080',
    'urn:\u007f',
  ])('%j is one', (text) => {
    expect(isIri(text)).toBe(true);
  });
  test.each([
    '',
    ':',
    'a',
    ':a',
    '1a:b',
    '+a:b',
    'a b:c',
    'a_:b',
    'a/b:c',
    '\u00e9:b',
    'a:b c',
    'a:<',
    'a:>',
    'a:"',
    'a:{',
    'a:}',
    'a:|',
    'a:\\',
    'a:^',
    'a:`',
    'a:\u0000',
    'a:\u001f',
    'a:\ud800',
    'a:\udc00b',
    'a:\u{1f600} ',
    'a:\u{1f600}<',
    'a:\u{1f600}b\ud800',
    ' a:b',
    '@:b',
    '[:b',
    '`:b',
    '{:b',
  ])('%j is none', (text) => {
    expect(isIri(text)).toBe(false);
  });
});

describe('text', () => {
  test.each([
    ['\u007f', 1],
    ['\u0080', 2],
    ['\u07ff', 2],
    ['\u0800', 3],
    ['\uffff', 3],
    ['\u{10000}', 4],
    ['\u{10ffff}', 4],
  ])('%j takes %i bytes', (character, bytes) => {
    expect([utf8Length(character), Buffer.byteLength(character)]).toEqual([bytes, bytes]);
  });

  test.each([0, 1, 47, 48, 49, 60])('a surrogate alone is found behind %i characters', (length) => {
    const text = 'x'.repeat(length);
    expect([isWellFormed(text), isWellFormed(`${text}\u{1f600}`)]).toEqual([true, true]);
    expect([isWellFormed(`${text}\ud800`), isText(`${text}\udc00`)]).toEqual([false, false]);
    expect(isWellFormed(`\ud800${text}`)).toBe(false);
  });

  test.each(['a', '\u00e9', '\u20ac', '\u{1f600}'])('8 KiB of %j and no more', (character) => {
    const full = character.repeat(8_192 / Buffer.byteLength(character));
    const rest = 'a'.repeat(8_192 - Buffer.byteLength(full));
    expect([isText(full + rest), isText(`${full}${rest}a`)]).toEqual([true, false]);
    const long = `urn:${(full + rest).slice(4 * (character === 'a' ? 1 : 0))}`;
    const fits = Buffer.byteLength(long) <= 8_192;
    expect(readScalar(iri(), long) instanceof Unreadable).toBe(!fits);
  });
});

describe('decimals', () => {
  const scaled = (text: string): bigint => {
    const [whole = '', fraction = ''] = text.replace('-', '').split('.');
    const magnitude = BigInt(whole + fraction.padEnd(40, '0'));
    return text.startsWith('-') ? -magnitude : magnitude;
  };
  const digits = fc.string({ unit: fc.constantFrom('0', '1', '9'), minLength: 1, maxLength: 4 });
  const canonical = fc
    .tuple(fc.boolean(), digits, fc.option(digits, { nil: undefined }))
    .map(([minus, whole, fraction]) => {
      const text = `${minus ? '-' : ''}${whole}${fraction === undefined ? '' : `.${fraction}`}`;
      return readDecimal(text) as string;
    });

  test('compare as the numbers they are', () => {
    const seen = new Set<number>();
    fc.assert(
      fc.property(canonical, canonical, (left, right) => {
        const difference = scaled(left) - scaled(right);
        const sign = difference < 0n ? -1 : difference > 0n ? 1 : 0;
        seen.add(sign);
        expect(Math.sign(compareDecimals(left, right))).toBe(sign);
        expect(Math.sign(compareDecimals(right, left)) + 0).toBe(0 - sign + 0);
      }),
      { numRuns: 1_000 },
    );
    expect([...seen].sort()).toEqual([-1, 0, 1]);
  });

  test.each<[string, string | undefined]>([
    ['9'.repeat(34), '9'.repeat(34)],
    ['9'.repeat(35), undefined],
    [`0.${'1'.repeat(34)}`, `0.${'1'.repeat(34)}`],
    [`0.${'1'.repeat(35)}`, undefined],
    [`1.${'1'.repeat(33)}`, `1.${'1'.repeat(33)}`],
    [`1.${'1'.repeat(34)}`, undefined],
    // 71 characters are read, 72 are not, however many of them are zeros.
    [`+${'0'.repeat(69)}1`, '1'],
    [`+${'0'.repeat(70)}1`, undefined],
    [`${'0'.repeat(36)}.${'0'.repeat(34)}`, '0'],
    [`${'0'.repeat(37)}.${'0'.repeat(34)}`, undefined],
  ])('%s', (text, read) => {
    expect(readDecimal(text)).toBe(read);
  });

  test('what cannot be read says what was expected', () => {
    const expected = (field: Field): unknown => (readScalar(field, {}) as Unreadable).expected;
    expect(
      [integer(), number(), decimal(), string(), iri(), instant(), oneOf(['a', 'b'])].map(expected),
    ).toEqual([
      'an integer with |n| <= 2^53-1, not -0',
      'a finite number other than -0',
      'a decimal string without exponent, at most 34 digits',
      'well-formed Unicode of at most 8192 bytes',
      'an absolute IRI',
      'an RFC 3339 instant with offset, to the millisecond, or a Date',
      'one of a, b',
    ]);
    expect(readScalar(oneOf(['a']), ['a'])).toBeInstanceOf(Unreadable);
    expect(readScalar(iri(), ['urn:a'])).toBeInstanceOf(Unreadable);
  });
});

test('days that a month does not have', () => {
  const read = (day: string): boolean => readInstant(`${day}T00:00:00Z`) !== undefined;
  for (let month = 0; month <= 13; month++) {
    for (let day = 0; day <= 99; day++) {
      const text = `2026-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
      const last = new Date(Date.UTC(2026, month, 0)).getUTCDate();
      expect(read(text), text).toBe(month >= 1 && month <= 12 && day >= 1 && day <= last);
    }
  }
  expect([read('2024-02-29'), read('2100-02-29'), read('2000-02-29')]).toEqual([true, false, true]);
});
