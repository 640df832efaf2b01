import { describe, expect, it } from 'vitest';
import { openLoop } from '../../src/loop/open.ts';
import type { LoopOptions } from '../../src/loop/options.ts';
import type { CycleReport, Planner } from '../../src/loop/types.ts';
import { controlOf } from '../../src/runtime/control.ts';
import type { RuntimeOptions } from '../../src/runtime/open.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { compileShapes } from '../../src/shapes/document.ts';
import { codeOf, entriesOf } from '../support/runtime.ts';
import { type Desk, finding, openBoth, pattern, raiseHigh } from './execute/support.ts';
import { applyLevels, fine, Reading, reading, setHigh } from './support.ts';

/** Finds something in every cycle. */
const always = finding('propose');

/** Promotes in every cycle, and tries nothing. */
const eager = { detectors: [always], planners: [raiseHigh], bake: false } as const;

const open = (
  options: Partial<LoopOptions> = {},
  desk: Partial<RuntimeOptions> = {},
): Promise<Desk> => openBoth({ ...eager, ...options }, desk);

const fails = (): never => {
  throw new Error('out of order');
};

describe('a cycle', () => {
  it('monitors, finds, plans, validates and promotes', async () => {
    const { runtime, loop } = await open();
    await applyLevels(runtime, [10, 60, 70]);
    const report = await loop.cycle();
    expect(report).toMatchObject({ cycle: 1, observed: 3, skipped: false, patterns: [pattern] });
    expect(report.proposals).toHaveLength(1);
    expect(report.proposals[0]).toMatchObject({
      verdict: 'promote',
      // Behind the leaves of the cycle and of the proposal.
      receipt: { seq: 6 },
      proposal: { planner: 'raise-high', pattern, inverse: setHigh(50) },
    });
    expect(runtime.parameters['high']).toBe(51);
  });

  it('without new observations is skipped and adds no leaf', async () => {
    const told: CycleReport[] = [];
    const { runtime, loop } = await open({ onCycle: (report) => told.push(report) });
    expect(await loop.cycle()).toMatchObject({ skipped: true, cycle: 1 });
    await applyLevels(runtime, [10]);
    expect((await loop.cycle()).skipped).toBe(false);
    const { size } = runtime.health();
    expect(await loop.cycle()).toMatchObject({ skipped: true, cycle: 2, proposals: [] });
    expect(runtime.health().size).toBe(size);
    expect(told).toHaveLength(1);
  });

  it.each([
    ['observe', [], 50, 3],
    ['propose', ['hold'], 50, 4],
    ['promote', ['promote'], 51, 5],
  ] as const)('with autonomy %s goes as far as that', async (autonomy, verdicts, high, size) => {
    const { runtime, loop } = await open({ autonomy });
    await applyLevels(runtime, [10]);
    const { patterns, proposals } = await loop.cycle();
    expect(patterns).toEqual([pattern]);
    expect(proposals.map(({ verdict }) => verdict)).toEqual(verdicts);
    expect(runtime.parameters['high']).toBe(high);
    expect(runtime.health().size).toBe(size);
  });

  it('promotes at most one of two proposals: the other is not even considered', async () => {
    const { runtime, loop } = await open({ detectors: [always, { ...always, name: 'too' }] });
    await applyLevels(runtime, [10]);
    const { proposals, suppressed } = await loop.cycle();
    expect(proposals.map(({ verdict }) => verdict)).toEqual(['promote']);
    expect(suppressed).toMatchObject([
      { planner: 'raise-high', reason: 'another change of this cycle was first' },
    ]);
    expect(runtime.snapshot.version).toBe(2);
  });

  it('takes one turn at a time, and none after closing', async () => {
    const { runtime, loop } = await open();
    await applyLevels(runtime, [10]);
    const first = loop.cycle();
    expect(await codeOf(() => loop.cycle())).toBe('KNHK_LOOP_BUSY');
    expect((await first).skipped).toBe(false);
    await loop.close();
    expect(await codeOf(() => loop.cycle())).toBe('KNHK_LOOP_CLOSED');
    const plan = { change: setHigh(60), reasoning: 'late' };
    expect(await codeOf(() => loop.propose(plan))).toBe('KNHK_LOOP_CLOSED');
  });

  it.each([
    ['detector', { detectors: [{ name: 'broken', detect: fails }, always] }],
    ['planner', { planners: [{ name: 'broken', plan: fails }, raiseHigh] }],
    ['planner later', { planners: [{ name: 'broken', plan: async () => fails() }, raiseHigh] }],
    ['measurement', { measure: fails }],
  ] as const)('with a failing %s promotes nothing, and the next one can', async (_, broken) => {
    const { runtime, loop } = await open(broken);
    await applyLevels(runtime, [10]);
    const report = await loop.cycle();
    expect(report.problems).toMatchObject([{ message: 'out of order' }]);
    expect(report.proposals.map(({ verdict }) => verdict)).not.toContain('promote');
    expect(runtime.snapshot.version).toBe(1);
    expect(runtime.health().reasons).toMatchObject([{ code: 'cycle-failed' }]);
    await loop.close();
    const again = await openLoop({
      ...{ runtime, ...eager, autonomy: 'promote', measure: () => fine },
    });
    await applyLevels(runtime, [10], 5);
    expect((await again.cycle()).proposals[0]!.verdict).toBe('promote');
    await again.close();
  });

  it('refuses options that make no sense', async () => {
    const { runtime } = await open();
    const given = { detectors: [], planners: [], autonomy: 'observe' } as const;
    for (const everyObservations of [0, -1, 1.5, Number.NaN]) {
      const work = () => openLoop({ runtime, ...given, everyObservations });
      expect(await codeOf(work)).toBe('KNHK_LOOP_OPTION');
    }
    for (const name of ['', 'n'.repeat(129)]) {
      const detectors = [{ ...always, name }];
      expect(await codeOf(() => openLoop({ runtime, ...given, detectors }))).toBe(
        'KNHK_LOOP_OPTION',
      );
    }
    const foreign = {} as Runtime;
    expect(await codeOf(() => openLoop({ runtime: foreign, ...given }))).toBe('KNHK_LOOP_OPTION');
  });
});

