import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { integer, iri, optional, string } from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import { readerOf, readObservation, readRecord } from '../../src/terms/read.ts';
import { sample } from '../support/declarations.ts';
import { runs } from '../support/effort.ts';
import { rfc8785 } from '../support/rfc8785.ts';
import { fieldOf, kinds } from '../support/values.ts';

const Thing = defineObservation('thing.seen', {
  class: 'https://example.com/test#Thing',
  subject: 'thing',
  fields: { thing: iri(), count: optional(integer()), note: optional(string()) },
}) as unknown as Observation;
const thing = 'https://example.com/thing/1';

/** Paths of the issues, undefined where the input was read. */
function issuePaths(input: unknown, observation: Observation = Thing): string[] | undefined {
  const read = readObservation(observation, input);
  return read.ok ? undefined : read.issues.map(({ path }) => path);
}

describe('reading what was declared', () => {
  test('gives the data, and the text that an independent RFC 8785 writer gives', () => {
    fc.assert(
      fc.property(sample, ({ observation, input, data }) => {
        const read = readObservation(observation, input);
        if (!read.ok) throw new Error(JSON.stringify(read.issues));
        expect(read.data).toEqual(data);
        expect(Object.isFrozen(read.data)).toBe(true);
        // inputOf writes canonical literals, so the input itself is the record's fields.
        const record = { declaration: observation.hash, fields: input };
        expect(read.record).toBe(rfc8785(record));
      }),
      { numRuns: runs(500) },
    );
  });

  test('is idempotent: the stored fields read back to the same text and data', () => {
    fc.assert(
      fc.property(sample, ({ observation, input }) => {
        const first = readObservation(observation, input);
        if (!first.ok) throw new Error(JSON.stringify(first.issues));
        const { fields } = JSON.parse(first.record) as { fields: unknown };
        expect(readRecord(observation, fields)).toEqual(first);
      }),
      { numRuns: runs(300) },
    );
  });

  test('undefined is absence', () => {
    expect(issuePaths({ thing, count: undefined })).toBeUndefined();
    expect(issuePaths({ thing: undefined })).toEqual(['$.thing']);
  });

  test('members are read once, whatever a getter says next', () => {
    let reads = 0;
    const input = {
      thing,
      get count() {
        reads++;
        return reads === 1 ? 5 : 'five';
      },
    };
    const read = readObservation(Thing, input);
    expect(reads).toBe(1);
    expect(read).toMatchObject({ ok: true, data: { thing, count: 5 } });
  });
});

