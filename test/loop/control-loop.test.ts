import { describe, expect, it } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { controlLoop } from '../../src/loop/control-loop.ts';
import type { ControlReport } from '../../src/loop/control-loop-types.ts';
import type { Pattern } from '../../src/loop/types.ts';
import { mistakeOf } from '../support/errors.ts';
import { found, go, type Knowledge, type Options, written } from './control-loop-support.ts';

const verdicts = ({ actions }: ControlReport): string[] =>
  actions.map(({ planner, action: { target }, verdict }) => `${planner} ${target} ${verdict}`);
const said = ({ problems }: ControlReport): string[] =>
  problems.map(({ phase, name, message }) => `${phase} ${name}: ${message}`);

describe('a cycle of the control loop', () => {
  it('goes through its phases in order, and carries out what was planned', () => {
    const { loop, calls } = written();
    const report = loop.cycle();
    expect(calls).toEqual([
      ...['read one', 'read two', 'adds 1', 'adds 10', 'adds 20', 'detect adds', 'detect next'],
      // The first answer decides; what only alerts is not planned for.
      ...['p a', 'p b', 'q b', 'govern a', 'govern q-b', 'execute a', 'execute q-b'],
    ]);
    expect(report).toEqual({
      ...{ cycle: 1, readings: 3, problems: [], failed: false },
      patterns: [found('a'), found('told', 'alert'), found('b')],
      actions: [
        { planner: 'p', ...go('a'), verdict: 'executed' },
        { planner: 'q', ...go('q-b'), verdict: 'executed' },
      ],
    });
    expect(loop.cycle().cycle).toBe(2);
    expect(loop.knowledge).toEqual({ sum: 31 + 62 });
  });

  it('hands on a frozen copy of each action', () => {
    const data = { list: [1] };
    const planned = { action: { type: 'team.go', target: 't', data }, reasoning: '' };
    const seen: unknown[] = [];
    const { loop } = written({
      planners: [{ name: 'p', plan: () => planned }],
      execute: ({ data: given }) => {
        seen.push(given);
        (given['list'] as number[]).push(2);
      },
    });
    expect(verdicts(loop.cycle())).toEqual(['p t failed', 'p t dropped']);
    expect([seen, data]).toEqual([[{ list: [1] }], { list: [1] }]);
  });

  const wrong = (answer: unknown): never => answer as never;
  const rejected = (): unknown => Promise.reject(new Error('nobody hears this'));
  const forever = function* (): Generator<number> {
    for (;;) yield 0;
  };
  const many = (count: number): Pattern[] => Array.from({ length: count }, () => found('a'));
  const sensor = (answer: () => unknown): Partial<Options> => ({
    sensors: [{ name: 'x', read: () => wrong(answer()) }],
  });
  const detector = (answer: () => unknown): Partial<Options> => ({
    detectors: [{ name: 'x', detect: () => wrong(answer()) }],
  });
  const planner = (answer: () => unknown): Partial<Options> => ({
    planners: [{ name: 'x', plan: () => wrong(answer()) }],
  });
  const hidden = {
    get action() {
      throw new Error('hidden');
    },
  };
  const endings: readonly (readonly [string, Partial<Options>])[] = [
    ['monitor', sensor(() => 1)],
    ['monitor', sensor(rejected)],
    ['monitor', sensor(forever)],
    ['monitor', sensor(() => Array.from({ length: limits.readingsPerCycle + 1 }, () => 0))],
    ['analyze', detector(() => undefined)],
    ['analyze', detector(rejected)],
    ['analyze', detector(() => [undefined])],
    ['analyze', detector(() => [{}])],
    ['analyze', detector(() => many(limits.patternsPerCycle + 1))],
    ['plan', planner(rejected)],
    ['plan', planner(() => null)],
    ['plan', planner(() => 'go')],
    ['plan', planner(() => hidden)],
    ['plan', planner(() => ({ change: { kind: 'switch' }, reasoning: 'rules' }))],
    ['plan', planner(() => ({ action: go('a').action }))],
    ['plan', planner(() => ({ action: { type: 'Go', target: 'a', data: {} }, reasoning: '' }))],
  ];
  it.each(endings)('ends without an action on nonsense in %s (%#)', async (phase, parts) => {
    const { loop, calls } = written(parts);
    const report = loop.cycle();
    expect(report.failed).toBe(true);
    expect(report.problems.map((problem) => [problem.phase, problem.name])).toEqual([[phase, 'x']]);
    expect(report.actions).toEqual([]);
    expect(calls.filter((call) => /^(govern|execute)/.test(call))).toEqual([]);
    // A rejection that nobody takes would end the process here.
    await new Promise((resolve) => setImmediate(resolve));
  });

  it('takes as many readings and looks at as many patterns as it may', () => {
    const { loop } = written(detector(() => many(limits.patternsPerCycle)));
    expect(loop.cycle().actions).toHaveLength(limits.patternsPerCycle);
    const readings = Array.from({ length: limits.readingsPerCycle }, () => 0);
    const other = written({ ...sensor(() => readings), ...detector(() => []) }).loop;
    expect(other.cycle()).toMatchObject({ readings: limits.readingsPerCycle, failed: false });
  });
});

