import { defineAction } from '../../src/rules/actions.ts';
import { allow } from '../../src/rules/guards.ts';
import { defaultSlo, sloOf } from '../../src/rules/slo.ts';
import { exceeds, gt, param } from '../../src/terms/conditions.ts';
import { integer, string } from '../../src/terms/fields.ts';
import { mistakes } from '../support/errors.ts';
import { budget, doctrine, guard, hook, most, rule, run, template, window } from './makers.ts';

const manyFields = Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`f${at}`, string()]));

mistakes('KNHK_TERMS_NAME', [
  [() => hook({ name: 'No Name' }), 'hook', 'lower-case words with dots or hyphens', 'No Name'],
  [() => guard({ name: 7 }), 'guard', 'lower-case words with dots or hyphens', '7'],
  [() => guard({ on: [null] }), 'guard g, on', 'lower-case words with dots or hyphens', 'null'],
  [
    () => guard({ on: ['ship', 'No Type'] }),
    'guard g, on',
    'lower-case words with dots or hyphens',
    'No Type',
  ],
  [
    () => window({ name: 'a-b' }),
    'window',
    'at most 64 letters, digits or _, a letter first',
    'a-b',
  ],
  [
    () => budget({ name: 'a-b' }),
    'budget',
    'at most 64 letters, digits or _, a letter first',
    'a-b',
  ],
  [
    () => most({ name: 'a-b' }),
    'parameter',
    'at most 64 letters, digits or _, a letter first',
    'a-b',
  ],
  [
    () => doctrine({ name: 'No Name' }),
    'doctrine',
    'lower-case words with dots or hyphens',
    'No Name',
  ],
  [
    () => doctrine({ rules: [{ ...rule, id: 'No Id' }] }),
    'doctrine d, rule id',
    'lower-case words with dots or hyphens',
    'No Id',
  ],
  [
    () => doctrine({ rules: [{ ...rule, parameter: 'a-b' }] }),
    'doctrine d, rule late',
    'at most 64 letters, digits or _, a letter first',
    'a-b',
  ],
  [
    () => defineAction('No Type', { fields: {} }),
    'action type',
    'lower-case words with dots or hyphens',
    'No Type',
  ],
  [
    () => defineAction('ship', { fields: { 'a-b': integer() } }),
    'action ship, field a-b',
    'at most 64 letters, digits or _, a letter first',
    'a-b',
  ],
  [
    () => defineAction('ship', { fields: { target: string() } }),
    'action ship',
    'data fields other than target',
    'target',
  ],
]);

mistakes('KNHK_RULES_HOOK', [
  [() => hook({ on: undefined }), 'hook h', 'on: an observation', 'undefined'],
  [() => hook({ on: 'order.placed' }), 'hook h', 'on: an observation', 'order.placed'],
  [() => hook({ priority: 1.5 }), 'hook h, priority', 'an integer', '1.5'],
  [() => hook({ priority: -0 }), 'hook h, priority', 'an integer', '-0'],
  [() => hook({ run: undefined }), 'hook h', 'either run or act', 'neither'],
  [() => hook({ act: template }), 'hook h', 'either run or act', 'both'],
  [() => hook({ run: 'code' }), 'hook h', 'a function', 'code'],
  [() => hook({ version: '' }), 'hook h, version', '1 to 64 characters', ''],
  [() => hook({ version: 7 }), 'hook h, version', '1 to 64 characters', '7'],
  [
    () => hook({ version: 'x'.repeat(65) }),
    'hook h, version',
    '1 to 64 characters',
    'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
  ],
  [() => hook({ run: undefined, act: [] }), 'hook h, act', '1 to 16 templates', '0'],
  [
    () => hook({ run: undefined, act: Array.from({ length: 17 }, () => template) }),
    'hook h, act',
    '1 to 16 templates',
    '17',
  ],
]);

