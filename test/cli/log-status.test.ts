import { appendFileSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { LogStatus } from '../../src/cli/status-types.ts';
import { nodeFs, openKeys, openLog } from '../../src/receipts/log/index.ts';
import { openStored } from '../../src/runtime/replay-source.ts';
import { flip, framesOf } from '../runtime/replay-support.ts';
import { origin, signer, temporary } from '../support/runtime.ts';
import {
  applyOrders,
  contentsOf,
  copyOf,
  forgeLeaves,
  openBeside,
  promoteMost,
  segmentsOf,
  writtenLog,
} from './logs.ts';
import { knhk } from './support.ts';

const statusOf = async (data: string, nowMs = 100_000): Promise<LogStatus & { code: unknown }> => {
  const machine = { clock: { now: () => nowMs } };
  const { code, out } = await knhk(['log', 'status', '--data', data, '--json'], { machine });
  return { code, ...(JSON.parse(out) as LogStatus) };
};

/** Kinds of what is found, with exit code 1. */
async function findings(data: string): Promise<readonly (string | number | null)[][]> {
  const status = await statusOf(data);
  expect(status.code).toBe(status.ok ? 0 : 1);
  expect(status.ok).toBe(status.findings.length === 0);
  return status.findings.map(({ kind, severity, seq }) => [kind, severity, seq]);
}

describe('a whole log', () => {
  test('is counted as its leaves say, closed', async () => {
    const data = await writtenLog();
    const status = await statusOf(data);
    const counts = new Map<string, number>();
    let last = { seq: -1, time: 0 };
    for await (const { entries } of openStored(data).epochs()) {
      for (const { seq, leaf } of entries) {
        const names = [leaf.kind, ...('outcome' in leaf ? [leaf.outcome] : [])];
        for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
        last = { seq, time: leaf.time };
      }
    }
    const { total, kinds, outcomes } = status.leaves;
    const present = Object.entries({ ...kinds, ...outcomes }).filter(([, count]) => count > 0);
    expect(new Map(present)).toEqual(counts);
    expect([total, kinds['apply'], outcomes['denied']]).toEqual([33, 31, 10]);
    expect(status).toMatchObject({
      code: 0,
      ok: true,
      origin,
      format: 1,
      acknowledged: 33,
      checkpoint: { size: 33, signature: 'valid' },
      first: { seq: 0, time: 1_000 },
      last,
      tail: { leaves: 0, bytes: 0 },
      savepoints: { count: 1, newest: { size: 33 } },
      snapshot: { version: 2, by: 'promote', seq: 31, deployed: { seq: 0, time: 1_000 } },
      writer: 'free',
      findings: [],
    });
    const { vkey } = openKeys(`${data}.keys`, { origin }).signer;
    const id = vkey.split('+')[1] as string;
    expect(status.checkpoint?.keys).toEqual([id]);
    expect(status.keys).toEqual([{ id, from: 0, to: null, ageMs: 99_000 }]);
    expect(status.segments.count).toBe(segmentsOf(data).length);
    expect(status.segments.count).toBeGreaterThan(2);
    const bytes = segmentsOf(data).map((path) => readFileSync(path).length);
    expect(status.segments.bytes).toBe(bytes.reduce((sum, length) => sum + length));
    writeFileSync(join(data, 'blob', readdirSync(join(data, 'blob'))[0]!, 'left.tmp'), 'over');
    expect((await statusOf(data)).blobs).toEqual(status.blobs);
    const blobs = readdirSync(join(data, 'blob'), { recursive: true }).map(String);
    expect(status.blobs.count).toBe(blobs.filter((name) => /[0-9a-f]{64}$/.test(name)).length);
    expect(status.index?.bytes).toBe(readFileSync(join(data, 'index', 'state')).length);
    const filesIn = (folder: string): readonly number[] =>
      readdirSync(join(data, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name)).length);
    const sum = (lengths: readonly number[]): number => lengths.reduce((all, one) => all + one, 0);
    for (const [folder, counted] of [
      ['payload', status.payloads],
      ['tile', status.tiles],
    ] as const) {
      const lengths = filesIn(folder);
      expect([counted.count, counted.bytes]).toEqual([lengths.length, sum(lengths)]);
      expect(lengths.length).toBeGreaterThan(1);
    }
    expect(status.payloads.removed).toEqual([]);
    const { count, sealed, unsealed } = status.segments;
    expect([sealed, unsealed]).toEqual([count - 1, 1]);
    const indexes = readdirSync(join(data, 'index')).filter((name) => name.endsWith('.idx'));
    const lengths = indexes.map((name) => readFileSync(join(data, 'index', name)).length);
    expect(status.indexes).toEqual({ count: count - 1, bytes: sum(lengths) });
    rmSync(join(data, 'index', indexes[1] as string));
    expect((await statusOf(data)).segments).toMatchObject({ sealed: count - 2, unsealed: 2 });
  });

  test('is left alone beside an open writer, which goes on', async () => {
    const data = join(temporary(), 'data');
    // One segment: nothing is sealed meanwhile.
    const runtime = await openBeside(data, { segmentBytes: 1_048_576 });
    await applyOrders(runtime, 0, 5);
    const before = contentsOf(data);
    expect(await statusOf(data)).toMatchObject({
      ...{ code: 0, writer: 'held', acknowledged: 6, index: null },
      ...{ leaves: { total: 6 }, snapshot: { by: 'deploy', changed: null } },
    });
    expect(contentsOf(data)).toEqual(before);
    await promoteMost(runtime, 3);
    await applyOrders(runtime, 5, 5);
    expect(await statusOf(data)).toMatchObject({
      ...{ leaves: { total: 12, kinds: { promote: 1 } }, snapshot: { changed: { seq: 6 } } },
    });
    await runtime.close();
    expect(await statusOf(data)).toMatchObject({ code: 0, writer: 'free' });
  });

  test('is known to be held where its path is too long for a socket', async () => {
    const data = join(temporary(), 'd'.repeat(120), 'data');
    const runtime = await openBeside(data);
    expect(await statusOf(data)).toMatchObject({ code: 0, writer: 'held' });
    await runtime.close();
    expect(await statusOf(data)).toMatchObject({ code: 0, writer: 'free' });
  });

  test('is a table for people, with what is zero left out', async () => {
    const { code, out, err } = await knhk(['log', 'status', '--data', await writtenLog()]);
    expect([code, err]).toEqual([0, expect.stringMatching(/^reading \S+\n$/)]);
    expect(out).toMatch(/^leaves {8}33$/m);
    expect(out).toMatch(/^writer {8}free$/m);
    expect(out).toMatch(/^segments {6}\d+, \d+ bytes; \d+ sealed, 1 not$/m);
    expect(out).toMatch(/^indexes {7}\d+, \d+ bytes$/m);
    expect(out).toMatch(/^snapshot {6}[0-9a-f]{64}, version 2, by promote$/m);
    expect(out).toMatch(/^KIND {5}LEAVES\napply {8}31\ndeploy {8}1\npromote {7}1\n$/m);
    expect(out).toMatch(/^KEY {7}FROM SEQ {2}TO SEQ {2}AGE \(DAYS\)\n[0-9a-f]{8} {9}0 {2}open /m);
    expect(out.endsWith('\nnothing amiss\n')).toBe(true);
  });

  test('without leaves, without keys and without rebuildable parts is fine', async () => {
    const data = join(temporary(), 'data');
    await (await openLog({ directory: data, origin, signer })).close();
    for (const name of ['index', 'savepoint']) rmSync(join(data, name), { recursive: true });
    expect(await statusOf(data)).toMatchObject({
      ...{ code: 0, leaves: { total: 0 }, checkpoint: null, first: null, last: null },
      ...{ snapshot: null, keys: null, savepoints: { count: 0, newest: null }, index: null },
    });
    const { out } = await knhk(['log', 'status', '--data', data]);
    expect(out).toContain('no keyring lies beside the log');
  });
});

