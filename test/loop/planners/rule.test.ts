import { describe, expect, it } from 'vitest';
import { type PlanAnswer, type PlanRule, rulePlanner } from '../../../src/loop/planners/rule.ts';
import type { Pattern, Planned } from '../../../src/loop/types.ts';
import { catalogueOf } from '../../../src/rules/catalogue.ts';
import { applyChange } from '../../../src/rules/changes.ts';
import type { RulesDocument } from '../../../src/rules/document.ts';
import { defineParameter } from '../../../src/rules/index.ts';
import { codeOf } from '../../support/runtime.ts';
import { viewOf } from '../support/view.ts';
import { Reading, rules, setHigh } from '../support.ts';

const { document } = catalogueOf({
  observations: [Reading],
  rules: [
    ...rules,
    defineParameter({ name: 'share', kind: 'number', value: 0.1, max: 0.5 }),
    defineParameter({ name: 'word', kind: 'string', value: 'calm' }),
  ],
});

const pattern: Pattern = {
  ...{ detector: 'hook-rate', kind: 'hook-rate', subject: 'raise', direction: 'more' },
  ...{ confidence: 0.9, evidence: { rate: 0.5, count: 7 }, seqs: [1], recommend: 'propose' },
};

const context = { signal: new AbortController().signal };

/** What a table answers to a pattern; never a promise. */
function ask(
  table: readonly PlanRule[],
  given: Partial<Pattern> = {},
  under: RulesDocument = document,
): Planned | undefined {
  const planner = rulePlanner('table', table);
  return planner.plan({ ...pattern, ...given }, viewOf({ document: under }), context) as
    | Planned
    | undefined;
}

const answer: PlanAnswer = { change: setHigh(60) };
const changed = (planned: Planned | undefined): unknown =>
  planned !== undefined && 'change' in planned ? planned.change : undefined;

describe('a row of a rule planner', () => {
  it.each<[string, Partial<PlanRule>, Partial<Pattern>, boolean]>([
    ['its kind', {}, {}, true],
    ['another kind', {}, { kind: 'drift' }, false],
    ['one of its kinds', { kind: ['drift', 'hook-rate'] }, { kind: 'drift' }, true],
    ['none of its kinds', { kind: ['drift', 'hook-rate'] }, { kind: 'burst' }, false],
    ['any kind', { kind: '*' }, { kind: 'burst' }, true],
    ['its subject', { subject: 'raise' }, {}, true],
    ['another subject', { subject: 'rais' }, {}, false],
    ['the beginning of its subject', { subject: 'rai*' }, {}, true],
    ['another beginning', { subject: 'rai*' }, { subject: 'stop' }, false],
    ['its direction', { direction: 'more' }, {}, true],
    ['another direction', { direction: 'less' }, {}, false],
    ['its confidence', { confidenceMin: 0.9 }, {}, true],
    ['less confidence', { confidenceMin: 0.91 }, {}, false],
  ])('fits a pattern with %s, or does not', (_, row, given, fits) => {
    const planned = ask([{ kind: 'hook-rate', answer, ...row }], given);
    expect(changed(planned)).toEqual(fits ? setHigh(60) : undefined);
  });

  it('fits only with the direction it asks for', () => {
    const { direction: _, ...undirected } = pattern;
    const planner = rulePlanner('table', [{ kind: '*', direction: 'more', answer }]);
    expect(planner.plan(undirected, viewOf({ document }), context)).toBeUndefined();
  });

  it('gives its reason, or one made from the pattern', () => {
    expect(ask([{ kind: '*', answer, reasoning: 'too many alarms' }])?.reasoning).toBe(
      'too many alarms',
    );
    expect(ask([{ kind: '*', answer }])?.reasoning).toBe(
      'hook-rate of raise, more than before, with confidence 0.9',
    );
  });
});

