import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Stage, StageInput } from '../../src/loop/stages/stage.ts';
import { stages } from '../../src/loop/stages/stages.ts';
import type { Proposal, StageName } from '../../src/loop/types.ts';
import { type Validation, validate } from '../../src/loop/validate.ts';
import { defineHook, defineParameter } from '../../src/rules/index.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { compileShapes } from '../../src/shapes/document.ts';
import { type Condition, gte } from '../../src/terms/conditions.ts';
import { applyLevels, fine, openDesk, Reading, rules, setHigh, stageInput } from './support.ts';

let runtime: Runtime;

beforeEach(async () => {
  runtime = await openDesk({ rules: [...rules, ...fillers] });
  await applyLevels(runtime, [10, 55, 80, 97, 20]);
});
afterEach(async () => {
  await runtime.close();
});

/** A change that every stage admits. */
const good: Pick<Proposal, 'change' | 'inverse'> = { change: setHigh(60), inverse: setHigh(50) };

const shapes = compileShapes(`
  @prefix sh: <http://www.w3.org/ns/shacl#> .
  @prefix ex: <https://example.com/test#> .
  ex:ReadingShape a sh:NodeShape ; sh:targetClass ex:Reading ;
    sh:property [ sh:path ex:level ; sh:minInclusive 0 ] .
`);

const illFormed = compileShapes(`
  @prefix sh: <http://www.w3.org/ns/shacl#> .
  @prefix ex: <https://example.com/test#> .
  ex:ReadingShape a sh:NodeShape ; sh:targetClass ex:Reading ; sh:node ex:LevelShape .
  ex:LevelShape sh:path ex:level ; sh:minInclusive 0 .
`);

/** Hooks that never fire, each with a bound of its own. */
const fillers = Array.from({ length: 256 }, (_, index) =>
  defineHook({
    name: `filler-${index}`,
    on: Reading,
    priority: 20,
    when: [gte('level', 10_000 + index)],
    act: { type: 'filler', target: { field: 'sensor' } },
  }),
);

/** Twice 1,024 values to search among: bounds and rows outgrow a first-level cache. */
const costly: readonly Condition[] = ['size', 'level'].map((field) => ({
  op: 'in',
  left: { field },
  right: { value: Array.from({ length: 1_024 }, (_value, index) => index) },
}));

const note = (type: string): Proposal['change'] => ({
  kind: 'add-hook',
  hook: {
    name: 'extra',
    priority: 0,
    on: 'reading.taken',
    when: [{ op: 'gte', left: { field: 'level' }, right: { value: 50 } }],
    code: 'act',
    act: [{ type, target: { field: 'sensor' }, data: {} }],
    protected: false,
  },
});

interface Refusal {
  readonly stage: StageName;
  readonly why: string;
  readonly code: string;
  readonly proposal?: Partial<Proposal> & Pick<Proposal, 'change' | 'inverse'>;
  readonly more?: Partial<StageInput>;
}