describe('a cycle after every n-th observation', () => {
  it('falls on the same observation, and everything after it is decided anew', async () => {
    const { data, runtime, close } = await open({ everyObservations: 4 });
    await applyLevels(
      runtime,
      Array.from({ length: 10 }, () => 51),
    );
    await close();
    const leaves = (await entriesOf(data)).map(({ leaf }) => leaf);
    expect(leaves.map(({ kind }) => kind[0]).join('')).toBe('daaaaccpaaaaccpaa');
    // 51 is high until the first promotion puts the parameter to 51, and 52 after the second.
    const outcomes = leaves.flatMap((leaf) => (leaf.kind === 'apply' ? [leaf.outcome] : []));
    expect(outcomes.slice(0, 8)).toEqual(Array.from({ length: 8 }, () => 'acted'));
    expect(outcomes.slice(8)).toEqual(['idle', 'idle']);
  });

  it.each([
    ['detector', { detectors: [{ name: 'broken', detect: fails }] }],
    ['planner', { planners: [{ name: 'broken', plan: fails }] }],
    ['measurement', { measure: fails }],
  ] as const)('with a failing %s shows in health; sequencing goes on', async (_, broken) => {
    const { runtime } = await open({ everyObservations: 3, ...broken });
    await applyLevels(runtime, [10, 20, 30, 40, 60, 70, 80, 90]);
    const { applied, version, reasons } = runtime.health();
    expect([applied, version]).toEqual([8, 1]);
    expect(reasons).toMatchObject([
      { code: 'cycle-failed', message: expect.stringContaining('out of order') },
    ]);
  });
});

