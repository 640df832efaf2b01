import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as api from '@opentelemetry/api';
import * as contexts from '@opentelemetry/context-async-hooks';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import * as sdkMetrics from '@opentelemetry/sdk-metrics';
import * as sdkTrace from '@opentelemetry/sdk-trace-base';
import { afterEach, expect, it, vi } from 'vitest';
import * as knhk from '../../src/index.ts';
import * as loop from '../../src/loop/index.ts';
import * as otel from '../../src/otel/index.ts';
import { nodeFs } from '../../src/receipts/log/fs.ts';
import { expectGolden } from '../golden.ts';
import { scripted } from '../support/scripted-kernel.ts';
import { runScenario } from './scenario.mjs';
import { watch, wrapFs } from './watch.mjs';

vi.mock('../../src/kernel/native.ts', async (original) => {
  const { scriptedNative } = await import('../support/scripted-kernel.ts');
  return scriptedNative(original);
});

const directory = mkdtempSync(join(tmpdir(), 'knhk-exposition-'));
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});

/** What a Prometheus server would scrape, without what differs between hosts. */
function exposition(resourceMetrics: unknown): string {
  const text = new PrometheusSerializer('', false).serialize(resourceMetrics as never);
  const lines = text.split('\n').filter((line) => !/target_info|^$/.test(line));
  const scope = /,?otel_scope_name="knhk",otel_scope_version="[^"]*"/;
  const bare = (line: string): string =>
    line.replace(scope, '').replace('{,', '{').replace('{}', '');
  return `${lines.map(bare).join('\n')}\n`;
}

it('gives these Prometheus series for a run with known counts, value by value', async () => {
  // Time stands still but where the script lets it pass: 3 ms before an answer, 2 ms for a sync.
  let nowMs = 1_000;
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  const tick = (ms: number): void => {
    nowMs += ms;
  };
  const fs = wrapFs(nodeFs, (operation) => {
    if (operation === 'fdatasync') tick(2);
  });
  // Of 8 facts each: 2 and 12 ticks a fact, and 3 more for what observeMany reads and stores.
  scripted.begin([16, 96]);
  const keys = knhk.openKeys(`${directory}/keys`, { origin: 'example.com/scenario' });
  const watching = watch({ api, sdkTrace, sdkMetrics, contexts, otel });
  const { caller } = watching;
  const given = { directory, keys, caller, tick, fs };
  const { runtime } = await runScenario({ knhk, loop }, given);
  const open = exposition(await watching.collect());
  await runtime.close();
  const closed = exposition(await watching.collect());
  await watching.stop();
  expectGolden('test/golden/exposition.txt', open);
  // What was counted stays when a runtime closes; only how it is has nobody to say it.
  const counts = (text: string): string[] =>
    text.split('\n').filter((line) => !line.includes('knhk_health_status'));
  expect(counts(closed)).toEqual(counts(open));
  expect(open).toContain('knhk_health_status{receipt_log_origin="example.com/scenario"} 1\n');
});
