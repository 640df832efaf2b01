import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonical } from '../../src/base/canonical.ts';
import { storedCopy } from '../../src/receipts/log/copy-view.ts';
import { type LogFs, nodeFs, type ReceiptLog, verifyLog } from '../../src/receipts/log/index.ts';
import { type RetainOptions, retainLog } from '../../src/receipts/log/retain.ts';
import { defaultPolicy, readPolicy } from '../../src/receipts/log/retain-policy.ts';
import { hashesIn } from '../../src/receipts/log/retain-refs.ts';
import { cutPower, deployed, diskWith, failCalls, faults, filesBelow } from './copy-support.ts';
import {
  appendEpochs,
  applyBody,
  codeOf,
  fakeHash,
  keyring,
  open,
  signer,
  temporary,
} from './support.ts';

const day = 86_400_000;

interface Written {
  readonly directory: string;
  readonly snapshots: readonly string[];
  readonly blobs: Readonly<Record<string, string>>;
}

/**
 * A closed log: a deploy and payloads on day 0, another deploy on day 200 that makes the first one
 * past, an audit entry with a document on day 0, payloads on day 400; sealed, with savepoints.
 */
async function written(): Promise<Written> {
  const directory = join(temporary(), 'log');
  let now = 0;
  const clock = { now: () => now };
  const log = await open(directory, { segmentBytes: 3_000, sealing: false, clock });
  const first = await deployed(log, 'first');
  await appendEpochs(log, [2]);
  const evidence = log.putBlob('evidence', '{"seen":true}');
  await log.append(audit(evidence), log.tick()).durable;
  const orphan = log.putBlob('rules', '{"name":"orphan"}');
  await log.saveSavepoint('{"n":1}');
  now = 200 * day;
  await log.seal();
  const second = await deployed(log, 'second', first);
  await promoted(log, 'third', second);
  await log.append({ ...applyBody('x'), snapshot: second }, log.tick(), '{"id":"x"}').durable;
  await log.saveSavepoint('{"n":2}');
  await log.seal();
  now = 400 * day;
  await appendEpochs(log, [2, 2]);
  await log.saveSavepoint('{"n":3}');
  await log.seal();
  await log.close();
  return { directory, snapshots: [first, second], blobs: { evidence, orphan } };
}

const audit = (detail: string) =>
  ({
    ...({
      kind: 'access',
      actor: 'ann',
      resource: 'r',
      action: 'read',
      outcome: 'success',
    } as const),
    detail,
  }) as const;

async function promoted(log: ReceiptLog, name: string, parent: string): Promise<void> {
  const rules = log.putBlob('rules', canonical({ name }));
  const snapshot = log.putBlob('snapshot', canonical({ parent, rules, version: 2 }));
  const proposal = log.putBlob('proposal', canonical({ parent, set: name }));
  const stages = ['pass', 'pass', 'pass', 'pass', 'pass', 'pass', 'pass'] as const;
  await log.append({ kind: 'promote', snapshot, parent, proposal, stages }, log.tick()).durable;
}

const optionsAt = (days: number, more: Partial<RetainOptions> = {}): RetainOptions => ({
  ...{ keyring, signer, archive: join(temporary(), 'archive') },
  clock: { now: () => days * day },
  ...more,
});

const payloadsOf = (directory: string): string[] => readdirSync(join(directory, 'payload')).sort();
const hasBlob = (directory: string, hash: string): boolean =>
  existsSync(join(directory, 'blob', hash.slice(0, 2), hash));

