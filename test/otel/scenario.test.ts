import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as api from '@opentelemetry/api';
import * as contexts from '@opentelemetry/context-async-hooks';
import * as sdkMetrics from '@opentelemetry/sdk-metrics';
import * as sdkTrace from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as knhk from '../../src/index.ts';
import * as loop from '../../src/loop/index.ts';
import * as otel from '../../src/otel/index.ts';
import { nodeFs } from '../../src/receipts/log/fs.ts';
import { loadRegistry } from '../registry/load.ts';
import { differences } from './declared.ts';
import { type Played, runFailures, runScenario } from './scenario.mjs';
import { failingDisk, type Seen, watch } from './watch.mjs';

// What can be measured is then the same on every machine.
vi.mock('../../src/kernel/native.ts', async (original) => {
  const { scriptedNative } = await import('../support/scripted-kernel.ts');
  return scriptedNative(original);
});

const registry = loadRegistry();
const modules = { knhk, loop };
let directory: string;
let played: Omit<Played, 'runtime'>;
let refused: readonly string[];
let seen: Seen;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'knhk-otel-'));
  const keys = knhk.openKeys(`${directory}/keys`, { origin: 'example.com/scenario' });
  const watching = watch({ api, sdkTrace, sdkMetrics, contexts, otel });
  const { caller } = watching;
  const { runtime, ...rest } = await runScenario(modules, { directory, keys, caller, tick() {} });
  played = rest;
  await runtime.close();
  await knhk.verifyLog(`${directory}/log`, keys.keyring);
  // Another log, whose origin the same keys serve.
  const others = knhk.openKeys(`${directory}/keys-2`, { origin: 'example.com/failures' });
  const failing = () => failingDisk(nodeFs);
  const open = await knhk.openRuntime({
    origin: 'example.com/failures',
    data: `${directory}/open`,
    observations: [],
    rules: [],
    ...others,
  });
  refused = await runFailures(modules, { directory, keys: others, failing });
  seen = await watching.stop();
  await open.close();
});

afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});

describe('the scripted run', () => {
  it('comes to what it is counted by', () => {
    expect(played.outcomes).toEqual([
      ...['idle', 'idle', 'idle', 'acted', 'acted', 'pending', 'denied', 'failed'],
      ...['invalid', 'invalid', 'duplicate', 'conflict', 'idle', 'idle', 'denied', 'refused'],
    ]);
    expect(played.decided).toEqual([
      ...['idle', 'idle', 'acted', 'pending', 'denied', 'failed', 'invalid'],
    ]);
    expect(played.streamed).toEqual({ observed: 128, measurable: 2, unmeasurable: 1 });
    expect(played.cycles).toEqual([[1, 'promote'], [0], [1, 'reject'], [true]]);
    expect(refused).toEqual([
      'KNHK_SHAPES_UNAVAILABLE',
      ...['boom', 'boom', 'boom'],
      ...['EIO', 'KNHK_LOG_OPEN', 'KNHK_LOG_POISONED', 'KNHK_LOG_OPEN'],
    ]);
  });
});

describe('what is emitted and what is declared', () => {
  it('are the same, both ways', () => {
    expect(differences(registry, seen)).toEqual([]);
  });
  it('differ when a name is missing or one too many', () => {
    const without = <T>(list: readonly T[], index: number): T[] =>
      list.filter((_, at) => at !== index);
    seen.metrics.forEach((metric, index) => {
      const less = { ...seen, metrics: without(seen.metrics, index) };
      expect(differences(registry, less)).toContain(`metric ${metric.name} unseen`);
    });
    for (const name of new Set(seen.spans.map((span) => span.name))) {
      const less = { ...seen, spans: seen.spans.filter((span) => span.name !== name) };
      expect(differences(registry, less)).toContain(`span ${name} unseen`);
    }
    registry.groups.forEach((group, index) => {
      const less = { ...registry, groups: without(registry.groups, index) };
      expect(differences(less, seen), group.id).not.toEqual([]);
      if (group.type === 'attribute_group') return;
      for (const { ref } of group.attributes ?? []) {
        const attributes = group.attributes!.filter((attribute) => attribute.ref !== ref);
        const groups = registry.groups.with(index, { ...group, attributes });
        const problems = differences({ ...registry, groups }, seen);
        expect(problems).toContain(`${group.id} has ${ref}, undeclared`);
      }
    });
  });
});
