import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FieldKind } from '../../src/terms/fields.ts';
import {
  compareDecimals,
  formatInstant,
  readDecimal,
  readInstant,
  readScalar,
  Unreadable,
  utf8Length,
} from '../../src/terms/scalars.ts';
import { fieldOf, scalarOf } from '../support/values.ts';

const refused = Symbol('refused');

function read(kind: FieldKind, value: unknown): unknown {
  const result = readScalar(fieldOf(kind), value);
  return result instanceof Unreadable ? refused : result;
}

describe('integers and numbers', () => {
  test.each<[FieldKind, unknown, unknown]>([
    ['integer', 0, 0],
    ['integer', 2 ** 53 - 1, 2 ** 53 - 1],
    ['integer', -(2 ** 53) + 1, -(2 ** 53) + 1],
    ['integer', 2 ** 53, refused],
    ['integer', 2 ** 53 + 1, refused],
    ['integer', -(2 ** 53), refused],
    ['integer', 1.5, refused],
    ['integer', -0, refused],
    ['integer', Number.NaN, refused],
    ['integer', Number.POSITIVE_INFINITY, refused],
    ['integer', '1', refused],
    ['integer', 1n, refused],
    ['integer', Object(1), refused],
    ['number', 1.5, 1.5],
    ['number', 5e-324, 5e-324],
    ['number', Number.MAX_VALUE, Number.MAX_VALUE],
    ['number', -0, refused],
    ['number', Number.NaN, refused],
    ['number', Number.NEGATIVE_INFINITY, refused],
    ['number', Object(1.5), refused],
    ['boolean', Object(true), refused],
    ['boolean', 'true', refused],
  ])('%s %o', (kind, value, expected) => {
    expect(read(kind, value)).toBe(expected);
  });
});

describe('texts', () => {
  test.each<[FieldKind, unknown, unknown]>([
    ['string', '', ''],
    ['string', '\u0000', '\u0000'],
    ['string', 'e\u0301', 'e\u0301'],
    ['string', '\ud800', refused],
    ['string', 'a\udc00', refused],
    ['string', '\ud83d\ude00', '\u{1f600}'],
    ['string', Object('a'), refused],
    ['iri', 'https://example.com/a', 'https://example.com/a'],
    ['iri', 'urn:x:\u00e9', 'urn:x:\u00e9'],
    ['iri', 'HTTP://EXAMPLE.com', 'HTTP://EXAMPLE.com'],
    ['iri', '/relative', refused],
    ['iri', 'no scheme', refused],
    ['iri', '1a:b', refused],
    ['iri', 'https://example.com/a b', refused],
    ['iri', 'https://example.com/<', refused],
    ['iri', 'https://example.com/"', refused],
    ['iri', 'https://example.com/a\n', refused],
    ['iri', 'https://example.com/\\', refused],
    ['iri', 'urn:x:\ud800', refused],
    ['iri', '', refused],
    ['oneOf', 'red', 'red'],
    ['oneOf', 'Red', refused],
    ['oneOf', 'constructor', refused],
    ['oneOf', 0, refused],
  ])('%s %o', (kind, value, expected) => {
    expect(read(kind, value)).toBe(expected);
  });

  test('UTF-8 lengths', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(utf8Length(text)).toBe(Buffer.byteLength(text));
      }),
    );
  });
});

describe('decimals', () => {
  const nines = '9'.repeat(34);
  test.each<[unknown, unknown]>([
    ['0', '0'],
    ['-0', '0'],
    ['+0.00', '0'],
    ['-0.000', '0'],
    ['007', '7'],
    ['1.50', '1.5'],
    ['+1.5', '1.5'],
    ['-01.500', '-1.5'],
    ['100', '100'],
    ['0.1', '0.1'],
    [nines, nines],
    [`-${nines}`, `-${nines}`],
    [`${nines}9`, refused],
    [`0.${nines}`, `0.${nines}`],
    [`0.0${nines}`, refused],
    [`9.${'9'.repeat(33)}`, `9.${'9'.repeat(33)}`],
    [`9.${nines}`, refused],
    [`${'0'.repeat(30)}${nines}`, nines],
    [`${nines}.${'0'.repeat(30)}`, nines],
    ['1e3', refused],
    ['.5', refused],
    ['5.', refused],
    ['', refused],
    ['-', refused],
    ['1,5', refused],
    ['1_000', refused],
    [' 1', refused],
    ['1\n', refused],
    ['\u0661', refused],
    ['NaN', refused],
    ['0x10', refused],
    [1.5, refused],
    ['1'.repeat(100_000), refused],
  ])('%o', (value, expected) => {
    expect(read('decimal', value)).toBe(expected);
  });

  const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 17 });
  const decimal = fc
    .tuple(fc.constantFrom('', '-', '+'), digits, fc.option(digits, { nil: undefined }))
    .map(([sign, whole, rest]) => `${sign}${whole}${rest === undefined ? '' : `.${rest}`}`);
  const exact = (text: string): bigint => {
    const [whole = '', fraction = ''] = text.replace(/^[+-]/, '').split('.');
    const magnitude = BigInt(whole + fraction.padEnd(34, '0'));
    return text.startsWith('-') ? -magnitude : magnitude;
  };

  test('reading keeps the value, is idempotent and gives one spelling for each value', () => {
    fc.assert(
      fc.property(decimal, decimal, (left, right) => {
        const [one, other] = [readDecimal(left) as string, readDecimal(right) as string];
        expect(exact(one)).toBe(exact(left));
        expect(readDecimal(one)).toBe(one);
        expect(one).toMatch(/^(0|-?([1-9]\d*|0)(\.\d*[1-9])?)$/);
        expect(one === other).toBe(exact(left) === exact(right));
      }),
    );
  });

  test('comparing is exact', () => {
    fc.assert(
      fc.property(decimal, fc.oneof(decimal, scalarOf('decimal')), (left, right) => {
        const [one, other] = [readDecimal(left) as string, readDecimal(String(right)) as string];
        const [a, b] = [exact(one), exact(other)];
        expect(Math.sign(compareDecimals(one, other))).toBe(a < b ? -1 : a > b ? 1 : 0);
        expect(compareDecimals(one, one)).toBe(0);
      }),
    );
  });
});

