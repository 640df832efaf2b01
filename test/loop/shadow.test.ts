import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { recentlyRecorded } from '../../src/loop/recorded.ts';
import { type ShadowOptions, shadow, shadowOver } from '../../src/loop/shadow.ts';
import type { ShadowExample, ShadowReport } from '../../src/loop/shadow-types.ts';
import { applyChange, type Change } from '../../src/rules/changes.ts';
import { defineBudget, defineGuard, defineHook } from '../../src/rules/index.ts';
import { linkSnapshot, type Snapshot } from '../../src/rules/snapshot.ts';
import { type Control, controlOf } from '../../src/runtime/control.ts';
import type { RuntimeOptions } from '../../src/runtime/open.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { compileShapes } from '../../src/shapes/document.ts';
import { exceeds, gte, neq } from '../../src/terms/conditions.ts';
import { runs } from '../support/effort.ts';
import { applyLevels, openDesk, Reading, reading, rules, setHigh } from './support.ts';

const opened: Runtime[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const runtime of opened.splice(0)) await runtime.close();
});

async function desk(options: Partial<RuntimeOptions> = {}): Promise<[Runtime, Control]> {
  const runtime = await openDesk(options);
  opened.push(runtime);
  return [runtime, controlOf(runtime) as Control];
}

function candidateOf(control: Control, change: Change): Snapshot {
  const { hash, version, document } = control.snapshot();
  const at = { parent: hash, version: version + 1 };
  return linkSnapshot(applyChange(document, change), control.catalogue, at);
}

const tried = (control: Control, change: Change, options?: ShadowOptions): Promise<ShadowReport> =>
  shadow(control, candidateOf(control, change), options);

/** The desk's rules in plain words: thresholds, and what is switched off. */
interface Desk {
  readonly high: number;
  readonly stopAt: number;
  readonly noteSize: number;
  readonly off: ReadonlySet<string>;
}
const usual: Desk = { high: 50, stopAt: 90, noteSize: 100, off: new Set() };

/** What they decide about a level and a size, without any of the library. */
function decided({ high, stopAt, noteSize, off }: Desk, level: number, size: number) {
  const on = (name: string): boolean => !off.has(name);
  const wishes = [
    ...(level >= high && on('raise') ? [['raise', 'valve.open'] as const] : []),
    ...(size >= noteSize && on('note-size') ? [['note-size', 'size.note'] as const] : []),
    ...(level >= stopAt && on('stop') ? [['stop', 'plant.stop'] as const] : []),
  ];
  const denied = (type: string): boolean =>
    (type === 'valve.open' && level > 95 && on('valve-limit')) ||
    (type === 'size.note' && level > 1_000 && on('small-notes'));
  const actions = wishes.map(([, type]) => type).filter((type) => !denied(type));
  const outcome = wishes.length === 0 ? 'idle' : actions.length > 0 ? 'acted' : 'denied';
  return { fired: wishes.map(([hook]) => hook), actions, outcome } as const;
}