describe('a rule planner', () => {
  it('answers with the first row that fits and has something to change', () => {
    const row = (value: number): PlanRule => ({ kind: '*', answer: { change: setHigh(value) } });
    expect(changed(ask([row(50), row(61), row(62)]))).toEqual(setHigh(61));
    expect(ask([row(50)])).toBeUndefined();
    expect(ask([])).toBeUndefined();
  });

  it.each<[string, PlanAnswer, unknown]>([
    ['a step', { step: { parameter: 'high', by: 5 } }, setHigh(55)],
    ['a step down', { step: { parameter: 'high', by: -5 } }, setHigh(45)],
    ['a step to its maximum', { step: { parameter: 'high', by: 500 } }, setHigh(100)],
    ['a step to its minimum', { step: { parameter: 'high', by: -500 } }, setHigh(0)],
    [
      'a step of a number',
      { step: { parameter: 'share', by: 0.2 } },
      { kind: 'parameter', name: 'share', value: 0.3 },
    ],
    [
      'a step of a number without a minimum',
      { step: { parameter: 'share', by: -2 } },
      { kind: 'parameter', name: 'share', value: -1.9 },
    ],
    ['half a step of an integer', { step: { parameter: 'high', by: 0.5 } }, undefined],
    ['a step of a text', { step: { parameter: 'word', by: 1 } }, undefined],
    ['a step of nothing', { step: { parameter: 'none', by: 1 } }, undefined],
    ['a step of what is protected', { step: { parameter: 'sealed', by: 1 } }, undefined],
    ['off', { switch: false }, { kind: 'switch', name: 'raise', enabled: false }],
    ['on what is on', { switch: true }, undefined],
    [
      'a switch of another',
      { change: { kind: 'switch', name: 'note-size', enabled: false } },
      { kind: 'switch', name: 'note-size', enabled: false },
    ],
    [
      'a switch that is so already',
      { change: { kind: 'switch', name: 'note-size', enabled: true } },
      undefined,
    ],
    ['a change of no parameter', { change: { ...setHigh(1), name: 'none' } as never }, undefined],
    [
      'another change',
      { change: { kind: 'remove-hook', hook: 'note-size' } },
      { kind: 'remove-hook', hook: 'note-size' },
    ],
  ])('answers with %s', (_, given, want) => {
    const change = changed(ask([{ kind: '*', answer: given }]));
    expect(change).toEqual(want);
    if (change !== undefined) expect(() => applyChange(document, change as never)).not.toThrow();
  });

  it('switches what the pattern is about, unless it is protected or unknown', () => {
    const row = [{ kind: '*', answer: { switch: false } }];
    expect(ask(row, { subject: 'stop' })).toBeUndefined();
    expect(ask(row, { subject: 'reading.taken level' })).toBeUndefined();
    expect(changed(ask(row, { subject: 'small-notes' }))).toMatchObject({ name: 'small-notes' });
    const off = { ...document, switches: ['raise'] };
    expect(ask(row, {}, off)).toBeUndefined();
    expect(changed(ask([{ kind: '*', answer: { switch: true } }], {}, off))).toMatchObject({
      enabled: true,
    });
  });

  it('fills an action from the pattern and its evidence', () => {
    const data = {
      ...{ text: 'look', list: [1, 2], nothing: null, nested: { pattern: 'other' } },
      ...{ way: { pattern: 'direction' }, rate: { evidence: 'rate' } },
      ...{ sure: { pattern: 'confidence' }, none: { evidence: 'toString' } },
      two: { pattern: 'kind', evidence: 'rate' },
    } as const;
    const row: PlanRule = {
      kind: '*',
      answer: { action: { type: 'people.tell', target: { pattern: 'subject' }, data } },
    };
    const want = {
      ...{ text: 'look', list: [1, 2], nothing: null, nested: { pattern: 'other' } },
      ...{ way: 'more', rate: 0.5, sure: 0.9, two: { pattern: 'kind', evidence: 'rate' } },
    };
    expect(ask([row])).toEqual({
      action: { type: 'people.tell', target: 'raise', data: want },
      reasoning: 'hook-rate of raise, more than before, with confidence 0.9',
    });
    const { direction: _, ...undirected } = pattern;
    const planner = rulePlanner('table', [row]);
    const { way: _way, ...rest } = want;
    expect(planner.plan(undirected, viewOf({ document }), context)).toEqual({
      action: { type: 'people.tell', target: 'raise', data: rest },
      reasoning: 'hook-rate of raise, with confidence 0.9',
    });
  });

  it('takes no action without a target that is a text', () => {
    const row = (target: never): PlanRule => ({
      kind: '*',
      answer: { action: { type: 'people.tell', target } },
    });
    for (const target of [{ evidence: 'rate' }, { pattern: 'confidence' }, 5, null]) {
      expect(ask([row(target as never)])).toBeUndefined();
    }
    expect(ask([row('desk' as never)])).toMatchObject({ action: { target: 'desk', data: {} } });
  });

  it.each<[string, Partial<PlanRule>, string]>([
    ['no kind', { kind: [] }, 'KNHK_LOOP_SETTING'],
    ['a strange direction', { direction: 'up' as never }, 'KNHK_LOOP_SETTING'],
    ['a confidence above 1', { confidenceMin: 1.1 }, 'KNHK_LOOP_SETTING'],
    ['a confidence that is no number', { confidenceMin: Number.NaN }, 'KNHK_LOOP_SETTING'],
    ['no answer', { answer: {} as never }, 'KNHK_LOOP_SETTING'],
    ['two answers', { answer: { switch: true, change: setHigh(1) } as never }, 'KNHK_LOOP_SETTING'],
    ['a strange answer', { answer: { run: 'code' } as never }, 'KNHK_LOOP_SETTING'],
    ['a step of nothing', { answer: { step: { parameter: 'high', by: 0 } } }, 'KNHK_LOOP_SETTING'],
    [
      'a step without end',
      { answer: { step: { parameter: 'high', by: Number.POSITIVE_INFINITY } } },
      'KNHK_LOOP_SETTING',
    ],
    ['a bad action', { answer: { action: { type: 'Tell', target: 'x' } } }, 'KNHK_TERMS_NAME'],
  ])('refuses a row with %s', async (_, row, code) => {
    const work = async () => rulePlanner('table', [{ kind: '*', answer, ...row }]);
    expect(await codeOf(work)).toBe(code);
  });
});
