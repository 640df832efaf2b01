import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nodeFs } from '../../src/receipts/log/fs.ts';
import { heldState } from '../../src/receipts/log/held.ts';
import { networkFileSystem } from '../../src/receipts/log/network-fs.ts';
import { surveyLog } from '../../src/receipts/log/survey.ts';
import { encodeFrame } from '../../src/receipts/verify/index.ts';
import { framesOf } from '../runtime/replay-support.ts';
import { applyBody, open, origin, temporary } from './support.ts';

/** What a survey tells and answers. */
async function survey(directory: string, of: string = origin) {
  const leaves: number[] = [];
  const sizes: number[] = [];
  const places: string[] = [];
  const found = await surveyLog(nodeFs, directory, of, {
    leaf: ({ seq }) => void leaves.push(seq),
    epoch: (size) => void sizes.push(size),
    unreadable: ({ seq, what }) => void places.push(`${seq}: ${what}`),
  });
  return { leaves, sizes, places, found };
}

/** A log of four leaves in three epochs. */
async function fourLeaves(): Promise<string> {
  const directory = join(temporary(), 'log');
  const log = await open(directory, { epochLeaves: 2 });
  for (const name of ['a', 'b', 'c']) await log.append(applyBody(name), log.tick(), '{}').durable;
  await log.append(applyBody('d'), log.tick(), '{}').durable;
  await log.close();
  return directory;
}

const segment = (directory: string): string =>
  join(directory, 'seg', readdirSync(join(directory, 'seg'))[0] as string);

describe('a survey', () => {
  test('tells leaves and epochs in the order of the log', async () => {
    const directory = await fourLeaves();
    const { leaves, sizes, places, found } = await survey(directory);
    expect([leaves, sizes, places]).toEqual([[0, 1, 2, 3], [1, 2, 3, 4], []]);
    const bytes = readFileSync(segment(directory)).length;
    expect(found).toEqual({ leaves: 4, segments: 1, bytes, tail: { leaves: 0, bytes: 0 } });
  });

  test('of another origin fits no epoch', async () => {
    const { places } = await survey(await fourLeaves(), 'example.com/other');
    expect(places).toEqual(
      [0, 1, 2, 3].map((seq) => `${seq}: an epoch that does not fit its leaves`),
    );
  });

  test('takes what is no leaf and no epoch for unreadable where an epoch follows', async () => {
    const directory = await fourLeaves();
    const path = segment(directory);
    const whole = readFileSync(path);
    const noLeaves = [
      '{',
      '[]',
      'null',
      '{"seq":1,"kind":"apply"}',
      '{"seq":"1","kind":"apply","time":1}',
    ];
    const junk = [
      ...noLeaves.map((text) => encodeFrame(2, Buffer.from(text))),
      encodeFrame(3, Buffer.from('no epoch')),
    ];
    appendFileSync(path, Buffer.concat(junk));
    const tail = { leaves: noLeaves.length, bytes: Buffer.concat(junk).length };
    expect(await survey(directory)).toMatchObject({ places: [], found: { leaves: 4, tail } });
    writeFileSync(path, Buffer.concat([...junk, whole]));
    const { places, leaves } = await survey(directory);
    expect(leaves).toEqual([0, 1, 2, 3]);
    expect(places).toEqual([
      ...noLeaves.map(() => '0: no leaf'),
      '0: an epoch that cannot be read',
    ]);
  });

  test('misses a leaf that was taken out whole', async () => {
    const directory = await fourLeaves();
    const path = segment(directory);
    const frames = framesOf(path).map(({ type, content }) => encodeFrame(type, content));
    // Payload, leaf and epoch of each of the first ones: the second leaf is the fifth frame.
    writeFileSync(path, Buffer.concat(frames.filter((_, index) => index !== 4)));
    const { places, leaves, found } = await survey(directory);
    expect(leaves).toEqual([0, 2, 3]);
    expect(places).toEqual(['1: an epoch that does not fit its leaves']);
    expect(found.leaves).toBe(4);
  });

  test('of nothing is nothing', async () => {
    const directory = temporary();
    mkdirSync(join(directory, 'seg'));
    expect(await survey(directory)).toMatchObject({
      ...{ leaves: [], sizes: [], places: [] },
      found: { leaves: 0, segments: 0, bytes: 0, tail: { leaves: 0, bytes: 0 } },
    });
  });
});

describe('whether a log is held', () => {
  test.each([['short'], ['long'.repeat(40)]])('is answered at its lock: %s', async (name) => {
    const directory = join(temporary(), name);
    const log = await open(directory);
    expect(await heldState(nodeFs, directory)).toBe('held');
    // Asking took nothing: the holder goes on, and asking again gives the same.
    await log.append(applyBody('a'), log.tick()).durable;
    expect(await heldState(nodeFs, directory)).toBe('held');
    await log.close();
    expect(await heldState(nodeFs, directory)).toBe('free');
    await (await open(directory)).close();
  });

  test.skipIf(process.platform === 'win32')('is no where a lock was left behind', async () => {
    const directory = temporary();
    expect(await heldState(nodeFs, directory)).toBe('free');
    const server = createServer();
    await new Promise<void>((done) => server.listen(join(directory, 'other.sock'), done));
    nodeFs.renameSync(join(directory, 'other.sock'), join(directory, 'lock.sock'));
    expect(await heldState(nodeFs, directory)).toBe('held');
    await new Promise((done) => server.close(done));
    // The renamed socket file stays when its listener is gone.
    expect(await heldState(nodeFs, directory)).toBe('free');
    rmSync(join(directory, 'lock.sock'));
    writeFileSync(join(directory, 'lock.sock'), 'no socket');
    expect(await heldState(nodeFs, directory)).not.toBe('held');
  });
});

test('a file system is named a network one exactly where openLog refuses it', async () => {
  const local = [0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630, 0x65735546, 0];
  const network = [0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997, 0xc36400, 0x5346414f];
  for (const type of [...local, ...network, 0x73757245]) {
    // Node gives the number with or without its sign.
    const fs = { ...nodeFs, fileSystemType: () => type | 0 };
    const opened = open(join(temporary(), 'data'), { fs }).then(
      async (log) => {
        await log.close();
        return 'opened';
      },
      (error: { readonly code: string }) => error.code,
    );
    const isNetwork = networkFileSystem(type | 0) !== undefined;
    expect([type, isNetwork]).toEqual([type, !local.includes(type)]);
    expect(await opened).toBe(isNetwork ? 'KNHK_LOG_NETWORK_FS' : 'opened');
  }
});
