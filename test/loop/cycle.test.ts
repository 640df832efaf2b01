import { afterEach, describe, expect, it, vi } from 'vitest';
import { LoopAction, loopActions } from '../../src/loop/actions.ts';
import type { Alert, Detector, Planner } from '../../src/loop/types.ts';
import { defineGuard } from '../../src/rules/index.ts';
import { controlOf } from '../../src/runtime/control.ts';
import { codeOf } from '../support/runtime.ts';
import { finding, journalOf, openBoth, pattern, raiseHigh, storyOf } from './execute/support.ts';
import { applyLevels, Reading, rules, setHigh } from './support.ts';

afterEach(() => void vi.useRealTimers());

describe('an alert', () => {
  it('is told once its leaf is on disk, and not again before its pattern has gone', async () => {
    const told: Alert[] = [];
    const detector: Detector = {
      name: 'often',
      detect: ({ cycle }) => (cycle === 3 ? [] : [{ ...pattern, recommend: 'alert' }]),
    };
    const { data, runtime, loop, close } = await openBoth({
      detectors: [detector],
      planners: [raiseHigh],
      onAlert: (alert) => {
        expect(runtime.health().size).toBeGreaterThan(alert.receipt.seq);
        told.push(alert);
      },
    });
    for (let n = 0; n < 4; n++) {
      await applyLevels(runtime, [10], n);
      const { alerts, proposals } = await loop.cycle();
      expect(alerts).toHaveLength(n === 0 || n === 3 ? 1 : 0);
      // An alert is for people: planners are not asked.
      expect(proposals).toEqual([]);
    }
    expect(told.map(({ cycle }) => cycle)).toEqual([1, 4]);
    await close();
    const alerts = (await storyOf(data)).flatMap((event, seq) =>
      event === 'loop.alert' ? [seq] : [],
    );
    expect(alerts).toEqual(told.map(({ receipt }) => receipt.seq));
  });

  it('is not told again after a restart; a sink that fails is a problem of the cycle', async () => {
    const options = {
      detectors: [finding('alert')],
      onAlert: async () => {
        throw new Error('nobody there');
      },
    };
    const first = await openBoth(options);
    await applyLevels(first.runtime, [10]);
    const { problems, alerts } = await first.loop.cycle();
    expect(alerts).toHaveLength(1);
    expect(problems).toEqual([{ phase: 'execute', name: 'onAlert', message: 'nobody there' }]);
    await first.close();
    const { runtime, loop } = await openBoth(options, { data: first.data });
    await applyLevels(runtime, [10], 1);
    expect(await loop.cycle()).toMatchObject({ alerts: [], problems: [] });
  });
});

describe('the time of a cycle', () => {
  it('being over cuts it: it is reported, it is a leaf, and nothing is promoted', async () => {
    const signals: AbortSignal[] = [];
    const never: Planner = {
      name: 'never',
      plan: (_, __, { signal }) => {
        signals.push(signal);
        return new Promise(() => {});
      },
    };
    const planners = [raiseHigh, never];
    const detectors = [finding('propose')];
    const { data, runtime, loop, close } = await openBoth({ detectors, planners, cycleMs: 300 });
    await applyLevels(runtime, [10]);
    const report = await loop.cycle();
    expect(report.cut).toBe(true);
    expect(report.proposals).toMatchObject([{ verdict: 'reject' }]);
    expect(report.proposals[0]!.reason).toMatch(/^KNHK_LOOP_CUT: /);
    expect(signals[0]!.aborted).toBe(true);
    expect(runtime.parameters['high']).toBe(50);
    await close();
    expect((await journalOf(data))[0]).toMatchObject({ event: 'cycle', cut: true });
  });
});

