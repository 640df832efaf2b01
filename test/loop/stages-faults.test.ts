import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { contentOf, ValidationCache } from '../../src/loop/stages/cache.ts';
import { performanceStage } from '../../src/loop/stages/performance-stage.ts';
import type { Candidate, Stage, StageInput, StageResult } from '../../src/loop/stages/stage.ts';
import { stages } from '../../src/loop/stages/stages.ts';
import type { Proposal, StageReport } from '../../src/loop/types.ts';
import { type Validation, validate } from '../../src/loop/validate.ts';
import { defineParameter } from '../../src/rules/index.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { runs } from '../support/effort.ts';
import { applyLevels, fine, openDesk, rules, setHigh, stageInput } from './support.ts';

let runtime: Runtime;
beforeEach(async () => {
  // Every stage may be advisory here: what is broken refuses all the same.
  const advisory = stages.map((_, index) => {
    const name = `stage${index + 1}Advisory`;
    return defineParameter({ name, kind: 'boolean', value: true, protected: true });
  });
  runtime = await openDesk({ rules: [...rules, ...advisory] });
  await applyLevels(runtime, [10, 55, 80, 97, 20]);
});
afterEach(() => runtime.close());
afterEach(() => void vi.restoreAllMocks());

const good: Pick<Proposal, 'change' | 'inverse'> = { change: setHigh(60), inverse: setHigh(50) };
const input = (more: Partial<StageInput> = {}): StageInput => stageInput(runtime, good, more);

/** The stages with another judgement in one place. */
const replaced = (at: number, judge: Stage['judge']): Stage[] =>
  stages.map((stage, index) => (index === at ? { ...stage, judge } : stage));
const numbers = stages.map(({ name }, index) => [name, index] as const);

const untimed = ({ stageMs: _, overBudget: __, ...rest }: StageReport): unknown => rest;
const said = ({ stages: reports, passed }: Validation): unknown => ({
  passed,
  reports: reports.map(untimed),
});

function expectRefusal(validation: Validation, at: number, code: string): StageReport {
  expect(validation.passed).toBe(false);
  expect(validation.stages).toHaveLength(7);
  for (const [index, { verdict }] of validation.stages.entries()) {
    expect(verdict).toBe(index === at ? 'refuse' : 'pass');
  }
  const report = validation.stages[at]!;
  expect(report).toMatchObject({ code, stage: at + 1, name: stages[at]!.name });
  expect(report.advisory).toBeUndefined();
  return report;
}

const hanging = (): Promise<StageResult> => new Promise(() => {});

describe.each(numbers)('the stage %s refuses', (name, at) => {
  it('where it throws', async () => {
    const broken = replaced(at, () => {
      throw new TypeError('no such thing');
    });
    const report = expectRefusal(
      await validate(input(), { stages: broken }),
      at,
      'KNHK_LOOP_STAGE',
    );
    expect(report.message).toContain('no such thing');
  });

  it('where it rejects', async () => {
    const broken = replaced(at, () => Promise.reject(new Error('not today')));
    const report = expectRefusal(
      await validate(input(), { stages: broken }),
      at,
      'KNHK_LOOP_STAGE',
    );
    expect(report.message).toContain('not today');
  });

  it('where its answer is none', async () => {
    const nonsense = [
      ...[
        undefined,
        null,
        true,
        'pass',
        {},
        { verdict: 'pass' },
        { verdict: 'maybe', evidence: {} },
      ],
      ...[
        { verdict: 'pass', evidence: { a: Number.NaN } },
        { verdict: 'pass', evidence: { a: 'b' } },
      ],
      { verdict: 'refuse', evidence: {} },
    ];
    for (const answer of nonsense) {
      for (const given of [answer, Promise.resolve(answer)]) {
        const broken = replaced(at, () => given as StageResult);
        expectRefusal(await validate(input(), { stages: broken }), at, 'KNHK_LOOP_STAGE');
      }
    }
  });

  it('where it does not answer in time, and is told so', async () => {
    const told = vi.fn();
    const broken = replaced(at, (_input, _candidate, signal) => {
      signal.addEventListener('abort', told);
      return hanging();
    });
    const options = { stages: broken, deadlines: { [name]: 5 } };
    const report = expectRefusal(await validate(input(), options), at, 'KNHK_LOOP_STAGE_TIMEOUT');
    expect(report.message).toContain('5 ms');
    expect(told).toHaveBeenCalledOnce();
  });

  it('where it answers too late, without a promise', async () => {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const judge = stages[at]!.judge;
    const slow = replaced(at, (...given) => {
      now += 1_001;
      return judge(...given);
    });
    const late = await validate(input(), { stages: slow });
    const report = expectRefusal(late, at, 'KNHK_LOOP_STAGE_TIMEOUT');
    expect(report).toMatchObject({ stageMs: 1_001, overBudget: true });
    const patient = await validate(input(), { stages: slow, deadlines: { [name]: 2_000 } });
    expect(patient.passed).toBe(true);
    expect(patient.stages[at]).toMatchObject({ stageMs: 1_001, overBudget: true });
  });

  it('where validation is given up, before or while it judges', async () => {
    const ending = new AbortController();
    const judging = validate(input(), { stages: replaced(at, hanging), signal: ending.signal });
    ending.abort();
    expectRefusal(await judging, at, 'KNHK_LOOP_STAGE_TIMEOUT');
    const after = await validate(input(), { signal: ending.signal });
    expect(after.passed).toBe(false);
    expect(after.stages.map(({ code }) => code)).toEqual(
      stages.map(() => 'KNHK_LOOP_STAGE_TIMEOUT'),
    );
  });
});

