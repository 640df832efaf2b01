import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { differences } from '../otel/declared.ts';
import type { Seen } from '../otel/watch.mjs';
import { loadRegistry } from '../registry/load.ts';
import { emptyProject } from './project.ts';

const testFile = (name: string): string =>
  readFileSync(new URL(`../otel/${name}`, import.meta.url), 'utf8');

/** Runs the scenario over the installed package under an installed SDK and prints what arrived. */
const program = (sdkTrace: string): string => `
import { mkdtempSync, rmSync } from 'node:fs';
import * as api from '@opentelemetry/api';
import * as contexts from '@opentelemetry/context-async-hooks';
import * as sdkMetrics from '@opentelemetry/sdk-metrics';
import * as sdkTrace from '${sdkTrace}';
import * as knhk from 'knhk';
import * as loop from 'knhk/loop';
import * as otel from 'knhk/otel';
import { failingFs } from 'knhk/testing';
import { runFailures, runScenario } from './scenario.mjs';
import { failingDisk, watch } from './watch.mjs';

const directory = mkdtempSync('run-');
const keys = knhk.openKeys(directory + '/keys', { origin: 'example.com/scenario' });
const watching = watch({ api, sdkTrace, sdkMetrics, contexts, otel });
const given = { directory, keys, caller: watching.caller, tick() {} };
const { runtime, outcomes, streamed } = await runScenario({ knhk, loop }, given);
await knhk.verifyLog(directory + '/log', keys.keyring);
const others = knhk.openKeys(directory + '/keys-2', { origin: 'example.com/failures' });
const failing = () => failingDisk(failingFs());
await runFailures({ knhk, loop }, { directory, keys: others, failing });
const seen = await watching.stop();
await runtime.close();
rmSync(directory, { recursive: true });
const { measurable } = streamed;
console.log(JSON.stringify({ node: process.version, outcomes, measurable, seen }));
`;

/** The same without any SDK, under the oldest interface that is promised. */
const bare = `
import { mkdtempSync, rmSync } from 'node:fs';
import * as knhk from 'knhk';
import * as loop from 'knhk/loop';
import { metricProducer, openTelemetry } from 'knhk/otel';
import { runScenario } from './scenario.mjs';

const directory = mkdtempSync('run-');
const producer = metricProducer();
const telemetry = openTelemetry();
const keys = knhk.openKeys(directory + '/keys', { origin: 'example.com/scenario' });
const given = { directory, keys, caller: (work) => work(), tick() {} };
const { runtime, outcomes } = await runScenario({ knhk, loop }, given);
const { resourceMetrics } = await producer.collect();
telemetry.close();
await runtime.close();
rmSync(directory, { recursive: true });
const points = resourceMetrics.scopeMetrics[0].metrics[0].dataPoints.length;
console.log(JSON.stringify({ outcomes: outcomes.length, points }));
`;

const hosts = [
  {
    name: 'SDK 2.12 and api 1.9 on Node 20',
    node: '20',
    sdkTrace: '@opentelemetry/sdk-trace-base',
    dependencies: {
      '@opentelemetry/api': '1.9.1',
      '@opentelemetry/context-async-hooks': '2.12.0',
      '@opentelemetry/sdk-metrics': '2.12.0',
      '@opentelemetry/sdk-trace-base': '2.12.0',
    },
  },
  {
    name: 'SDK 3.1 and api 1.10 on Node 24',
    node: '24',
    sdkTrace: '@opentelemetry/sdk-trace',
    dependencies: {
      '@opentelemetry/api': '1.10.0',
      '@opentelemetry/context-async-hooks': '3.1.1',
      '@opentelemetry/sdk-metrics': '3.1.1',
      '@opentelemetry/sdk-trace': '3.1.1',
    },
  },
] as const;

describe('the packed package beside a host', () => {
  it.each(hosts)('emits what the registry declares, under $name', (host) => {
    const files = {
      'main.mjs': program(host.sdkTrace),
      'scenario.mjs': testFile('scenario.mjs'),
      'watch.mjs': testFile('watch.mjs'),
    };
    using project = emptyProject({ dependencies: host.dependencies, files, node: host.node });
    const { stdout, stderr, status } = project.run('main.mjs');
    expect(status, stderr).toBe(0);
    const { node, measurable, seen } = JSON.parse(stdout) as {
      readonly node: string;
      readonly measurable: number;
      readonly seen: Seen;
    };
    expect(node.startsWith(`v${host.node}.`)).toBe(true);
    expect(seen.callers.length).toBeGreaterThan(0);
    // Where no batch can be measured, no share of them is said.
    const unsaid = [
      'metric knhk.guard.chatman_compliance unseen',
      'metric.knhk.guard.chatman_compliance: operation.type unseen',
    ];
    expect(differences(loadRegistry(), seen)).toEqual(measurable > 0 ? [] : unsaid);
  });
  it('works under api 1.3 and without an SDK', () => {
    const dependencies = { '@opentelemetry/api': '1.3.0' };
    const files = { 'main.mjs': bare, 'scenario.mjs': testFile('scenario.mjs') };
    using project = emptyProject({ dependencies, files });
    const { stdout, stderr, status } = project.run('main.mjs');
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ outcomes: 16, points: 3 });
  });
});
