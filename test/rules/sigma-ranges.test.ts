import { describe } from 'vitest';
import { dateTime, decidedByRows, none, on, type Row } from './sigma-rows.ts';

const ranges: readonly Row[] = [
  [on('t:i', 'sh:minInclusive 5'), [none], [{ i: 4 }]],
  [on('t:i', 'sh:minExclusive 5'), [{ i: 6 }], [none]],
  [on('t:i', 'sh:maxInclusive 5'), [none], [{ i: 6 }]],
  [on('t:i', 'sh:maxExclusive 5'), [{ i: 4 }], [none]],
  [on('t:i', 'sh:minInclusive 4.5'), [none], [{ i: 4 }]],
  [on('t:i', 'sh:minExclusive -4.5'), [{ i: -4 }], [{ i: -5 }]],
  [on('t:i', 'sh:maxInclusive -4.5'), [{ i: -5 }], [{ i: -4 }]],
  [on('t:i', 'sh:maxExclusive 4.5'), [{ i: 4 }], [none]],
  [on('t:i', 'sh:maxExclusive -0.5'), [{ i: -1 }], [{ i: 0 }]],
  [on('t:i', 'sh:minExclusive 4.5e0'), [none], [{ i: 4 }]],
  [on('t:i', 'sh:maxInclusive 5e0'), [none], [{ i: 6 }]],
  [on('t:i', 'sh:maxInclusive 9007199254740991'), [{ i: Number.MAX_SAFE_INTEGER }], []],
  [on('t:i', 'sh:maxExclusive 9007199254740991'), [none], [{ i: Number.MAX_SAFE_INTEGER }]],
  [on('t:i', 'sh:minInclusive 9007199254740993'), [], [{ i: Number.MAX_SAFE_INTEGER }]],
  [on('t:i', 'sh:minInclusive -9007199254740993'), [{ i: Number.MIN_SAFE_INTEGER }], []],
  [on('t:i', 'sh:minExclusive -9007199254740991'), [none], [{ i: Number.MIN_SAFE_INTEGER }]],
  [on('t:i', 'sh:maxInclusive -9007199254740993'), [], [{ i: Number.MIN_SAFE_INTEGER }]],
  [on('t:j', 'sh:minInclusive 5'), [none, { j: 5 }], [{ j: 4 }]],
  [on('t:n', 'sh:minExclusive 0.1'), [{ n: 0.10000000000000002 }], [{ n: 0.1 }]],
  [on('t:n', 'sh:maxExclusive 1e21'), [none], [{ n: 1e21 }]],
  [on('t:n', 'sh:minInclusive 9007199254740993'), [{ n: 2 ** 53 }], [{ n: 2 ** 53 - 1 }]],
  [on('t:d', 'sh:minExclusive 5'), [{ d: '5.0000000000000000000000001' }], [none]],
  [on('t:d', 'sh:maxInclusive 5.50'), [{ d: '5.5' }], [{ d: '5.51' }]],
  [
    on('t:at', `sh:minInclusive ${dateTime('2020-01-01T01:00:00+01:00')}`),
    [none],
    [{ at: '2019-12-31T23:59:59.999Z' }],
  ],
  [
    on('t:at', `sh:minExclusive ${dateTime('2020-01-01T00:00:00.0009Z')}`),
    [{ at: '2020-01-01T00:00:00.001Z' }],
    [none],
  ],
  [
    on('t:at', `sh:maxExclusive ${dateTime('2020-01-01T00:00:00.0009Z')}`),
    [none],
    [{ at: '2020-01-01T00:00:00.001Z' }],
  ],
  [
    on('t:at', `sh:maxExclusive ${dateTime('2020-01-01T00:00:00Z')}`),
    [{ at: '1969-12-31T23:59:59Z' }],
    [none],
  ],
  [on('t:r', 'sh:minInclusive 5'), [], [none]],
  [on('t:l', 'sh:minInclusive 5'), [], [none]],
];

describe.each([['ranges', ranges]] as const)('what %s ask of numbers and instants', (_, rows) => {
  decidedByRows(rows);
});
