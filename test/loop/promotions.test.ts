import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Loop } from '../../src/loop/loop.ts';
import { openLoop } from '../../src/loop/open.ts';
import type { ProposalReport } from '../../src/loop/types.ts';
import type { Change } from '../../src/rules/changes.ts';
import { controlOf } from '../../src/runtime/control.ts';
import type { RuntimeOptions } from '../../src/runtime/open.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { compileShapes } from '../../src/shapes/document.ts';
import { entriesOf, temporary } from '../support/runtime.ts';
import { fine, openDesk, Reading, reading, setHigh } from './support.ts';

interface Desk {
  readonly data: string;
  readonly runtime: Runtime;
  readonly loop: Loop;
}

let desk: Desk | undefined;
afterEach(async () => {
  await desk?.loop.close();
  await desk?.runtime.close();
  desk = undefined;
});

async function openAll(options: Partial<RuntimeOptions> = {}): Promise<Desk> {
  const data = join(temporary(), 'data');
  const runtime = await openDesk({ data, ...options });
  const measure = () => fine;
  const loop = await openLoop({
    runtime,
    detectors: [],
    planners: [],
    autonomy: 'promote',
    bake: false,
    measure,
  });
  desk = { data, runtime, loop };
  return desk;
}

const shapesOf = (least: number) =>
  compileShapes(`
    @prefix sh: <http://www.w3.org/ns/shacl#> .
    @prefix ex: <https://example.com/test#> .
    ex:ReadingShape a sh:NodeShape ; sh:targetClass ex:Reading ;
      sh:property [ sh:path ex:size ; sh:minInclusive ${least} ] .
  `);

const alarm: Extract<Change, { kind: 'add-hook' }> = {
  kind: 'add-hook',
  hook: {
    name: 'alarm',
    priority: -1,
    on: 'reading.taken',
    when: [{ op: 'gte', left: { field: 'level' }, right: { value: 30 } }],
    code: 'act',
    act: [{ type: 'bell.ring', target: { field: 'sensor' }, data: {} }],
    protected: false,
  },
};

/** Each kind of change with what a reading of level 60 and size 100 gives before and after. */
const changes: readonly {
  readonly change: Change;
  readonly shapesText?: string;
  readonly fired: readonly string[];
  readonly outcome?: string;
}[] = [
  { change: setHigh(61), fired: ['note-size'] },
  { change: { kind: 'switch', name: 'raise', enabled: false }, fired: ['note-size'] },
  {
    change: {
      kind: 'conditions',
      hook: 'note-size',
      when: [{ op: 'gt', left: { field: 'size' }, right: { param: 'high' } }],
    },
    fired: ['raise', 'note-size'],
  },
  {
    change: {
      kind: 'conditions',
      hook: 'raise',
      when: [{ op: 'lt', left: { field: 'level' }, right: { param: 'high' } }],
    },
    fired: ['note-size'],
  },
  { change: alarm, fired: ['alarm', 'raise', 'note-size'] },
  { change: { kind: 'remove-hook', hook: 'note-size' }, fired: ['raise'] },
  {
    change: { kind: 'shapes', shapes: shapesOf(101).hash },
    shapesText: shapesOf(101).text,
    fired: [],
    outcome: 'invalid',
  },
];

async function propose(
  loop: Loop,
  change: Change,
  shapesText: string | undefined,
): Promise<ProposalReport> {
  const carried = shapesText === undefined ? {} : { shapesText };
  return loop.propose({ change, ...carried, reasoning: 'to see what it does' });
}

