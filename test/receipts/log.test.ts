import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { canonical, hashOf } from '../../src/base/canonical.ts';
import { limits } from '../../src/base/limits.ts';
import { nodeFs, verifyLog } from '../../src/receipts/log/index.ts';
import { encodeLeaf, parseLeaf } from '../../src/receipts/verify/index.ts';
import { step } from '../support/effort.ts';
import { appendEpochs, applyBody, codeOf, fakeHash, keyring, open, temporary } from './support.ts';

test('what was appended is read back after reopening, with and without the index', async () => {
  const directory = temporary();
  const log = await open(directory);
  const first = log.append(applyBody('a'), log.tick(), '{"id":"é"}');
  const second = log.append(applyBody('b'), log.tick());
  expect(first.durable).toBe(second.durable);
  expect([log.size, log.durableSize, log.checkpoint]).toEqual([2, 0, undefined]);
  expect(await codeOf(() => log.read(0))).toBe('KNHK_LOG_SEQ');
  await log.flush();
  expect([log.size, log.durableSize]).toEqual([2, 2]);
  expect(log.read(0)).toMatchObject({ seq: 0, hash: first.hash, payload: '{"id":"é"}' });
  const { lastHash, lastTime, checkpoint } = log;
  await log.close();
  for (const drop of [false, true]) {
    if (drop) rmSync(join(directory, 'index', 'state'));
    const again = await open(directory);
    expect([again.lastHash, again.lastTime, again.checkpoint]).toEqual([
      lastHash,
      lastTime,
      checkpoint,
    ]);
    expect(again.recovery).toEqual({ trimmedBytes: 0, trimmedLeaves: 0, head: 'read' });
    expect([...again.entries()].map(({ seq, payload }) => [seq, payload])).toEqual([
      [0, '{"id":"é"}'],
      [1, undefined],
    ]);
    expect(again.findId(fakeHash('id b'))).toBe(1);
    expect(again.findId(fakeHash('id c'))).toBeUndefined();
    await again.close();
  }
});

test('opening and closing an unchanged log leaves its segments byte for byte', async () => {
  const directory = temporary();
  const log = await open(directory);
  await appendEpochs(log, [3, 2]);
  await log.close();
  const before = readFileSync(join(directory, 'seg', '000000000000.seg'));
  const again = await open(directory);
  expect(again.size).toBe(5);
  await again.close();
  await again.close();
  expect(readFileSync(join(directory, 'seg', '000000000000.seg')).equals(before)).toBe(true);
  expect(readdirSync(join(directory, 'seg'))).toHaveLength(1);
});

test('leaves are equal byte for byte whatever the epoch cuts', async () => {
  const cuts = [[6], [1, 1, 1, 1, 1, 1], [2, 4]];
  const logs = await Promise.all(
    cuts.map(async (epochs) => {
      const directory = temporary();
      const log = await open(directory, { epochLeaves: 4 });
      await appendEpochs(log, epochs);
      const leaves = [...log.entries()].map(({ leafBytes }) => Buffer.from(leafBytes).toString());
      await log.close();
      expect((await verifyLog(directory, keyring)).verified_count).toBe(6);
      return leaves;
    }),
  );
  expect(logs[1]).toEqual(logs[0]);
  expect(logs[2]).toEqual(logs[0]);
});

test('a synchronous burst shares epochs of at most 256 leaves, one sync each', async () => {
  let syncs = 0;
  const fs: typeof nodeFs = {
    ...nodeFs,
    fdatasync: (fd, done) => {
      syncs++;
      nodeFs.fdatasync(fd, done);
    },
  };
  const log = await open(temporary(), { fs });
  const epochs: number[] = [];
  const remove = log.onCheckpoint(({ leaves }) => epochs.push(leaves));
  for (let index = 0; index < 600; index++) log.append(applyBody(index), log.tick());
  await log.flush();
  expect(epochs).toEqual([256, 256, 88]);
  expect(syncs).toBe(3);
  remove();
  await appendEpochs(log, [1]);
  expect(epochs).toHaveLength(3);
  await log.close();
});

test('time never runs backwards though the clock does, and the clock is read once', async () => {
  let reads = 0;
  const times = [5_000, 4_000, Number.NaN, 6_000.7, 1];
  const log = await open(temporary(), { clock: { now: () => times[reads++] as number } });
  for (const [index] of times.entries()) log.append(applyBody(index), log.tick());
  expect(reads).toBe(times.length);
  expect(await codeOf(() => log.append(applyBody('x'), 5_999))).toBe('KNHK_LOG_LEAF');
  await log.flush();
  const stored = [...log.entries()].map(({ leaf }) => leaf.time);
  expect(stored).toEqual([5_000, 5_000, 5_000, 6_000, 6_000]);
  await log.close();
});

