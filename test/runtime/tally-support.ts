import { expect } from 'vitest';
import { action } from '../../src/rules/actions.ts';
import { allow, defineGuard } from '../../src/rules/guards.ts';
import { defineHook } from '../../src/rules/hooks.ts';
import { channels } from '../../src/runtime/channels.ts';
import type { RuntimeOptions } from '../../src/runtime/open.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import type { RuntimeSample } from '../../src/runtime/tally.ts';
import { neq } from '../../src/terms/conditions.ts';
import { iri, string } from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import { memoryFs } from '../../src/testing/index.ts';
import { openTest, temporary } from '../support/runtime.ts';

const fields = { task: iri(), sector: string(), wish: string() } as const;
/** Says what shall become of it. */
export const Task = defineObservation('task.seen', {
  ...{ class: 'https://example.com/t#Task', subject: 'task', sectorField: 'sector', fields },
});
export const Fixed = defineObservation('fixed.seen', {
  ...{ class: 'https://example.com/t#Fixed', subject: 'task', sector: 'power', fields },
});
export const Plain = defineObservation('plain.seen', {
  ...{ class: 'https://example.com/t#Plain', subject: 'task', fields },
});

export const wishes: { readonly [wish: string]: () => unknown } = {
  act: () => [action('work', { target: 'x' })],
  wait: () => [action('slow', { target: 'x' })],
  risk: () => [action('risky', { target: 'x' }), action('risky', { target: 'y' })],
  wild: () => [action('wild', { target: 'x' })],
  throws: () => {
    throw new Error('the hook of this test throws');
  },
  nonsense: () => 'nonsense',
  huge: () => [action('work', { target: 'x'.repeat(5_000) })],
  many: () => Array.from({ length: 17 }, () => action('work', { target: 'x' })),
};

const hookOn = (on: unknown, name: string) =>
  defineHook({
    name,
    version: '1',
    on: on as typeof Task,
    when: [neq('wish', 'nothing')],
    run: ({ data }) => wishes[data.wish]!() as never,
  });
const rules = [
  hookOn(Task, 'task'),
  hookOn(Fixed, 'fixed'),
  hookOn(Plain, 'plain'),
  defineGuard({ name: 'fine', on: 'work', version: '1', check: () => allow() }),
  defineGuard({ name: 'patience', on: 'slow', requireApproval: [] }),
  defineGuard({ name: 'no-risk', on: 'risky', deny: [] }),
  defineGuard({ name: 'no-risk-at-all', on: 'risky', deny: [] }),
];
/** Flags are the engine's to check, so that observations wait for it. */
export const shapes = `@prefix sh: <http://www.w3.org/ns/shacl#> .
  @prefix t: <https://example.com/t#> .
  t:S a sh:NodeShape ; sh:targetClass t:Task ;
    sh:property [ sh:path t:wish ; sh:maxLength 3 ; sh:pattern "" ; sh:flags "s" ] .`;

/** A runtime in memory over these types and rules. */
export const open = (options: Partial<RuntimeOptions> = {}): Promise<Runtime> =>
  openTest({
    observations: [Task, Fixed, Plain] as unknown as Observation[],
    rules,
    ...inMemory(),
    ...options,
  });

/** A place for a log that is opened once: counting needs no disk. */
function inMemory(): Pick<RuntimeOptions, 'data' | 'fs'> {
  const data = temporary();
  return { data, fs: memoryFs({ directories: [data] }) };
}

/** A task that wishes something. */
export const task = (index: number, wish: string, sector = 'a') => ({
  ...{ task: `urn:task:${index}`, wish, sector },
});

/** What every open runtime says when it is asked. */
export function collected(): readonly RuntimeSample[] {
  const samples: RuntimeSample[] = [];
  channels.collect.publish({ add: (sample: RuntimeSample) => samples.push(sample) });
  return samples;
}

export function sampled(): RuntimeSample {
  const [sample, ...more] = collected();
  expect(more).toEqual([]);
  return sample!;
}

export const positive = (counts: { readonly [name: string]: number }) =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));

/** Counts other than zero: by sector and outcome, and how many answers were durable. */
export function observed(sample = sampled()) {
  const outcomes: { [sector: string]: unknown } = {};
  const durable: { [sector: string]: number } = {};
  for (const { sector, outcomes: counts, ingestMs } of sample.observations) {
    outcomes[sector] = positive(counts);
    durable[sector] = ingestMs.count;
    expect(ingestMs.counts.reduce((total, count) => total + count, 0)).toBe(ingestMs.count);
    expect(ingestMs.sum).toBeGreaterThanOrEqual(0);
  }
  return { outcomes, durable };
}

export const zeroOutcomes = {
  ...{ acted: 0, pending: 0, denied: 0, idle: 0 },
  ...{ failed: 0, invalid: 0, duplicate: 0, conflict: 0 },
};
export const zeroErrors = {
  ...{ KNHK_HOOK_THREW: 0, KNHK_HOOK_ANSWER: 0, KNHK_HOOK_ACTION: 0, KNHK_HOOK_MISSING: 0 },
  ...{ KNHK_LIMIT_ACTIONS: 0, KNHK_LIMIT_FIRED: 0, KNHK_LIMIT_IN_FLIGHT: 0 },
  ...{ KNHK_LOG_POISONED: 0, KNHK_RUNTIME_CLOSED: 0, KNHK_RUNTIME_FROZEN: 0 },
  KNHK_SHAPES_UNAVAILABLE: 0,
};
export const zeroViolations = {
  ...{ unguarded: 0, fine: 0, patience: 0, 'no-risk': 0, 'no-risk-at-all': 0 },
};
