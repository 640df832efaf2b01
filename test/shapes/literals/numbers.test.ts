import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { floatOf } from '../../../src/shapes/literals/floats.ts';
import { compareDecimals, numberOf } from '../../../src/shapes/literals/numbers.ts';
import { xsd } from './texts.ts';

/** A number text as an exact fraction. */
function fraction(text: string): readonly [over: bigint, under: bigint] {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', rest = ''] = mantissa.replace(/^[+-]/, '').split('.');
  const size = BigInt(whole + rest);
  const power = Number(exponent) - rest.length;
  const over = mantissa.startsWith('-') ? -size : size;
  return power < 0 ? [over, 10n ** BigInt(-power)] : [over * 10n ** BigInt(power), 1n];
}

function compareExactly(left: string, right: string): number {
  const [a, b] = fraction(left);
  const [c, d] = fraction(right);
  return a * d < c * b ? -1 : a * d > c * b ? 1 : 0;
}

const digits = (max: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0000123456789'), minLength: 1, maxLength: max });
const decimal = (max: number): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom('', '+', '-'), digits(max), fc.option(digits(max), { nil: undefined }))
    .map(([sign, whole, rest]) => sign + whole + (rest === undefined ? '' : `.${rest}`));

describe('order of decimals', () => {
  it.each([
    ['0', '-0.000', 0],
    ['.5', '0.50', 0],
    ['5.', '+0005', 0],
    ['-1', '1', -1],
    ['-0', '0.0000000000000000000000000000001', -1],
    ['-2.5', '-2.49', -1],
    ['10', '9.99', 1],
  ])('%s against %s', (left, right, expected) => {
    expect(Math.sign(compareDecimals(left, right))).toBe(expected);
    expect(Math.sign(compareDecimals(right, left))).toBe(0 - expected);
  });
  it('is that of exact fractions', () => {
    fc.assert(
      fc.property(decimal(30), decimal(30), fc.nat(4), (left, right, zeros) => {
        expect(Math.sign(compareDecimals(left, right))).toBe(compareExactly(left, right));
        const longer = (left.includes('.') ? left : `${left}.`) + '0'.repeat(zeros);
        expect(Math.sign(compareDecimals(left, longer))).toBe(0);
        expect(Math.sign(compareDecimals(longer, `${longer}1`))).toBe(
          left.startsWith('-') ? 1 : -1,
        );
      }),
    );
  });
  it('reads a million digits', () => {
    const long = '9'.repeat(1_000_000);
    expect(compareDecimals(`${long}.1`, `${long}.2`)).toBeLessThan(0);
    expect(compareDecimals(`0.${long}`, `00.${long}0`)).toBe(0);
  });
});