describe('an error', () => {
  /** The loop above whose n-th call of a part throws. */
  function failing(nth: number, fallback: boolean) {
    let left = nth;
    const { options, calls } = written();
    const guarded = <Part extends object>(part: Part): Part =>
      new Proxy(part, {
        get: (target, member) => {
          const value: unknown = Reflect.get(target, member);
          if (typeof value !== 'function') return value;
          return (...given: unknown[]): unknown => {
            if (--left === 0) throw new Error('broken');
            return Reflect.apply(value, target, given);
          };
        },
      });
    const loop = controlLoop<Knowledge, number>({
      ...options,
      sensors: options.sensors.map(guarded),
      detectors: options.detectors.map(guarded),
      planners: options.planners.map(guarded),
      ...(fallback ? { fallback: () => [go('home')] } : {}),
    });
    return { loop, calls, left: () => left };
  }

  it('of any part, at every call, ends the cycle with no action, or with the fallback', () => {
    const phases: string[] = [];
    for (let nth = 1; ; nth++) {
      const { loop, calls, left } = failing(nth, false);
      const report = loop.cycle();
      if (left() > 0) break;
      expect([report.failed, report.actions]).toEqual([true, []]);
      expect(calls.filter((call) => /^(govern|execute)/.test(call))).toEqual([]);
      phases.push(...said(report));
      // The next cycle is as good as any.
      expect(verdicts(loop.cycle())).toEqual(['p a executed', 'q q-b executed']);
      const home = failing(nth, true);
      expect(verdicts(home.loop.cycle())).toEqual(['fallback home executed']);
      expect(home.calls.slice(-2)).toEqual(['govern home', 'execute home']);
    }
    const broken = (part: string) => `${part}: an error (broken)`;
    const analyze = ['adds', 'adds', 'adds', 'adds', 'next'].map((name) => `analyze ${name}`);
    const plan = ['p', 'p', 'q'].map((name) => `plan ${name}`);
    expect(phases).toEqual(['monitor one', 'monitor two', ...analyze, ...plan].map(broken));
  });

  it('of the fallback leaves no action', () => {
    const fail = (): never => {
      throw new Error('blind');
    };
    const sensors = [{ name: 'x', read: fail }];
    const answers: readonly (() => unknown)[] = [
      fail,
      () => undefined,
      () => [{}],
      () => Promise.reject(new Error('late')),
    ];
    for (const answer of answers) {
      const fallback = () => answer() as never;
      const report = written({ sensors, fallback }).loop.cycle();
      expect(report.actions).toEqual([]);
      expect(report.problems.map(({ phase, name }) => `${phase} ${name}`)).toEqual([
        ...['monitor x', 'plan fallback'],
      ]);
    }
  });

  it('of govern, and any answer but allow, denies that action alone', () => {
    const thrown = (): never => {
      throw new Error('no verdict');
    };
    const late = (): unknown => Promise.reject(new Error('late'));
    const answers: readonly (() => unknown)[] = [thrown, late, () => 'deny', () => true];
    for (const [index, answer] of answers.entries()) {
      const { loop, calls } = written({
        govern: ({ target }) => (target === 'a' ? (answer() as never) : 'allow'),
      });
      const report = loop.cycle();
      expect(verdicts(report)).toEqual(['p a denied', 'q q-b executed']);
      expect(calls.filter((call) => call.startsWith('execute'))).toEqual(['execute q-b']);
      expect(report.problems.map(({ phase, name }) => `${phase} ${name}`)).toEqual(
        index < 2 ? ['validate p'] : [],
      );
      expect(report.failed).toBe(false);
    }
  });

  it('of execute drops the actions behind it; the fallback is not for that', () => {
    const broken: readonly (() => unknown)[] = [
      () => {
        throw new Error('stuck');
      },
      () => Promise.reject(new Error('late')),
    ];
    for (const answer of broken) {
      const { loop } = written({ execute: () => answer() as never, fallback: () => [go('home')] });
      const report = loop.cycle();
      expect(verdicts(report)).toEqual(['p a failed', 'q q-b dropped']);
      expect(report.problems.map(({ phase, name }) => `${phase} ${name}`)).toEqual(['execute p']);
      expect(report.failed).toBe(false);
    }
  });

  it('of a host that runs a cycle within a cycle is told to it', () => {
    const codes: (string | undefined)[] = [];
    const { loop } = written({
      execute: () => {
        codes.push(mistakeOf(() => loop.cycle())?.[0]);
      },
    });
    loop.cycle();
    expect(codes).toEqual(['KNHK_LOOP_BUSY', 'KNHK_LOOP_BUSY']);
    expect(loop.cycle().cycle).toBe(2);
  });
});