describe('what is amiss', () => {
  test('bytes behind the last epoch, as many as opening cuts off', async () => {
    const data = await writtenLog();
    const last = segmentsOf(data).at(-1) as string;
    // The beginning of an epoch that was never finished: whole frames and a torn one.
    const other = segmentsOf(data)[1] as string;
    const epoch = framesOf(other).find(({ type }) => type === 3)!;
    const begun = readFileSync(other).subarray(0, epoch.start + 20);
    appendFileSync(last, begun);
    expect(await findings(data)).toEqual([['tail', 'warning', 33]]);
    const { tail, findings: found } = await statusOf(data);
    expect(found[0]?.message).toContain(`${tail.bytes} bytes (${tail.leaves} leaves)`);
    const keys = openKeys(`${data}.keys`, { origin });
    const log = await openLog({ directory: data, origin, ...keys });
    expect(log.recovery).toMatchObject({ trimmedBytes: tail.bytes, trimmedLeaves: tail.leaves });
    expect([tail.bytes, tail.leaves]).toEqual([begun.length, 1]);
    await log.close();
    expect(await findings(data)).toEqual([]);
  });

  test('a head that is older than the tail, missing or no checkpoint', async () => {
    const data = join(temporary(), 'data');
    const runtime = await openBeside(data);
    await applyOrders(runtime, 0, 5);
    const older = runtime.checkpoint as string;
    await applyOrders(runtime, 5, 5);
    writeFileSync(join(data, 'head'), older);
    // A writer at work is always ahead of its head.
    expect(await findings(data)).toEqual([]);
    await runtime.close();
    writeFileSync(join(data, 'head'), older);
    expect(await findings(data)).toEqual([['head_behind', 'warning', 6]]);
    writeFileSync(join(data, 'head'), 'torn');
    expect(await findings(data)).toEqual([['head_missing', 'warning', null]]);
    expect((await statusOf(data)).findings[0]?.message).toContain('cannot be read');
    rmSync(join(data, 'head'));
    expect(await findings(data)).toEqual([['head_missing', 'warning', null]]);
    expect((await statusOf(data)).findings[0]?.message).toContain('is missing');
  });

  test('an end that is missing, beside a writer too', async () => {
    const data = await writtenLog();
    rmSync(segmentsOf(data).at(-1) as string);
    const { total } = (await statusOf(data)).leaves;
    const found = await findings(data);
    expect(found[0]).toEqual(['rollback', 'problem', total]);
    expect(total).toBeLessThan(33);
  });

  test('bytes and segments that cannot be read, each at its place', async () => {
    const data = await writtenLog();
    const spoilt = copyOf(data);
    const [first, second] = segmentsOf(spoilt) as [string, string];
    flip(first, readFileSync(first).indexOf('"kind":"deploy"'));
    expect(await findings(spoilt)).toEqual([['unreadable', 'problem', 0]]);
    const { leaves, findings: found } = await statusOf(spoilt);
    expect([leaves.total, leaves.kinds['deploy'], leaves.kinds['apply']]).toEqual([33, 0, 31]);
    expect(found[0]?.message).toMatch(/^000000000000\.seg offset \d+: a frame with a wrong CRC$/);
    const gap = copyOf(data);
    rmSync(join(gap, 'seg', second.split(/[\\/]/).at(-1) as string));
    const [missing] = await findings(gap);
    expect(missing).toEqual(['unreadable', 'problem', Number.parseInt(second.slice(-16), 10)]);
    // Bytes between two segments belong to no epoch.
    const between = copyOf(data);
    appendFileSync(segmentsOf(between)[0] as string, 'not a frame');
    const next = Number.parseInt(second.slice(-16), 10);
    expect(await findings(between)).toEqual([['unreadable', 'problem', next]]);
    const torn = copyOf(data);
    appendFileSync(segmentsOf(torn)[0] as string, readFileSync(first).subarray(0, 100));
    expect(await findings(torn)).toEqual([['unreadable', 'problem', next]]);
    expect((await statusOf(torn)).findings[0]?.message).toMatch(/: 100 bytes without an epoch$/);
  });

  test('an epoch that stands there twice, which changes no count', async () => {
    const data = await writtenLog();
    const { leaves, first, last, checkpoint } = await statusOf(data);
    appendFileSync(segmentsOf(data).at(-1) as string, readFileSync(segmentsOf(data)[0] as string));
    const status = await statusOf(data);
    expect(status).toMatchObject({ leaves, first, last, checkpoint, code: 1 });
    expect(status.findings.map(({ kind }) => kind)).toContain('unreadable');
    expect(status.findings.map(({ kind }) => kind)).not.toContain('rollback');
  });

  test('a savepoint that opening would pass over', async () => {
    const data = await writtenLog();
    const [name] = readdirSync(join(data, 'savepoint')) as [string];
    const foreign = join(temporary(), 'other');
    const other = await openBeside(foreign);
    await applyOrders(other, 0, 3);
    await other.close();
    const [foreignName] = readdirSync(join(foreign, 'savepoint')) as [string];
    cpSync(join(foreign, 'savepoint', foreignName), join(data, 'savepoint', foreignName));
    expect(await findings(data)).toEqual([['savepoint', 'warning', 4]]);
    flip(join(data, 'savepoint', name), 40);
    expect((await findings(data)).map(([, , seq]) => seq)).toEqual([4, 33]);
    expect((await statusOf(data)).savepoints.count).toBe(2);
  });

  test('a checkpoint that the keyring does not vouch for, and no keyring', async () => {
    const data = await writtenLog();
    const keyring = join(`${data}.keys`, 'keyring.json');
    const own = readFileSync(keyring, 'utf8');
    writeFileSync(keyring, JSON.stringify({ origin, keys: [{ vkey: signer.vkey, from: 0 }] }));
    expect(await findings(data)).toEqual([['signature', 'problem', 32]]);
    writeFileSync(keyring, '{}');
    expect(await findings(data)).toEqual([['keyring', 'problem', null]]);
    writeFileSync(keyring, own);
    // A signature that was tampered with, in the note of the last epoch.
    forgeEpoch(segmentsOf(data).at(-1) as string);
    expect((await statusOf(data)).findings.map(({ kind }) => kind)).toContain('signature');
    expect((await statusOf(data)).checkpoint?.signature).toBe('invalid');
  });

  test('rules that are lost', async () => {
    const data = await writtenLog();
    const { hash } = (await statusOf(data)).snapshot as { hash: string };
    const identity = openStored(data).getBlob(hash)!.text;
    const rules = (JSON.parse(identity) as { rules: string }).rules;
    rmSync(join(data, 'blob', rules.slice(0, 2), rules));
    expect(await findings(data)).toEqual([['blob', 'problem', 31]]);
    rmSync(join(data, 'blob'), { recursive: true });
    expect(await findings(data)).toEqual([['blob', 'problem', 31]]);
    expect((await statusOf(data)).snapshot).toMatchObject({ version: null, by: 'promote' });
  });

  test('is listed for people, and cannot steer a terminal', async () => {
    const data = await writtenLog();
    rmSync(join(data, 'head'));
    forgeLeaves(segmentsOf(data)[0] as string, '"kind":"deploy"', '"kind":"\\u001b[2J"');
    const { code, out } = await knhk(['log', 'status', '--data', data]);
    expect(code).toBe(1);
    expect(out).toMatch(/^SEQ {2}SEVERITY {2}KIND {10}CAUSE\n/m);
    expect(out).toMatch(/^- {4}warning {3}head_missing {2}head is missing/m);
    expect(out).toMatch(/^other {9}1$/m);
    expect(out.endsWith('\nFINDINGS: 1\n')).toBe(true);
    expect(out).not.toContain('\u001b');
  });

  test('a hundred findings are kept, the others counted', async () => {
    const data = await writtenLog();
    for (let size = 100; size < 220; size++) {
      writeFileSync(join(data, 'savepoint', `${String(size).padStart(12, '0')}.json`), '{}');
    }
    const { findings: kept, findingsDropped } = await statusOf(data);
    expect([kept.length, findingsDropped]).toEqual([100, 20]);
    const { out } = await knhk(['log', 'status', '--data', data]);
    expect(out).toMatch(/and 20 more\n\nFINDINGS: 120\n$/);
  });
});

/** Changes one digit of the signature in the last frame and seals it again. */
function forgeEpoch(path: string): void {
  const bytes = readFileSync(path);
  const at = bytes.length - 30;
  const start = bytes.lastIndexOf(Buffer.from([3, 0, 0, 0])) - 4;
  const length = bytes.readUInt32LE(start);
  bytes[at] = bytes[at] === 65 ? 66 : 65;
  const fs = nodeFs;
  const fd = fs.openSync(path, 'r+');
  const crc = crc32(bytes.subarray(start, start + 8 + length));
  bytes.writeUInt32LE(crc, start + 8 + length);
  fs.writeSync(fd, bytes, 0, bytes.length, 0);
  fs.closeSync(fd);
}
