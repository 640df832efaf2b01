import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ConditionDraft,
  eq,
  exceeds,
  gt,
  gte,
  isIn,
  lt,
  type Operand,
  observed,
  operandName,
  param,
  present,
  type Reference,
} from '../../src/terms/conditions.ts';
import {
  decimal,
  type Field,
  instant,
  integer,
  iri,
  list,
  number,
  oneOf,
  string,
} from '../../src/terms/fields.ts';
import { seenOf } from '../../src/terms/operands.ts';
import {
  countOf,
  datatype,
  field,
  includes,
  lengthOf,
  matches,
  unique,
} from '../../src/terms/questions.ts';
import { nameConditions, resolveConditions } from '../../src/terms/resolve.ts';
import { partSeen } from '../kernel/oracle.ts';
import { mistakes } from '../support/errors.ts';

const fields: { readonly [name: string]: Field } = {
  text: string(),
  about: iri(),
  colour: oneOf(['red', 'blue']),
  count: integer(),
  level: number(),
  price: decimal(),
  seen: instant(),
  tags: list(string()),
  stops: list(instant()),
  prices: list(decimal()),
};

const scope = {
  where: 'hook h',
  bare: 'field',
  field: (operand: Operand): Field | undefined =>
    'window' in operand
      ? number()
      : 'budget' in operand
        ? { kind: 'boolean', optional: true }
        : 'field' in operand && Object.hasOwn(fields, operand.field)
          ? fields[operand.field]
          : undefined,
} as const;
const resolve = (draft: unknown) => resolveConditions([draft as ConditionDraft], scope)[0];

const perHour: Reference = { reference: { window: 'perHour' } };
const holds: Reference = { reference: { budget: 'holds' } };

describe('drafts', () => {
  test.each<[string, ConditionDraft, unknown]>([
    ['field on the right', gt('a', field('b')), { op: 'gt', left: 'a', right: { name: 'b' } }],
    ['observed', eq('a', observed('b')), { op: 'eq', left: 'a', right: { field: 'b' } }],
    ['a window', lt('a', perHour), { op: 'lt', left: 'a', right: { window: 'perHour' } }],
    [
      'a length on the right',
      eq('a', lengthOf('b')),
      { op: 'eq', left: 'a', right: { name: 'b', part: 'length' } },
    ],
    ['matches', matches('a', '^x'), { op: 'matches', left: 'a', right: { value: '^x' } }],
    ['includes', includes('a', 1), { op: 'includes', left: 'a', right: { value: 1 } }],
    [
      'includes a Date',
      includes('a', new Date(0)),
      { op: 'includes', left: 'a', right: { value: '1970-01-01T00:00:00.000Z' } },
    ],
    ['unique', unique('a'), { op: 'unique', left: 'a' }],
    ['datatype', datatype('a', 'iri'), { op: 'datatype', left: 'a', right: { value: 'iri' } }],
  ])('%s is this data, frozen', (_, draft, data) => {
    expect(draft).toStrictEqual({ ...(data as object), left: { name: 'a' } });
    expect([draft, draft.left, draft.right].every(Object.isFrozen)).toBe(true);
  });

  test('parts of a name and of a reference', () => {
    expect(lengthOf('a').reference).toEqual({ name: 'a', part: 'length' });
    expect(lengthOf(observed('a')).reference).toEqual({ field: 'a', part: 'length' });
    expect(countOf(field('a'), new Date(0)).reference).toEqual({
      name: 'a',
      part: { count: '1970-01-01T00:00:00.000Z' },
    });
  });

  test('a guard reads bare names as fields of the action, on both sides', () => {
    const named = nameConditions(
      [lt(lengthOf('a'), field('b')), eq(countOf('a', 'x'), observed('b'))],
      { where: 'guard g', bare: 'action' },
    );
    expect(named).toEqual([
      { op: 'lt', left: { action: 'a', part: 'length' }, right: { action: 'b' } },
      { op: 'eq', left: { action: 'a', part: { count: 'x' } }, right: { field: 'b' } },
    ]);
  });
});

