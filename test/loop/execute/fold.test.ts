import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Detector, Planner } from '../../../src/loop/types.ts';
import { generator } from '../../support/numbers.ts';
import { entriesOf, temporary } from '../../support/runtime.ts';
import { applyLevels, setHigh } from '../support.ts';
import { type Desk, openBoth, pattern } from './support.ts';

const total = 420;

const levels = ((): number[] => {
  const random = generator(77);
  // Times of high and of low levels, so that some changes seem to make more observations idle.
  return Array.from({ length: total }, (_, n) => random(Math.floor(n / 50) % 2 === 0 ? 90 : 58));
})();

/** A detector with state of its own: how often a level was above 60. */
function counting(): Detector {
  let high = 0;
  return {
    name: 'counting',
    observe: ({ data }) => {
      if (Number(data['level']) > 60) high++;
    },
    detect: ({ cycle }) => [
      {
        ...pattern,
        detector: 'counting',
        evidence: { high },
        recommend: cycle % 3 === 0 ? 'alert' : 'propose',
      },
    ],
    save: () => ({ high }),
    restore: (state) => {
      high = (state as { high: number }).high;
    },
  };
}

/** Now stricter, now less: some of it does not keep to the criteria. */
const swinging: Planner = {
  name: 'swinging',
  plan: (_, { cycle, document }) => {
    const now = Number(document.parameters['high']!.value);
    return { change: setHigh(cycle % 2 === 0 ? now - 3 : now + 8), reasoning: 'to and fro' };
  },
};

const open = (data: string): Promise<Desk> =>
  openBoth(
    {
      detectors: [counting()],
      planners: [swinging],
      everyObservations: 20,
      bake: { observations: 30, criteria: [{ outcome: 'idle', maxIncrease: 3 }] },
      canary: {
        steps: [
          { percent: 20, observations: 4 },
          { percent: 60, observations: 12 },
        ],
        criteria: [{ outcome: 'acted', maxIncrease: 25 }],
      },
    },
    { data },
  );

const leavesOf = async (data: string): Promise<string[]> =>
  (await entriesOf(data)).map(({ leaf, hash }) =>
    leaf.kind === 'config' ? `${leaf.action} ${hash}` : `${leaf.kind} ${hash}`,
  );

function savedState(data: string): unknown {
  const newest = readdirSync(join(data, 'savepoint')).sort().at(-1)!;
  const { state } = JSON.parse(readFileSync(join(data, 'savepoint', newest), 'utf8'));
  return JSON.parse(state).more.loop;
}

const uninterrupted = (async () => {
  const data = join(temporary(), 'data');
  const desk = await open(data);
  await applyLevels(desk.runtime, levels);
  await desk.close();
  return { leaves: await leavesOf(data), state: savedState(data) };
})();

describe('trials', () => {
  it('keep, withdraw, step and promote in the run below', async () => {
    const { leaves } = await uninterrupted;
    const kinds = new Set(leaves.map((leaf) => leaf.split(' ')[0]));
    for (const kind of ['promote', 'rollback', 'loop.canary', 'loop.outcome', 'loop.alert']) {
      expect([...kinds]).toContain(kind);
    }
  });

  it.each([1, 2, 3, 4])('leave the same leaves wherever they are stopped (%i)', async (seed) => {
    const expected = await uninterrupted;
    const random = generator(seed);
    const data = join(temporary(), 'data');
    for (let done = 0; done < total; ) {
      const desk = await open(data);
      const end = Math.min(total, done + 1 + random(60));
      await applyLevels(desk.runtime, levels.slice(done, end), done);
      await desk.close();
      if (random(2) === 0) {
        for (const name of ['savepoint', 'index']) rmSync(join(data, name), { recursive: true });
      }
      done = end;
    }
    expect(await leavesOf(data)).toEqual(expected.leaves);
    rmSync(join(data, 'savepoint'), { recursive: true });
    await (await open(data)).close();
    expect(savedState(data)).toEqual(expected.state);
  });
});