describe('refusals are values, never throws', () => {
  test.each<[string, unknown, string[]]>([
    ['null', null, ['$']],
    ['undefined', undefined, ['$']],
    ['a string', 'x', ['$, line 1, column 1']],
    ['a number', 1, ['$']],
    ['an array', [thing], ['$']],
    ['a function', () => thing, ['$']],
    ['nothing at all', {}, ['$.thing']],
    ['null as a value', { thing, count: null }, ['$.count']],
    ['an unknown field', { thing, more: 1 }, ['$.more']],
    ['an unknown field that is undefined', { thing, more: undefined }, ['$.more']],
    [
      '__proto__ as an own member',
      JSON.parse(`{"thing":"${thing}","__proto__":{}}`),
      ['$.__proto__'],
    ],
    [
      '__proto__ that hides a field',
      JSON.parse('{"__proto__":{"thing":"urn:x:1"}}'),
      ['$.thing', '$.__proto__'],
    ],
    [
      'several at once',
      { count: 'x', note: 1, more: 1 },
      ['$.count', '$.note', '$.thing', '$.more'],
    ],
  ])('%s', (_name, input, paths) => {
    expect(issuePaths(input)).toEqual(paths);
  });

  test('each kind refuses every value of another type', () => {
    const values: unknown[] = [null, 0, 1.5, 'x', '', true, {}, [], new Date(0), 1n, () => 1];
    const good: Readonly<Record<string, readonly unknown[]>> = {
      integer: [0],
      number: [0, 1.5],
      boolean: [true],
      string: ['x', ''],
      instant: [new Date(0)],
    };
    for (const kind of kinds) {
      const reader = readerOf({ a: fieldOf(kind) });
      for (const value of values) {
        const expected = (good[kind] ?? []).some((item) => item === value || isDate(item, value));
        expect(reader.read({ a: value }).ok, `${kind} ${String(value)}`).toBe(expected);
      }
    }
  });

  const isDate = (item: unknown, value: unknown): boolean =>
    item instanceof Date && value instanceof Date;

  test('objects that throw when looked at', () => {
    const thrower = (): never => {
      throw new Error('no');
    };
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const hostile: unknown[] = [
      Object.defineProperty({}, 'thing', { get: thrower, enumerable: true }),
      new Proxy({}, { get: thrower }),
      new Proxy({ thing }, { ownKeys: thrower }),
      { thing, count: new Proxy({}, { get: thrower, getPrototypeOf: thrower }) },
      {
        get thing() {
          throw undefined;
        },
      },
    ];
    for (const input of hostile) expect(readObservation(Thing, input).ok).toBe(false);
    expect(readerOf(Thing.fields).read.bind(undefined, proxy)).not.toThrow();
    expect(issuePaths(new Proxy({ thing }, {}))).toBeUndefined();
  });

  test('an instance of a class is read by its members', () => {
    class Row {
      readonly thing = thing;
      get count(): number {
        return 3;
      }
    }
    expect(readObservation(Thing, new Row())).toMatchObject({ ok: true, data: { count: 3 } });
  });

  test('at most 16 issues, with short paths and descriptions', () => {
    const many = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, index) => [`${'x'.repeat(200)}${index}`, 1]),
    );
    const read = readObservation(Thing, { thing: 'x'.repeat(100_000), ...many });
    if (read.ok) throw new Error('was read');
    expect(read.issues).toHaveLength(16);
    expect(JSON.stringify(read.issues).length).toBeLessThan(16 * 400);
  });
});

describe('limits', () => {
  test('a string is at most 8 KiB of UTF-8', () => {
    const reader = readerOf({ a: string() });
    const fits = (text: string): boolean => reader.read({ a: text }).ok;
    expect(fits('x'.repeat(8_192))).toBe(true);
    expect(fits('x'.repeat(8_193))).toBe(false);
    expect(fits('\u20ac'.repeat(2_730))).toBe(true);
    expect(fits(`${'\u20ac'.repeat(2_730)}xx`)).toBe(true);
    expect(fits(`${'\u20ac'.repeat(2_730)}xxx`)).toBe(false);
    expect(fits('\u{1f600}'.repeat(2_048))).toBe(true);
    expect(fits(`${'\u{1f600}'.repeat(2_048)}x`)).toBe(false);
    expect(fits('\u00e9'.repeat(4_096))).toBe(true);
    expect(fits('\u00e9'.repeat(4_097))).toBe(false);
  });

  test('a record is at most 64 KiB of UTF-8', () => {
    const fields = Object.fromEntries(
      Array.from({ length: 9 }, (_, index) => [`f${index}`, string()]),
    );
    const reader = readerOf(fields);
    const input = (last: string): Record<string, string> => ({
      ...Object.fromEntries(Object.keys(fields).map((name) => [name, 'x'.repeat(8_000)])),
      f7: 'x'.repeat(2_000),
      f8: last,
    });
    const size = (last: string): number => Buffer.byteLength(rfc8785(input(last)));
    const room = 65_536 - size('');
    expect(room).toBeGreaterThan(0);
    expect(room).toBeLessThan(8_192);
    for (const [delta, ok] of [
      [-1, true],
      [2, false],
    ] as const) {
      expect(reader.read(input('x'.repeat(room + delta))).ok).toBe(ok);
    }
    // Two bytes a character: half of them fit.
    expect(reader.read(input('\u00e9'.repeat(Math.floor(room / 2) + 2))).ok).toBe(false);
    expect(reader.read(input('\u00e9'.repeat(Math.floor(room / 2) - 1))).ok).toBe(true);
  });
});

test('reading consults no clock and no locale', () => {
  const now = vi.spyOn(Date, 'now');
  readObservation(Thing, { thing, count: 1 });
  expect(now).not.toHaveBeenCalled();
  now.mockRestore();
});
