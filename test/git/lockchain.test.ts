import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { openLockchain, rebuildLockchain, verifyLockchain } from '../../src/git/index.ts';
import { allowedSigners, openLockchainKey } from '../../src/git/key.ts';
import { surveyRepository } from '../../src/git/survey.ts';
import { type LogFs, nodeFs } from '../../src/receipts/log/index.ts';
import {
  appendEpochs,
  codeOf,
  keyring,
  open,
  origin,
  signer,
  temporary,
} from '../receipts/support.ts';
import {
  branch,
  git,
  gitKey,
  hasGit,
  logAndOptions,
  otherGitKey,
  places,
  trusting,
} from './support.ts';

const dayMs = 86_400_000;

describe.skipIf(!hasGit)('what Git says of a lockchain', () => {
  it('verifies commits and tags, lists them, and finds nothing amiss', async () => {
    const at = places();
    let now = dayMs / 2;
    const log = await open(at.data, { clock: { now: () => now } });
    const given = { ...at, keyring, key: gitKey, log, create: true, clock: { now: () => now } };
    const lockchain = await openLockchain(given);
    for (const count of [1, 2, 3]) {
      await appendEpochs(log, [count]);
      expect(await lockchain.commit()).toMatchObject({ isNew: true, size: log.size });
      now += dayMs;
    }
    expect(await lockchain.commit()).toMatchObject({ isNew: false, size: 6 });
    await lockchain.close();
    await log.close();
    const root = join(at.repository, '..');
    const trust = trusting(root);
    const inside = (...words: string[]) => git(at.repository, ...words);
    const tags = ['1970-01-01', '1970-01-02', '1970-01-03'].map((day) => `log/${origin}/${day}`);
    const check = (): void => {
      expect(inside('fsck', '--full', '--strict')).toEqual({ status: 0, out: '' });
      const shown = inside(...trust, 'log', '--show-signature', '--format=%ct %G?', branch);
      expect(shown.out.match(/Good "git" signature for lockchain@knhk.invalid/g)).toHaveLength(3);
      // The date is the last receipt's, to the second.
      expect(shown.out.match(/^\d+ G$/gm)).toEqual(['216000 G', '129600 G', '43200 G']);
      expect(inside(...trust, 'verify-commit', branch).status).toBe(0);
      expect(inside('tag', '--list').out.trim().split('\n')).toEqual(tags);
      for (const tag of tags) expect(inside(...trust, 'tag', '-v', tag).status).toBe(0);
      expect(inside('show', `${branch}:checkpoint`).out).toBe(log.checkpoint);
      const trailers = inside(
        'log',
        '-1',
        '--format=%(trailers:key=Knhk-Tree-Size,valueonly)',
        branch,
      );
      expect(trailers.out.trim()).toBe('6');
    };
    check();
    const reopened = await openLockchain({ ...given, create: false });
    expect(await reopened.pack()).toMatchObject({ objects: 17 });
    expect(await reopened.pack()).toEqual({ objects: 0, bytes: 0 });
    await reopened.close();
    expect(inside('count-objects', '-v').out).toContain('count: 0');
    check();
    // A wrong signer is told from the right one.
    const wrong = trusting(root, otherGitKey);
    expect(inside(...wrong, 'verify-commit', branch).status).not.toBe(0);
    expect(inside(...wrong, 'tag', '-v', tags[0] as string).status).not.toBe(0);
  });
  it('goes on where Git has packed objects and refs', async () => {
    const { log, options } = await logAndOptions();
    const lockchain = await openLockchain(options);
    for (let round = 1; round <= 3; round++) {
      await appendEpochs(log, [2]);
      expect(await lockchain.commit()).toMatchObject({ size: 2 * round });
      git(options.repository, 'gc', '-q', '--prune=now');
    }
    await appendEpochs(log, [2]);
    await lockchain.commit();
    await lockchain.pack();
    expect(git(options.repository, 'rev-list', '--count', branch).out.trim()).toBe('4');
    expect(git(options.repository, 'fsck', '--full', '--strict').out).toBe('');
    await lockchain.close();
    await log.close();
  });
});

describe('a survey', () => {
  it('says what there is, beside a writer and before the first commit', async () => {
    const { log, options } = await logAndOptions();
    const { repository, data } = options;
    const lockchain = await openLockchain(options);
    const none = { origin, branch, head: null, size: 0, time: null, logSize: null, behind: null };
    const empty = { tags: 0, loose: 0, packs: 0, packed: 0, packBytes: 0 };
    expect(surveyRepository(repository, data, keyring)).toEqual({ ...none, ...empty });
    await appendEpochs(log, [1, 2]);
    const { commit } = await lockchain.commit();
    await appendEpochs(log, [3]);
    const some = { ...none, head: commit, size: 3, time: 1_000, logSize: 6, behind: 3 };
    expect(surveyRepository(repository, data, keyring)).toEqual({ ...some, ...empty, loose: 8 });
    await lockchain.pack();
    const { packBytes, ...packed } = surveyRepository(repository, data, keyring);
    expect(packed).toEqual({ ...some, tags: 0, loose: 0, packs: 1, packed: 8 });
    expect(packBytes).toBeGreaterThan(0);
    await lockchain.close();
    await log.close();
  });
});

