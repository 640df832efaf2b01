import { mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type MemoryFs, memoryFs } from '../../src/testing/index.ts';
import { filesOf } from '../runtime/erase-support.ts';
import { appendEpochs, open, temporary } from './support.ts';

/** A log sealed twice; `between` meets what the first sealing left. */
async function tilesOf(between: (fs: MemoryFs, tile: string) => void) {
  const directory = `${temporary()}/log`;
  mkdirSync(directory);
  const fs = memoryFs({ directories: [directory] });
  const given = { fs, segmentBytes: 32_768 };
  const first = await open(directory, given);
  await appendEpochs(first, [200, 100, 7]);
  await first.seal();
  await first.close();
  between(fs, `${directory}/tile`);
  const second = await open(directory, given);
  await appendEpochs(second, [50, 256]);
  await second.seal();
  await second.close();
  const files = [...filesOf(fs, `${directory}/tile`)];
  return files
    .map(([path, bytes]) => [path.slice(directory.length), bytes.toString('hex')])
    .sort(([left], [right]) => (left! < right! ? -1 : 1));
}

test.each([
  ['a partial tile', /\/0\/.*\.p\//],
  ['a bundle of entries', /\/entries\/.*\.p\//],
  ['all of them', /./],
])('without %s the same tiles are made again', async (_, lost) => {
  const whole = await tilesOf(() => {});
  expect(whole.length).toBeGreaterThan(4);
  const again = await tilesOf((fs, tile) => {
    const gone = [...filesOf(fs, tile).keys()].filter((path) => lost.test(path));
    expect(gone.length).toBeGreaterThan(0);
    for (const path of gone) fs.unlinkSync(path);
  });
  // A partial tile that was not lost may stay beside the one that took its place.
  const wanted = new Set(whole.map(([path]) => path));
  expect(again.filter(([path]) => wanted.has(path!))).toEqual(whole);
});
