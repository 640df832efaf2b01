import { describe, expect, it } from 'vitest';
import { isCanarySubject } from '../../../src/runtime/canary.ts';
import { replayLog } from '../../../src/runtime/replay.ts';
import { compileShapes } from '../../../src/shapes/document.ts';
import type { Observation } from '../../../src/terms/observation.ts';
import { codeOf, entriesOf, secret } from '../../support/runtime.ts';
import { applyLevels, Reading, reading, rules, setHigh } from '../support.ts';
import { journalOf, openBoth, storyOf } from './support.ts';

const steps = [
  { percent: 10, observations: 5 },
  { percent: 50, observations: 20 },
];
const options = { canary: { steps }, bake: { observations: 10 } };
const levels = (count: number): number[] => Array.from({ length: count }, () => 55);
const change = setHigh(60);

describe('a canary', () => {
  it('decides for its share of the subjects, then for more, then for all', async () => {
    const { data, runtime, loop, close } = await openBoth(options);
    const parent = runtime.snapshot.hash;
    const report = await loop.propose({ change, reasoning: 'so' });
    expect(report).toMatchObject({ verdict: 'hold', reason: 'on a canary' });
    const { candidate } = loop.status().canary!;
    expect(runtime.snapshot.hash).toBe(parent);
    await applyLevels(runtime, levels(400));
    expect(loop.status().canary).toBeUndefined();
    // The candidate itself was promoted: the same parent, version and rules.
    expect(runtime.snapshot.hash).toBe(candidate);
    expect(loop.knowledge.outcomes()).toMatchObject([{ outcome: 'kept' }]);
    await close();
    const canaries = (await journalOf(data)).flatMap((one) =>
      one.event === 'canary' ? [one] : [],
    );
    expect(canaries.map(({ percent }) => percent)).toEqual([10, 50, 100]);
    let percent = 0;
    for (const { leaf } of await entriesOf(data)) {
      if (leaf.kind === 'config' && leaf.action === 'loop.canary')
        percent = canaries.shift()!.percent;
      if (leaf.kind !== 'apply') continue;
      if (percent === 0) expect(leaf.snapshot).toBe(parent);
      if (percent === 100) expect(leaf.snapshot).toBe(candidate);
      // 55 is high for the parent and not for the candidate.
      expect(leaf.outcome).toBe(leaf.snapshot === candidate ? 'idle' : 'acted');
    }
  });

  it('gives a subject the same rules each time, in decide and apply, and replays', async () => {
    const { data, runtime, loop, close } = await openBoth({
      canary: { steps: [{ percent: 50, observations: 10_000 }] },
    });
    await loop.propose({ change, reasoning: 'so' });
    const { candidate, percent } = loop.status().canary!;
    const observation = Reading as unknown as Observation;
    const split = { candidate: 0, others: 0 };
    for (let n = 0; n < 60; n++) {
      const input = reading(n, 55);
      const isChosen = isCanarySubject({ candidate, percent }, observation, {
        sensor: input.sensor,
      });
      split[isChosen ? 'candidate' : 'others']++;
      const expected = isChosen ? 'idle' : 'acted';
      expect(runtime.decide(Reading, input).outcome).toBe(expected);
      expect(await runtime.apply(Reading, input)).toMatchObject({ outcome: expected });
      expect(await runtime.apply(Reading, { ...input, size: 2 })).toMatchObject({
        outcome: expected,
      });
    }
    expect(Math.min(split.candidate, split.others)).toBeGreaterThan(10);
    await close();
    const replay = await replayLog({
      data,
      secret,
      observations: [Reading],
      rules,
      unguarded: 'allow',
    });
    expect(replay).toMatchObject({ ok: true, same: 120, different: 0, findings: [] });
  });

  it('that fails its criteria is taken back, and nobody meets it any more', async () => {
    const criteria = [{ outcome: 'idle' as const, maxIncrease: 5 }];
    const { data, runtime, loop, close } = await openBoth({ canary: { steps, criteria } });
    const before = runtime.snapshot;
    await loop.propose({ change, reasoning: 'so' });
    await applyLevels(runtime, levels(200));
    expect(loop.status().canary).toBeUndefined();
    expect(runtime.snapshot).toEqual(before);
    expect(loop.knowledge.outcomes()).toMatchObject([{ outcome: 'withdrawn' }]);
    expect(runtime.decide(Reading, reading(500, 55)).outcome).toBe('acted');
    await close();
    const story = await storyOf(data);
    expect(story).not.toContain('promote');
    expect(story.filter((event) => event !== 'apply')).toEqual([
      ...['deploy', 'loop.proposal', 'loop.canary', 'loop.canary', 'loop.outcome'],
    ]);
    const canaries = (await journalOf(data)).flatMap((one) =>
      one.event === 'canary' ? [one] : [],
    );
    expect(canaries[1]).toMatchObject({ percent: 0, reason: expect.stringMatching(/^idle: /) });
  });

  it('goes on after a restart, and ends with a rollback by hand', async () => {
    const first = await openBoth(options);
    const parent = first.runtime.snapshot.hash;
    await applyLevels(first.runtime, levels(3));
    await first.loop.propose({ change, reasoning: 'so' });
    const status = first.loop.status().canary!;
    await applyLevels(first.runtime, levels(4), 3);
    await first.close();
    const { runtime, loop } = await openBoth(options, { data: first.data });
    const { observations, ...tried } = loop.status().canary!;
    expect({ ...tried, observations: 0 }).toEqual(status);
    expect(observations).toBeLessThan(5);
    await applyLevels(runtime, levels(60), 7);
    expect(loop.status().canary).toMatchObject({ percent: 50 });
    // There is no snapshot of this deploy before the current one.
    expect(await codeOf(() => loop.rollback())).toBe('KNHK_LOOP_ROLLBACK');
    expect(runtime.snapshot.hash).toBe(parent);
  });

  it('begins once: of two changes at the same time the other sees why', async () => {
    const { runtime, loop } = await openBoth(options);
    await applyLevels(runtime, levels(3));
    const plans = [60, 65].map((value) => ({ change: setHigh(value), reasoning: 'so' }));
    const [first, second] = await Promise.all(plans.map((plan) => loop.propose(plan)));
    expect(first).toMatchObject({ verdict: 'hold', reason: 'on a canary' });
    expect(second).toMatchObject({ verdict: 'reject' });
    expect(second!.reason).toMatch(/^KNHK_LOOP_BUSY: /);
    expect(loop.status().canary).toMatchObject({ proposal: first!.hash, percent: 10 });
  });

  it('is not taken for changes of shapes, nor with steps that make no sense', async () => {
    const { loop } = await openBoth(options);
    const shapes = compileShapes(`
      @prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <https://example.com/test#> .
      ex:S a sh:NodeShape ; sh:targetClass ex:Reading ;
        sh:property [ sh:path ex:size ; sh:minInclusive 0 ] .`);
    const carried = { shapesText: shapes.text, reasoning: 'sizes' };
    const report = await loop.propose({
      change: { kind: 'shapes', shapes: shapes.hash },
      ...carried,
    });
    expect(report.verdict).toBe('promote');
    expect(loop.status().canary).toBeUndefined();
    for (const wrong of [
      [],
      [{ percent: 0, observations: 1 }],
      [{ percent: 100, observations: 1 }],
      [{ percent: 10, observations: 0 }],
      [...steps].reverse(),
    ]) {
      const canary = { steps: wrong };
      expect(await codeOf(() => openBoth({ canary }))).toBe('KNHK_LOOP_OPTION');
    }
  });
});