describe('retention', () => {
  test('removes payloads after 90 days: archived, then written down, then gone', async () => {
    const { directory } = await written();
    const seg = filesBelow(join(directory, 'seg'));
    const before = filesBelow(join(directory, 'payload'));
    const [first, ...others] = payloadsOf(directory) as [string, ...string[]];
    const young = optionsAt(90);
    expect(await retainLog(directory, young)).toMatchObject({ payloads: [], seq: null });
    const options = optionsAt(91, { actor: 'bob' });
    const report = await retainLog(directory, options);
    expect(report).toMatchObject({ ok: true, dryRun: false, blobs: [], seq: 11 });
    expect(report.payloads.map(({ file }) => file)).toEqual([`payload/${first}`]);
    expect(payloadsOf(directory)).toEqual(others);
    // Receipts stay, byte for byte.
    for (const [path, bytes] of filesBelow(join(directory, 'seg'))) {
      expect(bytes.startsWith(seg.get(path) ?? ''), path).toBe(true);
    }
    const archived = filesBelow(join(options.archive, 'payload'));
    expect(archived.get(first)).toBe(before.get(first));
    const log = await open(directory);
    const { leaf } = log.read(11) as { leaf: unknown };
    expect(leaf).toMatchObject({ kind: 'config', actor: 'bob', action: 'retain' });
    const { detail } = leaf as { detail: string };
    const { kind, text } = log.getBlob(detail)!;
    const [{ bytes: _bytes, ...range }] = report.payloads as [(typeof report.payloads)[0]];
    expect([kind, JSON.parse(text)]).toEqual([
      'retention',
      { blobs: [], payloads: [range], policy: defaultPolicy },
    ]);
    expect(log.read(1)).toMatchObject({ payloadState: 'removed' });
    expect(log.read(10).payload).toBeDefined();
    await log.close();
    expect(await verifyLog(directory, keyring)).toMatchObject({ ok: true, verified_count: 12 });
    // Once more: nothing is left to do, and so no leaf is added.
    expect(await retainLog(directory, options)).toMatchObject({ payloads: [], seq: null });
  });
  test('removes past documents after a year, never current ones nor what audits name', async () => {
    const { directory, snapshots, blobs } = await written();
    const [first, second] = snapshots as [string, string];
    const options = optionsAt(1_000);
    const report = await retainLog(directory, options);
    const oldRules = hashesIn(JSON.stringify({ first })).concat(report.blobs);
    expect(oldRules).toContain(first);
    expect(report.blobs).toHaveLength(2);
    expect(report.blobs.every((hash) => !hasBlob(directory, hash))).toBe(true);
    expect(hasBlob(directory, second)).toBe(true);
    expect(hasBlob(directory, blobs['evidence'] as string)).toBe(true);
    expect(hasBlob(directory, blobs['orphan'] as string)).toBe(true);
    for (const hash of report.blobs) expect(hasBlob(options.archive, hash)).toBe(true);
    expect(report.payloads).toHaveLength(4);
    expect(await verifyLog(directory, keyring)).toMatchObject({ ok: true });
    // A year later still: its own document has to stay, as evidence of what is missing.
    expect(await retainLog(directory, optionsAt(2_000))).toMatchObject({ blobs: [], seq: null });
    expect(await verifyLog(directory, keyring)).toMatchObject({ ok: true });
    // Without that document what is missing is a finding.
    const log = await open(directory);
    const { detail } = log.read(report.seq as number).leaf as { detail: string };
    await log.close();
    rmSync(join(directory, 'blob', detail.slice(0, 2), detail));
    expect((await verifyLog(directory, keyring)).ok).toBe(false);
  });
  test('a document that a young leaf leads to is not past', async () => {
    const { directory, snapshots } = await written();
    const [first] = snapshots as [string];
    const log = await open(directory, { clock: { now: () => 990 * day } });
    await log.append({ ...applyBody('late'), snapshot: first }, log.tick()).durable;
    await log.close();
    expect((await retainLog(directory, optionsAt(1_000))).blobs).toEqual([]);
    expect((await retainLog(directory, optionsAt(1_400))).blobs).toContain(first);
  });
  test('a dry run says the same and changes nothing', async () => {
    const { directory } = await written();
    const before = filesBelow(directory);
    const options = optionsAt(1_000);
    const dry = await retainLog(directory, { ...options, dryRun: true });
    expect(filesBelow(directory)).toEqual(before);
    expect(existsSync(options.archive)).toBe(false);
    const { payloads, blobs, savepoints, kept } = await retainLog(directory, options);
    expect(dry).toEqual({
      ...{ ok: true, dryRun: true, payloads, blobs, savepoints, kept },
      ...{ seq: null, archive: null },
    });
    expect([payloads.length, blobs.length]).toEqual([4, 2]);
  });
  test('payloads that opening would read stay, with the reason', async () => {
    const { directory } = await written();
    for (const name of readdirSync(join(directory, 'savepoint')).sort().slice(1)) {
      rmSync(join(directory, 'savepoint', name));
    }
    const { payloads, kept } = await retainLog(directory, optionsAt(1_000));
    expect(payloads).toHaveLength(1);
    expect(kept.map(({ why }) => why)).toEqual([
      expect.stringContaining('no savepoint'),
      expect.stringContaining('no savepoint'),
      expect.stringContaining('no savepoint'),
    ]);
    rmSync(join(directory, 'savepoint'), { recursive: true });
    const none = await retainLog(directory, optionsAt(1_000, { dryRun: true }));
    expect([none.payloads.length, none.kept.length]).toEqual([0, 3]);
  });
  test('a segment in hand that begins with old payloads is sealed for it', async () => {
    const directory = join(temporary(), 'log');
    const log = await open(directory, { clock: { now: () => 0 } });
    await appendEpochs(log, [2]);
    await log.saveSavepoint('{}');
    await log.close();
    const dry = await retainLog(directory, optionsAt(100, { dryRun: true }));
    expect(dry.kept).toEqual([
      { file: 'seg/000000000000.seg', why: expect.stringContaining('not sealed') },
    ]);
    const policy = readPolicy({ observations: { after: 'keep' }, snapshots: { after: 'keep' } });
    expect(await retainLog(directory, optionsAt(100, { policy }))).toMatchObject({ seq: null });
    expect(readdirSync(join(directory, 'seg'))).toHaveLength(1);
    const report = await retainLog(directory, optionsAt(100));
    expect(report.payloads).toMatchObject([
      { file: 'payload/000000000000.pay', first: 0, last: 1 },
    ]);
    expect(await verifyLog(directory, keyring)).toMatchObject({ ok: true, verified_count: 3 });
  });
  test('savepoints beyond the newest go', async () => {
    const { directory } = await written();
    const policy = readPolicy({ savepoints: { keep: 1 }, observations: { after: 'keep' } });
    const names = readdirSync(join(directory, 'savepoint')).sort();
    const report = await retainLog(directory, optionsAt(1, { policy }));
    expect(report).toMatchObject({ savepoints: names.slice(0, 2), seq: null, archive: null });
    expect(readdirSync(join(directory, 'savepoint'))).toEqual(names.slice(2));
  });
  test('what cannot be archived is not removed', async () => {
    const { directory } = await written();
    const path = join(directory, 'seg', '000000000000.seg');
    const good = readFileSync(path);
    const options = optionsAt(1_000);
    const bad = Buffer.from(good);
    // A time in a leaf: its frame is damaged, but the log opens by its indexes.
    bad[bad.indexOf('"time":0') + 7] = 0x31;
    writeFileSync(path, bad);
    const before = payloadsOf(directory);
    const report = await retainLog(directory, options);
    expect(report).toMatchObject({ ok: false, payloads: [], blobs: [], seq: null });
    expect(report.archive?.findings.length).toBeGreaterThan(0);
    expect(payloadsOf(directory)).toEqual(before);
    expect(storedCopy(nodeFs, options.archive)).toBeUndefined();
    writeFileSync(path, good);
    const [hash] = (await retainLog(directory, { ...options, dryRun: true })).blobs;
    writeFileSync(join(directory, 'blob', hash!.slice(0, 2), hash!), 'rot');
    expect(await codeOf(() => retainLog(directory, options))).toBe('KNHK_LOG_BLOB');
    expect(payloadsOf(directory)).toEqual(before);
  });
  test('is refused while the log is open', async () => {
    const { directory } = await written();
    const log = await open(directory);
    expect(await codeOf(() => retainLog(directory, optionsAt(1_000)))).toBe('KNHK_LOG_LOCKED');
    await log.close();
    expect(await codeOf(() => retainLog(temporary(), optionsAt(1_000)))).toBe('KNHK_LOG_OPEN');
  });
});

