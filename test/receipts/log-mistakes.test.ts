import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { getBlob, putBlob } from '../../src/receipts/log/blobs.ts';
import { EpochIndex } from '../../src/receipts/log/epoch-index.ts';
import { nodeFs } from '../../src/receipts/log/fs.ts';
import { IdTable } from '../../src/receipts/log/ids.ts';
import { nodeSigner, openKeys, openLog, verifyLog } from '../../src/receipts/log/index.ts';
import { createCommitments } from '../../src/receipts/log/secrets.ts';
import { isOwnSigner, nodeVerify } from '../../src/receipts/log/signer.ts';
import { parseVkey } from '../../src/receipts/verify/index.ts';
import { runs } from '../support/effort.ts';
import { mistakeOf } from '../support/errors.ts';
import {
  appendEpochs,
  applyBody,
  keyring,
  open,
  origin,
  otherSigner,
  signer,
  temporary,
} from './support.ts';

/** {@link mistakeOf} for a promise. */
async function mistakeIn(work: () => Promise<unknown>): Promise<readonly string[] | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return mistakeOf(() => {
      throw error;
    });
  }
}

describe('opening', () => {
  test.each([
    ['segmentBytes', 67_108_864],
    ['epochLeaves', 256],
    ['idsMax', 16_777_216],
  ] as const)('%s is an integer in its range', async (name, max) => {
    for (const value of [0, -1, 0.5, max + 1, Number.NaN]) {
      expect(await mistakeIn(() => open(temporary(), { [name]: value }))).toEqual([
        'KNHK_LOG_OPEN',
        name,
        `an integer from 1 to ${max}`,
        String(value),
      ]);
    }
    for (const value of [1, max]) await (await open(temporary(), { [name]: value })).close();
  });

  test('an origin, a signer and a keyring that do not fit', async () => {
    const directory = temporary();
    const opening = (more: object) =>
      mistakeIn(() => openLog({ directory, origin, signer, ...more }));
    expect(await opening({ origin: 'a b' })).toEqual([
      'KNHK_LOG_OPEN',
      'origin',
      'a name without spaces, plus and control characters',
      'a b',
    ]);
    expect(await opening({ signer: { ...signer, vkey: 'x' } })).toEqual([
      'KNHK_LOG_SIGNATURE',
      'signer',
      'an Ed25519 vkey',
      'x',
    ]);
    expect(await opening({ keyring: { ...keyring, origin: 'other' } })).toEqual([
      'KNHK_LOG_SIGNATURE',
      'keyring',
      `the keys of ${origin}`,
      'other',
    ]);
    const unkeyed = { origin, keys: [{ vkey: otherSigner.vkey, from: 0 }] };
    expect(await opening({ keyring: unkeyed })).toEqual([
      'KNHK_LOG_SIGNATURE',
      'signer',
      'a key of the keyring valid for seq 0',
      signer.vkey,
    ]);
  });

  test('a directory that is none, or none yet', async () => {
    const directory = temporary();
    const file = join(directory, 'file');
    writeFileSync(file, '');
    expect(await mistakeIn(() => open(file))).toEqual([
      'KNHK_LOG_OPEN',
      file,
      'a directory',
      'a file',
    ]);
    const absent = join(directory, 'absent');
    expect(await mistakeIn(() => open(absent, { create: false }))).toEqual([
      'KNHK_LOG_OPEN',
      absent,
      'a log',
      'no directory',
    ]);
    expect(await mistakeIn(() => open(directory, { create: false }))).toEqual([
      'KNHK_LOG_OPEN',
      directory,
      'a log',
      'no FORMAT',
    ]);
    expect(await mistakeIn(() => verifyLog(directory, keyring))).toEqual([
      'KNHK_LOG_OPEN',
      directory,
      'a log',
      'no FORMAT',
    ]);
  });

  test('FORMAT of another log, or none beside segments', async () => {
    const directory = temporary();
    const path = join(directory, 'FORMAT');
    const text = `knhk receipt log\nformat 1\norigin ${origin}\n`;
    await (await open(directory)).close();
    expect(readFileSync(path, 'utf8')).toBe(text);
    for (const [bytes, got] of [
      [Buffer.from('something else'), 'something else'],
      [Buffer.of(0xff), 'no text'],
    ] as const) {
      writeFileSync(path, bytes);
      expect(await mistakeIn(() => open(directory))).toEqual(['KNHK_LOG_FORMAT', path, text, got]);
    }
    const begun = temporary();
    mkdirSync(join(begun, 'seg'));
    await (await open(begun)).close();
    const other = temporary();
    mkdirSync(join(other, 'seg'));
    writeFileSync(join(other, 'seg', '000000000000.seg'), '');
    expect(await mistakeIn(() => open(other))).toEqual([
      'KNHK_LOG_FORMAT',
      join(other, 'FORMAT'),
      'FORMAT beside segments',
      'no such file',
    ]);
  });

  test('a network disk', async () => {
    const directory = temporary();
    const fs = { ...nodeFs, fileSystemType: () => 0x6969 };
    expect(await mistakeIn(() => open(directory, { fs }))).toEqual([
      'KNHK_LOG_NETWORK_FS',
      directory,
      'a local disk',
      'NFS',
    ]);
  });
});