test('refusals change nothing', async () => {
  const log = await open(temporary(), { idsMax: 2 });
  const time = log.tick();
  const base = applyBody('a');
  const wrong: [unknown, string][] = [
    [{ ...base, sector: 'x'.repeat(8_193) }, 'KNHK_LOG_LEAF'],
    [{ ...base, extra: 1 }, 'KNHK_LOG_LEAF'],
    [{ ...base, kind: 'key' }, 'KNHK_LOG_LEAF'],
    [{ ...base, seq: 0 }, 'KNHK_LOG_LEAF'],
    [
      {
        kind: 'deploy',
        snapshot: fakeHash('s'),
        parent: null,
        catalogue: fakeHash('c'),
        dropped: Array.from({ length: 10 }, () => ({
          kind: 'value',
          name: 'x'.repeat(8_000),
          reason: 'r',
        })),
      },
      'KNHK_LIMIT_ENTRY',
    ],
  ];
  for (const [body, code] of wrong) {
    expect(await codeOf(() => log.append(body as typeof base, time))).toBe(code);
  }
  const large = 'x'.repeat(limits.payloadBytes + 1);
  expect(await codeOf(() => log.append(base, time, large))).toBe('KNHK_LIMIT_PAYLOAD');
  expect([log.size, log.findId(base.id)]).toEqual([0, undefined]);
  await appendEpochs(log, [2]);
  expect(await codeOf(() => log.append(base, log.tick()))).toBe('KNHK_LIMIT_IDS');
  await log.close();
  expect(await codeOf(() => log.append(base, time))).toBe('KNHK_LOG_CLOSED');
});

test('an id in flight is found, with the promise of its durability', async () => {
  const log = await open(temporary());
  const { durable, hash } = log.append(applyBody('a'), log.tick());
  const seq = log.findId(fakeHash('id a'));
  expect(seq).toBe(0);
  expect(log.recall(0)).toMatchObject({ seq: 0, hash, body: applyBody('a') });
  expect(log.recall(0).durable).toBe(durable);
  await durable;
  expect(log.recall(0).body).toMatchObject({ seq: 0, v: 1 });
  await log.close();
});

test('segments rotate at an epoch boundary and are read across', async () => {
  const directory = temporary();
  const log = await open(directory, { segmentBytes: 4_000 });
  await appendEpochs(log, [2, 2, 2, 1, 8, 1]);
  const files = readdirSync(join(directory, 'seg'));
  expect(files.length).toBeGreaterThan(2);
  expect([...log.entries(3)].map(({ seq }) => seq)).toEqual([
    3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
  ]);
  for (const seq of [15, 0, 7, 3]) expect(log.read(seq).leaf.seq).toBe(seq);
  await log.close();
  rmSync(join(directory, 'index', 'state'));
  const again = await open(directory, { segmentBytes: 4_000 });
  await appendEpochs(again, [3]);
  await again.close();
  expect(await verifyLog(directory, keyring)).toMatchObject({ ok: true, verified_count: 19 });
  rmSync(join(directory, 'seg', files[1] as string));
  const report = await verifyLog(directory, keyring);
  expect(report).toMatchObject({ ok: false, gaps: 1, chain_breaks: 0 });
  rmSync(join(directory, 'index', 'state'));
  expect(await codeOf(() => open(directory))).toBe('KNHK_LOG_CORRUPT');
});

test('blobs are stored once under their hash and checked on reading', async () => {
  const directory = temporary();
  const log = await open(directory);
  const text = canonical({ b: [1], a: 'é\n' });
  const hash = log.putBlob('snapshot', text);
  expect(hash).toBe(hashOf('snapshot', { b: [1], a: 'é\n' }));
  expect(log.putBlob('snapshot', text)).toBe(hash);
  expect(log.getBlob(hash)).toEqual({ kind: 'snapshot', text });
  expect([log.getBlob(fakeHash('none')), log.getBlob('../../FORMAT')]).toEqual([
    undefined,
    undefined,
  ]);
  const catalogue = log.putBlob('catalogue', '{}');
  log.append({ kind: 'deploy', snapshot: hash, parent: null, catalogue, dropped: [] }, log.tick());
  await log.close();
  expect((await verifyLog(directory, keyring)).ok).toBe(true);
  const path = join(directory, 'blob', hash.slice(0, 2), hash);
  writeFileSync(path, `${readFileSync(path, 'utf8')} `);
  rmSync(join(directory, 'blob', catalogue.slice(0, 2), catalogue));
  const again = await open(directory);
  expect(await codeOf(() => again.getBlob(hash))).toBe('KNHK_LOG_BLOB');
  await again.close();
  const report = await verifyLog(directory, keyring);
  expect(report).toMatchObject({ ok: false, missing_blobs: 2, leaf_mismatch: 0 });
});

