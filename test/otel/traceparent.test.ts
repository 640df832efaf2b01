import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTraceparent, parseTraceparent } from '../../src/otel/traceparent.ts';

const hexadecimal = (length: number): fc.Arbitrary<string> =>
  fc
    .string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length })
    .filter((text) => /[^0]/.test(text));
const span = fc.record({
  traceId: hexadecimal(32),
  spanId: hexadecimal(16),
  traceFlags: fc.integer({ min: 0, max: 255 }),
});

// The example of W3C Trace Context, section 3.2.4.
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';
const example = `00-${traceId}-${spanId}-01`;

describe('a traceparent', () => {
  it('says what the span said, and the other way round', () => {
    fc.assert(
      fc.property(span, (given) => {
        const text = formatTraceparent(given);
        expect(text).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/);
        expect(parseTraceparent(text!)).toEqual({ ...given, isRemote: true });
        expect(formatTraceparent(parseTraceparent(text!))).toBe(text);
      }),
    );
  });

  it.each([
    ['01', 1],
    ['00', 0],
    ['ff', 255],
    ['0a', 10],
  ])('keeps the flags %s', (flags, traceFlags) => {
    const text = `00-${traceId}-${spanId}-${flags}`;
    expect(parseTraceparent(text)).toEqual({ traceId, spanId, traceFlags, isRemote: true });
    expect(formatTraceparent({ traceId, spanId, traceFlags })).toBe(text);
  });

  it('has two digits of flags, whatever else the host keeps there', () => {
    expect(formatTraceparent({ traceId, spanId, traceFlags: 0x1_01 })).toBe(example);
  });

  it('is lower case although OpenTelemetry takes upper case for valid', () => {
    const loud = { traceId: traceId.toUpperCase(), spanId: spanId.toUpperCase(), traceFlags: 1 };
    expect(formatTraceparent(loud)).toBe(example);
  });

  it.each([
    ['no span', undefined],
    ['a trace id of zeros', { traceId: '0'.repeat(32), spanId, traceFlags: 1 }],
    ['a span id of zeros', { traceId, spanId: '0'.repeat(16), traceFlags: 1 }],
    ['a short trace id', { traceId: traceId.slice(1), spanId, traceFlags: 1 }],
    ['a span id that is no number', { traceId, spanId: 'g'.repeat(16), traceFlags: 1 }],
  ])('is not written for %s', (_, given) => {
    expect(formatTraceparent(given)).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${spanId}-01`],
    ['a span id of zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['upper case', `00-${traceId.toUpperCase()}-${spanId}-01`],
    ['upper case in the span id', `00-${traceId}-${spanId.toUpperCase()}-01`],
    ['upper case in the flags', `00-${traceId}-${spanId}-0A`],
    ['the version that is never valid', `ff-${traceId}-${spanId}-01`],
    ['a version to come', `01-${traceId}-${spanId}-01`],
    ['a version to come with more', `01-${traceId}-${spanId}-01-more`],
    ['something behind it', `${example}-more`],
    ['a line break behind it', `${example}\n`],
    ['a space before it', ` ${example}`],
    ['a short trace id', `00-${traceId.slice(1)}-${spanId}-01`],
    ['a long trace id', `00-${traceId}0-${spanId}-01`],
    ['a short span id', `00-${traceId}-${spanId.slice(1)}-01`],
    ['a long span id', `00-${traceId}-${spanId}0-01`],
    ['one digit of flags', `00-${traceId}-${spanId}-1`],
    ['no flags', `00-${traceId}-${spanId}`],
    ["a host's own name", 'request-17'],
  ])('is not read from %s', (_, text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });
});