describe('cycles that the loop takes by itself', () => {
  it('come after so many observations or so much time, until it is stopped', async () => {
    const cycles: number[] = [];
    const { runtime, loop } = await openBoth({ onCycle: ({ observed }) => cycles.push(observed) });
    const idle = async (): Promise<void> => {
      while (loop.status().running) await new Promise((turn) => setImmediate(turn));
    };
    loop.start({ everyObservations: 2 });
    await applyLevels(runtime, [10, 10, 10, 10]);
    await idle();
    expect(cycles).toEqual([2, 2]);
    loop.stop();
    await applyLevels(runtime, [10, 10], 4);
    expect(cycles).toEqual([2, 2]);
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    loop.start({ intervalMs: 60_000 });
    vi.advanceTimersByTime(60_000);
    await idle();
    expect(cycles).toEqual([2, 2, 2]);
    // Nothing new, no cycle; frozen, none either.
    vi.advanceTimersByTime(60_000);
    await idle();
    await applyLevels(runtime, [10], 6);
    runtime.freeze('audit');
    vi.advanceTimersByTime(60_000);
    await idle();
    runtime.unfreeze();
    expect(cycles).toEqual([2, 2, 2]);
    vi.advanceTimersByTime(60_000);
    await idle();
    expect(cycles).toEqual([2, 2, 2, 1]);
    loop.stop();
    await applyLevels(runtime, [10], 7);
    vi.advanceTimersByTime(600_000);
    await idle();
    expect(cycles).toHaveLength(4);
    const both = { everyObservations: 1, intervalMs: 1 } as unknown as { intervalMs: number };
    for (const wrong of [{ intervalMs: 0 }, { everyObservations: 1.5 }, both]) {
      expect(await codeOf(() => loop.start(wrong))).toBe('KNHK_LOOP_OPTION');
    }
  });
});

describe('a planned action', () => {
  const bell: Planner = {
    name: 'bell',
    plan: ({ subject }) => ({
      action: { type: 'bell.ring', target: 'urn:desk', data: { subject } },
      reasoning: 'somebody should look',
    }),
  };
  const desk = { observations: [Reading, LoopAction], rules: [...rules, loopActions] };

  it('leaves with a receipt, as guards let it, where the pattern says enforce', async () => {
    for (const recommend of ['propose', 'enforce'] as const) {
      const { data, runtime, loop, close } = await openBoth(
        { detectors: [finding(recommend)], planners: [bell] },
        desk,
      );
      await applyLevels(runtime, [10]);
      const { actions } = await loop.cycle();
      expect(actions).toHaveLength(recommend === 'enforce' ? 1 : 0);
      await close();
      const story = await storyOf(data);
      const after = recommend === 'enforce' ? ['apply'] : [];
      expect(story).toEqual(['deploy', 'apply', 'loop.cycle', ...after]);
    }
  });

  it('is denied like any other', async () => {
    const quiet = defineGuard({
      name: 'quiet',
      on: 'bell.ring',
      check: () => ({ verdict: 'deny', code: 'night' }),
    });
    const { runtime, loop } = await openBoth(
      { detectors: [finding('enforce')], planners: [bell] },
      { ...desk, rules: [...desk.rules, quiet] },
    );
    const heard: string[] = [];
    await applyLevels(runtime, [10]);
    await loop.cycle();
    const id = 'urn:knhk:loop:cycle:1:action:0';
    const input = {
      planned: id,
      cycle: 1,
      action: 'bell.ring',
      target: 'urn:desk',
      data: '{"subject":"raise"}',
      reasoning: 'somebody should look',
    };
    // The same observation again: the first answer.
    const outcome = await runtime.apply(LoopAction, input, { id });
    expect(outcome).toMatchObject({ outcome: 'duplicate' });
    expect(runtime.decide(LoopAction, input)).toMatchObject({ outcome: 'denied' });
    expect(heard).toEqual([]);
  });

  it('that nobody declared is a problem of the next cycle', async () => {
    const { runtime, loop } = await openBoth({ detectors: [finding('enforce')], planners: [bell] });
    await applyLevels(runtime, [10]);
    await loop.cycle();
    await applyLevels(runtime, [10], 1);
    const { problems } = await loop.cycle();
    expect(problems).toMatchObject([
      { phase: 'execute', message: expect.stringContaining('LoopAction') },
    ]);
  });
});