/** For each stage, what it alone refuses; all the other stages pass. */
const refusals: readonly Refusal[] = [
  {
    stage: 'static',
    why: 'the change names other shapes than the proposal carries',
    code: 'KNHK_LOOP_PROPOSAL',
    proposal: {
      change: { kind: 'shapes', shapes: 'f'.repeat(64) },
      inverse: { kind: 'shapes', shapes: null },
      shapesText: shapes.text,
    },
  },
  {
    stage: 'static',
    why: 'the proposal carries shapes that its change does not name',
    code: 'KNHK_LOOP_PROPOSAL',
    proposal: { ...good, shapesText: shapes.text },
  },
  {
    stage: 'static',
    why: 'the shapes compile and are not well-formed: a property shape at sh:node',
    code: 'KNHK_LOOP_SHAPES',
    proposal: {
      change: { kind: 'shapes', shapes: illFormed.hash },
      inverse: { kind: 'shapes', shapes: null },
      shapesText: illFormed.text,
    },
  },
  {
    stage: 'static',
    why: 'the proposal has a member that proposals do not have',
    code: 'KNHK_LOOP_PROPOSAL',
    proposal: { ...good, code: 'process.exit()' } as unknown as typeof good,
  },
  {
    stage: 'invariants',
    why: 'the process is over its memory limit',
    code: 'KNHK_LOOP_INVARIANT',
    more: { measurements: { ...fine, rssBytes: 2 ** 31 } },
  },
  {
    stage: 'doctrine',
    why: 'the value is in range, but not where the sector wants it',
    code: 'KNHK_LOOP_DOCTRINE',
    proposal: { change: setHigh(71), inverse: setHigh(50) },
  },
  {
    stage: 'guard',
    why: 'the parameter is protected',
    code: 'KNHK_LOOP_PROTECTED',
    proposal: {
      change: { kind: 'parameter', name: 'sealed', value: 11 },
      inverse: { kind: 'parameter', name: 'sealed', value: 10 },
    },
  },
  {
    stage: 'performance',
    why: 'the rows would outgrow the cache',
    code: 'KNHK_LOOP_COST',
    proposal: {
      change: { kind: 'conditions', hook: 'note-size', when: costly },
      inverse: {
        kind: 'conditions',
        hook: 'note-size',
        when: [{ op: 'gte', left: { field: 'size' }, right: { value: 100 } }],
      },
    },
  },
  {
    stage: 'performance',
    why: 'the measured p99 is over the limit',
    code: 'KNHK_LOOP_COST',
    more: { measurements: { ...fine, hotP99Ns: 101, hotSamples: 1_000 } },
  },
  {
    stage: 'rollback',
    why: 'the inverse restores another value',
    code: 'KNHK_LOOP_INVERSE',
    proposal: { change: setHigh(60), inverse: setHigh(51) },
  },
  {
    stage: 'rollback',
    why: 'the inverse does not fit',
    code: 'KNHK_LOOP_INVERSE',
    proposal: { change: setHigh(60), inverse: { kind: 'remove-hook', hook: 'raise' } },
  },
  {
    stage: 'compatibility',
    why: 'it was made for another snapshot',
    code: 'KNHK_LOOP_INCOMPATIBLE',
    proposal: { ...good, parent: 'a'.repeat(64) },
  },
  {
    stage: 'compatibility',
    why: 'recorded observations would fail: the action lacks a declared field',
    code: 'KNHK_LOOP_INCOMPATIBLE',
    proposal: { change: note('valve.open'), inverse: { kind: 'remove-hook', hook: 'extra' } },
  },
];

const verdicts = (list: Validation['stages']): Record<string, string> =>
  Object.fromEntries(list.map(({ name, verdict }) => [name, verdict]));
const passes = Object.fromEntries(stages.map(({ name }) => [name, 'pass']));

