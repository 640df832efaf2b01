import { expect, describe as group, test } from 'vitest';
import { describe, fail, KnhkError } from '../../src/base/errors.ts';

group('what errors say', () => {
  test('code, details and cause', () => {
    const cause = new Error('disk');
    try {
      fail('KNHK_LOG_OPEN', 'here', 'a directory', 7, cause);
    } catch (error) {
      expect(error).toBeInstanceOf(KnhkError);
      const { code, details, message, name } = error as KnhkError;
      expect({ code, details, message, name }).toEqual({
        code: 'KNHK_LOG_OPEN',
        details: { expected: 'a directory', got: '7', where: 'here' },
        message: 'KNHK_LOG_OPEN at here: expected a directory, got 7',
        name: 'KnhkError',
      });
      expect((error as Error).cause).toBe(cause);
      return;
    }
    expect.unreachable();
  });

  test('describing runs no foreign code and is short', () => {
    const trap = (): never => {
      throw new Error('ran');
    };
    const hostile = new Proxy({}, { getPrototypeOf: trap, get: trap, ownKeys: trap });
    const getter = Object.defineProperty({}, 'then', { get: trap });
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    const rows: [unknown, string][] = [
      [undefined, 'undefined'],
      [null, 'null'],
      [-0, '-0'],
      [10n, '10n'],
      [Symbol('secret'), 'a symbol'],
      [() => 1, 'a function'],
      [[1, 2], 'an array of 2'],
      [new Date(Number.NaN), 'a Date'],
      [Promise.resolve(1), 'a promise'],
      [new Error('x'), 'an error (x)'],
      [getter, 'an object'],
      [hostile, 'an object that refuses inspection'],
      [proxy, 'an object that refuses inspection'],
      ['a\nb', '"a\\nb"'],
    ];
    for (const [value, expected] of rows) expect(describe(value)).toBe(expected);
    expect(describe('x'.repeat(10_000)).length).toBeLessThan(220);
    expect(describe(10n ** 5_000n).length).toBeLessThan(220);
  });
});
