import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  answerMax,
  Refused,
  readAnswer,
  reasoningMax,
} from '../../../src/loop/planners/llm-answer.ts';
import { offerOf } from '../../../src/loop/planners/llm-offer.ts';
import { applyChange } from '../../../src/rules/changes.ts';
import { document, raiseHigh, text } from './llm-support.ts';

const offer = offerOf(document, 'raise', ['parameter', 'switch', 'conditions']);
const reasonOf = (answer: unknown): string => {
  const read = readAnswer(answer, offer);
  return read instanceof Refused ? read.reason : 'plan';
};
const level = { field: 'level' };
const raise = (...when: readonly unknown[]) => ({ kind: 'conditions', hook: 'raise', when });

describe('what a model may change', () => {
  it('is nothing protected, nothing that a protected rule reads, and no guard', () => {
    expect([...offer.parameters.keys()]).toEqual(['high']);
    expect([...offer.switches.keys()]).toEqual(['raise', 'note-size']);
    expect([...offer.conditions.keys()]).toEqual(['raise', 'note-size']);
  });
  it('is put in order by the pattern', () => {
    const about = offerOf(document, 'note-size', ['switch']);
    expect([...about.switches.keys()]).toEqual(['note-size', 'raise']);
    expect([about.parameters.size, about.conditions.size]).toEqual([0, 0]);
  });
  it('is bounded, and what the pattern is about is within', () => {
    const [hook] = document.hooks;
    const hooks = Array.from({ length: 200 }, (_, n) => ({ ...hook!, name: `hook-${n}` }));
    const many = offerOf({ ...document, hooks }, 'hook-150', ['switch', 'conditions']);
    expect([many.switches.size, many.conditions.size]).toEqual([64, 64]);
    expect([...many.switches.keys()][0]).toBe('hook-150');
  });
});

describe('the form of an answer', () => {
  const good = text(raiseHigh);
  it('is one JSON object, with white space around it', () => {
    expect([good, ` \n\t${good}\r\n `].map(reasonOf)).toEqual(['plan', 'plan']);
  });
  it.each([
    ['a code fence', `\`\`\`json\n${good}\n\`\`\``],
    ['a word before it', `Sure: ${good}`],
    ['a word after it', `${good} Done.`],
    ['two objects', `${good}${good}`],
    ['a list of one', `[${good}]`],
    ['a byte order mark', `\ufeff${good}`],
    ['a comment', good.replace('{', '{/* */')],
    ['a comma at the end', good.replace(/\}$/, ',}')],
    ['half of it', good.slice(0, -5)],
    ['nothing', ''],
    ['null', 'null'],
    ['a text', JSON.stringify(good)],
    ['a number', '1'],
    ['an unknown member', good.replace('{', '{"urgent":true,')],
    ['an unknown member of the change', text({ ...raiseHigh, force: true })],
    ['no reasoning', JSON.stringify({ change: raiseHigh })],
    ['no change', JSON.stringify({ reasoning: 'x' })],
    ['a change twice', good.replace('{', '{"change":null,')],
    ['a value twice', good.replace('"value":60', '"value":60,"value":61')],
    ['a value twice, once escaped', good.replace('"value":60', '"value":60,"\\u0076alue":61')],
    ['a prototype', good.replace('{', '{"__proto__":{"change":null},')],
    ['a prototype of the change', text(raiseHigh).replace('{"kind"', '{"__proto__":{},"kind"')],
    ['a constructor', good.replace('{', '{"constructor":{},')],
    ['a reasoning of nothing', text(raiseHigh, ' ')],
    ['a reasoning that is too long', text(raiseHigh, 'x'.repeat(reasoningMax + 1))],
    ['a reasoning of two lines', text(raiseHigh, 'a\nb')],
    ['a reasoning that turns its direction', text(raiseHigh, 'a\u202eb')],
    ['a reasoning with a zero width space', text(raiseHigh, 'a\u200bb')],
    ['a reasoning of half a character', text(raiseHigh, '\ud800')],
    ['a reasoning that is none', text(raiseHigh, ['x'])],
    ['a change that is a text', text('high=60')],
    ['a change that is a list', text([raiseHigh])],
    ['a change of no kind', text({ name: 'high', value: 60 })],
    ['a value that is an object', text({ ...raiseHigh, value: { valueOf: 60 } })],
    ['a value that is null', text({ ...raiseHigh, value: null })],
    ['minus zero', good.replace('60', '-0')],
    ['more than a double can hold', good.replace('60', '1e999')],
    ['a switch of a text', text({ kind: 'switch', name: 'raise', enabled: 'false' })],
    ['a switch of a number', text({ kind: 'switch', name: 'raise', enabled: 0 })],
    ['conditions that are none', text({ kind: 'conditions', hook: 'raise', when: {} })],
    ['a condition that is null', text(raise(null))],
    ['a condition with more to it', text(raise({ op: 'present', left: level, next: 'drop' }))],
    ['an unknown operator', text(raise({ op: 'toString', left: level }))],
    ['nine conditions', text(raise(...Array(9).fill({ op: 'present', left: level })))],
  ])('is broken by %s', (_name, answer) => {
    expect(reasonOf(answer)).toBe('malformed');
  });

  it('has a length and a depth', () => {
    const padded = (length: number): string => good + ' '.repeat(length - good.length);
    expect([padded(answerMax), padded(answerMax + 1)].map(reasonOf)).toEqual(['plan', 'malformed']);
    expect(reasonOf(text(raiseHigh, 'x'.repeat(reasoningMax)))).toBe('plan');
    const deep = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(reasonOf(`{"change":${deep(8_000)},"reasoning":"x"}`)).toBe('malformed');
  });

  it.each([undefined, null, 7, {}, [], { text: text(raiseHigh) }, () => text(raiseHigh)])(
    'is a text: %o',
    (answer) => expect(reasonOf(answer)).toBe('malformed'),
  );
});

