import { spawnSync } from 'node:child_process';
import { beforeAll, expect, it } from 'vitest';
import { projectRoot } from '../tidy/files.ts';

let lines: readonly string[] = [];
beforeAll(() => {
  const program = 'build/examples/telemetry/main.js';
  const options = { cwd: projectRoot, encoding: 'utf8', timeout: 60_000 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [program], options);
  expect(status, stderr).toBe(0);
  lines = stdout.split('\n');
});

/** Count of the spans of a name. */
const spansOf = (name: string): number =>
  Number(
    lines
      .find((line) => line.startsWith(`# ${name} `))
      ?.split(/ +/)
      .at(-2),
  );

/** The sum of a metric's series. */
const sumOf = (series: string): number =>
  lines
    .filter((line) => line.startsWith(`${series}{`))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);

it('shows every request and epoch as spans; rows validate, so that shapes take no batch', () => {
  expect(spansOf('POST /flights')).toBe(40);
  expect(spansOf('mape_k.cycle')).toBe(4);
  expect(spansOf('receipt.verify')).toBe(1);
  // At least one for each request: its flights share epochs.
  expect(spansOf('receipt.issue')).toBeGreaterThanOrEqual(40);
  expect(spansOf('receipt.issue')).toBeLessThan(2_000);
  expect(lines.filter((line) => line.startsWith('# validation.shacl'))).toEqual([]);
});

it('counts every flight once', () => {
  expect(sumOf('knhk_observations_ingested_total')).toBe(2_000);
  expect(sumOf('knhk_decisions_total')).toBe(2_000);
  expect(sumOf('knhk_observation_ingest_latency_ms_count')).toBe(2_000);
  expect(sumOf('knhk_errors_total')).toBe(0);
  expect(sumOf('knhk_mape_k_cycle_count_total')).toBe(4);
});
