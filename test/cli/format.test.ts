import { expect, test } from 'vitest';
import { formatAge, formatBytes, formatTable } from '../../src/cli/io.ts';

test('numbers stand to the right, dashes among them too, everything else to the left', () => {
  const rows = [
    ['N', 'MIXED', 'TEXT', 'NONE'],
    [1, '-', 'a', '-'],
    [10, 5, '-', '-'],
  ];
  expect(formatTable(rows)).toBe(
    ' N  MIXED  TEXT  NONE\n 1      -  a     -\n10      5  -     -\n'.replace(/ +\n/g, '\n'),
  );
  expect(formatTable([['HEAD']])).toBe('HEAD\n');
});

test.each([
  [0, '0 seconds'],
  [119_999, '119 seconds'],
  [120_000, '2 minutes'],
  [7_199_999, '119 minutes'],
  [7_200_000, '2 hours'],
  [172_799_999, '47 hours'],
  [172_800_000, '2 days'],
  [86_400_000 * 1_000, '1000 days'],
])('%d ms is %s', (ms, text) => expect(formatAge(ms)).toBe(text));

test.each([
  [0, '0 bytes'],
  [1_023, '1023 bytes'],
  [1_024, '1.00 KiB'],
  [1_536, '1.50 KiB'],
  [2 ** 20, '1.00 MiB'],
  [2 ** 30 * 23.5, '23.5 GiB'],
  [2 ** 41, '2.00 TiB'],
  [1_023 * 1_024, '1023 KiB'],
  [2 ** 52, '4096 TiB'],
])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
