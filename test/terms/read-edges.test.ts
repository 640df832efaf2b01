import { describe, expect, test } from 'vitest';
import { integer, optional, string } from '../../src/terms/fields.ts';
import { readerOf } from '../../src/terms/read.ts';

describe('readers', () => {
  const reader = readerOf({ a: string(), n: optional(integer()), t: optional(string()) });
  const issues = (input: unknown): unknown => {
    const read = reader.read(input);
    return read.ok ? 'ok' : read.issues;
  };

  test('issues have a path, what was expected and what came', () => {
    for (const [input, got] of [
      [null, 'null'],
      [7, '7'],
      [[], 'an array of 0'],
      ['x', '"x"'],
    ] as const) {
      expect(issues(input)).toEqual([{ path: '$', expected: 'an object', got }]);
    }
    expect(issues({ n: 1.5, [`x${'y'.repeat(70)}`]: 1 })).toEqual([
      { path: '$.a', expected: 'a string', got: 'nothing' },
      { path: '$.n', expected: 'an integer with |n| <= 2^53-1, not -0', got: '1.5' },
      { path: `$.x${'y'.repeat(63)}`, expected: 'a declared field', got: 'an unknown field' },
    ]);
    const hostile = {
      get a(): string {
        throw new Error('not for you');
      },
    };
    expect(issues(hostile)).toEqual([
      { path: '$', expected: 'readable members', got: 'an error (not for you)' },
    ]);
  });

  test('16 issues at most', () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`u${at}`, 1]));
    expect(issues({ a: 'x', ...many(15) })).toHaveLength(15);
    expect(issues({ a: 'x', ...many(16) })).toHaveLength(16);
    expect(issues({ a: 'x', ...many(17) })).toHaveLength(16);
    const wide = readerOf(
      Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`f${at}`, string()])),
    );
    expect(wide.read({})).toMatchObject({ issues: { length: 16 } });
    // Unknown members are looked through no further than that.
    let looks = 0;
    const counted = new Proxy(
      { a: 'x', ...many(100) },
      {
        get: (target, name) => Reflect.get(target, name) as unknown,
        ownKeys: (target) => Reflect.ownKeys(target),
        getOwnPropertyDescriptor: (target, name) => {
          looks++;
          return Reflect.getOwnPropertyDescriptor(target, name);
        },
      },
    );
    expect(issues(counted)).toHaveLength(16);
    expect(looks).toBe(101);
  });

  const eight = 'x'.repeat(8_191);
  test('64 KiB at most', () => {
    const names = 'abcdefgh'.split('');
    const wide = readerOf(Object.fromEntries(names.map((name) => [name, string()])));
    const full = Object.fromEntries(names.map((name) => [name, eight]));
    // {"a":"...",...}: seven bytes a field and one more in all.
    const overhead = 6 * names.length + names.length + 1;
    const room = 65_536 - overhead - 8 * 8_191;
    expect(room).toBeLessThan(0);
    const last = (length: number) => wide.read({ ...full, h: 'x'.repeat(length) });
    const full64 = last(8_191 + room);
    expect(full64.ok && full64.canonical.length).toBe(65_536);
    expect(last(8_192 + room)).toEqual({
      ok: false,
      issues: [{ path: '$', expected: 'at most 65536 bytes', got: 'more' }],
    });
  });

  test('a record of wide characters counts its bytes, not its characters', () => {
    const wide = readerOf(Object.fromEntries('abcdefgh'.split('').map((name) => [name, string()])));
    const euros = (count: number) =>
      wide.read(
        Object.fromEntries('abcdefgh'.split('').map((name) => [name, '\u20ac'.repeat(count)])),
      );
    expect([euros(2_728).ok, euros(2_729).ok]).toEqual([true, false]);
  });

  test('fits says yes only where read does, and mostly then', () => {
    const yes = [{ a: 'x' }, { a: 'x', n: 1 }, { a: 'x', n: 1, t: '' }, { a: 'x', n: undefined }];
    for (const input of yes)
      expect([reader.fits(input), reader.read(input).ok]).toEqual([true, true]);
    const no = [
      {},
      { n: 1 },
      { a: 1 },
      { a: 'x', n: 1.5 },
      { a: 'x', more: 1 },
      { a: 'x', n: 1, more: 1 },
    ];
    for (const input of no)
      expect([reader.fits(input), reader.read(input).ok]).toEqual([false, false]);
    expect(
      reader.fits(Object.create({ inherited: 1 }, { a: { value: 'x', enumerable: true } })),
    ).toBe(false);
  });

  test('fits leaves what may be long to read', () => {
    // Six bytes a character, 80 a field, 32 characters a number: 64 KiB are 10,882 characters here.
    const wide = readerOf({ a: string(), b: optional(string()), n: optional(integer()) });
    const of = (length: number, more: object = {}): boolean =>
      wide.fits({ a: 'x'.repeat(8_192), b: 'x'.repeat(length - 8_192), ...more });
    expect([of(10_882), of(10_883)]).toEqual([true, false]);
    expect([of(10_850, { n: 1 }), of(10_851, { n: 1 })]).toEqual([true, false]);
  });
});