describe('the stages', () => {
  it('are asked beside each other', async () => {
    // Each answers only once all of them were asked.
    let asked = 0;
    let everybody = (): void => {};
    const all = new Promise<void>((resolve) => {
      everybody = resolve;
    });
    const together = stages.map(
      (stage): Stage => ({
        ...stage,
        judge: async (...given) => {
          asked++;
          if (asked === stages.length) everybody();
          await all;
          return stage.judge(...given);
        },
      }),
    );
    expect((await validate(input(), { stages: together })).passed).toBe(true);
  });

  it('do not count what others take', async () => {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const took = [3, 20, 5, 6, 0, 4, 11];
    const timed = stages.map(
      (stage, index): Stage => ({
        ...stage,
        judge: (...given) => {
          const answer = stage.judge(...given);
          now += took[index]!;
          return answer;
        },
      }),
    );
    const { stages: reports } = await validate(input(), { stages: timed });
    expect(reports.map(({ stageMs }) => stageMs)).toEqual(took);
    const over = reports.map(({ overBudget }) => overBudget === true);
    expect(over).toEqual([false, true, false, true, false, false, true]);
  });

  it('give numbers with every verdict, and no times, which journals must not hold', async () => {
    for (const { evidence } of (await validate(input())).stages) {
      expect(Object.values(evidence ?? { none: Number.NaN }).every(Number.isFinite)).toBe(true);
    }
    expect(said(await validate(input()))).toEqual(said(await validate(input())));
  });

  it('count the hooks of the whole document', async () => {
    const many = { hooks: { length: 16_385 } } as unknown as Candidate['document'];
    const snapshot = { plans: new Map() } as unknown as Candidate['snapshot'];
    const candidate = { document: many, shapes: undefined, snapshot };
    const { signal } = new AbortController();
    const answer = await performanceStage.judge(input(), candidate, signal);
    expect(answer).toMatchObject({ verdict: 'refuse', code: 'KNHK_LOOP_COST' });
  });
});

const proposals: readonly Pick<Proposal, 'change' | 'inverse'>[] = [
  good,
  { change: setHigh(71), inverse: setHigh(50) },
  { change: setHigh(60), inverse: setHigh(51) },
  { change: { kind: 'remove-hook', hook: 'nobody' }, inverse: setHigh(50) },
  {
    change: { kind: 'switch', name: 'valve-limit', enabled: false },
    inverse: { kind: 'switch', name: 'valve-limit', enabled: true },
  },
];
const asked = fc.record({
  which: fc.nat(proposals.length - 1),
  rssBytes: fc.constantFrom(1, 2 ** 40),
  recorded: fc.nat(3),
  stale: fc.boolean(),
});
type Asked = typeof asked extends fc.Arbitrary<infer T> ? T : never;

describe('the cache', () => {
  const inputOf = ({ which, rssBytes, recorded, stale }: Asked): StageInput => {
    const proposal = { ...proposals[which]!, ...(stale ? { parent: 'a'.repeat(64) } : {}) };
    const given = stageInput(runtime, proposal, { measurements: { ...fine, rssBytes } });
    return { ...given, recorded: given.recorded.slice(recorded) };
  };

  it('changes no verdict, in any order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(asked, { minLength: 2, maxLength: 8 }), async (all) => {
        const cache = new ValidationCache();
        for (const one of [...all, ...[...all].reverse()]) {
          const cached = await validate(inputOf(one), { cache });
          expect(said(cached)).toEqual(said(await validate(inputOf(one))));
        }
      }),
      { numRuns: runs(20) },
    );
  });

  it('answers the second time without asking a stage, whatever came between', async () => {
    const cache = new ValidationCache();
    const first = await validate(input(), { cache });
    await validate(inputOf({ which: 1, rssBytes: 1, recorded: 0, stale: false }), { cache });
    expect(await validate(input(), { cache, stages: [] })).toBe(first);
  });

  it('keeps nothing that a broken stage had a part in', async () => {
    const cache = new ValidationCache();
    const broken = replaced(2, () => Promise.reject(new Error('not today')));
    expect((await validate(input(), { cache, stages: broken })).passed).toBe(false);
    expect((await validate(input(), { cache })).passed).toBe(true);
  });

  it('tells apart everything that the stages judge by', async () => {
    const contents = [
      input(),
      stageInput(runtime, proposals[1]!),
      input({ measurements: { ...fine, rssBytes: 1 } }),
      input({ recorded: input().recorded.slice(1) }),
      input({ current: { ...input().current, hash: 'b'.repeat(64) } }),
      input({ shapes: { hash: 'c' } as unknown as NonNullable<StageInput['shapes']> }),
    ].map(contentOf);
    expect(new Set(contents).size).toBe(contents.length);
    expect(contentOf(input())).toBe(contents[0]);
    expect(contentOf(input({ measurements: { ...fine, rssBytes: Number.NaN } }))).toBeUndefined();
  });

  it('has a bound, and forgets what was asked longest ago', async () => {
    const cache = new ValidationCache();
    const validation = await validate(input());
    for (let n = 0; n < 32; n++) cache.set(`${n}`, validation);
    expect(cache.get('0')).toBe(validation);
    cache.set('new', validation);
    expect([cache.get('0'), cache.get('1'), cache.get('2')]).toEqual([
      ...[validation, undefined, validation],
    ]);
  });
});
