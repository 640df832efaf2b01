import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { backupLog } from '../../src/receipts/log/backup.ts';
import { type LogFs, nodeFs, verifyLog } from '../../src/receipts/log/index.ts';
import { type RestoreOptions, restoreLog } from '../../src/receipts/log/restore.ts';
import { deployed, diskWith, failCalls, faults, filesBelow, hashesBelow } from './copy-support.ts';
import {
  appendEpochs,
  codeOf,
  keyring,
  open,
  origin,
  otherSigner,
  signer,
  temporary,
} from './support.ts';

interface Backup {
  readonly directory: string;
  readonly from: string;
}

/** A sealed log of seven leaves and its backup. */
async function backedUp(): Promise<Backup> {
  const directory = join(temporary(), 'log');
  const log = await open(directory, { segmentBytes: 3_000, sealing: false });
  await deployed(log, 'first');
  await appendEpochs(log, [2, 2]);
  await log.saveSavepoint('{"n":1}');
  await log.seal();
  await appendEpochs(log, [2]);
  await log.close();
  const from = join(temporary(), 'backup');
  await backupLog(directory, from, { keyring });
  return { directory, from };
}

const leavesOf = async (directory: string, fs: LogFs = nodeFs): Promise<readonly string[]> => {
  const log = await open(directory, { fs, segmentBytes: 3_000 });
  const found = [...log.entries()].map(({ hash, payload }) => `${hash} ${payload}`);
  await log.close();
  return found;
};

describe('a restored log', () => {
  test('is the one that was backed up, and goes on', async () => {
    const { directory, from } = await backedUp();
    const to = join(temporary(), 'log');
    const report = await restoreLog(from, to, { keyring });
    expect(report).toMatchObject({ ok: true, size: 7, lost: 0, seq: null, findings: [] });
    const copied = filesBelow(to);
    for (const own of ['manifest.json', 'COPY']) expect(copied.has(own)).toBe(false);
    const source = filesBelow(directory);
    for (const [path, bytes] of copied) expect(bytes, path).toBe(source.get(path));
    expect([report.files, existsSync(join(to, 'restore.tmp'))]).toEqual([copied.size, false]);
    expect(await leavesOf(to)).toEqual(await leavesOf(directory));
    const log = await open(to, { segmentBytes: 3_000 });
    expect(log.loadSavepoint()).toEqual({ size: 5, state: '{"n":1}' });
    await appendEpochs(log, [3, 3]);
    await log.seal();
    await log.close();
    expect(await verifyLog(to, keyring)).toMatchObject({ ok: true, verified_count: 13 });
    expect((await leavesOf(to)).slice(0, 7)).toEqual(await leavesOf(directory));
  });
  test('is never written over anything', async () => {
    const { directory, from } = await backedUp();
    const before = hashesBelow(directory);
    expect(await codeOf(() => restoreLog(from, directory, { keyring }))).toBe('KNHK_LOG_EXISTS');
    expect(hashesBelow(directory)).toEqual(before);
    const full = temporary();
    writeFileSync(join(full, 'letter'), 'dear');
    expect(await codeOf(() => restoreLog(from, full, { keyring }))).toBe('KNHK_LOG_EXISTS');
    expect(await codeOf(() => restoreLog(from, join(from, 'log'), { keyring }))).toBe(
      'KNHK_LOG_COPY',
    );
    expect(await codeOf(() => restoreLog(temporary(), temporary(), { keyring }))).toBe(
      'KNHK_LOG_COPY',
    );
    const other = { origin: 'example.com/other', keys: keyring.keys };
    expect(await codeOf(() => restoreLog(from, temporary(), { keyring: other }))).toBe(
      'KNHK_LOG_COPY',
    );
  });
  test.each(['seg/000000000000.seg', 'payload/000000000000.pay', 'savepoint/000000000005.json'])(
    'comes from a whole copy alone: %s',
    async (path) => {
      const { from } = await backedUp();
      const to = join(temporary(), 'log');
      const good = readFileSync(join(from, path));
      const bad = Buffer.from(good);
      bad[40] = (bad[40] as number) ^ 1;
      for (const bytes of [bad, good.subarray(0, -1), undefined]) {
        rmSync(join(from, path));
        if (bytes !== undefined) writeFileSync(join(from, path), bytes);
        const trial =
          bytes === undefined && path.startsWith('seg')
            ? { ok: false, findings: [{ kind: 'copy' }] }
            : await restoreLog(from, to, { keyring });
        expect(trial).toMatchObject({ ok: false });
        expect(trial.findings.map(({ kind }) => kind)).toContain('copy');
        expect(existsSync(to)).toBe(false);
        writeFileSync(join(from, path), good);
      }
      const stranger = { origin, keys: [{ vkey: otherSigner.vkey, from: 0 }] };
      expect((await restoreLog(from, to, { keyring: stranger })).ok).toBe(false);
      expect((await restoreLog(from, to, { keyring })).ok).toBe(true);
    },
  );
});

