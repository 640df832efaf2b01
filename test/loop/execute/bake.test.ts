import { describe, expect, it } from 'vitest';
import type { Criterion } from '../../../src/loop/execute/criteria.ts';
import type { Change } from '../../../src/rules/changes.ts';
import { codeOf } from '../../support/runtime.ts';
import { applyLevels, setHigh } from '../support.ts';
import { finding, journalOf, openBoth, raiseHigh, storyOf } from './support.ts';

const many = (count: number, level: number): number[] => Array.from({ length: count }, () => level);

/** A template whose action does not fit its declaration: it fails once it fires. */
const bad: Change = {
  kind: 'add-hook',
  hook: {
    name: 'bad',
    priority: 0,
    on: 'reading.taken',
    when: [{ op: 'eq', left: { field: 'level' }, right: { value: 33 } }],
    code: 'act',
    act: [{ type: 'valve.open', target: { field: 'sensor' }, data: {} }],
    protected: false,
  },
};

describe('a promoted change', () => {
  it('is kept once it has decided about enough observations within its criteria', async () => {
    const { data, runtime, loop, close } = await openBoth({ bake: { observations: 20 } });
    await applyLevels(runtime, many(10, 10));
    const { hash } = await loop.propose({ change: setHigh(60), reasoning: 'so' });
    expect(loop.status().baking).toMatchObject({ proposal: hash, observations: 0 });
    await applyLevels(runtime, many(19, 10), 10);
    expect(loop.status().baking).toMatchObject({ observations: 19 });
    await applyLevels(runtime, many(3, 10), 29);
    expect(loop.status().baking).toBeUndefined();
    expect(loop.knowledge.outcomes()).toMatchObject([{ proposal: hash, outcome: 'kept' }]);
    expect(runtime.parameters['high']).toBe(60);
    await close();
    const story = await storyOf(data);
    // Right behind the twentieth observation, whatever comes in the same batch.
    expect(story.slice(11, 14)).toEqual(['loop.proposal', 'promote', 'apply']);
    expect(story.indexOf('loop.outcome')).toBe(13 + 20);
    expect(story.slice(34)).toEqual(['apply', 'apply']);
  });

  it('is rolled back by itself when it breaks one, between two observations', async () => {
    const { data, runtime, loop, close } = await openBoth({ bake: { observations: 1_000 } });
    const before = runtime.snapshot.rules;
    await applyLevels(runtime, many(50, 10));
    const { verdict, hash } = await loop.propose({ change: bad, reasoning: 'injected' });
    expect(verdict).toBe('promote');
    await applyLevels(runtime, [...many(60, 10), ...many(200, 33)], 50);
    expect(runtime.snapshot).toMatchObject({ rules: before, version: 3 });
    expect(loop.knowledge.outcomes()).toMatchObject([{ proposal: hash, outcome: 'withdrawn' }]);
    const [outcome] = loop.knowledge.outcomes();
    expect(outcome!.reason).toMatch(/^failed: /);
    expect(outcome!.measured['failedPercent']).toBeGreaterThan(1);
    await close();
    const story = await storyOf(data);
    const at = story.indexOf('rollback');
    expect(story[at - 1]).toBe('loop.outcome');
    // What came behind it is decided by the old rules again.
    expect(story.slice(at + 1)).toHaveLength(260 + 50 - (at - 4));
    const journal = await journalOf(data);
    expect(journal.map(({ event }) => event)).toEqual(['proposal', 'outcome']);
  });

  it('bears with chance until there is enough of it, and with nothing at the end', async () => {
    const criteria: Criterion[] = [{ outcome: 'failed', maxPercent: 10 }];
    const few = [33, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10];
    const kept = await openBoth({ bake: { observations: 12, criteria } });
    await kept.loop.propose({ change: bad, reasoning: 'injected' });
    await applyLevels(kept.runtime, few);
    expect(kept.loop.knowledge.outcomes()[0]!.outcome).toBe('kept');
    const withdrawn = await openBoth({ bake: { observations: 9, criteria } });
    await withdrawn.loop.propose({ change: bad, reasoning: 'injected' });
    await applyLevels(withdrawn.runtime, few);
    expect(withdrawn.loop.knowledge.outcomes()[0]!.outcome).toBe('withdrawn');
  });

  it('waits for its time in the log too', async () => {
    // Readings are a minute apart.
    const { runtime, loop } = await openBoth({ bake: { observations: 3, ms: 600_000 } });
    await applyLevels(runtime, many(1, 10));
    await loop.propose({ change: setHigh(60), reasoning: 'so' });
    await applyLevels(runtime, many(8, 10), 1);
    expect(loop.status().baking).toMatchObject({ observations: 8 });
    await applyLevels(runtime, many(6, 10), 9);
    expect(loop.status().baking).toBeUndefined();
  });

  it('keeps every other change waiting while it is tried, and may be undone by hand', async () => {
    const options = { detectors: [finding('propose')], planners: [raiseHigh] };
    const { runtime, loop } = await openBoth({ ...options, bake: { observations: 50 } });
    await applyLevels(runtime, [10]);
    expect((await loop.cycle()).proposals).toMatchObject([{ verdict: 'promote' }]);
    await applyLevels(runtime, [10], 1);
    const busy = await loop.cycle();
    expect(busy.proposals).toEqual([]);
    expect(busy.suppressed).toMatchObject([{ planner: 'raise-high' }]);
    expect(busy.suppressed[0]!.reason).toContain('is being tried');
    const host = await loop.propose({ change: setHigh(60), reasoning: 'now' });
    expect(host).toMatchObject({ verdict: 'reject' });
    expect(host.reason).toMatch(/^KNHK_LOOP_BUSY: /);
    await loop.rollback();
    expect(runtime.parameters['high']).toBe(50);
    expect(loop.status().baking).toBeUndefined();
    expect(loop.knowledge.outcomes()).toMatchObject([{ outcome: 'undone' }]);
    // What was undone is not proposed again while nothing is new.
    await applyLevels(runtime, [10], 2);
    const again = await loop.cycle();
    expect(again.suppressed[0]!.reason).toMatch(/^undone in cycle 1/);
    expect(again.proposals).toEqual([]);
  });

  it('is refused with options that make no sense', async () => {
    for (const bake of [
      { observations: 0 },
      { observations: 1, ms: -1 },
      { observations: 1, criteria: [{ outcome: 'failed' as const }] },
      { observations: 1, criteria: [{ outcome: 'failed' as const, maxPercent: 101 }] },
    ]) {
      expect(await codeOf(() => openBoth({ bake }))).toBe('KNHK_LOOP_OPTION');
    }
  });
});