describe('appending and reading', () => {
  test('what cannot be appended leaves the log as it was', async () => {
    const log = await open(temporary(), { idsMax: 2 });
    await appendEpochs(log, [1]);
    const { time } = log.read(0).leaf;
    const mistake = (work: () => unknown) => mistakeOf(work);
    expect(mistake(() => log.append({ ...applyBody('x'), id: 'x' }, log.tick()))).toEqual([
      'KNHK_LOG_LEAF',
      'seq 1',
      'a body of its kind',
      'member id',
    ]);
    for (const wrong of [time - 1, time + 0.5, Number.NaN]) {
      expect(mistake(() => log.append(applyBody('x'), wrong))).toEqual([
        'KNHK_LOG_LEAF',
        'seq 1',
        `a time from ${time} ms on`,
        String(wrong),
      ]);
    }
    expect(mistake(() => log.append(applyBody('x'), time, 'x'.repeat(1_048_577)))).toEqual([
      'KNHK_LIMIT_PAYLOAD',
      'seq 1',
      'at most 1048576 bytes',
      'more',
    ]);
    const dropped = Array.from({ length: 9 }, () => ({
      kind: 'a',
      name: 'b'.repeat(8_000),
      reason: '',
    }));
    const { snapshot } = applyBody('x');
    const deploy = {
      kind: 'deploy',
      snapshot,
      parent: null,
      catalogue: snapshot,
      dropped,
    } as const;
    expect(mistake(() => log.append(deploy, time))).toEqual([
      'KNHK_LIMIT_ENTRY',
      'seq 1',
      'at most 65535 bytes',
      'more',
    ]);
    expect(log.size).toBe(1);
    await log.append(applyBody('y'), time, 'x'.repeat(1_048_576)).durable;
    expect(mistake(() => log.append(applyBody('z'), time))).toEqual([
      'KNHK_LIMIT_IDS',
      'id table',
      'at most 2 ids',
      '3',
    ]);
    expect([log.size, log.read(1).payload?.length]).toEqual([2, 1_048_576]);
    for (const seq of [2, -1, 0.5]) {
      expect(mistake(() => log.read(seq))).toEqual([
        'KNHK_LOG_SEQ',
        'read',
        'a seq below 2',
        String(seq),
      ]);
    }
    await log.close();
    expect(mistake(() => log.append(applyBody('z'), time))).toEqual([
      'KNHK_LOG_CLOSED',
      origin,
      'an open log',
      'a closed one',
    ]);
  });
});

describe('blobs', () => {
  test('are found by their hash, or not at all', () => {
    const directory = temporary();
    mkdirSync(join(directory, 'blob'));
    const hash = putBlob(nodeFs, directory, 'rules', '{"a":"\u00e9"}');
    expect(putBlob(nodeFs, directory, 'rules', '{"a":"\u00e9"}')).toBe(hash);
    expect(getBlob(nodeFs, directory, hash)).toEqual({ kind: 'rules', text: '{"a":"\u00e9"}' });
    const other = putBlob(nodeFs, directory, 'shapes', 'a\nb\n');
    expect(getBlob(nodeFs, directory, other)).toEqual({ kind: 'shapes', text: 'a\nb\n' });
    const absent = hash.replace(/^./, hash.startsWith('0') ? '1' : '0');
    for (const name of [absent, '', `${hash}0`, `0${hash}`, hash.toUpperCase(), '../FORMAT']) {
      expect(getBlob(nodeFs, directory, name)).toBeUndefined();
    }
    const path = join(directory, 'blob', hash.slice(0, 2), hash);
    writeFileSync(path, 'other');
    expect(mistakeOf(() => getBlob(nodeFs, directory, hash))?.slice(0, 3)).toEqual([
      'KNHK_LOG_BLOB',
      path,
      'bytes that hash to the name',
    ]);
  });
});