describe('packing', () => {
  it('keeps packs few, and takes at most 3 bytes a receipt of 256 a commit', async () => {
    const { log, options } = await logAndOptions();
    const lockchain = await openLockchain({ ...options, everyMs: 1e8 });
    let bytes = 0;
    for (let round = 0; round < 2; round++) {
      for (let commit = 0; commit < 48; commit++) {
        await appendEpochs(log, [1]);
        await lockchain.commit();
      }
      bytes += (await lockchain.pack()).bytes;
    }
    expect(bytes / (2 * 48 * 256)).toBeLessThan(3);
    const { repository } = options;
    await lockchain.close();
    await log.close();
    const report = await verifyLockchain({
      ...options,
      keyring,
      allowedSigners: allowedSigners(gitKey),
    });
    expect(report).toMatchObject({ ok: true, commits: 96, verified: 96, compared: 96, size: 96 });
    if (!hasGit) return;
    expect(git(repository, 'fsck', '--full', '--strict').out).toBe('');
    expect(git(repository, 'count-objects', '-v').out).toMatch(/packs: [12]\n/);
  });
});

describe('a damaged repository', () => {
  it('keeps what is damaged where it is, and goes on from a head that can be read', async () => {
    const { log, options } = await logAndOptions();
    const { repository, data } = options;
    const lockchain = await openLockchain(options);
    await appendEpochs(log, [1]);
    const { commit } = await lockchain.commit();
    const looseOf = (id: string): string =>
      join(repository, 'objects', id.slice(0, 2), id.slice(2));
    const sound = readFileSync(looseOf(commit as string));
    writeFileSync(looseOf(commit as string), 'damaged');
    await lockchain.close();
    expect(await codeOf(() => openLockchain(options))).toBe('KNHK_LOCKCHAIN_OBJECT');
    expect(await codeOf(() => surveyRepository(repository, data, keyring))).toBe(
      'KNHK_LOCKCHAIN_OBJECT',
    );
    writeFileSync(looseOf(commit as string), sound);
    const { loose } = surveyRepository(repository, data, keyring);
    const again = await openLockchain(options);
    writeFileSync(looseOf(commit as string), 'damaged');
    expect(await again.pack()).toMatchObject({ objects: loose - 1 });
    writeFileSync(looseOf(commit as string), sound);
    expect(await again.pack()).toMatchObject({ objects: 1 });
    await again.close();
    await log.close();
    const given = { repository, data, keyring, allowedSigners: allowedSigners(gitKey) };
    expect(await verifyLockchain(given)).toMatchObject({ ok: true, commits: 1 });
  });
  it('drops a pack that an interrupted merge left beside the merged one', async () => {
    const { log, options } = await logAndOptions();
    const { repository, data } = options;
    const packs = join(repository, 'objects/pack');
    const lockchain = await openLockchain(options);
    await appendEpochs(log, [1]);
    await lockchain.commit();
    await lockchain.pack();
    const kept = readdirSync(packs).map((name) => [name, readFileSync(join(packs, name))] as const);
    await appendEpochs(log, [1]);
    await lockchain.commit();
    await lockchain.pack();
    expect(surveyRepository(repository, data, keyring)).toMatchObject({ packs: 1, packed: 11 });
    for (const [name, bytes] of kept) writeFileSync(join(packs, name), bytes);
    expect(surveyRepository(repository, data, keyring)).toMatchObject({ packs: 2, packed: 19 });
    await lockchain.pack();
    expect(surveyRepository(repository, data, keyring)).toMatchObject({ packs: 1, packed: 11 });
    await lockchain.close();
    await log.close();
  });
  it('removes no loose object whose pack does not give it back', async () => {
    const { log, options } = await logAndOptions();
    const { repository } = options;
    // Bytes of a pack go wrong on their way to the disk.
    const spoiling: LogFs = {
      ...nodeFs,
      writeSync: (fd, bytes, offset, length, at) => {
        const isPack = Buffer.from(bytes.buffer, bytes.byteOffset, 4).toString() === 'PACK';
        const spoiled = Uint8Array.from(bytes);
        if (isPack) spoiled[bytes.length - 40]! ^= 1;
        return nodeFs.writeSync(fd, spoiled, offset, length, at);
      },
    };
    const lockchain = await openLockchain({ ...options, fs: spoiling });
    await appendEpochs(log, [1]);
    await lockchain.commit();
    expect(await codeOf(() => lockchain.pack())).toBe('KNHK_LOCKCHAIN_OBJECT');
    const left = { loose: 8, packs: 0 };
    expect(surveyRepository(repository, options.data, keyring)).toMatchObject(left);
    expect(lockchain.status.reasons[0]?.code).toBe('pack-failed');
    await lockchain.close();
    await log.close();
  });
});

