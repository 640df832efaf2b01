import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LogFs } from '../../src/receipts/log/index.ts';
import { openKeys, openLog, verifyLog } from '../../src/receipts/log/index.ts';
import type { LogKeys } from '../../src/receipts/log/keys.ts';
import { keysValidFor, trustKeys } from '../../src/receipts/verify/keyring.ts';
import {
  failEveryCall,
  type LogFsOperation,
  type MemoryFs,
  memoryFs,
} from '../../src/testing/index.ts';
import { signaturesIn } from './signatures.ts';
import { appendEpochs, origin, temporary } from './support.ts';

/** What a run was told before something went wrong. */
interface Acknowledged {
  leaves: number;
  rotated: boolean;
  revoked: boolean;
}

interface Place {
  readonly directory: string;
  readonly keys: string;
}

/** New keys that count up, so that runs are alike. */
function counting(from: number): (count: number) => Uint8Array {
  let next = from;
  return (count) => new Uint8Array(count).fill(next++);
}

function keysAt({ keys }: Place, fs: LogFs, first: number): LogKeys {
  return openKeys(keys, { origin, fs, random: counting(first), clock: { now: () => 5 } });
}

const overlap = 2;

/** Some leaves, a rotation, the leaves of its overlap and one more, a revocation, another leaf. */
async function changeKeys(place: Place, fs: LogFs, told: Acknowledged): Promise<void> {
  const keys = keysAt(place, fs, 10);
  const log = await openLog({ ...keys, directory: place.directory, origin, fs });
  try {
    const told1 = async (): Promise<void> => {
      await appendEpochs(log, [1]);
      told.leaves = log.durableSize;
    };
    await told1();
    await log.rotate({ signer: keys.nextSigner(), overlap });
    told.rotated = true;
    for (let count = 0; count < overlap + 1; count++) await told1();
    await log.revoke({ vkey: keys.signer.vkey, from: 100, reason: 'a drill' });
    told.revoked = true;
    await told1();
  } finally {
    await log.close();
  }
}

/** Opens what is left, and asks whether log, keyring and verifier say the same. */
async function agree(place: Place, fs: LogFs, told: Acknowledged): Promise<void> {
  const keys = keysAt(place, fs, 50);
  const log = await openLog({ ...keys, directory: place.directory, origin, fs });
  expect(log.size).toBeGreaterThanOrEqual(told.leaves);
  const changes = [...log.entries()].flatMap(({ leaf }) => (leaf.kind === 'key' ? [leaf] : []));
  const { keys: ranges } = log.keyring;
  const [first] = ranges;
  expect(changes.map(({ change }) => change)).toEqual([
    ...(ranges.length > 1 ? ['rotate'] : []),
    ...(first?.revokedFrom === undefined ? [] : ['revoke']),
  ]);
  if (told.rotated) expect(ranges).toHaveLength(2);
  if (told.revoked) expect(first).toMatchObject({ to: 1 + overlap, revokedFrom: 100 });
  // What opening followed is what lies in the file.
  expect(keysAt(place, fs, 60).keyring).toEqual(log.keyring);
  await appendEpochs(log, [1]);
  // Keys can be changed again, with what an interrupted change left behind.
  const again = await log.rotate({ signer: keys.nextSigner(), overlap: 0 });
  await appendEpochs(log, [1]);
  await log.close();
  expect(again.keys).toHaveLength(ranges.length + 1);
  const files = fs.readdirSync(place.keys).filter((name) => /^signing.*\.key$/.test(name));
  expect(files).toHaveLength(again.keys.length);
  const report = await verifyLog(place.directory, again, { fs });
  expect(report).toMatchObject({ ok: true, total_count: log.size, verified_count: log.size });
  allSigned(place, fs, log.keyring);
}