test('savepoints belong to a checkpoint; damaged or foreign ones are passed over', async () => {
  const directory = temporary();
  const log = await open(directory);
  await log.saveSavepoint('nothing yet');
  expect(log.loadSavepoint()).toBeUndefined();
  for (let index = 0; index < 12; index++) {
    log.append(applyBody(index), log.tick());
    const saved = log.saveSavepoint(`state ${index + 1}`);
    // What comes after the call is not part of the state, however soon it comes.
    log.append(applyBody(`after ${index}`), log.tick());
    await saved;
  }
  expect(log.loadSavepoint()).toEqual({ size: 23, state: 'state 12' });
  const names = readdirSync(join(directory, 'savepoint'));
  expect(names).toHaveLength(10);
  const path = join(directory, 'savepoint', names.sort().at(-1) as string);
  writeFileSync(path, readFileSync(path, 'utf8').replace('state 12', 'state 99'));
  expect(log.loadSavepoint()).toEqual({ size: 21, state: 'state 11' });
  await log.close();
  const other = temporary();
  const fork = await open(other);
  for (let index = 0; index < 30; index++) await appendEpochs(fork, [1]);
  for (const name of names) {
    writeFileSync(join(other, 'savepoint', name), readFileSync(join(directory, 'savepoint', name)));
  }
  expect(fork.loadSavepoint()).toBeUndefined();
  await fork.close();
});

test('a damaged or foreign index is never trusted', async () => {
  const directory = temporary();
  const log = await open(directory);
  await appendEpochs(log, [3, 1, 2]);
  await log.close();
  const path = join(directory, 'index', 'state');
  const good = readFileSync(path);
  for (let at = 0; at < good.length; at += 7 * step(9)) {
    const bad = Buffer.from(good);
    bad[at] = (bad[at] as number) ^ 4;
    writeFileSync(path, bad);
    const again = await open(directory);
    expect([again.size, again.findId(fakeHash('id 4'))]).toEqual([6, 4]);
    await again.close();
  }
  const other = temporary();
  const longer = await open(other);
  await appendEpochs(longer, [9]);
  await longer.close();
  writeFileSync(path, readFileSync(join(other, 'index', 'state')));
  const again = await open(directory);
  expect([...again.entries()]).toHaveLength(6);
  await again.close();
});

test('the stored bytes of a leaf are its canonical form', async () => {
  const log = await open(temporary());
  await appendEpochs(log, [2]);
  for (const { leafBytes, leaf } of log.entries()) {
    expect(Buffer.from(leafBytes).toString()).toBe(canonical(leaf));
    expect(encodeLeaf(leaf)).toBe(canonical(leaf));
    expect(parseLeaf(leafBytes)).toEqual(leaf);
  }
  await log.close();
});

test('a listener that throws does not stop the log', async () => {
  const warnings: Error[] = [];
  const collect = (warning: Error): void => void warnings.push(warning);
  process.on('warning', collect);
  const log = await open(temporary());
  log.onCheckpoint(() => {
    throw new Error('listener');
  });
  await appendEpochs(log, [1, 1]);
  expect([log.durableSize, log.failure]).toEqual([2, undefined]);
  await log.close();
  await new Promise((done) => setImmediate(done));
  process.off('warning', collect);
  expect(warnings.some(({ message }) => message.includes('listener'))).toBe(true);
});

test('files and directories are closed to others, and an open log holds no process', async () => {
  const directory = temporary();
  const log = await open(directory);
  await appendEpochs(log, [1]);
  await log.close();
  expect(existsSync(join(directory, 'lock.sock'))).toBe(false);
  const listed = execFileSync('find', [directory, '-perm', '/077', '-not', '-path', directory]);
  expect(listed.toString()).toBe('');
});
