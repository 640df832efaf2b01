import { describe, expect, it } from 'vitest';
import { KnhkError } from '../../../src/base/errors.ts';
import {
  type HpaPlannerOptions,
  hpaPlanner,
  subjectsMax,
} from '../../../src/loop/planners/hpa-planner.ts';
import type { Pattern } from '../../../src/loop/types.ts';
import { catalogueOf } from '../../../src/rules/catalogue.ts';
import { applyChange } from '../../../src/rules/changes.ts';
import { defineParameter } from '../../../src/rules/index.ts';
import { Reading } from '../support.ts';

const start = Date.UTC(2026, 0, 1);
const replicasParameter = { name: 'replicas', kind: 'integer', value: 4, min: 1, max: 10 } as const;
const { document } = catalogueOf({
  observations: [Reading],
  rules: [defineParameter(replicasParameter)],
});
const viewAt = (seconds: number) => ({ now: start + 1_000 * seconds, document });
const load = (evidence: Pattern['evidence'], subject = 'web'): Pattern => ({
  detector: 'load',
  kind: 'load',
  subject,
  confidence: 1,
  evidence,
  seqs: [],
  recommend: 'enforce',
});
const options: HpaPlannerOptions = {
  minReplicas: 2,
  maxReplicas: 20,
  metrics: [{ name: 'cpu', target: 60 }],
};