mistakes('KNHK_CODE_OPAQUE', [
  [
    () => hook({ version: undefined, run: run.bind(null) }),
    'hook h',
    'a version for native or bound code',
    'a function',
  ],
  [
    () => guard({ deny: undefined, check: allow.bind(null) }),
    'guard g',
    'a version for native or bound code',
    'a function',
  ],
]);

mistakes('KNHK_TERMS_CONDITION', [
  [
    () => hook({ when: [gt('none', 1)] }),
    'hook h, field none',
    'something this rule can read',
    'field none',
  ],
  [
    () => hook({ when: [gt({ reference: { action: 'amount' } }, 1)] }),
    'hook h, action amount',
    'something this rule can read',
    'action amount',
  ],
  [
    () => hook({ when: [exceeds(budget())] }),
    'hook h, budget b',
    'something this rule can read',
    'budget b',
  ],
  [
    () => window({ where: [gt({ reference: { window: 'w' } }, 1)] }),
    'window w, window w',
    'something this rule can read',
    'window w',
  ],
]);

mistakes('KNHK_RULES_GUARD', [
  [
    () => guard({ deny: undefined }),
    'guard g',
    'one of deny, requireApproval and check',
    'none or several',
  ],
  [
    () => guard({ requireApproval: [] }),
    'guard g',
    'one of deny, requireApproval and check',
    'none or several',
  ],
  [
    () => guard({ requireApproval: [], check: () => allow() }),
    'guard g',
    'one of deny, requireApproval and check',
    'none or several',
  ],
  [() => guard({ code: 'free text' }), 'guard g, code', 'letters, digits, _ . -', 'free text'],
  [() => guard({ code: '' }), 'guard g, code', 'letters, digits, _ . -', ''],
  [
    () => guard({ code: 'x'.repeat(65) }),
    'guard g, code',
    'letters, digits, _ . -',
    'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
  ],
  [() => guard({ on: [] }), 'guard g, on', 'an action type or *', 'none'],
]);

mistakes('KNHK_RULES_WINDOW', [
  [() => window({ on: undefined }), 'window w', 'on: an observation', 'undefined'],
  [() => window({ key: 'none' }), 'window w, key', 'a field of order.placed', 'none'],
  [() => window({ key: 'valueOf' }), 'window w, key', 'a field of order.placed', 'valueOf'],
  [
    () => window({ count: undefined }),
    'window w',
    'one of count, sum, max, distinct, consecutive',
    '0',
  ],
  [
    () => window({ sum: 'amount' }),
    'window w',
    'one of count, sum, max, distinct, consecutive',
    '2',
  ],
  [
    () => window({ count: undefined, sum: 'customer' }),
    'window w',
    'an integer or number field',
    'customer (string)',
  ],
  [
    () => window({ count: undefined, sum: 'none' }),
    'window w',
    'an integer or number field',
    'none (unknown)',
  ],
  [
    () => window({ count: undefined, distinct: 'valueOf' }),
    'window w',
    'a declared field',
    'valueOf (unknown)',
  ],
  [() => window({ perMs: undefined }), 'window w, perMs', 'a multiple of 60 ms', 'undefined'],
  [() => window({ perMs: 0 }), 'window w, perMs', 'a multiple of 60 ms', '0'],
  [() => window({ perMs: 61 }), 'window w, perMs', 'a multiple of 60 ms', '61'],
  [() => window({ perMs: -60 }), 'window w, perMs', 'a multiple of 60 ms', '-60'],
  [
    () => window({ count: undefined, consecutive: gt('amount', 1) }),
    'window w, perMs',
    'no perMs with consecutive',
    '60',
  ],
  [
    () => window({ where: [gt('amount', param('most'))] }),
    'window w',
    'literals in a window',
    'param most',
  ],
  [
    () => window({ count: undefined, perMs: undefined, consecutive: gt('amount', param('most')) }),
    'window w',
    'literals in a window',
    'param most',
  ],
]);