describe('resolving', () => {
  test.each<[ConditionDraft, unknown]>([
    [
      gt(lengthOf('tags'), 2),
      { op: 'gt', left: { field: 'tags', part: 'length' }, right: { value: 2 } },
    ],
    [
      isIn(lengthOf('text'), [1, 2]),
      { op: 'in', left: { field: 'text', part: 'length' }, right: { value: [1, 2] } },
    ],
    [present(lengthOf('colour')), { op: 'present', left: { field: 'colour', part: 'length' } }],
    [
      gte(countOf('prices', '1.50'), param('most')),
      { op: 'gte', left: { field: 'prices', part: { count: '1.5' } }, right: { param: 'most' } },
    ],
    [
      includes('stops', '1970-01-01T01:00:00+01:00'),
      {
        op: 'includes',
        left: { field: 'stops' },
        right: { value: '1970-01-01T00:00:00.000Z' },
      },
    ],
    [unique('tags'), { op: 'unique', left: { field: 'tags' } }],
    [present('tags'), { op: 'present', left: { field: 'tags' } }],
    [
      matches('about', '^urn:'),
      { op: 'matches', left: { field: 'about' }, right: { value: '^urn:' } },
    ],
    [
      datatype(perHour, 'integer'),
      { op: 'datatype', left: { window: 'perHour' }, right: { value: 'integer' } },
    ],
    [
      lt('count', field('level')),
      { op: 'lt', left: { field: 'count' }, right: { field: 'level' } },
    ],
    [lt('count', perHour), { op: 'lt', left: { field: 'count' }, right: { window: 'perHour' } }],
    [
      eq(lengthOf('tags'), lengthOf('text')),
      {
        op: 'eq',
        left: { field: 'tags', part: 'length' },
        right: { field: 'text', part: 'length' },
      },
    ],
  ])('%j', (draft, condition) => {
    expect(resolve(draft)).toEqual(condition);
    // What a snapshot stores is resolved again when it is linked.
    expect(resolve(resolve(draft))).toEqual(condition);
  });
});

const ofList = 'lengthOf(), countOf(), includes(), unique(), present(), absent() of a list';
const bad = (op: string, left: object, right?: unknown) => ({ op, left, right });

