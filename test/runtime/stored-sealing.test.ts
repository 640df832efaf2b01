import { copyFileSync, cpSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type LogFs, nodeFs } from '../../src/receipts/log/fs.ts';
import { surveyLog } from '../../src/receipts/log/survey.ts';
import { openStored } from '../../src/runtime/replay-source.ts';
import { appendEpochs, open, origin, temporary } from '../receipts/support.ts';

/** One log twice: with the payloads in its segments, and sealed. */
async function logs(): Promise<{ whole: string; sealed: string }> {
  const [whole, sealed] = [join(temporary(), 'whole'), join(temporary(), 'sealed')];
  const log = await open(whole, { segmentBytes: 6_000, sealing: false });
  await appendEpochs(log, [5, 4, 3, 5, 4]);
  await log.close();
  cpSync(whole, sealed, { recursive: true });
  const again = await open(sealed, { segmentBytes: 6_000 });
  await again.seal();
  await again.close();
  return { whole, sealed };
}

/** Seals a log at its n-th call of the file system, as a writer would do beside a reader. */
function sealingAt(
  directory: string,
  sealed: string,
  n: number,
): { fs: LogFs; calls: () => number } {
  let calls = 0;
  const seal = (): void => {
    if (calls++ !== n) return;
    for (const folder of ['payload', 'index', 'tile']) {
      cpSync(join(sealed, folder), join(directory, folder), { recursive: true });
    }
    for (const name of readdirSync(join(sealed, 'seg'))) {
      const path = join(directory, 'seg', name);
      copyFileSync(join(sealed, 'seg', name), `${path}.tmp`);
      renameSync(`${path}.tmp`, path);
    }
  };
  const before =
    <A extends unknown[], R>(work: (...given: A) => R) =>
    (...given: A): R => {
      seal();
      return work(...given);
    };
  const { openSync, readSync, fstatSync, statSync, readdirSync: list } = nodeFs;
  return {
    calls: () => calls,
    fs: {
      ...nodeFs,
      openSync: before(openSync),
      readSync: before(readSync),
      fstatSync: before(fstatSync),
      statSync: before(statSync),
      readdirSync: before(list),
    },
  };
}

async function surveyed(directory: string, fs: LogFs): Promise<unknown> {
  const told: unknown[] = [];
  const { leaves, tail } = await surveyLog(fs, directory, origin, {
    leaf: (leaf) => void told.push(leaf),
    epoch: (size, note) => void told.push([size, note]),
    unreadable: (place) => void told.push(place),
  });
  return { leaves, tail, told };
}

async function read(directory: string, fs: LogFs): Promise<unknown> {
  const epochs: unknown[] = [];
  for await (const epoch of openStored(directory, fs).epochs()) epochs.push(epoch);
  return epochs;
}

test.each([
  ['counts', surveyed],
  ['reads', read],
])('a reader %s the same at whatever moment segments are sealed beside it', async (_, look) => {
  const { whole, sealed } = await logs();
  const wanted = await look(whole, nodeFs);
  expect(await look(sealed, nodeFs)).toEqual(wanted);
  let last = 0;
  for (let n = 0; n <= last; n++) {
    const copy = join(temporary(), 'copy');
    cpSync(whole, copy, { recursive: true });
    const { fs, calls } = sealingAt(copy, sealed, n);
    expect(await look(copy, fs), `sealed at call ${n}`).toEqual(wanted);
    last = calls();
  }
  expect(last).toBeGreaterThan(10);
});