describe('instants', () => {
  test.each<[unknown, unknown]>([
    ['1970-01-01T00:00:00Z', 0],
    ['1970-01-01t00:00:00z', 0],
    ['1970-01-01T01:00:00+01:00', 0],
    ['1969-12-31T18:30:00-05:30', 0],
    ['1970-01-01T00:00:00-00:00', 0],
    ['1970-01-01T00:00:00.1Z', 100],
    ['1970-01-01T00:00:00.01Z', 10],
    ['1970-01-01T00:00:00.001Z', 1],
    ['1970-01-01T00:00:00.0001Z', refused],
    ['1970-01-01T00:00:00.000000Z', refused],
    ['1970-01-01T00:00:00.Z', refused],
    ['1970-01-01T00:00:00', refused],
    ['1970-01-01', refused],
    ['1970-01-01 00:00:00Z', refused],
    ['1970-01-01T24:00:00Z', refused],
    ['1970-01-01T00:60:00Z', refused],
    ['1970-01-01T23:59:60Z', refused],
    ['1970-01-01T00:00:00+24:00', refused],
    ['1970-01-01T00:00:00+01:60', refused],
    ['1970-01-01T00:00:00+0100', refused],
    ['1970-13-01T00:00:00Z', refused],
    ['1970-00-01T00:00:00Z', refused],
    ['1970-01-00T00:00:00Z', refused],
    ['1970-04-31T00:00:00Z', refused],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    ['2023-02-29T00:00:00Z', refused],
    ['1900-02-29T00:00:00Z', refused],
    ['2000-02-29T00:00:00Z', Date.UTC(2000, 1, 29)],
    ['0000-01-01T00:00:00Z', -62_167_219_200_000],
    ['0000-01-01T00:00:00+00:01', refused],
    ['0000-02-29T00:00:00Z', -62_167_219_200_000 + 59 * 86_400_000],
    ['0050-06-01T00:00:00Z', new Date('0050-06-01T00:00:00Z').getTime()],
    ['9999-12-31T23:59:59.999Z', 253_402_300_799_999],
    ['9999-12-31T23:59:59.999-00:01', refused],
    ['+010000-01-01T00:00:00Z', refused],
    [new Date(7), 7],
    [new Date(Number.NaN), refused],
    [new Date(253_402_300_800_000), refused],
    [new Date(-62_167_219_200_001), refused],
    [0, refused],
    ['now', refused],
  ])('%o', (value, expected) => {
    expect(read('instant', value)).toBe(expected);
  });

  const ms = fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 });

  test('the canonical text reads back; a Date reads to its time', () => {
    fc.assert(
      fc.property(ms, (time) => {
        const text = formatInstant(time);
        expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
        expect(readInstant(text)).toBe(time);
        expect(readInstant(new Date(time))).toBe(time);
      }),
    );
  });

  test('an offset moves the instant by exactly itself', () => {
    const minutes = fc.integer({ min: -1_439, max: 1_439 });
    const middle = fc.integer({ min: -62_000_000_000_000, max: 253_000_000_000_000 });
    fc.assert(
      fc.property(middle, minutes, (time, offset) => {
        const two = (value: number): string => String(value).padStart(2, '0');
        const size = Math.abs(offset);
        const sign = offset < 0 ? '-' : '+';
        const local = formatInstant(time + offset * 60_000).slice(0, -1);
        const text = `${local}${sign}${two(Math.floor(size / 60))}:${two(size % 60)}`;
        expect(readInstant(text)).toBe(time);
      }),
    );
  });

  test('a Date with its own getTime is read by what it is', () => {
    const date = new Date(5);
    date.getTime = () => 99;
    expect(readInstant(date)).toBe(5);
  });
});
