import { describe, expect, it } from 'vitest';
import { stages } from '../../src/loop/stages/stages.ts';
import { validate } from '../../src/loop/validate.ts';
import { applyChange, type Change } from '../../src/rules/changes.ts';
import { defineDoctrine, defineHook, defineParameter } from '../../src/rules/index.ts';
import { controlOf } from '../../src/runtime/control.ts';
import { gte, isIn, param } from '../../src/terms/conditions.ts';
import { applyLevels, openDesk, Reading, rules, setHigh, stageInput } from './support.ts';

const good = { change: setHigh(60), inverse: setHigh(50) };

/** A hook with a bound of its own, which takes a row. */
const extra: Change = {
  kind: 'add-hook',
  hook: {
    ...{ name: 'extra', priority: 0, on: 'reading.taken', code: 'act', protected: false },
    when: [{ op: 'gte', left: { field: 'level' }, right: { value: 77 } }],
    act: [{ type: 'reading.note', target: { field: 'sensor' }, data: {} }],
  },
};

describe('a type that costs more than it may already', () => {
  it('may go on doing so, and not cost still more', async () => {
    const values = Array.from({ length: 1_024 }, (_value, index) => index);
    const hook = defineHook({
      ...{ name: 'wide', on: Reading, priority: 30 },
      when: [isIn('size', values), isIn('level', values)],
      act: { type: 'wide', target: { field: 'sensor' } },
    });
    const other = await openDesk({ rules: [...rules, hook] });
    try {
      const same = await validate(stageInput(other, good));
      expect(same.stages[4]).toMatchObject({ verdict: 'pass', name: 'performance' });
      const { bytes, bytesBefore, lanes, warm } = same.stages[4]!.evidence!;
      expect(bytes).toBeGreaterThan(32_768);
      expect([bytesBefore, lanes, warm]).toEqual([bytes, 4, 0]);
      const inverse = { kind: 'remove-hook', hook: 'extra' } as const;
      const more = await validate(stageInput(other, { change: extra, inverse }));
      expect(more.stages[4]).toMatchObject({ verdict: 'refuse', code: 'KNHK_LOOP_COST' });
    } finally {
      await other.close();
    }
  });
});

describe('a doctrine', () => {
  it('judges what a proposal moves, not what a deploy has put elsewhere', async () => {
    const free = defineParameter({ name: 'free', kind: 'integer', value: 5, min: 0, max: 100 });
    const far = defineParameter({ name: 'far', kind: 'integer', value: 90, min: 0, max: 100 });
    const near = { id: 'near', parameter: 'far', between: [0, 10] } as const;
    const doctrine = defineDoctrine({ name: 'sector', rules: [near] });
    const other = await openDesk({ rules: [...rules, free, far, doctrine] });
    const judged = async (name: string, value: number, before: number) => {
      const of = { kind: 'parameter', name } as const;
      const change = { change: { ...of, value }, inverse: { ...of, value: before } };
      const { stages: reports, passed } = await validate(stageInput(other, change));
      return [passed, reports[2]!.verdict, reports[2]!.evidence];
    };
    try {
      expect(await judged('high', 60, 50)).toEqual([true, 'pass', { rules: 2, judged: 1 }]);
      expect(await judged('free', 6, 5)).toEqual([true, 'pass', { rules: 2, judged: 0 }]);
      expect(await judged('far', 10, 90)).toEqual([true, 'pass', { rules: 2, judged: 1 }]);
      const numbers = { rules: 2, judged: 1, value: 80, least: 0, most: 10 };
      expect(await judged('far', 80, 90)).toEqual([false, 'refuse', numbers]);
    } finally {
      await other.close();
    }
  });
});

describe('a refusal for what was recorded', () => {
  it('names the hook and its failure, and no value of an observation', async () => {
    const loud = defineHook({
      ...{ name: 'loud', version: '1', on: Reading, when: [gte('level', param('high'))] },
      run: ({ data }) => {
        throw new Error(`${data.sensor} is at ${data.level}`);
      },
    });
    const off = { kind: 'switch', name: 'loud' } as const;
    const other = await openDesk({ rules: [...rules, loud] });
    try {
      const control = controlOf(other)!;
      const { hash: parent, document } = control.snapshot();
      const quiet = applyChange(document, { ...off, enabled: false });
      const stages7 = stages.map(() => 'pass' as const);
      const promotion = { kind: 'promote', parent, document: quiet, proposal: parent } as const;
      await control.promote({ ...promotion, stages: stages7 });
      await applyLevels(other, [10, 55]);
      const change = { change: { ...off, enabled: true }, inverse: { ...off, enabled: false } };
      const { stages: reports } = await validate(stageInput(other, change));
      expect(reports[6]).toMatchObject({
        ...{ verdict: 'refuse', code: 'KNHK_LOOP_INCOMPATIBLE', evidence: { evaluated: 2 } },
        message: 'the observation at seq 3 would fail: KNHK_HOOK_THREW in loud',
      });
    } finally {
      await other.close();
    }
  });
});