describe('keys', () => {
  const keys = (directory: string) => mistakeOf(() => openKeys(directory, { origin }));
  test('that are not there, too short, or of another log', () => {
    const directory = join(temporary(), 'keys');
    const random = (count: number): Uint8Array => new Uint8Array(count).fill(3);
    const made = openKeys(directory, { origin, random, clock: { now: () => 5 } });
    expect(made.secret).toEqual(new Uint8Array(32).fill(3));
    expect(made.keyring).toEqual({
      origin,
      keys: [{ vkey: made.signer.vkey, from: 0, created: 5 }],
    });
    expect(openKeys(directory, { origin }).signer.vkey).toBe(made.signer.vkey);
    const secret = join(directory, 'secret');
    writeFileSync(secret, new Uint8Array(31));
    expect(keys(directory)).toEqual(['KNHK_LOG_KEYS', secret, '32 bytes', 'another length']);
    writeFileSync(secret, new Uint8Array(32));
    const path = join(directory, 'keyring.json');
    const of = (ring: object): unknown => {
      writeFileSync(path, JSON.stringify(ring));
      return keys(directory);
    };
    const other = { origin: 'other', keys: made.keyring.keys };
    expect(of(other)).toEqual(['KNHK_LOG_KEYS', path, `the keys of ${origin}`, 'those of other']);
    expect(of(keyring)).toEqual([
      'KNHK_LOG_KEYS',
      path,
      `the keys of ${origin}`,
      `those of ${origin}`,
    ]);
    const both = { origin, keys: [...keyring.keys, ...made.keyring.keys] };
    expect(of(both)).toBeUndefined();
  });

  test('a seed has 32 bytes, and so has a secret', () => {
    expect(mistakeOf(() => nodeSigner({ name: 'a', privateKey: new Uint8Array(31) }))).toEqual([
      'KNHK_RECEIPTS_KEY',
      'a',
      'a seed of 32 bytes',
      '31 bytes',
    ]);
    expect(mistakeOf(() => createCommitments(new Uint8Array(33)))).toEqual([
      'KNHK_LOG_KEYS',
      'secret',
      '32 bytes',
      '33 bytes',
    ]);
  });

  test('a signature of another length, or by another key, is none', () => {
    const { publicKey } = parseVkey(signer.vkey)!;
    const message = new Uint8Array(3);
    const signature = signer.sign(message) as Uint8Array;
    expect(nodeVerify(publicKey, message, signature)).toBe(true);
    expect(nodeVerify(publicKey, message, signature.slice(1))).toBe(false);
    expect(nodeVerify(publicKey.slice(1), message, signature)).toBe(false);
    expect(nodeVerify(publicKey, new Uint8Array(4), signature)).toBe(false);
    expect(nodeVerify(parseVkey(otherSigner.vkey)!.publicKey, message, signature)).toBe(false);
    expect(nodeVerify(new Uint8Array(32).fill(255), message, signature)).toBe(false);
    expect([isOwnSigner(signer), isOwnSigner({ ...signer })]).toEqual([true, false]);
    // More keys than are kept, and the first one again.
    for (let seed = 10; seed < 80; seed++) {
      const one = nodeSigner({ name: 'a', privateKey: new Uint8Array(32).fill(seed) });
      const key = parseVkey(one.vkey)!.publicKey;
      expect(nodeVerify(key, message, one.sign(message) as Uint8Array)).toBe(true);
    }
    expect(nodeVerify(publicKey, message, signature)).toBe(true);
  });
});

describe('the index of epochs', () => {
  const step = fc.oneof(
    { weight: 1, arbitrary: fc.constant('segment' as const) },
    {
      weight: 4,
      arbitrary: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 99 })),
    },
  );

  test('finds what a list of epochs finds, through growth and storage', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.constantFrom(0, 300), (steps, more) => {
        const index = new EpochIndex();
        const model: {
          first: number;
          count: number;
          segment: number;
          offset: number;
          length: number;
        }[] = [];
        let [size, segment, end] = [0, 0, 0];
        index.addSegment(0);
        const many = Array.from({ length: more }, (): [number, number] => [1, 7]);
        for (const item of [...steps, ...many]) {
          if (item === 'segment') {
            // A segment begins behind at least one epoch.
            if (size === segment) continue;
            [segment, end] = [size, 0];
            index.addSegment(size);
          } else {
            const [count, length] = item;
            model.push({ first: size, count, segment, offset: end, length });
            index.addEpoch(count, length);
            [size, end] = [size + count, end + length];
          }
        }
        for (const made of [index, EpochIndex.fromData(index.toData(), index.size)]) {
          expect([made.size, made.epochs, made.end]).toEqual([size, model.length, end]);
          model.forEach((place, position) => {
            expect(made.at(position)).toEqual(place);
            expect(made.find(place.first)).toBe(position);
            expect(made.find(place.first + place.count - 1)).toBe(position);
          });
          expect(made.segments).toEqual(index.segments);
        }
      }),
      { numRuns: runs(200) },
    );
    expect(new EpochIndex().end).toBe(0);
  });

  test('the table of ids has room for so many and no more', () => {
    const table = new IdTable(1);
    table.checkRoom();
    table.add('0'.repeat(64), 5);
    expect(table.candidates('0'.repeat(64))).toEqual([5]);
    expect(mistakeOf(() => table.checkRoom())).toEqual([
      'KNHK_LIMIT_IDS',
      'id table',
      'at most 1 ids',
      '2',
    ]);
  });
});