mistakes('KNHK_RULES_BUDGET', [
  [() => budget({ on: 7 }), 'budget b, on', 'an action type', '7'],
  [() => budget({ key: 7 }), 'budget b, key', 'target or a data field', '7'],
  [() => budget({ key: '' }), 'budget b, key', 'target or a data field', ''],
  [() => budget({ perMs: 0 }), 'budget b, perMs', 'a positive number of ms', '0'],
  [() => budget({ perMs: 0.5 }), 'budget b, perMs', 'a positive number of ms', '0.5'],
  [() => budget({ max: -1 }), 'budget b, max', 'an integer from 0 to 65536', '-1'],
  [() => budget({ max: 1.5 }), 'budget b, max', 'an integer from 0 to 65536', '1.5'],
  [() => budget({ max: 65_537 }), 'budget b, max', 'an integer from 0 to 65536', '65537'],
]);

mistakes('KNHK_RULES_PARAMETER', [
  [
    () => most({ kind: 'string', value: 'x', min: 'a', max: undefined }),
    'parameter most',
    'min and max only on numbers',
    'string',
  ],
  [
    () => most({ kind: 'boolean', value: true, min: undefined, max: true }),
    'parameter most',
    'min and max only on numbers',
    'boolean',
  ],
  [
    () => most({ value: 'x' }),
    'parameter most, value',
    'an integer with |n| <= 2^53-1, not -0 (got "x")',
    'x',
  ],
  [
    () => most({ value: undefined }),
    'parameter most, value',
    'an integer with |n| <= 2^53-1, not -0 (got undefined)',
    'undefined',
  ],
  [
    () => most({ min: 0.5 }),
    'parameter most, min',
    'an integer with |n| <= 2^53-1, not -0 (got 0.5)',
    '0.5',
  ],
  [
    () => most({ max: 'x' }),
    'parameter most, max',
    'an integer with |n| <= 2^53-1, not -0 (got "x")',
    'x',
  ],
  [() => most({ value: -1 }), 'parameter most', 'at least 0', '-1'],
  [() => most({ value: 21 }), 'parameter most', 'at most 20', '21'],
  [
    () => most({ kind: 'decimal', value: '1.50', min: undefined, max: undefined }),
    'parameter most, value',
    'the canonical form 1.5',
    '1.50',
  ],
  [
    () => most({ kind: 'decimal', value: '9', min: '10', max: undefined }),
    'parameter most',
    'at least 10',
    '9',
  ],
  [
    () => most({ kind: 'decimal', value: '-9', min: undefined, max: '-10' }),
    'parameter most',
    'at most -10',
    '-9',
  ],
]);

mistakes('KNHK_RULES_DOCTRINE', [
  [
    () => doctrine({ rules: [rule, rule] }),
    'doctrine d',
    'unique ids and between: [low, high]',
    'late: [1, 2]',
  ],
  [
    () => doctrine({ rules: [{ ...rule, between: [2, 1] }] }),
    'doctrine d',
    'unique ids and between: [low, high]',
    'late: [2, 1]',
  ],
  [
    () => doctrine({ rules: [{ ...rule, between: [1, Infinity] }] }),
    'doctrine d',
    'unique ids and between: [low, high]',
    'late: [1, Infinity]',
  ],
  [
    () => doctrine({ rules: [{ ...rule, between: [-Infinity, 1] }] }),
    'doctrine d',
    'unique ids and between: [low, high]',
    'late: [-Infinity, 1]',
  ],
]);

mistakes('KNHK_RULES_SLO', [
  [() => sloOf({ valueOf: 1 } as never), 'slo', Object.keys(defaultSlo).join(', '), 'valueOf'],
  [() => sloOf({ errorPercent: 0 }), 'slo.errorPercent', 'a positive number', '0'],
  [
    () => sloOf({ errorPercent: Number.POSITIVE_INFINITY }),
    'slo.errorPercent',
    'a positive number',
    'Infinity',
  ],
  [() => sloOf({ operationNs: '1' as never }), 'slo.operationNs', 'a positive number', '1'],
]);

mistakes('KNHK_LIMIT_FIELDS', [
  [() => defineAction('ship', { fields: manyFields }), 'action ship', 'at most 64 fields', '65'],
]);