describe('a lockchain', () => {
  it('commits once there is enough that is new, and at close', async () => {
    const { log, options } = await logAndOptions();
    const lockchain = await openLockchain({ ...options, everyMs: 20, packEvery: 1 });
    await appendEpochs(log, [3]);
    await vi.waitFor(() => expect(lockchain.status).toMatchObject({ status: 'ok', size: 3 }));
    await lockchain.close();
    const slow = await openLockchain({ ...options, everyLeaves: 5 });
    await appendEpochs(log, [4]);
    await new Promise((done) => setTimeout(done, 1_100));
    expect(slow.status.size).toBe(3);
    await appendEpochs(log, [1]);
    await vi.waitFor(() => expect(slow.status.size).toBe(8), { timeout: 20_000 });
    await appendEpochs(log, [1]);
    await slow.close();
    expect(slow.status).toMatchObject({ status: 'closed', size: 9, reasons: [] });
    expect(await codeOf(() => slow.commit())).toBe('KNHK_LOCKCHAIN_CLOSED');
    await slow.close();
    await log.close();
  });
  it('needs no open log: head says what is durable', async () => {
    const { log, options } = await logAndOptions();
    const { log: _, ...alone } = options;
    const lockchain = await openLockchain(alone);
    expect(await lockchain.commit()).toEqual({ isNew: false, commit: undefined, size: 0 });
    await appendEpochs(log, [2, 3]);
    expect(await lockchain.commit()).toMatchObject({ isNew: true, size: 5 });
    writeFileSync(join(options.data, 'head'), 'torn');
    expect(await codeOf(() => lockchain.commit())).toBe('KNHK_LOCKCHAIN_CHECKPOINT');
    await appendEpochs(log, [1]);
    expect(await lockchain.commit()).toMatchObject({ isNew: true, size: 6 });
    await lockchain.close();
    await log.close();
  });
  it('goes on through segments, and through those that were begun meanwhile', async () => {
    const at = places();
    const log = await open(at.data, { segmentBytes: 4_096 });
    const lockchain = await openLockchain({ ...at, keyring, key: gitKey, log, create: true });
    for (let round = 0; round < 12; round++) {
      await appendEpochs(log, [3]);
      if (round % 3 === 2)
        expect(await lockchain.commit()).toMatchObject({ isNew: true, size: log.size });
    }
    await lockchain.close();
    await log.close();
  });
  it('is not made, or made again, without being told to', async () => {
    const { log, options } = await logAndOptions();
    const { repository } = options;
    const stays = { ...options, create: false };
    expect(await codeOf(() => openLockchain(stays))).toBe('KNHK_LOCKCHAIN_REPOSITORY');
    const lockchain = await openLockchain(options);
    await appendEpochs(log, [1]);
    await lockchain.commit();
    rmSync(repository, { recursive: true });
    await appendEpochs(log, [1]);
    expect(await codeOf(() => lockchain.commit())).toBe('KNHK_LOCKCHAIN_REPOSITORY');
    // The log itself goes on, and the lockchain says what is wrong.
    await appendEpochs(log, [1]);
    expect(log.durableSize).toBe(3);
    const [reason] = lockchain.status.reasons;
    expect(reason).toMatchObject({ code: 'commit-failed' });
    expect(reason?.message).toContain('KNHK_LOCKCHAIN_REPOSITORY');
    await lockchain.close();
    await log.close();
    const { data } = options;
    const rebuilt = await rebuildLockchain({
      repository,
      data,
      keyring,
      key: gitKey,
      everyLeaves: 1,
    });
    expect(rebuilt).toEqual({ commits: 3, size: 3 });
    expect(await codeOf(() => rebuildLockchain({ repository, data, keyring, key: gitKey }))).toBe(
      'KNHK_LOCKCHAIN_REPOSITORY',
    );
    const report = await verifyLockchain({
      ...options,
      keyring,
      allowedSigners: allowedSigners(gitKey),
    });
    expect(report).toMatchObject({ ok: true, commits: 3, compared: 3, size: 3 });
    expect(
      await codeOf(() => openLockchain({ ...stays, keyring: { ...keyring, origin: 'b' } })),
    ).toBe('KNHK_LOCKCHAIN_REPOSITORY');
  });
  it('refuses a log that is shorter than its checkpoint, or another one of that size', async () => {
    const { log, options } = await logAndOptions();
    const { data } = options;
    const lockchain = await openLockchain(options);
    await appendEpochs(log, [1, 2]);
    await lockchain.commit();
    await lockchain.close();
    await log.close();
    renameSync(data, `${data}.kept`);
    const other = await open(data, { clock: { now: () => 5 } });
    const given = { ...options, log: other };
    await appendEpochs(other, [2]);
    expect(await codeOf(() => openLockchain(given))).toBe('KNHK_LOCKCHAIN_ROLLBACK');
    await appendEpochs(other, [1]);
    expect(await codeOf(() => openLockchain(given))).toBe('KNHK_LOCKCHAIN_FORK');
    // Larger, and still not the same log: neither with an epoch that ends there nor without.
    await appendEpochs(other, [1]);
    expect(await codeOf(() => openLockchain(given))).toBe('KNHK_LOCKCHAIN_FORK');
    await other.close();
    renameSync(data, `${data}.other`);
    const third = await open(data);
    await appendEpochs(third, [5]);
    expect(await codeOf(() => openLockchain({ ...options, log: third }))).toBe(
      'KNHK_LOCKCHAIN_FORK',
    );
    await third.close();
  });
  it('refuses checkpoints of other keys, and directories of other logs', async () => {
    const { log, options } = await logAndOptions();
    await appendEpochs(log, [1]);
    const open1 = (more: object) => codeOf(() => openLockchain({ ...options, ...more }));
    const strange = {
      origin,
      keys: [{ vkey: gitKey.vkey.replace('lockchain', 'lockchain'), from: 0 }],
    };
    expect(await open1({ keyring: strange, key: otherGitKey })).toBe('KNHK_LOCKCHAIN_CHECKPOINT');
    expect(await open1({ log: { checkpoint: 'nothing' } })).toBe('KNHK_LOCKCHAIN_CHECKPOINT');
    const elsewhere = await logAndOptions();
    await appendEpochs(elsewhere.log, [2]);
    const lockchain = await openLockchain({ ...options, data: elsewhere.options.data });
    expect(await codeOf(() => lockchain.commit())).toBe('KNHK_LOCKCHAIN_CHECKPOINT');
    await lockchain.close();
    for (const { log: each } of [{ log }, elsewhere]) await each.close();
  });
  it("refuses the log's own key, options out of range, and a second writer", async () => {
    const { log, options } = await logAndOptions();
    const open1 = (more: object) => codeOf(() => openLockchain({ ...options, ...more }));
    expect(await open1({ key: signer })).toBe('KNHK_LOCKCHAIN_KEY');
    for (const name of ['everyMs', 'everyLeaves', 'packEvery']) {
      expect(await open1({ [name]: 0 })).toBe('KNHK_LOCKCHAIN_OPTION');
    }
    const lockchain = await openLockchain(options);
    expect(await open1({})).toBe('KNHK_LOCKCHAIN_LOCKED');
    expect(await codeOf(() => lockchain.push())).toBe('KNHK_LOCKCHAIN_OPTION');
    await lockchain.close();
    // What a killed writer left is removed by the next one, for it holds the repository.
    await appendEpochs(log, [1]);
    const again = await openLockchain(options);
    await again.commit();
    writeFileSync(join(options.repository, `${branch}.lock`), '');
    await appendEpochs(log, [1]);
    expect(await codeOf(() => again.commit())).toBe('KNHK_LOCKCHAIN_LOCKED');
    await again.close();
    const third = await openLockchain(options);
    expect(await third.commit()).toMatchObject({ isNew: true, size: 2 });
    await third.close();
    await log.close();
  });
  it('keeps its key beside those of the log, made once', async () => {
    const directory = join(temporary(), 'data.keys');
    const made = openLockchainKey(directory, { origin });
    expect(openLockchainKey(directory, { origin }).vkey).toBe(made.vkey);
    writeFileSync(join(directory, 'lockchain.key'), 'short');
    expect(await codeOf(() => openLockchainKey(directory, { origin }))).toBe('KNHK_LOCKCHAIN_KEY');
  });
  it('gives the same commits for the same log and cuts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }),
        async (epochs) => {
          const heads: string[] = [];
          for (let round = 0; round < 2; round++) {
            const at = places();
            const log = await open(at.data);
            await appendEpochs(log, epochs);
            await log.close();
            const { repository, data } = at;
            await rebuildLockchain({ repository, data, keyring, key: gitKey, everyLeaves: 2 });
            const report = await verifyLockchain({
              ...at,
              keyring,
              allowedSigners: allowedSigners(gitKey),
            });
            expect(report.ok).toBe(true);
            heads.push(report.head as string);
          }
          expect(heads[0]).toBe(heads[1]);
        },
      ),
      { numRuns: 3 },
    );
  });
});
