import { describe, expect, test } from 'vitest';
import { hashCanonical } from '../../src/base/canonical.ts';
import {
  type Action,
  type ActionDeclaration,
  action,
  BadAction,
  type CheckedAction,
  checkAction,
  defineAction,
} from '../../src/rules/actions.ts';
import { instant, integer, optional, string } from '../../src/terms/fields.ts';

const fine = action('ship', { target: 'ann', amount: 3 });
const none: ReadonlyMap<string, ActionDeclaration> = new Map();
const declared = (): ReadonlyMap<string, ActionDeclaration> => {
  const fields = { amount: optional(integer()), due: optional(instant()) };
  return new Map([['ship', defineAction('ship', { fields })]]);
};

const refusal = (answer: unknown, declarations = none): unknown => {
  const checked = checkAction(answer, declarations);
  if (!(checked instanceof BadAction)) throw new Error('accepted');
  return [checked.code, checked.message];
};

describe('declarations', () => {
  test('type, fields and a hash over both', () => {
    const Hold = defineAction('hold', { fields: { minutes: integer() } });
    const text = '{"fields":{"minutes":{"kind":"integer","optional":false}},"type":"hold"}';
    expect(Hold).toEqual({
      kind: 'action',
      type: 'hold',
      fields: { minutes: integer() },
      hash: hashCanonical('action', text),
    });
    expect([Object.isFrozen(Hold), Object.isFrozen(Hold.fields)]).toEqual([true, true]);
  });

  test('64 fields are fine', () => {
    const names = Array.from({ length: 64 }, (_, at) => [`f${at}`, string()] as const);
    const { fields } = defineAction('ship', { fields: Object.fromEntries(names) });
    expect(Object.keys(fields)).toHaveLength(64);
  });
});

describe('what is an action', () => {
  const shape = 'expected {type, target, data} with a type name';
  test.each<[string, unknown]>([
    ['null', null],
    ['a number', 7],
    ['a text', 'ship'],
    ['a list', ['ship']],
    ['nothing inside', {}],
    ['data that is null', { ...fine, data: null }],
    ['data that is a number', { ...fine, data: 7 }],
    ['data that is a text', { ...fine, data: 'x' }],
    ['data that is a list', { ...fine, data: [] }],
    ['a target that is null', { ...fine, target: null }],
    ['a type that is no text', { ...fine, type: 7 }],
    ['a type that is no name', { ...fine, type: 'No Type' }],
    ['a member more', { ...fine, more: 1 }],
    ['another member', { type: 'ship', target: 'ann', date: {} }],
  ])('not %s', (_name, answer) => {
    expect(refusal(answer)).toEqual(['KNHK_HOOK_ANSWER', shape]);
  });

  test('what is no plain data is refused with its place', () => {
    expect(refusal({ ...fine, data: { a: [Number.NaN] } })).toEqual([
      'KNHK_HOOK_ANSWER',
      'KNHK_BASE_NOT_CANONICAL at action.data.a[0]: ' +
        'expected a finite number other than -0, got NaN',
    ]);
    const hostile = new Proxy(fine, {
      ownKeys: () => {
        throw new Error('not for you');
      },
    });
    expect(refusal(hostile)).toEqual(['KNHK_HOOK_ANSWER', 'an error (not for you)']);
  });

  test('its members in any order, and its text in one', () => {
    const { data, target, type } = fine;
    for (const answer of [{ type, target, data }, { data, type, target }, fine]) {
      expect(checkAction(answer, none)).toEqual({
        action: fine,
        text: '{"data":{"amount":3},"target":"ann","type":"ship"}',
        seen: { amount: 3 },
      });
    }
  });
});

describe('4 KiB at most, counted in UTF-8', () => {
  const length = (answer: Action): number =>
    Buffer.byteLength((checkAction(answer, none) as CheckedAction).text);
  const empty = length(action('ship', { target: '' }));
  test.each([
    ['a', 1],
    ['\u00e9', 2],
    ['\u20ac', 3],
    ['\u{1f600}', 4],
  ])('%s', (character, bytes) => {
    const filled = (room: number): Action => {
      const count = Math.floor(room / bytes);
      return action('ship', { target: character.repeat(count) + 'x'.repeat(room - count * bytes) });
    };
    expect(length(filled(4_096 - empty))).toBe(4_096);
    expect(refusal(filled(4_097 - empty))).toEqual(['KNHK_HOOK_ACTION', 'more than 4096 bytes']);
  });
});

describe('declared data', () => {
  test('guards see instants in ms, the action keeps its text', () => {
    const due = '1970-01-01T00:00:01Z';
    const checked = checkAction(action('ship', { target: 'ann', due }), declared());
    expect(checked).toMatchObject({ action: { data: { due } }, seen: { due: 1_000 } });
  });

  test('what does not fit says where', () => {
    expect(refusal(action('ship', { target: 'ann', amount: 'three' }), declared())).toEqual([
      'KNHK_HOOK_ACTION',
      'ship $.amount: expected an integer with |n| <= 2^53-1, not -0, got "three"',
    ]);
  });

  test('another type is open', () => {
    const note = action('note', { target: 'ann', amount: 'three' });
    expect(checkAction(note, declared())).toMatchObject({ seen: { amount: 'three' } });
  });
});