const counted = (names: readonly string[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
};

function oracle(inputs: readonly (readonly [number, number])[], after: Desk): ShadowReport {
  const pairs = inputs.map(([level, size]) => [
    decided(usual, level, size),
    decided(after, level, size),
  ]);
  const sums = (of: 'fired' | 'actions') => {
    const [was, is] = [0, 1].map((side) => counted(pairs.flatMap((pair) => pair[side]![of])));
    const names = [...new Set([...was!.keys(), ...is!.keys()])].sort();
    const both = names.map(
      (name) => [name, { before: was!.get(name) ?? 0, after: is!.get(name) ?? 0 }] as const,
    );
    return Object.fromEntries(both.filter(([, count]) => count.before !== count.after));
  };
  const examples = pairs.flatMap(([was, is], index): ShadowExample[] => {
    if (JSON.stringify([was!.outcome, was!.actions]) === JSON.stringify([is!.outcome, is!.actions]))
      return [];
    const [before, then] = [was, is].map((one) => {
      const { outcome, actions } = one!;
      return { outcome, actions };
    });
    // The first leaf is the deploy.
    return [{ seq: index + 1, type: 'reading.taken', before: before!, after: then! }];
  });
  const outcomes = (side: 0 | 1) =>
    Object.fromEntries(counted(pairs.map((pair) => pair[side]!.outcome)));
  return {
    ...{ evaluated: inputs.length, unavailable: 0, differing: examples.length, newFailures: 0 },
    seqs: inputs.length === 0 ? null : [1, inputs.length],
    outcomes: { before: outcomes(0), after: outcomes(1) },
    ...{ fired: sums('fired'), actions: sums('actions'), examples: examples.slice(0, 8) },
  };
}

const threshold = (value: number): Change => ({
  kind: 'conditions',
  hook: 'note-size',
  when: [{ op: 'gte', left: { field: 'size' }, right: { value } }],
});
const change: fc.Arbitrary<readonly [Change, Desk]> = fc.oneof(
  fc.nat(100).map((high) => [setHigh(high), { ...usual, high }] as const),
  fc.nat(100).map((stopAt) => {
    const moved = { kind: 'parameter', name: 'stopAt', value: stopAt } as const;
    return [moved, { ...usual, stopAt }] as const;
  }),
  fc.nat(200).map((noteSize) => [threshold(noteSize), { ...usual, noteSize }] as const),
  fc.constantFrom('raise', 'note-size', 'stop', 'valve-limit', 'small-notes').map((name) => {
    const switched = { kind: 'switch', name, enabled: false } as const;
    return [switched, { ...usual, off: new Set([name]) }] as const;
  }),
);
const inputs = fc.array(fc.tuple(fc.nat(1_100), fc.nat(200)), { maxLength: 40 });

describe('a candidate in the shadow', () => {
  it('is what a naive count over the same observations says', async () => {
    await fc.assert(
      fc.asyncProperty(inputs, fc.array(change, { minLength: 1, maxLength: 4 }), async (of, to) => {
        const [runtime, control] = await desk();
        for (const [index, [level, size]] of of.entries()) {
          await runtime.apply(Reading, reading(index, level, size));
        }
        for (const [what, after] of to) {
          expect(await tried(control, what)).toEqual(oracle(of, after));
        }
        await opened.pop()!.close();
      }),
      { numRuns: runs(25) },
    );
  });

  it('differs nowhere where it is the document of now', async () => {
    const [runtime, control] = await desk();
    await applyLevels(runtime, [10, 55, 80, 97, 20]);
    const report = await tried(control, setHigh(50));
    expect(report).toMatchObject({ evaluated: 5, differing: 0, fired: {}, actions: {} });
    expect(report.outcomes.before).toEqual({ acted: 3, idle: 2 });
    expect(report.outcomes.after).toEqual(report.outcomes.before);
  });

  it('is judged by the rules of now, not by those of then', async () => {
    const [runtime, control] = await desk();
    await applyLevels(runtime, [55, 60, 65]);
    const document = applyChange(control.snapshot().document, setHigh(60));
    const { hash: parent } = control.snapshot();
    const stages = Array.from({ length: 7 }, () => 'pass' as const);
    await control.promote({ kind: 'promote', parent, document, proposal: parent, stages });
    expect(await tried(control, setHigh(60))).toMatchObject({ evaluated: 3, differing: 0 });
    const back = await tried(control, setHigh(50));
    expect(back.fired).toEqual({ raise: { before: 2, after: 3 } });
  });

  it('looks at the last leaves only, and says which', async () => {
    const [runtime, control] = await desk();
    await applyLevels(runtime, [10, 20, 30, 40]);
    expect(await tried(control, setHigh(60), { observations: 2 })).toMatchObject({
      ...{ evaluated: 2, seqs: [3, 4] },
    });
    expect((await desk())[1].log.durableSize).toBe(1);
    const [, empty] = [opened, controlOf(opened.at(-1)!) as Control];
    expect(await tried(empty, setHigh(60))).toMatchObject({ evaluated: 0, seqs: null });
  });

  it('fails where its actions lack a declared field', async () => {
    const [runtime, control] = await desk();
    await applyLevels(runtime, [10, 55, 97]);
    const when = [{ op: 'gte', left: { field: 'level' }, right: { value: 50 } }] as const;
    const act = [{ type: 'valve.open', target: { field: 'sensor' }, data: {} }];
    const body = { name: 'extra', priority: 0, on: 'reading.taken', when, code: 'act', act };
    const report = await tried(control, { kind: 'add-hook', hook: { ...body, protected: false } });
    expect(report).toMatchObject({ differing: 2, newFailures: 2 });
    expect(report.outcomes.after).toEqual({ failed: 2, idle: 1 });
    expect(report.examples[0]!.after).toEqual({ outcome: 'failed', actions: [] });
  });

  it('finds a budget spent that nobody had looked up', async () => {
    const budget = defineBudget({
      ...{ name: 'notes', on: 'size.note', max: 5, perMs: 1_000, key: 'target' },
    });
    const guard = defineGuard({ name: 'few', on: 'size.note', requireApproval: [exceeds(budget)] });
    const [runtime, control] = await desk({ rules: [...rules, budget, guard] });
    const off = await tried(control, { kind: 'switch', name: 'few', enabled: false });
    expect(off.differing).toBe(0);
    await runtime.apply(Reading, reading(0, 10, 150));
    // Its own observation was recorded with the budget that stood then.
    expect((await tried(control, setHigh(60))).outcomes.after).toEqual({ acted: 1 });
    const { document } = control.snapshot();
    const stages = Array.from({ length: 7 }, () => 'pass' as const);
    const switched = applyChange(document, { kind: 'switch', name: 'few', enabled: false });
    const parent = control.snapshot().hash;
    await control.promote({
      kind: 'promote',
      parent,
      document: switched,
      proposal: parent,
      stages,
    });
    await runtime.apply(Reading, reading(1, 10, 150));
    const on = await tried(control, { kind: 'switch', name: 'few', enabled: true });
    expect(on.outcomes).toEqual({ before: { acted: 2 }, after: { acted: 1, pending: 1 } });
  });

  it('asks other shapes what conforms, by rows or by the engine', async () => {
    const prefixes = '@prefix sh: <http://www.w3.org/ns/shacl#> . ';
    const least = (bound: number, more = ''): string =>
      `${prefixes} @prefix ex: <https://example.com/test#> .
      ex:S a sh:NodeShape ; sh:targetClass ex:Reading ; ${more}
        sh:property [ sh:path ex:level ; sh:minInclusive ${bound} ] .`;
    // Of an inverse path no row knows.
    const warm = 'sh:property [ sh:path [ sh:inversePath ex:of ] ; sh:maxCount 0 ] ;';
    const [runtime, control] = await desk({ shapes: least(20) });
    for (const [index, level] of [10, 25, 55, 97].entries()) {
      await runtime.apply(Reading, reading(index, level));
    }
    for (const more of ['', warm]) {
      const shapes = compileShapes(least(30, more));
      const report = await tried(control, { kind: 'shapes', shapes: shapes.hash }, { shapes });
      // The first conforms to neither.
      expect(report).toMatchObject({ evaluated: 3, unavailable: 1, differing: 1, fired: {} });
      expect(report.outcomes).toEqual({
        ...{ before: { acted: 2, idle: 1 }, after: { acted: 2, invalid: 1 } },
      });
      expect(report.examples[0]!.after).toEqual({ outcome: 'invalid', actions: [] });
    }
    const none = await tried(control, { kind: 'shapes', shapes: null });
    expect(none.outcomes.before).toEqual({ acted: 2, idle: 1, invalid: 1 });
    expect(none.outcomes.after).toEqual({ acted: 2, idle: 2 });
    // Where shapes stay, what they refused stays refused.
    expect(await tried(control, setHigh(60))).toMatchObject({ evaluated: 3, unavailable: 1 });
  });

  it('lets others have their turn, and stops at a signal with its reason', async () => {
    const [runtime, control] = await desk();
    await applyLevels(runtime, [10, 55, 80, 97, 20]);
    const candidate = candidateOf(control, setHigh(60));
    const before = { snapshot: control.snapshot(), shapes: undefined };
    const after = { snapshot: candidate, shapes: undefined };
    const recorded = [...recentlyRecorded(control, 100)];
    // Every look at the clock is 10 ms later: each observation is a piece by itself.
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => {
      now += 10;
      return now;
    });
    let turns = 0;
    const count = (): void => {
      turns++;
      setImmediate(count);
    };
    const counting = setImmediate(count);
    expect((await shadowOver(recorded, before, after)).evaluated).toBe(5);
    expect(turns).toBeGreaterThanOrEqual(4);
    clearImmediate(counting);
    const ending = new AbortController();
    const reason = new Error('the cycle is over');
    setImmediate(() => ending.abort(reason));
    await expect(shadow(control, candidate, { signal: ending.signal })).rejects.toBe(reason);
    await expect(shadowOver(recorded, before, after, ending.signal)).rejects.toBe(reason);
  });
});

it('counts what waits for an approval as a difference', async () => {
  const ask = defineGuard({ name: 'ask', on: 'size.note', requireApproval: [neq('target', '')] });
  const hook = defineHook({
    ...{ name: 'more', on: Reading, when: [gte('size', 120)] },
    act: { type: 'size.note', target: 'urn:sensor:9' },
  });
  const [runtime, control] = await desk({ rules: [...rules, ask, hook] });
  await runtime.apply(Reading, reading(0, 10, 150));
  const report = await tried(control, { kind: 'switch', name: 'more', enabled: false });
  expect(report).toMatchObject({ evaluated: 1, differing: 1, actions: {} });
  expect(report.outcomes.before).toEqual({ pending: 1 });
  expect(report.outcomes.after).toEqual({ pending: 1 });
});
