import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { root } from '../packages.ts';

/** One series of the Numenta Anomaly Benchmark (NAB). */
export interface NabSeries {
  /** Folder and file, such as `realTraffic/speed_7578.csv`. */
  readonly name: string;
  /** ms since 1970, the written times taken as UTC; not always ascending. */
  readonly times: Float64Array;
  readonly values: Float64Array;
  /** First and last index of each window in which an anomaly may be found. */
  readonly windows: readonly (readonly [first: number, last: number])[];
}

// The benchmark's data is not part of this repository.
const suites = process.env['KNHK_SUITES'] ?? resolve(root, '../shared/suites');
const folder = join(suites, 'nab');

/** The part of the benchmark that lies in the suites; undefined where there is none. */
export function nabCorpus(): NabSeries[] | undefined {
  const labels = join(folder, 'labels/combined_windows.json');
  if (!existsSync(labels)) {
    console.warn(`SKIPPED: no NAB suite at ${folder}; set KNHK_SUITES`);
    return undefined;
  }
  const windows = JSON.parse(readFileSync(labels, 'utf8')) as Record<string, [string, string][]>;
  return Object.entries(windows).map(([name, spans]) => readSeries(name, spans));
}

function readSeries(name: string, spans: readonly [string, string][]): NabSeries {
  const text = readFileSync(join(folder, 'data', name), 'utf8').trim();
  const rows = text
    .split(/\r?\n/)
    .slice(1)
    .map((line) => line.split(',') as [string, string]);
  const stamps = rows.map(([stamp]) => stamp);
  const indexOf = (stamp: string): number => {
    // Labels are written with fractions of a second, the data without.
    const index = stamps.indexOf(stamp.replace(/\.\d+$/, ''));
    if (index < 0) throw new Error(`${name}: no record at ${stamp}`);
    return index;
  };
  return {
    name,
    times: Float64Array.from(stamps, (stamp) => Date.parse(`${stamp.replace(' ', 'T')}Z`)),
    values: Float64Array.from(rows, ([, value]) => Number(value)),
    windows: spans.map(([first, last]) => [indexOf(first), indexOf(last)]),
  };
}