mistakes('KNHK_TERMS_CONDITION', [
  [() => resolve(eq('tags', 'a')), 'hook h, field tags', ofList, 'eq'],
  [() => resolve(isIn('tags', ['a'])), 'hook h, field tags', ofList, 'in'],
  [() => resolve(matches('tags', 'a')), 'hook h, field tags', ofList, 'matches'],
  [() => resolve(datatype('tags', 'string')), 'hook h, field tags', ofList, 'datatype'],
  [() => resolve(gt('tags', 'a')), 'hook h, field tags', 'an ordered kind for gt', 'list'],
  [() => resolve(unique('text')), 'hook h, field text', 'a list for unique', 'string'],
  [() => resolve(includes('text', 'a')), 'hook h, field text', 'a list for includes', 'string'],
  [
    () => resolve(includes('stops', 'soon')),
    'hook h, field stops',
    'an RFC 3339 instant with offset, to the millisecond, or a Date',
    '"soon"',
  ],
  [
    () => resolve(matches('count', '1')),
    'hook h, field count',
    'a string, iri or oneOf for matches',
    'integer',
  ],
  [
    () => resolve(datatype('text', 'list' as never)),
    'hook h, field text',
    'integer, decimal, number, boolean, string, iri, instant',
    'list',
  ],
  [
    () => resolve(gt(lengthOf('count'), 1)),
    'hook h, field count, length',
    'lengthOf() of a list or text',
    'integer',
  ],
  [
    () => resolve(gt(countOf('text', 'a'), 1)),
    'hook h, field text, count of "a"',
    'countOf() of a list',
    'string',
  ],
  [
    () => resolve(gt(countOf('prices', 1), 1)),
    'hook h, field prices, count of 1',
    'a decimal string without exponent, at most 34 digits',
    '1',
  ],
  [
    () => resolve(bad('gt', { field: 'tags', part: 'size' }, { value: 1 })),
    'hook h, field tags, count of undefined',
    "part: 'length' or { count: value }",
    'size',
  ],
  [
    () => resolve(bad('gt', { field: 'tags', part: null }, { value: 1 })),
    'hook h, field tags, count of undefined',
    "part: 'length' or { count: value }",
    'null',
  ],
  [() => lengthOf(perHour), 'lengthOf', 'a field', '{"window":"perHour"}'],
  [() => lengthOf(lengthOf('tags')), 'lengthOf', 'a field', '{"name":"tags","part":"length"}'],
  [() => countOf(holds, 1), 'countOf', 'a field', '{"budget":"holds"}'],
  [
    () => lengthOf(undefined as never),
    'lengthOf',
    'a field name, a window, a budget or observed()',
    'undefined',
  ],
  [
    () => resolve(lt('count', field('price'))),
    'hook h, field count',
    'another integer',
    'field price (decimal)',
  ],
  [
    () => resolve(eq('text', field('colour'))),
    'hook h, field text',
    'another string',
    'field colour (oneOf)',
  ],
  [
    () => resolve(eq('count', field('tags'))),
    'hook h, field count',
    'another integer',
    'field tags (list of string)',
  ],
  [
    () => resolve(eq('count', holds)),
    'hook h, field count',
    'another integer',
    'budget holds (budget)',
  ],
  [
    () => resolve(eq('count', field('none'))),
    'hook h, field count',
    'something this rule can read',
    'field none',
  ],
  [
    () => resolve(exceeds(field('count'))),
    'hook h, field count',
    'exceeds() with a budget, and nothing else with it',
    'exceeds',
  ],
  [() => resolve(eq('tags', field('tags'))), 'hook h, field tags', ofList, 'eq'],
  ...(['between', 'in', 'matches', 'includes', 'datatype'] as const).flatMap((op) => {
    const name = op === 'includes' ? 'tags' : op === 'between' ? 'count' : 'text';
    return [
      [
        () => resolve(bad(op, { field: name }, { field: 'text' })),
        `hook h, field ${name}`,
        `literals for ${op}`,
        'field text',
      ] as const,
      [
        () => resolve(bad(op, { field: name }, { param: 'p' })),
        `hook h, field ${name}`,
        `literals for ${op}`,
        'param p',
      ] as const,
    ];
  }),
  [() => resolve(bad('eq', { field: 'count' }, 5)), 'hook h, field count', 'a right side', '5'],
  [
    () => resolve(bad('eq', { field: 'count' }, null)),
    'hook h, field count',
    'a right side',
    'none',
  ],
]);

mistakes('KNHK_TERMS_PATTERN', [
  [
    () => resolve(bad('matches', { field: 'text' }, { value: 5 })),
    'hook h, field text',
    'a regular expression as a string',
    '5',
  ],
]);

describe('parts', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 20 });
  const parts: readonly Operand[] = [
    { field: 'a', part: 'length' },
    { action: 'a', part: 'length' },
    { field: 'a', part: { count: 'x' } },
    { field: 'a', part: { count: 2 } },
    { field: 'a', part: { count: '1970-01-01T00:00:00.002Z' } },
    { field: 'a' },
  ];

  test('lists and texts against the oracle', () => {
    const item = fc.constantFrom<unknown>('x', 'y', 2, 1, true);
    fc.assert(
      fc.property(fc.array(item, { maxLength: 8 }), text, (items, given) => {
        for (const operand of parts) {
          const same = items.filter((one) => typeof one === typeof items[0]);
          expect(seenOf(operand, same)).toEqual(partSeen(operand, same));
        }
        expect(seenOf(parts[0]!, given)).toBe(partSeen(parts[0]!, given));
      }),
    );
  });

  test('of nothing there is no part, and other values have none', () => {
    for (const operand of parts.slice(0, -1)) {
      expect(seenOf(operand, undefined)).toBeUndefined();
      for (const value of [5, true, null, {}]) expect(seenOf(operand, value)).toBeNull();
    }
    expect(seenOf(parts[2]!, 'xx')).toBeNull();
  });

  test('their names tell apart what they read', () => {
    expect(parts.map(operandName)).toEqual([
      'field a, length',
      'action a, length',
      'field a, count of "x"',
      'field a, count of 2',
      'field a, count of "1970-01-01T00:00:00.002Z"',
      'field a',
    ]);
  });
});