describe('numberOf', () => {
  it.each([
    ['integer', '999999999999999', 999_999_999_999_999],
    ['integer', '-42', -42],
    ['integer', '+007', 7],
    ['integer', '1000000000000000', Number.NaN],
    ['integer', '1.0', Number.NaN],
    ['integer', '', Number.NaN],
    ['integer', '-', Number.NaN],
    ['integer', 'x', Number.NaN],
    ['byte', '128', Number.NaN],
    ['byte', '-128', -128],
    ['byte', '-129', Number.NaN],
    ['positiveInteger', '0', Number.NaN],
    ['positiveInteger', '1', 1],
    ['nonPositiveInteger', '0', 0],
    ['negativeInteger', '0', Number.NaN],
    ['unsignedLong', '-1', Number.NaN],
    ['unsignedLong', '-0', 0],
    ['decimal', '0.1', 0.1],
    ['decimal', '.123456789012345', 0.123456789012345],
    ['decimal', '.1234567890123456', Number.NaN],
    ['decimal', '.', Number.NaN],
    ['decimal', '1.2.3', Number.NaN],
    ['double', '1.5E-7', 1.5e-7],
    ['double', '-INF', -Infinity],
    ['double', '+INF', Infinity],
    ['double', 'NaN', Number.NaN],
    ['double', '1e', Number.NaN],
    ['double', '0.30000000000000004', 0.30000000000000004],
    ['float', '1', Number.NaN],
    ['string', '1', Number.NaN],
  ])('xsd:%s of %j', (name, text, expected) => {
    expect(numberOf(xsd + name, text) + 0).toBe(expected);
  });
  it('is the nearest double of all texts that have one', () => {
    fc.assert(
      fc.property(
        decimal(9),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (text, value) => {
          const number = numberOf(`${xsd}decimal`, text);
          const short = text.replace(/[^0-9]/g, '').length <= 15;
          expect(number + 0).toBe(short ? Number(text) + 0 : Number.NaN);
          expect(numberOf(`${xsd}double`, `${value}`) + 0).toBe(value + 0);
        },
      ),
    );
  });
  it('decides the order of decimals', () => {
    const close = fc.tuple(decimal(7), fc.integer({ min: 1, max: 3 })).map(([text, by]) => {
      const point = text.indexOf('.');
      const places = point < 0 ? 0 : text.length - point - 1;
      const value = BigInt(text.replace('.', '')) + BigInt(by);
      const size = `${value < 0n ? -value : value}`.padStart(places + 1, '0');
      const cut = size.length - places;
      return [text, `${value < 0n ? '-' : ''}${size.slice(0, cut)}.${size.slice(cut)}`] as const;
    });
    fc.assert(
      fc.property(close, ([left, right]) => {
        const a = numberOf(`${xsd}decimal`, left);
        const b = numberOf(`${xsd}decimal`, right);
        expect(a < b).toBe(true);
        expect(compareExactly(left, right)).toBe(-1);
      }),
    );
  });
});

const bits = new DataView(new ArrayBuffer(4));
function floatAt(index: number): number {
  bits.setUint32(0, index);
  return bits.getFloat32(0);
}
/** So many units of 10 ** -places, as a text. */
function scaled(units: bigint, places: number): string {
  const all = `${units}`.padStart(places + 1, '0');
  return `${all.slice(0, -places)}.${all.slice(-places)}`;
}
/** A double in units of 10 ** -200: exact, because 2 ** -200 is a multiple of one. */
function unitsOf(value: number): bigint {
  return BigInt(value * 2 ** 200) * 5n ** 200n;
}

describe('floatOf', () => {
  it.each([
    ['1', 1],
    ['-0.1', Math.fround(-0.1)],
    ['INF', Infinity],
    ['-INF', -Infinity],
    ['x', Number.NaN],
    ['16777217', 16_777_216],
    ['16777217.00000000000000000000000001', 16_777_218],
    ['-16777217.00000000000000000000000001', -16_777_218],
    ['16777218.99999999999999999999999999', 16_777_218],
    ['1677721700000000000000000001e-20', 16_777_218],
    ['16777217000000000000000000.01e-18', 16_777_218],
    ['.000016777217e12', 16_777_216],
    ['340282356779733661637539395458142568447.9', 2 ** 128 - 2 ** 104],
    ['340282356779733661637539395458142568448', Infinity],
    ['-340282356779733661637539395458142568447.9', -(2 ** 128 - 2 ** 104)],
    ['1e39', Infinity],
    ['-1e40', -Infinity],
    ['3.5e38', Infinity],
    ['1e-46', 0],
  ])('%s', (text, expected) => {
    expect(floatOf(text) + 0).toBe(expected + 0);
  });
  it('rounds once, on each side of the middle between two floats', () => {
    const index = fc.integer({ min: 0, max: 0x7f7f_fffe });
    fc.assert(
      fc.property(index, fc.integer({ min: 1, max: 40 }), (at, places) => {
        const below = floatAt(at);
        const above = floatAt(at + 1);
        const middle = unitsOf((below + above) / 2);
        expect(floatOf(scaled(middle, 200))).toBe(at % 2 === 0 ? below : above);
        const finer = middle * 10n ** BigInt(places);
        expect(floatOf(scaled(finer + 1n, 200 + places))).toBe(above);
        const less = scaled(finer - 1n, 200 + places);
        expect(floatOf(less)).toBe(below);
        expect(floatOf(`-${less}`)).toBe(0 - below);
      }),
    );
  });
});
