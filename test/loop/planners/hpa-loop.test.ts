import { expect, it } from 'vitest';
import { LoopAction, loopActions } from '../../../src/loop/actions.ts';
import { type HpaPlannerOptions, hpaPlanner } from '../../../src/loop/planners/hpa-planner.ts';
import type { Detector, PlannedAction } from '../../../src/loop/types.ts';
import { defineAction, defineGuard, defineParameter } from '../../../src/rules/index.ts';
import type { Outcome } from '../../../src/runtime/outcome.ts';
import { gt, integer } from '../../../src/terms/index.ts';
import { openBoth, storyOf } from '../execute/support.ts';
import { applyLevels, Reading, rules } from '../support.ts';

/** The load is the mean level of the cycle's readings, the number of replicas that of a member. */
const loadDetector = (
  recommend: 'propose' | 'enforce',
  replicas: () => { replicas?: number },
): Detector => ({
  name: 'load',
  detect: (view) => {
    const { mean } = view.field(Reading.type, 'level')!.numbersNow!;
    const found = { detector: 'load', kind: 'load', subject: 'web', confidence: 1, seqs: [] };
    return [{ ...found, recommend, evidence: { ...replicas(), load: mean } }];
  },
});
const Scale = defineAction('scale', { fields: { replicas: integer() } });
const options: HpaPlannerOptions = {
  minReplicas: 1,
  maxReplicas: 50,
  metrics: [{ name: 'load', target: 10 }],
};

it('scales by actions that guards let leave, each with a receipt; the host is told', async () => {
  let replicas = 2;
  const told: [PlannedAction, Outcome][] = [];
  const quota = defineGuard({ name: 'quota', on: 'scale', deny: [gt('replicas', 12)] });
  const { data, runtime, loop, close } = await openBoth(
    {
      detectors: [loadDetector('enforce', () => ({ replicas }))],
      planners: [hpaPlanner(options)],
      onAction: (planned, outcome) => {
        told.push([planned, outcome]);
        for (const { data } of 'actions' in outcome ? outcome.actions : []) {
          replicas = Number(data['replicas']);
        }
      },
    },
    {
      observations: [Reading, LoopAction],
      rules: [...rules, loopActions, Scale, quota],
    },
  );
  const seen: number[] = [];
  for (let cycle = 0; cycle < 4; cycle++) {
    await applyLevels(runtime, [40], cycle);
    await loop.cycle();
    await runtime.flush();
    seen.push(replicas);
  }
  await close();
  // 2 at four times the target: at most 4 more, then twice as many, which is more than the quota.
  expect(seen).toEqual([6, 12, 12, 12]);
  expect(told.map(([, { outcome }]) => outcome)).toEqual(['acted', 'acted', 'denied', 'denied']);
  expect(told[2]).toMatchObject([
    { action: { type: 'scale', target: 'web', data: { replicas: 24 } } },
    { verdicts: [{ guard: 'quota', verdict: 'deny' }], actions: [], receipt: { seq: 9 } },
  ]);
  const turn = ['apply', 'loop.cycle', 'apply'];
  expect(await storyOf(data)).toEqual(['deploy', ...turn, ...turn, ...turn, ...turn]);
});

it('a host that throws when it is told is a problem of the next cycle', async () => {
  const { runtime, loop } = await openBoth(
    {
      detectors: [loadDetector('enforce', () => ({ replicas: 2 }))],
      planners: [hpaPlanner(options)],
      onAction: () => {
        throw new Error('no cluster');
      },
    },
    { observations: [Reading, LoopAction], rules: [...rules, loopActions] },
  );
  await applyLevels(runtime, [40]);
  expect((await loop.cycle()).problems).toEqual([]);
  await runtime.flush();
  await applyLevels(runtime, [40], 1);
  expect((await loop.cycle()).problems).toMatchObject([
    { phase: 'execute', message: 'no cluster' },
  ]);
});

it('scales by a parameter, which seven stages judge', async () => {
  const replicas = { name: 'replicas', kind: 'integer', value: 2, min: 1, max: 12 } as const;
  const { runtime, loop } = await openBoth(
    {
      detectors: [loadDetector('propose', () => ({}))],
      planners: [hpaPlanner({ ...options, output: { parameter: 'replicas' } })],
      bake: false,
    },
    { rules: [...rules, defineParameter(replicas)] },
  );
  const verdicts: unknown[] = [];
  for (let cycle = 0; cycle < 3; cycle++) {
    await applyLevels(runtime, [40], cycle);
    const { proposals, suppressed } = await loop.cycle();
    verdicts.push(proposals.map(({ verdict, proposal }) => [verdict, proposal.change]));
    if (cycle < 2) expect(suppressed).toEqual([]);
  }
  const to = (value: number) => ({ kind: 'parameter', name: 'replicas', value });
  // 24 is more than the parameter may be: stage 1.
  expect(verdicts).toEqual([[['promote', to(6)]], [['promote', to(12)]], [['reject', to(24)]]]);
});