describe('what an answer asks for', () => {
  it.each([
    ['a protected parameter', { kind: 'parameter', name: 'sealed', value: 11 }],
    [
      'a parameter that a protected guard reads',
      { kind: 'parameter', name: 'valveMax', value: 99 },
    ],
    ['one that a protected hook reads', { kind: 'parameter', name: 'stopAt', value: 99 }],
    ['one that its action reads', { kind: 'parameter', name: 'spare', value: 6 }],
    ['an unknown parameter', { kind: 'parameter', name: 'toString', value: 6 }],
    ['a parameter of no name', { kind: 'parameter', name: ['high'], value: 6 }],
    ['a value above the greatest', { kind: 'parameter', name: 'high', value: 101 }],
    ['a value below the least', { kind: 'parameter', name: 'high', value: -1 }],
    ['a number as text', { kind: 'parameter', name: 'high', value: '60' }],
    ['half a number', { kind: 'parameter', name: 'high', value: 60.5 }],
    ['more than an integer can hold', { kind: 'parameter', name: 'high', value: 2 ** 53 }],
    ['a protected hook off', { kind: 'switch', name: 'stop', enabled: false }],
    ['a protected guard off', { kind: 'switch', name: 'valve-limit', enabled: false }],
    ['any guard off', { kind: 'switch', name: 'small-notes', enabled: false }],
    ['any guard on', { kind: 'switch', name: 'small-notes', enabled: true }],
    ['conditions of a protected hook', { kind: 'conditions', hook: 'stop', when: [] }],
    ['conditions of a guard', { kind: 'conditions', hook: 'small-notes', when: [] }],
    ['a field that the hook does not read', raise({ op: 'present', left: { field: 'sensor' } })],
    ['a window', raise({ op: 'gt', left: { window: 'w' }, right: { value: 1 } })],
    [
      'a part of a field',
      raise({ op: 'gt', left: { ...level, part: 'length' }, right: { value: 1 } }),
    ],
    ['another field on the right', raise({ op: 'gt', left: level, right: { field: 'size' } })],
    ['an unknown parameter on the right', raise({ op: 'gt', left: level, right: { param: 'no' } })],
    ['more than a parameter', raise({ op: 'gt', left: level, right: { param: 'high', or: 1 } })],
    ['objects in a list', raise({ op: 'in', left: level, right: { value: [1, {}] } })],
    ['too long a list', raise({ op: 'in', left: level, right: { value: Array(1_025).fill(1) } })],
    ['an object on the right', raise({ op: 'eq', left: level, right: { value: {} } })],
    ['nothing on the left', raise({ op: 'present', left: null })],
  ])('is not %s', (_name, change) => {
    expect(reasonOf(text(change))).toBe('forbidden');
  });
  it.each([
    ['another hook', { kind: 'add-hook', hook: { ...document.hooks[0]!, name: 'mine' } }],
    ['no hook any more', { kind: 'remove-hook', hook: 'note-size' }],
    ['other shapes', { kind: 'shapes', shapes: null }],
    ['something of its own', { kind: 'exec', command: 'true' }],
    ['a kind in another case', { ...raiseHigh, kind: 'Parameter' }],
  ])('is not %s', (_name, change) => {
    expect(reasonOf(text(change))).toBe('malformed');
  });

  it('is not a kind that the host did not allow', () => {
    const switches = offerOf(document, 'raise', ['switch']);
    expect(readAnswer(text(raiseHigh), switches)).toMatchObject({ reason: 'forbidden' });
    const off = { kind: 'switch', name: 'raise', enabled: false };
    expect(readAnswer(text(off), switches)).toMatchObject({ change: off });
  });

  it('is never more than a change that fits, whatever is written', () => {
    const words = fc.constantFrom(
      ...['kind', 'name', 'value', 'hook', 'when', 'op', 'left', 'right', 'field', 'param'],
      ...['change', 'reasoning', 'enabled', '__proto__', 'parameter', 'switch', 'conditions'],
      ...['high', 'sealed', 'raise', 'stop', 'valve-limit', 'level', 'gte', 'constructor'],
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof({ maxDepth: 5 }, words, fc.integer(), fc.boolean(), tie('list'), tie('map')),
      list: fc.array(tie('tree'), { maxLength: 3 }),
      map: fc.dictionary(words, tie('tree'), { maxKeys: 4 }),
    }));
    // Near enough to the form that some of them are plans.
    const near = fc.record({
      change: fc.oneof(
        fc.record({
          kind: fc.constant('parameter'),
          name: fc.constantFrom('high', 'sealed', 'stopAt'),
          value: fc.oneof(fc.integer({ min: -5, max: 105 }), words),
        }),
        fc.record({ kind: fc.constant('switch'), name: words, enabled: fc.boolean() }),
        tree,
      ),
      reasoning: fc.oneof(fc.string({ minLength: 1 }), tree),
    });
    const anything = fc.oneof(
      near.map((value) => JSON.stringify(value)),
      fc.string(),
      fc.json(),
    );
    fc.assert(
      fc.property(anything, (answer) => {
        const read = readAnswer(answer, offer);
        if (read instanceof Refused) return;
        const { change } = read;
        const after = applyChange(document, change);
        const { protected: isProtected } = after.parameters['sealed']!;
        expect(isProtected).toBe(true);
        for (const name of ['sealed', 'stopAt', 'valveMax', 'spare']) {
          expect(after.parameters[name]).toEqual(document.parameters[name]);
        }
        expect(after.guards).toEqual(document.guards);
        expect(after.hooks.find(({ name }) => name === 'stop')).toEqual(
          document.hooks.find(({ name }) => name === 'stop'),
        );
        const off = after.switches.filter((name) => !['raise', 'note-size'].includes(name));
        expect(off).toEqual([]);
      }),
      { seed: 74, numRuns: 3_000 },
    );
  });
});