describe('a promotion', () => {
  it('is refused where the parent is no longer current', async () => {
    const { runtime, loop } = await open();
    const parent = runtime.snapshot.hash;
    const plan = (value: number) => ({ parent, change: setHigh(value), reasoning: 'at once' });
    const [first, second] = await Promise.all([loop.propose(plan(60)), loop.propose(plan(65))]);
    expect([first.verdict, second.verdict]).toEqual(['promote', 'reject']);
    expect(second.reason).toContain(parent);
    expect(runtime.parameters['high']).toBe(60);
    // The runtime compares and swaps by itself too: nothing gets around it with passed stages.
    const control = controlOf(runtime)!;
    const { document } = control.snapshot();
    const stages = first.stages.map(() => 'pass' as const);
    const stale = { kind: 'promote', parent, document, proposal: first.hash, stages } as const;
    expect(await codeOf(() => control.promote(stale))).toBe('KNHK_RUNTIME_STALE');
    expect(runtime.snapshot.version).toBe(2);
  });

  it('is refused while the runtime is frozen', async () => {
    const { runtime, loop } = await open();
    await applyLevels(runtime, [10]);
    runtime.freeze('audit');
    const plan = { change: setHigh(60), reasoning: 'now' };
    const frozen = await loop.propose(plan);
    expect(frozen).toMatchObject({ verdict: 'reject' });
    expect(frozen.reason).toContain('KNHK_RUNTIME_FROZEN');
    expect(await codeOf(() => loop.cycle())).toBe('KNHK_RUNTIME_FROZEN');
    expect(await codeOf(() => loop.rollback())).toBe('KNHK_LOOP_ROLLBACK');
    runtime.unfreeze();
    expect((await loop.propose(plan)).verdict).toBe('promote');
    runtime.freeze();
    expect(await codeOf(() => loop.rollback())).toBe('KNHK_RUNTIME_FROZEN');
  });

  it('of shapes has observations that wait validated again, in their places', async () => {
    const shapes = (least: number) =>
      compileShapes(`
        @prefix sh: <http://www.w3.org/ns/shacl#> .
        @prefix ex: <https://example.com/test#> .
        ex:ReadingShape a sh:NodeShape ; sh:targetClass ex:Reading ;
          sh:property [ sh:path ex:level ; sh:minInclusive ${least} ] .
      `);
    const next = shapes(40);
    const stricter: Planner = {
      name: 'stricter',
      plan: (_, { document }) => {
        if (document.shapes === next.hash) return undefined;
        const change = { kind: 'shapes', shapes: next.hash } as const;
        return { change, shapesText: next.text, reasoning: 'stricter' };
      },
    };
    // All are validated against the old shapes as one batch; the cycle comes after the second.
    const { data, runtime, close } = await open(
      { everyObservations: 2, planners: [stricter] },
      { shapes: shapes(0).text },
    );
    const levels = [30, 30, 30, 50, 30, 60, 45];
    const outcomes = await Promise.all(
      levels.map((level, n) => runtime.apply(Reading, reading(n, level))),
    );
    expect(outcomes.map(({ outcome }) => outcome)).toEqual([
      ...['idle', 'idle', 'invalid', 'acted', 'invalid', 'acted', 'idle'],
    ]);
    const seqs = outcomes.map((outcome) => 'receipt' in outcome && outcome.receipt.seq);
    expect(seqs).toEqual([1, 2, 6, 7, 9, 10, 12]);
    await close();
    const leaves = (await entriesOf(data)).map(({ leaf }) => leaf);
    const naming = leaves.flatMap((leaf) => ('snapshot' in leaf ? [leaf] : []));
    const names = naming.map(({ snapshot }) => snapshot);
    expect(new Set(names.slice(0, 3)).size).toBe(1);
    expect(new Set(names.slice(3)).size).toBe(1);
    expect(naming[3]).toMatchObject({ kind: 'promote', parent: names[0] });
  });
});