describe('a backup that is behind what is remembered', () => {
  async function behind(): Promise<Backup & { readonly note: string; readonly head: string }> {
    const backup = await backedUp();
    const log = await open(backup.directory);
    await appendEpochs(log, [2, 1]);
    const note = log.checkpoint as string;
    await log.close();
    const head = join(temporary(), 'head');
    writeFileSync(head, note);
    return { ...backup, note, head };
  }

  test('is refused', async () => {
    const { from, note, head } = await behind();
    const to = join(temporary(), 'log');
    for (const known of [{ since: note }, { remembered: head }]) {
      const report = await restoreLog(from, to, { keyring, ...known });
      expect(report).toMatchObject({ ok: false, size: 7, lost: 3 });
      expect(report.findings.map(({ kind }) => kind)).toEqual(['rollback']);
      expect(existsSync(to)).toBe(false);
    }
    const accepted = { keyring, since: note, acceptLoss: true };
    expect(await codeOf(() => restoreLog(from, to, accepted))).toBe('KNHK_LOG_SIGNATURE');
    const garbled = { keyring, since: note.replace('example', 'exemple') };
    expect(await codeOf(() => restoreLog(from, to, garbled))).toBe('KNHK_LOG_SIGNATURE');
    // What is remembered but not believed counts for nothing, as in opening a log.
    writeFileSync(head, 'torn');
    expect((await restoreLog(from, to, { keyring, remembered: head })).ok).toBe(true);
  });
  test('is another history where its root is another', async () => {
    const { from } = await backedUp();
    const other = await backedUp();
    const log = await open(join(temporary(), 'log'));
    await appendEpochs(log, [7]);
    const fork = { keyring, since: log.checkpoint as string, acceptLoss: true, signer };
    await log.close();
    const report = await restoreLog(from, join(temporary(), 'log'), fork);
    expect(report.findings.map(({ kind }) => kind)).toEqual(['fork']);
    expect(other.from).not.toBe(from);
  });
  test('is restored where the loss is accepted: and a leaf says so', async () => {
    const { from, note, head } = await behind();
    const to = join(temporary(), 'log');
    const options = { keyring, signer, remembered: head, acceptLoss: true, actor: 'ann' };
    const report = await restoreLog(from, to, options);
    expect(report).toMatchObject({ ok: true, size: 7, lost: 3, seq: 7 });
    const log = await open(to, { remembered: head });
    const { leaf } = log.read(7);
    expect(leaf).toMatchObject({ kind: 'config', actor: 'ann', action: 'restore' });
    const { detail } = leaf as { detail: string };
    const text = log.getBlob(detail)!.text;
    expect(JSON.parse(text)).toEqual({ restored: report.checkpoint, lost: note });
    expect(readFileSync(head, 'utf8')).toBe(log.checkpoint);
    await log.close();
    expect(await verifyLog(to, keyring)).toMatchObject({ ok: true, verified_count: 8 });
    // Whoever remembers more sees it: nothing hides a loss.
    expect(await verifyLog(to, keyring, { since: note })).toMatchObject({ rollback: true });
  });
  test.each(faults)(
    '$errno, stride $stride: half a log is none, and the next run ends it',
    async (fault) => {
      const { from, note } = await behind();
      const root = temporary();
      const to = join(root, 'log');
      const head = join(root, 'head');
      mkdirSync(to);
      const contents = {
        [from]: filesBelow(from),
        [root]: new Map([['head', Buffer.from(note).toString('hex')]]),
        [to]: new Map<string, string>(),
      };
      const options = (fs: LogFs): RestoreOptions => ({
        ...{ keyring, signer, remembered: head, acceptLoss: true, fs },
      });
      const count = await failCalls(fault, {
        newDisk: () => diskWith(contents),
        run: (fs) => codeOf(() => restoreLog(from, to, options(fs))),
        check: async ({ fs, result, call }) => {
          const opened = await codeOf(async () => {
            const log = await open(to, { fs, remembered: head, create: false, sealing: false });
            await log.close();
          });
          // Either all of it is there, with its leaf, or it does not open.
          if (opened === undefined) {
            const leaves = await leavesOf(to, fs);
            expect(leaves).toHaveLength(8);
          } else expect(opened).toMatch(/^KNHK_LOG_(OPEN|FORMAT|ROLLBACK)$/);
          expect(filesBelow(from, fs)).toEqual(contents[from]);
          if (result === undefined || call % 3 > 0) return;
          const again = await restoreLog(from, to, options(fs)).catch((error) => error.code);
          if (again !== 'KNHK_LOG_EXISTS') expect(again).toMatchObject({ ok: true });
          const report = await verifyLog(to, keyring, { fs });
          expect([report.ok, report.verified_count]).toEqual([true, 8]);
        },
      });
      expect(count).toBeGreaterThan(10);
    },
  );
});
