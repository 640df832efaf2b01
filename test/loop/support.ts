import type { Clock } from '../../src/base/clock.ts';
import type { Measurements } from '../../src/loop/measurements.ts';
import { recordedObservations } from '../../src/loop/recorded.ts';
import type { StageInput } from '../../src/loop/stages/stage.ts';
import type { Proposal } from '../../src/loop/types.ts';
import type { Change } from '../../src/rules/changes.ts';
import {
  action,
  defineAction,
  defineDoctrine,
  defineGuard,
  defineHook,
  defineParameter,
  type Rule,
} from '../../src/rules/index.ts';
import { controlOf } from '../../src/runtime/control.ts';
import type { RuntimeOptions } from '../../src/runtime/open.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import {
  defineObservation,
  gt,
  gte,
  instant,
  integer,
  iri,
  type ObservationInput,
  observed,
  param,
} from '../../src/terms/index.ts';
import { openTest } from '../support/runtime.ts';

/** What the loop's tests observe: a level that rules compare with parameters. */
export const Reading = defineObservation('reading.taken', {
  class: 'https://example.com/test#Reading',
  subject: 'sensor',
  time: 'taken',
  fields: { sensor: iri(), taken: instant(), level: integer(), size: integer() },
});

const Valve = defineAction('valve.open', { fields: { level: integer() } });

const start = Date.UTC(2026, 0, 1);

/** The n-th reading: another sensor, a minute later. */
export function reading(n: number, level: number, size = 1): ObservationInput<typeof Reading> {
  return { sensor: `urn:sensor:${n}`, taken: new Date(start + 60_000 * n), level, size };
}

const integerParameter = (name: string, value: number, isProtected = false): Rule =>
  defineParameter({ name, kind: 'integer', value, min: 0, max: 100, protected: isProtected });

/** Rules in which everything that a stage looks at occurs. */
export const rules: readonly Rule[] = [
  integerParameter('high', 50),
  integerParameter('spare', 5),
  integerParameter('valveMax', 95),
  integerParameter('stopAt', 90),
  integerParameter('sealed', 10, true),
  Valve,
  defineHook({
    name: 'raise',
    version: '1',
    on: Reading,
    when: [gte('level', param('high'))],
    run: ({ data }) => [action('valve.open', { target: data.sensor, level: data.level })],
  }),
  defineHook({
    name: 'note-size',
    on: Reading,
    priority: 5,
    when: [gte('size', 100)],
    act: { type: 'size.note', target: { field: 'sensor' } },
  }),
  defineHook({
    name: 'stop',
    on: Reading,
    priority: 10,
    protected: true,
    when: [gte('level', param('stopAt'))],
    act: { type: 'plant.stop', target: { field: 'sensor' }, data: { spare: { param: 'spare' } } },
  }),
  defineGuard({
    name: 'valve-limit',
    on: Valve,
    protected: true,
    deny: [gt('level', param('valveMax'))],
  }),
  defineGuard({ name: 'small-notes', on: 'size.note', deny: [gt(observed('level'), 1_000)] }),
  defineDoctrine({
    name: 'plant',
    rules: [{ id: 'high-is-high', parameter: 'high', between: [20, 70] }],
  }),
];

/** Measurements within every limit. */
export const fine: Measurements = {
  retrocausationViolations: 0,
  violationsActedUpon: 0,
  tickCompliancePercent: 99.5,
  operationNs: 20,
  warmP95Ms: 5,
  errorPercent: 0,
  rssBytes: 100_000_000,
  cpuPercent: 10,
  loopDelayP99Ms: 20,
};

/** A runtime over {@link rules}; its leaves depend on what is applied, not on when. */
export async function openDesk(options: Partial<RuntimeOptions> = {}): Promise<Runtime> {
  let runtime: Runtime | undefined;
  const clock: Clock = { now: () => runtime?.lastAt ?? start };
  runtime = await openTest({
    observations: [Reading],
    rules,
    unguarded: 'allow',
    clock,
    ...options,
  });
  return runtime;
}

/** Applies readings with these levels, the first as the n-th reading. */
export async function applyLevels(
  runtime: Runtime,
  levels: readonly number[],
  from = 0,
): Promise<void> {
  const inputs = levels.map((level, index) => reading(from + index, level));
  for await (const outcome of runtime.applyAll(Reading, inputs)) {
    if (outcome.outcome === 'unavailable') throw outcome.error;
  }
}

export const setHigh = (value: number): Change => ({ kind: 'parameter', name: 'high', value });

/** What the stages are given for a change to the current snapshot of a runtime. */
export function stageInput(
  runtime: Runtime,
  proposal: Partial<Proposal> & Pick<Proposal, 'change' | 'inverse'>,
  more: Partial<StageInput> = {},
): StageInput {
  const control = controlOf(runtime)!;
  return {
    proposal: {
      parent: runtime.snapshot.hash,
      planner: 'test',
      reasoning: 'because of the test',
      ...proposal,
    },
    current: control.snapshot(),
    catalogue: control.catalogue,
    shapes: control.shapes(),
    measurements: fine,
    recorded: recordedObservations(control),
    ...more,
  };
}