describe("the planner of Kubernetes' rule", () => {
  it('turns a pattern into an action on its subject, with the reason', () => {
    const planner = hpaPlanner(options);
    expect(planner.name).toBe('hpa');
    expect(planner.plan(load({ replicas: 4, cpu: 90 }), viewAt(0))).toEqual({
      action: { type: 'scale', target: 'web', data: { replicas: 6 } },
      reasoning: 'web: 6 replicas instead of 4 (cpu 90 of 60; wanted)',
    });
    const other = hpaPlanner({ ...options, name: 'pods', output: { action: 'pods.set' } });
    const fast = other.plan(load({ replicas: 4, cpu: 600 }), viewAt(0));
    expect(other.name).toBe('pods');
    expect(fast).toMatchObject({ action: { type: 'pods.set', data: { replicas: 8 } } });
    expect(fast?.reasoning).toBe('web: 8 replicas instead of 4 (cpu 600 of 60, 40 wanted; policy)');
  });

  it('turns it into a value of a parameter, from the value in force', () => {
    const planner = hpaPlanner({ ...options, output: { parameter: 'replicas' } });
    const planned = planner.plan(load({ cpu: 90 }), viewAt(0));
    expect(planned).toEqual({
      change: { kind: 'parameter', name: 'replicas', value: 6 },
      reasoning: 'web: 6 replicas instead of 4 (cpu 90 of 60; wanted)',
    });
    expect(planned !== undefined && 'change' in planned).toBe(true);
    const { change } = planned as { change: Parameters<typeof applyChange>[1] };
    const changed = applyChange(document, change);
    // The value that a promotion set is the number from then on.
    const next = planner.plan(load({ cpu: 60 }), { now: start + 10_000, document: changed });
    expect(next).toBeUndefined();
    expect(planner.save()['web']?.events).toEqual([{ at: start, change: 2 }]);
  });

  it('has no plan for other patterns, without a number or a target', () => {
    const planner = hpaPlanner(options);
    const evidence = { replicas: 4, cpu: 90 };
    expect(planner.plan({ ...load(evidence), kind: 'hook-rate' }, viewAt(0))).toBeUndefined();
    expect(planner.plan(load({ cpu: 90 }), viewAt(0))).toBeUndefined();
    const unknown = hpaPlanner({ ...options, output: { parameter: 'toString' } });
    expect(unknown.plan(load({ cpu: 90 }), viewAt(0))).toBeUndefined();
    const open = hpaPlanner({ ...options, metrics: [{ name: 'cpu' }] });
    expect(open.plan(load(evidence), viewAt(0))).toBeUndefined();
    const given = open.plan(load({ ...evidence, cpuTarget: 45 }), viewAt(0));
    expect(given).toMatchObject({ action: { data: { replicas: 8 } } });
    expect(given?.reasoning).toBe('web: 8 replicas instead of 4 (cpu 90 of 45; wanted)');
  });

  it('reads missing and unready replicas and metrics that lack', () => {
    const metrics = [
      { name: 'cpu', target: 60 },
      { name: 'queue', target: 10 },
    ];
    const plan = (evidence: Pattern['evidence']) =>
      hpaPlanner({ ...options, metrics }).plan(load(evidence), viewAt(0));
    const at = (more: Pattern['evidence']) => plan({ replicas: 10, cpu: 90, queue: 10, ...more });
    expect(at({})).toMatchObject({ action: { data: { replicas: 15 } } });
    expect(at({ cpuMissing: 2 })).toMatchObject({ action: { data: { replicas: 12 } } });
    expect(at({ cpuUnready: 1 })).toMatchObject({ action: { data: { replicas: 14 } } });
    const up = plan({ replicas: 10, cpu: 90 });
    expect(up?.reasoning).toBe(
      'web: 15 replicas instead of 10 (cpu 90 of 60, queue unknown of 10; wanted)',
    );
    const window = { scaleDown: { stabilizationWindowSeconds: 0 } };
    const calm = hpaPlanner({ ...options, behavior: window, metrics });
    expect(calm.plan(load({ replicas: 10, cpu: 6 }), viewAt(0))).toBeUndefined();
    const both = calm.plan(load({ replicas: 10, cpu: 6, queue: 1 }), viewAt(0));
    expect(both).toMatchObject({ action: { data: { replicas: 2 } } });
  });

  it('remembers each subject by itself, and calm cycles too', () => {
    const planner = hpaPlanner(options);
    const idle = { replicas: 6, cpu: 6 };
    for (let second = 0; second < 300; second += 15) {
      expect(planner.plan(load(idle), viewAt(second)), `${second}`).toBeUndefined();
    }
    expect(planner.plan(load(idle, 'api'), viewAt(300))).toBeUndefined();
    expect(planner.plan(load(idle), viewAt(300))).toMatchObject({
      action: { target: 'web', data: { replicas: 2 } },
    });
  });

  it('goes on after a restart where it was', () => {
    const idle = { replicas: 6, cpu: 6 };
    const first = hpaPlanner(options);
    expect(first.plan(load(idle), viewAt(0))).toBeUndefined();
    const states = JSON.parse(JSON.stringify(first.save()));
    const second = hpaPlanner({ ...options, states });
    expect(second.plan(load(idle), viewAt(300))).toBeDefined();
    expect(hpaPlanner(options).plan(load(idle), viewAt(300))).toBeUndefined();
  });

  it('does not scale what it cannot remember', () => {
    const planner = hpaPlanner(options);
    const rising = (subject: string) =>
      planner.plan(load({ replicas: 4, cpu: 90 }, subject), viewAt(0));
    for (let n = 0; n < subjectsMax; n++) expect(rising(`web-${n}`)).toBeDefined();
    expect(rising('one-more')).toBeUndefined();
    expect(Object.keys(planner.save())).toHaveLength(subjectsMax);
  });

  it('says where evidence cannot be meant', () => {
    const planner = hpaPlanner({ ...options, metrics: [{ name: 'cpu' }] });
    for (const evidence of [
      { replicas: 4.5, cpu: 90, cpuTarget: 60 },
      { replicas: 4, cpu: 90, cpuTarget: 0 },
      { replicas: 4, cpu: 90, cpuTarget: 60, cpuMissing: -1 },
    ]) {
      const plan = () => planner.plan(load(evidence), viewAt(0));
      expect(plan).toThrow(expect.objectContaining({ code: 'KNHK_LOOP_SETTING' }));
    }
    expect(planner.save()).toEqual({});
  });

  it('refuses options that are not usable', () => {
    const code = (more: object): unknown => {
      try {
        hpaPlanner({ ...options, ...more });
        return undefined;
      } catch (error) {
        return error instanceof KnhkError ? error.code : error;
      }
    };
    expect(code({})).toBeUndefined();
    expect(code({ maxReplicas: 1 })).toBe('KNHK_LOOP_SETTING');
    expect(code({ metrics: [] })).toBe('KNHK_LOOP_SETTING');
    expect(code({ metrics: [{ name: 'cpu', target: 0 }] })).toBe('KNHK_LOOP_SETTING');
    expect(code({ states: { web: { events: [] } } })).toBe('KNHK_LOOP_SETTING');
  });
});