test.each(faults)(
  '$errno, stride $stride: what is missing is listed and archived',
  async (fault) => {
    const { directory } = await written();
    const archive = join(temporary(), 'archive');
    const contents = { [directory]: filesBelow(directory), [archive]: new Map<string, string>() };
    const removable = ['payload', 'blob'].flatMap((folder) =>
      [...filesBelow(join(directory, folder)).keys()].map((path) => `${folder}/${path}`),
    );
    const goneFrom = (fs: LogFs): readonly string[] =>
      removable.filter((path) => !fs.statSync(join(directory, path)));
    const options = { ...optionsAt(1_000), archive };
    const count = await failCalls(fault, {
      newDisk: () => diskWith(contents),
      run: (fs) => codeOf(() => retainLog(directory, { ...options, fs })),
      check: async ({ fs, call }) => {
        const missing = goneFrom(fs);
        const { stored } = storedCopy(fs, archive) ?? { stored: new Map<string, string>() };
        const report = await verifyLog(directory, keyring, { fs });
        expect(report.findings).toEqual([]);
        if (call % 4 > 0 && [0, 6].includes(missing.length)) return;
        const listed = await listedIn(directory, fs);
        for (const path of missing)
          expect([stored.has(path), listed.has(path)]).toEqual([true, true]);
        // The next run finishes it, with no second leaf where all of it is listed.
        const next = await retainLog(directory, { ...options, fs });
        expect(next.ok).toBe(true);
        const gone = goneFrom(fs);
        expect(gone).toHaveLength(6);
        expect(next.seq === null).toBe(gone.every((path) => listed.has(path)));
        expect(await verifyLog(directory, keyring, { fs })).toMatchObject({ ok: true });
      },
    });
    expect(count).toBeGreaterThan(10);
  },
);

