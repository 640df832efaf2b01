import { canonical, freezeCopy } from '../../src/base/canonical.ts';
import { mistakes } from '../support/errors.ts';

const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
const getter = Object.defineProperty({}, 'b', { get: () => 1, enumerable: true });
const hidden = Object.defineProperty({}, 'b', { value: 1, enumerable: false });

mistakes('KNHK_BASE_NOT_CANONICAL', [
  [() => canonical(Number.NaN), '$', 'a finite number other than -0', 'NaN'],
  [() => canonical('\ud800'), '$', 'well-formed Unicode', 'a lone surrogate'],
  [() => canonical({ a: [1, { b: undefined }] }), '$.a[1].b', 'plain JSON data', 'undefined'],
  [() => canonical([1, -0]), '$[1]', 'a finite number other than -0', '-0'],
  [() => canonical({ a: { b: '\ud800' } }), '$.a.b', 'well-formed Unicode', 'a lone surrogate'],
  [() => canonical({ a: { '\udc00': 1 } }), '$.a', 'well-formed Unicode', 'a lone surrogate'],
  [() => canonical(() => 1), '$', 'plain JSON data', 'a function'],
  [() => canonical(1n), '$', 'plain JSON data', '1n'],
  [() => canonical([new Date(0)]), '$[0]', 'a plain object', 'an instance of a class'],
  [
    () => canonical({ a: { [Symbol('x')]: 1 } }),
    '$.a',
    'plain enumerable members',
    'Symbol(x) as symbol, getter or hidden member',
  ],
  [
    () => canonical({ a: getter }),
    '$.a',
    'plain enumerable members',
    'b as symbol, getter or hidden member',
  ],
  [
    () => canonical(hidden),
    '$',
    'plain enumerable members',
    'b as symbol, getter or hidden member',
  ],
  [() => canonical(nested(33)), `$${'[0]'.repeat(32)}`, 'at most 32 levels', 'more'],
  [() => canonical(new Map(), 'rules'), 'rules', 'a plain object', 'an instance of a class'],
  [() => freezeCopy(Number.POSITIVE_INFINITY), '$', 'a finite number other than -0', 'Infinity'],
  [() => freezeCopy({ a: [1, { b: undefined }] }), '$.a[1].b', 'plain JSON data', 'undefined'],
  [() => freezeCopy([new Date(0)]), '$[0]', 'a plain object', 'an instance of a class'],
  [() => freezeCopy({ a: { '\udc00': 1 } }), '$.a', 'well-formed Unicode', 'a lone surrogate'],
  [
    () => freezeCopy({ a: { [Symbol('x')]: 1 } }),
    '$.a',
    'plain enumerable members',
    'a symbol or hidden member',
  ],
  [() => freezeCopy({ a: hidden }), '$.a', 'plain enumerable members', 'a symbol or hidden member'],
  [() => freezeCopy(nested(9)), '$[0][0][0][0][0][0][0][0]', 'at most 8 levels', 'more'],
  [() => freezeCopy(new Map(), 'action'), 'action', 'a plain object', 'an instance of a class'],
]);
