import { describe, expect, it } from 'vitest';
import { type HookUsePlannerOptions, hookUsePlanner } from '../../../src/loop/planners/hook-use.ts';
import { type TellOptions, tellPlanner } from '../../../src/loop/planners/tell.ts';
import type { Pattern, Planned } from '../../../src/loop/types.ts';
import { catalogueOf } from '../../../src/rules/catalogue.ts';
import { codeOf } from '../../support/runtime.ts';
import { viewOf } from '../support/view.ts';
import { Reading, rules } from '../support.ts';

const { document } = catalogueOf({ observations: [Reading], rules });
const context = { signal: new AbortController().signal };

const pattern: Pattern = {
  ...{ detector: 'hook-use', kind: 'hook-never', subject: 'note-size', confidence: 0.99 },
  ...{ evidence: { fired: 0, observed: 2_000 }, seqs: [], recommend: 'propose' },
};

describe('the planner of hooks that never or always fire', () => {
  const ask = (
    given: Partial<Pattern> = {},
    options?: HookUsePlannerOptions,
    switches: readonly string[] = [],
  ): unknown =>
    hookUsePlanner(options).plan(
      { ...pattern, ...given },
      viewOf({ document: { ...document, switches } }),
      context,
    );
  const off = { kind: 'switch', name: 'note-size', enabled: false };

  it('switches off a template hook', () => {
    expect(ask()).toEqual({
      change: off,
      reasoning: 'note-size fired on 0 of 2000 observations',
    });
    expect(ask({ kind: 'hook-always' })).toMatchObject({ change: off });
  });

  it('leaves alone hooks with code, protected ones, those that are off, and what is none', () => {
    expect(ask({ subject: 'raise' })).toBeUndefined();
    expect(ask({ subject: 'stop' })).toBeUndefined();
    expect(ask({ subject: 'small-notes' })).toBeUndefined();
    expect(ask({}, {}, ['note-size'])).toBeUndefined();
  });

  it('answers the kinds it is given', async () => {
    expect(ask({ kind: 'hook-rate' })).toBeUndefined();
    const options = { kinds: ['hook-never'] } as const;
    expect([ask({}, options), ask({ kind: 'hook-always' }, options)]).toMatchObject([
      { change: off },
      undefined,
    ]);
    const work = async () => hookUsePlanner({ kinds: ['hook-rate' as never] });
    expect(await codeOf(work)).toBe('KNHK_LOOP_SETTING');
  });
});

describe('the planner that tells', () => {
  const ask = (given: Partial<Pattern> = {}, options: Partial<TellOptions> = {}): unknown =>
    tellPlanner({ action: 'people.tell', ...options }).plan(
      { ...pattern, ...given },
      viewOf({ document }),
      context,
    ) as Planned | undefined;

  it('says what was found, with its evidence', () => {
    expect(ask({ direction: 'less' })).toEqual({
      action: {
        type: 'people.tell',
        target: 'note-size',
        data: {
          ...{ kind: 'hook-never', detector: 'hook-use', direction: 'less', confidence: 0.99 },
          evidence: { fired: 0, observed: 2_000 },
        },
      },
      reasoning: 'hook-never of note-size, less than before, with confidence 0.99',
    });
    expect(ask()).not.toHaveProperty('action.data.direction');
  });

  it('answers kinds as given', () => {
    expect(ask({}, { kinds: ['silence'] })).toBeUndefined();
    expect(ask({ kind: 'silence' }, { kinds: ['silence'] })).toBeDefined();
  });

  it('refuses a type that is none', async () => {
    expect(await codeOf(async () => tellPlanner({ action: 'Tell' }))).toBe('KNHK_TERMS_NAME');
  });
});
