import { expect, it } from 'vitest';
import { llmPlanner } from '../../../src/loop/planners/llm.ts';
import type { LanguageModel, LlmRefusal } from '../../../src/loop/planners/llm-types.ts';
import type { CycleReport } from '../../../src/loop/types.ts';
import { finding, openBoth } from '../execute/support.ts';
import { applyLevels } from '../support.ts';
import { raiseHigh, scripted, text } from './llm-support.ts';

const doctrine = 'Sensors are never silenced.';

/** One cycle of a loop that promotes what this model proposes. */
async function cycleWith(
  model: LanguageModel,
  more: { readonly cycleMs?: number } = {},
): Promise<{ readonly report: CycleReport; readonly refusals: LlmRefusal[] }> {
  const refusals: LlmRefusal[] = [];
  const onRefusal = (refusal: LlmRefusal): void => void refusals.push(refusal);
  const { runtime, loop } = await openBoth({
    detectors: [finding('propose')],
    planners: [llmPlanner({ model, doctrine, onRefusal })],
    ...more,
  });
  await applyLevels(runtime, [10, 20, 30]);
  return { report: await loop.cycle(), refusals };
}

it('a good proposal goes the way of every proposal', async () => {
  const { report, refusals } = await cycleWith(scripted(text(raiseHigh)));
  expect(refusals).toEqual([]);
  expect(report).toMatchObject({
    problems: [],
    proposals: [
      {
        verdict: 'promote',
        proposal: {
          planner: 'llm',
          change: raiseHigh,
          inverse: { ...raiseHigh, value: 50 },
          reasoning: 'half as many',
          pattern: { kind: 'test' },
        },
      },
    ],
  });
});

it.each([
  ['what the doctrine forbids', { ...raiseHigh, value: 80 }, 'KNHK_LOOP_DOCTRINE'],
  [
    'a condition that its field cannot meet',
    {
      kind: 'conditions',
      hook: 'raise',
      when: [{ op: 'matches', left: { field: 'level' }, right: { value: '.*' } }],
    },
    'KNHK_LOOP_INCOMPATIBLE',
  ],
  [
    'a comparison with a value of another kind',
    {
      kind: 'conditions',
      hook: 'raise',
      when: [{ op: 'gte', left: { field: 'level' }, right: { value: 'ten' } }],
    },
    'KNHK_LOOP_INCOMPATIBLE',
  ],
])('the stages refuse %s', async (_name, change, code) => {
  const { report, refusals } = await cycleWith(scripted(text(change)));
  expect(refusals).toEqual([]);
  const [found] = report.proposals;
  expect(found).toMatchObject({ verdict: 'reject', proposal: { planner: 'llm', change } });
  const refused = found!.stages.filter(({ verdict }) => verdict === 'refuse');
  expect(refused.map((stage) => stage.code)).toContain(code);
});

it('nonsense, errors and silence leave a cycle without proposals and problems', async () => {
  const never: LanguageModel = { complete: () => new Promise(() => {}) };
  const broken: LanguageModel = { complete: () => Promise.reject(new Error('down')) };
  for (const [model, reason, more] of [
    [scripted('I would raise it.'), 'malformed', {}],
    [broken, 'failed', {}],
    [never, 'aborted', { cycleMs: 50 }],
  ] as const) {
    const { report, refusals } = await cycleWith(model, more);
    expect(refusals.map((refusal) => refusal.reason)).toEqual([reason]);
    expect(report).toMatchObject({ proposals: [], cut: reason === 'aborted' });
    expect(report.receipt).toBeDefined();
  }
});
