import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Knowledge } from '../../src/loop/knowledge/knowledge.ts';
import type { Loop } from '../../src/loop/loop.ts';
import { openLoop } from '../../src/loop/open.ts';
import type { LoopOptions } from '../../src/loop/options.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { finding, raiseHigh } from '../loop/execute/support.ts';
import { applyLevels, fine } from '../loop/support.ts';
import { temporary } from '../support/runtime.ts';
import { openDeskBeside } from './loop-support.ts';
import { jsonLines, knhk } from './support.ts';

type Document = Readonly<Record<string, unknown>>;

async function json(...words: string[]): Promise<readonly Document[]> {
  const { code, out, err } = await knhk([...words, '--json']);
  expect([code, err]).toEqual([0, '']);
  return jsonLines(out);
}

/** Runs a loop that proposes one more in every cycle, then closes everything. */
async function withLoop(
  data: string,
  options: Partial<LoopOptions>,
  work: (loop: Loop, runtime: Runtime) => Promise<void>,
): Promise<void> {
  const runtime = await openDeskBeside(data);
  const given = { detectors: [finding('propose')], planners: [raiseHigh], measure: () => fine };
  const loop = await openLoop({ runtime, autonomy: 'promote', ...given, ...options });
  try {
    await work(loop, runtime);
  } finally {
    await loop.close();
    await runtime.close();
  }
}

test('what a loop did is told by its log alone', async () => {
  const data = join(temporary(), 'data');
  await withLoop(data, {}, async (loop, runtime) => {
    await applyLevels(runtime, [10, 55]);
    expect((await loop.cycle()).proposals).toMatchObject([{ verdict: 'promote' }]);
    await loop.rollback();
    await applyLevels(runtime, [10], 2);
    // Nothing is new since a person took it back.
    expect(await loop.cycle()).toMatchObject({ proposals: [], suppressed: [{}] });
    await loop.importKnowledge(new Knowledge('example.com/other').exportKnowledge());
  });
  const lines = await json('loop', 'history', '--data', data);
  expect(lines.map(({ event, verdict }) => `${event} ${verdict}`)).toEqual([
    ...['rules deploy', 'cycle done', 'proposal promote', 'rules promote'],
    ...['outcome undone', 'rules rollback', 'cycle done', 'import taken in'],
  ]);
  expect((await json('loop', 'status', '--data', data))[0]).toMatchObject({
    ...{ ok: true, cycles: 2, promoted: [], problems: [], findings: [] },
    planners: [{ planner: 'raise-high', kept: 0, concluded: 1 }],
  });
  expect((await json('loop', 'explain', '1', '--data', data))[0]).toMatchObject({
    proposals: [
      {
        ...{ planner: 'raise-high', change: 'parameter high: 50 -> 51', reasoning: 'one more' },
        shadow: { evaluated: 2, differing: 0 },
        promoted: { kind: 'promote' },
        later: [{ entry: { outcome: 'undone' } }],
      },
    ],
  });
  const { out } = await knhk(['loop', 'explain', '2', '--data', data]);
  expect(out).toMatch(/^not considered\n {2}parameter high: 51: .*undone in cycle 1/m);
});

test('a rollback of the closed log ends what the loop was trying', async () => {
  const data = join(temporary(), 'data');
  const bake: Partial<LoopOptions> = { bake: { observations: 1_000 } };
  let before = '';
  await withLoop(data, bake, async (loop, runtime) => {
    before = runtime.snapshot.hash;
    await applyLevels(runtime, [10]);
    expect((await loop.cycle()).proposals).toMatchObject([{ verdict: 'promote' }]);
    expect(loop.status().baking).toBeDefined();
  });
  expect((await json('loop', 'status', '--data', data))[0]).toMatchObject({ promoted: [{}] });
  expect(await json('snapshots', 'rollback', before, '--data', data)).toMatchObject([
    { undone: 1 },
  ]);
  await withLoop(data, bake, async (loop, runtime) => {
    expect(loop.status().baking).toBeUndefined();
    expect(runtime.parameters['high']).toBe(50);
    expect(loop.knowledge.outcomes()).toMatchObject([{ outcome: 'undone' }]);
    await applyLevels(runtime, [10], 1);
    expect(await loop.cycle()).toMatchObject({ proposals: [], problems: [], suppressed: [{}] });
  });
  const status = (await json('loop', 'status', '--data', data))[0];
  expect(status).toMatchObject({ ok: true, cycles: 2, promoted: [], findings: [] });
});