/** Each checkpoint has the lines of all keys that the keyring calls valid for it, and no other. */
function allSigned(place: Place, fs: LogFs, keyring: Parameters<typeof trustKeys>[0]): void {
  const trusted = trustKeys(keyring);
  const names = Object.fromEntries(keyring.keys.map(({ vkey }, at) => [`${at}`, vkey]));
  for (const line of signaturesIn(place.directory, fs, names)) {
    const [last, signers] = line.split(' ') as [string, string];
    const valid = keysValidFor(trusted, Number(last));
    const expected = valid.map(({ vkey }) => keyring.keys.findIndex((key) => key.vkey === vkey));
    expect([last, signers]).toEqual([last, expected.join('')]);
  }
}

/** A place whose lock is on the real disk and whose files are in memory. */
function placeIn(parent: string, name: string): Place {
  const directory = join(parent, name);
  mkdirSync(directory, { recursive: true });
  return { directory, keys: `${directory}.keys` };
}

interface Ran {
  readonly place: Place;
  readonly told: Acknowledged;
}

async function attempt(parent: string, name: string, fs: LogFs): Promise<Ran> {
  const place = placeIn(parent, name);
  const told: Acknowledged = { leaves: 0, rotated: false, revoked: false };
  try {
    await changeKeys(place, fs, told);
  } catch (error) {
    const { code } = error as { readonly code?: string };
    // Keys are read and made before a log is there to say it in its own words.
    expect(['EIO', 'ENOSPC', 'KNHK_LOG_OPEN', 'KNHK_LOG_POISONED', 'KNHK_LOG_CORRUPT']).toContain(
      code,
    );
  }
  return { place, told };
}

/** Random bytes for what a power cut leaves: nothing, everything, or some of it. */
function survivors(seed: number): (count: number) => Uint8Array {
  let state = seed;
  return (count) =>
    Uint8Array.from({ length: count }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return state >>> 24;
    });
}

const changing: readonly LogFsOperation[] = [
  ...(['openSync', 'writeSync', 'fsyncSync', 'ftruncateSync', 'renameSync'] as const),
  ...(['mkdirSync', 'unlinkSync', 'write', 'fdatasync', 'fdatasyncSync'] as const),
];

describe('a change of keys of which one call fails', () => {
  test.each([
    ['EIO', false],
    ['ENOSPC', true],
  ] as const)('with %s, lasting %s, agrees after reopening', async (errno, lasting) => {
    const parent = temporary();
    let runs = 0;
    const faults = await failEveryCall<Ran, MemoryFs>({
      errno,
      lasting,
      tornBytes: 100,
      fs: () => memoryFs({ directories: [parent] }),
      run: (fs) => attempt(parent, `log${runs++}`, fs),
      check: async ({ result: { place, told }, failed, fs }) => {
        if (failed === undefined) expect(told).toMatchObject({ rotated: true, revoked: true });
        await agree(place, fs, told);
      },
    });
    expect(faults).toBeGreaterThan(100);
  });

  test('and then the power too, leaves what was acknowledged', async () => {
    const parent = temporary();
    let runs = 0;
    await failEveryCall<Ran, MemoryFs>({
      lasting: true,
      fs: () => memoryFs({ directories: [parent] }),
      run: (fs) => attempt(parent, `log${runs++}`, fs),
      // A cut at any other call leaves what a cut at the next of these does.
      operations: changing,
      check: async ({ result: { place, told }, call, fs }) => {
        const some = { random: survivors(call) };
        for (const crash of call % 3 === 0 ? [{}, some] : [{}])
          await agree(place, fs.crash(crash), told);
      },
    });
  });
});

test('a checkpoint in the overlap names its keys, the old one first', async () => {
  const parent = temporary();
  const fs = memoryFs({ directories: [parent] });
  const { place, told } = await attempt(parent, 'log', fs);
  expect(told).toEqual({ leaves: 7, rotated: true, revoked: true });
  const { keyring } = keysAt(place, fs, 60);
  const names = { a: keyring.keys[0]?.vkey ?? '', b: keyring.keys[1]?.vkey ?? '' };
  expect(signaturesIn(place.directory, fs, names)).toEqual([
    ...['0 a', '1 ab', '2 ab', '3 ab'],
    ...['4 b', '5 b', '6 b'],
  ]);
});
