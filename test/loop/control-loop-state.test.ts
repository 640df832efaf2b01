import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { controlLoop } from '../../src/loop/control-loop.ts';
import { mistakeOf } from '../support/errors.ts';
import { found, go, type Knowledge, type Options, written } from './control-loop-support.ts';

describe('what a control loop saves', () => {
  /** A loop that acts on the sum of all readings and on how many its detector has heard. */
  function counting(readings: readonly number[], executed: string[], state?: Options['state']) {
    let heard = 0;
    return controlLoop<Knowledge, number>({
      ...(state === undefined ? {} : { state }),
      knowledge: { sum: 0 },
      sensors: [{ name: 'x', read: ({ cycle }) => [readings[cycle - 1]!] }],
      detectors: [
        {
          name: 'heard',
          observe: () => {
            heard++;
          },
          detect: ({ knowledge, readings: now }) => {
            knowledge.sum += now[0]!;
            return [found(`${heard}-${knowledge.sum}`)];
          },
          save: () => heard,
          restore: (saved) => {
            heard = saved as number;
          },
        },
      ],
      planners: [{ name: 'p', plan: ({ kind }) => go(kind) }],
      execute: ({ target }) => {
        executed.push(target);
      },
    });
  }

  it('lets another one go on as if nothing had happened, wherever it is cut', () => {
    const series = fc.array(fc.integer(), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(series, fc.nat(), (readings, at) => {
        const [whole, cut]: [string[], string[]] = [[], []];
        const uninterrupted = counting(readings, whole);
        for (const _ of readings) uninterrupted.cycle();
        const first = counting(readings, cut);
        const end = at % (readings.length + 1);
        for (let cycle = 0; cycle < end; cycle++) first.cycle();
        const saved = first.save();
        const text = JSON.stringify(saved);
        const later = counting(readings, cut, saved);
        for (let cycle = end; cycle < readings.length; cycle++) later.cycle();
        expect(cut).toEqual(whole);
        expect(later.save()).toEqual(uninterrupted.save());
        // It is a copy: neither loop writes into it.
        expect(JSON.stringify(saved)).toBe(text);
      }),
    );
  });

  it('is JSON, or refused', () => {
    const { loop } = written({ knowledge: { sum: Number.NaN } });
    expect(mistakeOf(() => loop.save())?.[0]).toBe('KNHK_BASE_NOT_CANONICAL');
    const detectors = [{ name: 'd', detect: () => [], save: () => new Map() }];
    const other = written({ detectors }).loop;
    expect(mistakeOf(() => other.save())?.[0]).toBe('KNHK_BASE_NOT_CANONICAL');
  });

  it('leaves detectors alone that it does not know', () => {
    const restored: unknown[] = [];
    const restore = (state: unknown): void => {
      restored.push(state);
    };
    const state = { cycle: 7, knowledge: { sum: 1 }, detectors: { old: 1, kept: [2] } };
    const { loop } = written({
      state,
      detectors: ['kept', 'constructor'].map((name) => ({ name, detect: () => [], restore })),
    });
    expect(restored).toEqual([[2]]);
    expect([loop.cycle().cycle, loop.knowledge]).toEqual([8, { sum: 1 }]);
  });
});

describe('options of a control loop', () => {
  const part = { name: 'a', read: () => [], detect: () => [], plan: () => undefined };
  it.each([
    { sensors: 'none' },
    { sensors: [{ ...part, name: '' }] },
    { sensors: [{ name: 'a' }] },
    { sensors: [part, part] },
    { detectors: [{ name: 'a', read: () => [] }] },
    { detectors: [part, part] },
    { planners: [{ name: 'a', detect: () => [] }] },
    { planners: undefined },
    { execute: undefined },
    { state: { cycle: -1, knowledge: {}, detectors: {} } },
    { state: { cycle: 1.5, knowledge: {}, detectors: {} } },
    { state: { cycle: 1, knowledge: {} } },
  ])('are refused where they are none: %o', (wrong) => {
    const work = () => written(wrong as unknown as Partial<Options>);
    expect(mistakeOf(work)?.[0]).toBe('KNHK_LOOP_OPTION');
  });
});