describe('a promoted change', () => {
  it.each(changes)('of kind $change.kind takes effect and can be taken back', async (item) => {
    const { change, shapesText, fired, outcome = 'acted' } = item;
    const { data, runtime, loop } = await openAll();
    const before = runtime.snapshot;
    const parentDocument = controlOf(runtime)!.snapshot().document;
    const first = await runtime.apply(Reading, reading(0, 60, 100));
    expect(first).toMatchObject({ outcome: 'acted', fired: ['raise', 'note-size'] });

    const promoted = await propose(loop, change, shapesText);
    expect(promoted).toMatchObject({ verdict: 'promote', receipt: { seq: 3 } });
    expect(promoted.proposal.parent).toBe(before.hash);
    const { hash, version } = runtime.snapshot;
    expect(promoted.receipt!.snapshot).toBe(hash);
    expect(version).toBe(before.version + 1);

    if (outcome === 'acted') {
      expect(runtime.decide(Reading, reading(1, 60, 100))).toMatchObject({ outcome, fired });
      expect(await runtime.apply(Reading, reading(1, 60, 100))).toMatchObject({ outcome, fired });
    } else {
      expect(runtime.decide(Reading, reading(1, 60, 100))).toMatchObject({
        ...{ outcome, sigma: 'violates' },
      });
      expect(await runtime.apply(Reading, reading(1, 60, 100))).toMatchObject({ outcome });
    }

    const inverse = await propose(loop, promoted.proposal.inverse, undefined);
    expect(inverse.verdict).toBe('promote');
    expect(runtime.snapshot.rules).toBe(before.rules);
    expect(controlOf(runtime)!.snapshot().document).toEqual(parentDocument);
    expect(runtime.snapshot.version).toBe(before.version + 2);
    const last = await runtime.apply(Reading, reading(2, 60, 100));
    expect(last).toMatchObject({ outcome: 'acted', fired: ['raise', 'note-size'] });

    const names = [before.hash, before.hash, hash, hash, runtime.snapshot.hash];
    const { hash: now } = runtime.snapshot;
    await loop.close();
    await runtime.close();
    const leaves = (await entriesOf(data)).map(({ leaf }) => leaf);
    expect(leaves.map(({ kind }) => kind)).toEqual([
      ...['deploy', 'apply', 'config', 'promote', 'apply', 'config', 'promote', 'apply'],
    ]);
    // Every leaf after a promotion's seq names the new snapshot, the promotion's leaf included.
    const naming = leaves.flatMap((leaf) => ('snapshot' in leaf ? [leaf.snapshot] : []));
    expect(naming).toEqual([...names, now]);
    expect(leaves[3]).toMatchObject({
      parent: before.hash,
      proposal: promoted.hash,
      stages: Array.from({ length: 7 }, () => 'pass'),
    });
  });

  it('is stored as the blob that its receipt names', async () => {
    const { runtime, loop } = await openAll();
    const { hash, proposal } = await loop.propose({ change: setHigh(60), reasoning: 'why not' });
    const blob = controlOf(runtime)!.log.getBlob(hash);
    expect(blob?.kind).toBe('proposal');
    expect(JSON.parse(blob!.text)).toEqual(proposal);
  });

  it('that puts new shapes in place of others is taken back with the old text', async () => {
    const old = shapesOf(1);
    const next = shapesOf(101);
    const { runtime, loop } = await openAll({ shapes: old.text });
    const promoted = await propose(loop, { kind: 'shapes', shapes: next.hash }, next.text);
    expect(promoted.verdict).toBe('promote');
    expect(await runtime.apply(Reading, reading(0, 60, 100))).toMatchObject({ outcome: 'invalid' });
    // The inverse names the shapes; whoever proposes it brings their text.
    expect((await propose(loop, promoted.proposal.inverse, undefined)).verdict).toBe('reject');
    expect((await propose(loop, promoted.proposal.inverse, old.text)).verdict).toBe('promote');
    expect(await runtime.apply(Reading, reading(1, 60, 100))).toMatchObject({ outcome: 'acted' });
  });

  it('is refused with a stable code where a stage refuses, and a leaf says so', async () => {
    const { runtime, loop } = await openAll();
    const { size } = runtime.health();
    const report = await loop.propose({ change: setHigh(71), reasoning: 'too far' });
    expect(report).toMatchObject({ verdict: 'reject' });
    expect(report.stages[2]).toMatchObject({ name: 'doctrine', code: 'KNHK_LOOP_DOCTRINE' });
    expect(report.receipt).toBeUndefined();
    expect(runtime.health().size).toBe(size + 1);
    expect(runtime.parameters['high']).toBe(50);
  });

  it('needs measurements within the limits, given or measured', async () => {
    const { loop } = await openAll();
    const measurements = { ...fine, errorPercent: 2 };
    const plan = { change: setHigh(60), reasoning: 'now' };
    expect((await loop.propose(plan, { measurements })).verdict).toBe('reject');
    expect((await loop.propose(plan)).verdict).toBe('promote');
  });

  it.each([
    ['a name that no rule may have', { name: 'Alarm!' }],
    ['the name of a guard', { name: 'small-notes' }],
    ['a priority between two', { priority: 0.5 }],
    ['a priority that is no number', { priority: 'first' }],
    ['no template', { act: [] }],
    ['too many templates', { act: Array.from({ length: 17 }, () => alarm.hook.act![0]) }],
    ['protection', { protected: true }],
    ['an unknown observation', { on: 'reading.lost' }],
  ])('is refused by stage 1 where an added hook has %s', async (_what, wrong) => {
    const { loop } = await openAll();
    const change = { ...alarm, hook: { ...alarm.hook, ...wrong } } as Change;
    const { verdict, stages } = await loop.propose({ change, reasoning: 'a hook like this' });
    expect(verdict).toBe('reject');
    expect(stages[0]).toMatchObject({ name: 'static', verdict: 'refuse' });
  });
});