test('no power cut takes anything that is not listed and archived', async () => {
  const { directory } = await written();
  const archive = join(temporary(), 'archive');
  const contents = { [directory]: filesBelow(directory), [archive]: new Map<string, string>() };
  const removable = [...filesBelow(join(directory, 'payload')).keys()];
  const options = { ...optionsAt(1_000), archive };
  let most = 0;
  await cutPower(11, {
    newDisk: () => diskWith(contents),
    run: (fs) => codeOf(() => retainLog(directory, { ...options, fs })),
    check: async (fs) => {
      expect((await verifyLog(directory, keyring, { fs })).findings).toEqual([]);
      const gone = removable.filter((name) => !fs.statSync(join(directory, 'payload', name)));
      most = Math.max(most, gone.length);
      if (gone.length === 0) return;
      const { stored } = storedCopy(fs, archive)!;
      const listed = await listedIn(directory, fs);
      for (const name of gone) {
        const path = `payload/${name}`;
        expect([stored.has(path), listed.has(path)]).toEqual([true, true]);
      }
    },
  });
  expect(most).toBeGreaterThan(0);
});

/** What the leaves of retention say was removed. */
async function listedIn(directory: string, fs: LogFs): Promise<ReadonlySet<string>> {
  const log = await open(directory, { fs, sealing: false });
  const listed = new Set<string>();
  for (const { leaf } of log.entries()) {
    if (leaf.kind !== 'config') continue;
    const { blobs, payloads } = JSON.parse(log.getBlob(leaf.detail as string)!.text) as Detail;
    for (const hash of blobs) listed.add(`blob/${hash.slice(0, 2)}/${hash}`);
    for (const { file } of payloads) listed.add(file);
  }
  await log.close();
  return listed;
}

interface Detail {
  readonly blobs: readonly string[];
  readonly payloads: readonly { readonly file: string }[];
}

describe('a policy', () => {
  test('is as usual where it says nothing', () => {
    expect(readPolicy('{}')).toEqual(defaultPolicy);
    expect(defaultPolicy).toEqual({
      receipts: { keepDays: 2_557, after: 'keep' },
      audit: { keepDays: 2_557, after: 'keep' },
      observations: { keepDays: 90, after: 'remove' },
      snapshots: { keepDays: 365, after: 'remove' },
      savepoints: { keep: 10 },
    });
    expect(readPolicy({ snapshots: { keepDays: 30 }, savepoints: { keep: 2 } })).toEqual({
      ...defaultPolicy,
      snapshots: { keepDays: 30, after: 'remove' },
      savepoints: { keep: 2 },
    });
  });
  test.each([
    ...['', '[]', 'null', '{"other":1}', '{"receipts":1}', '{"receipts":{"after":"remove"}}'],
    ...['{"audit":{"after":"remove"}}', '{"audit":{"after":"archive"}}'],
    ...['{"observations":{"after":"archive"}}', '{"observations":{"keepDays":0}}'],
    ...['{"snapshots":{"keepDays":1.5}}', '{"snapshots":{"days":3}}', '{"savepoints":{"keep":0}}'],
    ...['{"savepoints":{"keep":11}}', '{"savepoints":[]}', '{"snapshots":{"keepDays":"90"}}'],
  ])('that is %s is refused', async (text) => {
    expect(await codeOf(() => readPolicy(text))).toBe('KNHK_LOG_POLICY');
  });
});

test('hashes are found in any document, and nothing longer or shorter is one', () => {
  const hex = fc.array(fc.constantFrom(...'0123456789abcdef'), { maxLength: 70 });
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          hex.map((digits) => digits.join('')),
          fc.string(),
        ),
      ),
      (texts) => {
        const full = [...texts, fakeHash('a')];
        const expected = full.flatMap((text) => text.split(/[^0-9a-f]/)).filter(isHash);
        expect(hashesIn(full.join(' '))).toEqual(expected);
      },
    ),
  );
});

const isHash = (text: string): boolean => text.length === 64;
