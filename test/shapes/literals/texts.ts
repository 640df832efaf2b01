import fc from 'fast-check';

export const xsd = 'http://www.w3.org/2001/XMLSchema#';

/** Well-formed and ill-typed texts of each datatype, by local name. */
export const vectors: Readonly<
  Record<string, { good: readonly string[]; bad: readonly string[] }>
> = {
  string: {
    good: ['', ' a\n', 'ä😀', '\u0001', '\ufffd'],
    bad: ['\0', 'a\ufffe', '\ud800', '\udc00\udc00'],
  },
  normalizedString: { good: ['', ' a  b '], bad: ['a\tb', 'a\n', '\rb', '\0'] },
  token: { good: ['', 'a b', 'ä'], bad: [' a', 'a ', 'a  b', 'a\tb', '\uffff'] },
  language: {
    good: ['en', 'de-CH-1996', 'x-abcdefgh'],
    bad: ['', 'e_n', 'en-', 'abcdefghi', '1e'],
  },
  Name: { good: ['a', ':a', '_a.b-c', 'é·1', '𐀀'], bad: ['', '-a', '1a', 'a b', '·a', 'a×'] },
  NCName: { good: ['a', '_a.b-c'], bad: ['', 'a:b', ':a', '.a'] },
  NMTOKEN: { good: ['a', '-a', '1:2', '·'], bad: ['', 'a b', 'a/b'] },
  boolean: { good: ['true', 'false', '0', '1'], bad: ['', 'True', '00', ' true', 'true\n'] },
  anyURI: { good: ['', 'http://a/ä b', '%'], bad: ['\0', '\ufffe'] },
  hexBinary: { good: ['', '0fB7'], bad: ['0', '0g', '0f ', '0x0f'] },
  base64Binary: {
    good: ['', 'AAAA', 'AA==', 'AAA=', 'AAE=', 'A A A A', 'AA= =', 'AAA =', 'ab+/'],
    bad: [
      'A',
      'AAA',
      'AB==',
      'AE==',
      'AAB=',
      ' AAAA',
      'AAAA ',
      'A  AAA',
      '====',
      'A===',
      'AA=A',
      'AA-A',
    ],
  },
  decimal: {
    good: ['0', '-1.5', '+.5', '5.', '00.00', '9'.repeat(2_000)],
    bad: ['', '.', '+', '1e3', '+-1', '1.2.3', ' 1', '1\n', 'INF', '1,5'],
  },
  double: {
    good: ['0', '1e3', '-1.5E-7', '+.5e+3', '5.e0', 'INF', '+INF', '-INF', 'NaN'],
    bad: ['', '.', 'e3', '1e', '1e+', '1e3.5', '--1', 'inf', '+NaN', 'Infinity', '0x1', '1e3 '],
  },
  float: { good: ['1', '1e999', 'NaN'], bad: ['1f', 'INFINITY', '-', 'AINF'] },
  integer: {
    good: ['0', '-0', '+007', '9'.repeat(2_000)],
    bad: ['', '+', '1.', '1.0', '1e3', '--1', '٣'],
  },
  long: {
    good: ['9223372036854775807', '-9223372036854775808', '+0009223372036854775807'],
    bad: ['9223372036854775808', '-9223372036854775809', '10000000000000000000'],
  },
  int: { good: ['2147483647', '-2147483648'], bad: ['2147483648', '-2147483649'] },
  short: { good: ['32767', '-32768'], bad: ['32768', '-32769'] },
  byte: { good: ['127', '-128'], bad: ['128', '-129', '1000'] },
  nonNegativeInteger: { good: ['0', '-0', '99999999999999999999'], bad: ['-1', '-01'] },
  positiveInteger: { good: ['1', '+99999999999999999999'], bad: ['0', '-0', '+00', '-1'] },
  nonPositiveInteger: { good: ['0', '+0', '-99999999999999999999'], bad: ['1', '+01'] },
  negativeInteger: { good: ['-1', '-99999999999999999999'], bad: ['0', '-0', '1'] },
  unsignedLong: { good: ['18446744073709551615', '-0'], bad: ['18446744073709551616', '-1'] },
  unsignedInt: { good: ['4294967295'], bad: ['4294967296', '-1'] },
  unsignedShort: { good: ['65535'], bad: ['65536', '-1'] },
  unsignedByte: { good: ['255', '+0'], bad: ['256', '-1'] },
  dateTime: {
    good: [
      '2026-11-21T10:00:00',
      '2026-11-21T10:00:00.123456789Z',
      '0000-01-01T00:00:00+14:00',
      '-0004-02-29T23:59:59-13:59',
      '12026-11-30T24:00:00.000',
      '2000-02-29T00:00:00Z',
      '-0000-02-29T00:00:00',
    ],
    bad: [
      '',
      '2026-11-21',
      '2026-11-21T10:00',
      '2026-11-21T10:00:00.',
      '2026-11-21T10:00:60Z',
      '2026-11-21T24:00:01',
      '2026-11-21T24:00:00.001',
      '2026-11-21T25:00:00',
      '2026-11-31T00:00:00',
      '1900-02-29T00:00:00',
      '2025-02-29T00:00:00',
      '2026-00-21T10:00:00',
      '2026-11-00T10:00:00',
      '02026-11-21T10:00:00',
      '226-11-21T10:00:00',
      '+2026-11-21T10:00:00',
      '2026-11-21t10:00:00',
      '2026-11-21T10:00:00z',
      '2026-11-21T10:00:00+14:01',
      '2026-11-21T10:00:00+15:00',
      '2026-11-21T10:00:00+1:00',
      '2026-11-21T10:00:00+13:60',
      '2026-11-21T10:00:00ZZ',
      '2026-11-21T10:60:00',
      '2026-13-21T10:00:00',
      '2026-11-21 10:00:00',
      '2026-11-21T1a:00:00',
    ],
  },
  dateTimeStamp: {
    good: ['2026-11-21T10:00:00Z', '2026-11-21T10:00:00.5+00:00', '2026-11-21T10:00:00-05:00'],
    bad: ['2026-11-21T10:00:00', '2026-11-21T10:00:00.12345', '2026-11-31T10:00:00Z'],
  },
  date: {
    good: ['2026-11-21', '2024-02-29Z', '-0001-12-31+05:30', '99999-01-01'],
    bad: ['2026-02-29', '2026-11-21T', '2026-1-21', '2026-11-21+', '2026-04-31', '2026-11-2'],
  },
  time: {
    good: ['10:00:00', '24:00:00.0Z', '23:59:59.9-14:00'],
    bad: ['24:00:01', '10:00', '24:01:00', '1:00:00'],
  },
  gYear: {
    good: ['2026', '-0001', '0000Z', '12026+01:00'],
    bad: ['26', '02026', '2026-', '20261Zx', '+2026'],
  },
  gYearMonth: { good: ['2026-11', '2026-01Z'], bad: ['2026-13', '2026-00', '2026-1', '2026-11-'] },
  gMonth: { good: ['--11', '--02+14:00'], bad: ['--13', '-11', '--1', '--11--', '11', '--00'] },
  gDay: { good: ['---31', '---01Z'], bad: ['---32', '---00', '--31', '31', '-a-31'] },
  gMonthDay: {
    good: ['--02-29', '--12-31Z'],
    bad: ['--02-30', '--04-31', '02-29', '-02-29', '--2-29', 'a-02-29'],
  },
  duration: {
    good: ['P1Y', 'P1Y2M3DT4H5M6.7S', '-PT0.5S', 'P2M', 'PT5M', 'P0D', 'P1DT1S'],
    bad: [
      '',
      'P',
      '-P',
      'PT',
      'P1YT',
      '1Y',
      'P1',
      'P1S',
      'PT1D',
      'P1M1Y',
      'P1Y1Y',
      'P1.5D',
      'PT1.S',
      'PT.5S',
      'P-1D',
      '+P1D',
      'PT1S1M',
      'P1DTT1S',
      'PT1.5M',
      'P1DT1HT1S',
      'P1W',
    ],
  },
  yearMonthDuration: { good: ['P1Y', '-P1Y13M', 'P0M'], bad: ['P1D', 'P1Y1D', 'PT1M', 'P'] },
  dayTimeDuration: { good: ['P1D', '-PT1M', 'P1DT1.5S'], bad: ['P1M', 'P1Y1D', 'P1YT1S', 'PT'] },
};

const alphabet = '0123456789+-.:TZPYMDHSEINFaeg =/_\n';

/** A well-formed or ill-typed text of the datatype with up to three characters changed. */
export function nearTexts(name: string): fc.Arbitrary<string> {
  const { good, bad } = vectors[name] as { good: readonly string[]; bad: readonly string[] };
  const seeds = [...good, ...bad].filter((text) => text.length < 100);
  const edit = fc.record({
    at: fc.nat(40),
    gone: fc.nat(2),
    put: fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 2 }),
  });
  return fc
    .tuple(fc.constantFrom(...seeds), fc.array(edit, { maxLength: 3 }))
    .map(([seed, edits]) =>
      edits.reduce((text, { at, gone, put }) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + put + text.slice(place + gone);
      }, seed),
    );
}
