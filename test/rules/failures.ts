import { type Action, action } from '../../src/rules/actions.ts';

export const fine: Action = action('ship', { target: 'ann' });

const hostile = new Proxy(
  {},
  {
    get: () => {
      throw new Error('no');
    },
  },
);

/** Answers of a hook that must fail its observation, with the code that says why. */
export const failures: readonly [string, unknown, string][] = [
  ['throws', new Error('broken'), 'KNHK_HOOK_THREW'],
  ['undefined', undefined, 'KNHK_HOOK_ANSWER'],
  ['null', null, 'KNHK_HOOK_ANSWER'],
  ['one action, no array', fine, 'KNHK_HOOK_ANSWER'],
  ['a promise', Promise.resolve([fine]), 'KNHK_HOOK_ANSWER'],
  ['an array of promises', [Promise.resolve(fine)], 'KNHK_HOOK_ANSWER'],
  ['a set', new Set([fine]), 'KNHK_HOOK_ANSWER'],
  ['a text', 'ship', 'KNHK_HOOK_ANSWER'],
  ['a hole', new Array(1), 'KNHK_HOOK_ANSWER'],
  ['null inside', [fine, null], 'KNHK_HOOK_ANSWER'],
  ['no target', [{ type: 'ship', data: {} }], 'KNHK_HOOK_ANSWER'],
  ['a target that is no text', [{ type: 'ship', target: 7, data: {} }], 'KNHK_HOOK_ANSWER'],
  ['an extra member', [{ ...fine, extra: 1 }], 'KNHK_HOOK_ANSWER'],
  ['a bad type', [{ ...fine, type: 'No Type' }], 'KNHK_HOOK_ANSWER'],
  ['data that is a list', [{ ...fine, data: [] }], 'KNHK_HOOK_ANSWER'],
  ['NaN', [{ ...fine, data: { a: Number.NaN } }], 'KNHK_HOOK_ANSWER'],
  ['-0', [{ ...fine, data: { a: -0 } }], 'KNHK_HOOK_ANSWER'],
  ['undefined data', [{ ...fine, data: { a: undefined } }], 'KNHK_HOOK_ANSWER'],
  ['a Date', [{ ...fine, data: { a: new Date(0) } }], 'KNHK_HOOK_ANSWER'],
  ['a lone surrogate', [{ ...fine, target: '\ud800' }], 'KNHK_HOOK_ANSWER'],
  ['a hostile object', [hostile], 'KNHK_HOOK_ANSWER'],
  ['deep data', [{ ...fine, data: JSON.parse('[[[[[[[[1]]]]]]]]') }], 'KNHK_HOOK_ANSWER'],
  ['more than 4 KiB', [{ ...fine, data: { a: 'x'.repeat(4_096) } }], 'KNHK_HOOK_ACTION'],
  ['4 KiB of UTF-8', [{ ...fine, data: { a: '\u20ac'.repeat(1_400) } }], 'KNHK_HOOK_ACTION'],
  ['17 actions', Array.from({ length: 17 }, () => fine), 'KNHK_LIMIT_ACTIONS'],
];