describe('what several proposals of a cycle are tried on', () => {
  const names = ['high', 'spare', 'valveMax'];
  const planners = names.map((name): Planner => {
    const change = { kind: 'parameter', name, value: 60 } as const;
    return { name, plan: () => ({ change, reasoning: 'because of the test' }) };
  });

  it('is read once', async () => {
    const { runtime, loop } = await openBoth({
      ...{ detectors: [finding('propose')], planners, autonomy: 'propose', shadowObservations: 0 },
    });
    await applyLevels(runtime, [10, 20, 30]);
    const { log } = controlOf(runtime)!;
    const read: number[] = [];
    const { entries } = log;
    log.entries = function* (from) {
      for (const entry of entries.call(log, from)) {
        read.push(entry.seq);
        yield entry;
      }
    };
    const { proposals } = await loop.cycle();
    expect(proposals.map(({ stages }) => stages[6]!.evidence)).toEqual(
      names.map(() => ({ evaluated: 3 })),
    );
    expect(read).toEqual([0, 1, 2, 3]);
  });

  it('is what is recorded by then, also where the rules changed between two of them', async () => {
    let goOn = (): void => {};
    const changed = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const [first, second, third] = planners as [Planner, Planner, Planner];
    const late: Planner = {
      name: 'late',
      plan: async (pattern, view, signals) => {
        await changed;
        return second.plan(pattern, view, signals);
      },
    };
    const { runtime, loop } = await openBoth({
      ...{ detectors: [finding('propose')], planners: [first, late, third] },
      ...{ autonomy: 'propose', shadowObservations: 0 },
    });
    await applyLevels(runtime, [10, 20, 30]);
    const parent = runtime.snapshot.hash;
    const control = controlOf(runtime)!;
    const stored = vi.spyOn(control.log, 'putBlob');
    const cycle = loop.cycle();
    // What is planned at once is bound before anybody else changes the rules.
    expect(stored).toHaveBeenCalledWith('proposal', expect.stringContaining(parent));
    await applyLevels(runtime, [40], 3);
    const { document } = control.snapshot();
    const proposal = control.log.putBlob('proposal', '{}');
    const stages = Array.from({ length: 7 }, () => 'pass' as const);
    await control.promote({ kind: 'promote', parent, document, proposal, stages });
    goOn();
    const { proposals, problems } = await cycle;
    expect(problems).toEqual([]);
    expect(proposals.map(({ proposal: { parent: of }, stages: said }) => [of, said[6]])).toEqual([
      [parent, expect.objectContaining({ evidence: { evaluated: 3 } })],
      [runtime.snapshot.hash, expect.objectContaining({ evidence: { evaluated: 4 } })],
      [runtime.snapshot.hash, expect.objectContaining({ evidence: { evaluated: 4 } })],
    ]);
  });
});

describe('what is suppressed', () => {
  it('is a change that was rejected on the same evidence, until that changes', async () => {
    const tooHigh: Planner = {
      name: 'too-high',
      plan: () => ({ change: setHigh(90), reasoning: 'beyond the doctrine' }),
    };
    let count = 100;
    const detector: Detector = {
      name: 'counts',
      detect: () => [{ ...pattern, evidence: { count } }],
    };
    const { runtime, loop } = await openBoth({ detectors: [detector], planners: [tooHigh] });
    const verdicts: string[] = [];
    for (const [n, value] of [100, 105, 200].entries()) {
      count = value;
      await applyLevels(runtime, [10], n);
      const { proposals, suppressed } = await loop.cycle();
      verdicts.push(proposals[0]?.verdict ?? suppressed[0]!.reason.split(' ')[0]!);
    }
    expect(verdicts).toEqual(['reject', 'rejected', 'reject']);
  });
});