describe('the seven stages', () => {
  it('admit what is in order, in their order and numbered from 1', async () => {
    const { stages: reports, passed, candidate } = await validate(stageInput(runtime, good));
    expect(passed).toBe(true);
    expect(candidate!.document.parameters['high']!.value).toBe(60);
    expect(reports.map(({ stage, name }) => `${stage} ${name}`)).toEqual([
      ...['1 static', '2 invariants', '3 doctrine', '4 guard'],
      ...['5 performance', '6 rollback', '7 compatibility'],
    ]);
    expect(verdicts(reports)).toEqual(passes);
    expect(reports.every(({ stageMs }) => stageMs >= 0)).toBe(true);
  });

  it('have each a proposal that it alone refuses in the table below', () => {
    expect(new Set(refusals.map(({ stage }) => stage)).size).toBe(stages.length);
  });

  describe.each(refusals)('$stage alone refuses where $why', (refusal) => {
    const { stage, code, proposal = good, more } = refusal;
    const input = (): StageInput => stageInput(runtime, proposal, more);
    it('while every other stage passes', async () => {
      const { stages: reports, passed } = await validate(input());
      expect(passed).toBe(false);
      expect(verdicts(reports)).toEqual({ ...passes, [stage]: 'refuse' });
      const report = reports.find(({ name }) => name === stage)!;
      expect(report.code).toBe(code);
      expect(report.message).not.toBe('');
      expect(report.advisory).toBeUndefined();
    });
    it('and without that stage it would be admitted', async () => {
      const without = stages.filter(({ name }) => name !== stage);
      expect(without).toHaveLength(6);
      expect((await validate(input(), { stages: without })).passed).toBe(true);
    });
  });

  it('refuse where one throws', async () => {
    const broken = (work: () => never): Stage => ({ name: 'doctrine', budgetMs: 5, judge: work });
    const list = (stage: Stage): Stage[] =>
      stages.map((item) => (item.name === stage.name ? stage : item));
    const error = broken(() => {
      throw new TypeError('no such thing');
    });
    const { passed, stages: reports } = await validate(stageInput(runtime, good), {
      stages: list(error),
    });
    expect(passed).toBe(false);
    expect(verdicts(reports)).toEqual({ ...passes, doctrine: 'refuse' });
    expect(reports[2]!.code).toBe('KNHK_LOOP_STAGE');
    expect(reports[2]!.message).toContain('no such thing');
  });

  it('refuse a change that is no change at all', async () => {
    for (const change of [null, 7, {}, { kind: 'code' }, { kind: 'conditions', hook: 'raise' }]) {
      const proposal = { change, inverse: change } as unknown as typeof good;
      const { passed, stages: reports } = await validate(stageInput(runtime, proposal));
      expect(passed, JSON.stringify(change)).toBe(false);
      expect(reports[0]!.verdict, JSON.stringify(change)).toBe('refuse');
    }
  });
});

describe('measured p99', () => {
  const refused = async (hotP99Ns: number, hotSamples?: number): Promise<boolean> => {
    const samples = hotSamples === undefined ? {} : { hotSamples };
    const measurements = { ...fine, hotP99Ns, ...samples };
    return !(await validate(stageInput(runtime, good, { measurements }))).passed;
  };
  it('counts only with a thousand samples, and only above the limit', async () => {
    expect(await refused(5_000)).toBe(false);
    expect(await refused(5_000, 999)).toBe(false);
    expect(await refused(5_000, 1_000)).toBe(true);
    expect(await refused(100, 1_000)).toBe(false);
    expect(await refused(Number.NaN, 1_000)).toBe(true);
  });
});

describe('an advisory stage', () => {
  const advisory = (value: boolean, isProtected: boolean) =>
    defineParameter({ name: 'stage3Advisory', kind: 'boolean', value, protected: isProtected });
  const judged = async (parameter: ReturnType<typeof defineParameter>) => {
    const other = await openDesk({ rules: [...rules, parameter] });
    try {
      return await validate(stageInput(other, { change: setHigh(71), inverse: setHigh(50) }));
    } finally {
      await other.close();
    }
  };
  it('is one that a protected boolean parameter makes so', async () => {
    const { passed, stages: reports } = await judged(advisory(true, true));
    expect(passed).toBe(true);
    expect(reports[2]).toMatchObject({ verdict: 'refuse', advisory: true });
  });
  it('is not one where the parameter is false, or could be changed by a promotion', async () => {
    expect((await judged(advisory(false, true))).passed).toBe(false);
    expect((await judged(advisory(true, false))).passed).toBe(false);
    const text = {
      name: 'stage3Advisory',
      kind: 'string',
      value: 'true',
      protected: true,
    } as const;
    expect((await judged(defineParameter(text))).passed).toBe(false);
  });
  it('makes no other stage advisory', async () => {
    const other = await openDesk({ rules: [...rules, advisory(true, true)] });
    const sealed = { kind: 'parameter', name: 'sealed' } as const;
    const proposal = { change: { ...sealed, value: 11 }, inverse: { ...sealed, value: 10 } };
    expect((await validate(stageInput(other, proposal))).passed).toBe(false);
    await other.close();
  });
});
