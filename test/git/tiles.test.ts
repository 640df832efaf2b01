import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allowedSigners, openLockchain, verifyLockchain } from '../../src/git/index.ts';
import { Refs } from '../../src/git/refs.ts';
import { ObjectStore } from '../../src/git/store.ts';
import { TreeEditor } from '../../src/git/tree-editor.ts';
import { nodeFs, type ReceiptLog } from '../../src/receipts/log/index.ts';
import { appendEpochs, keyring } from '../receipts/support.ts';
import { git, gitKey, hasGit, logAndOptions, trusting } from './support.ts';

const branch = 'refs/heads/tiles/example.com/ops';
const sha256 = (...parts: Uint8Array[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** Roots of full subtrees of so many leaves, straight from RFC 6962. */
function rootsOf(hashes: readonly Buffer[], leaves: number): readonly Buffer[] {
  const root = (row: readonly Buffer[]): Buffer =>
    row.length === 1
      ? (row[0] as Buffer)
      : sha256(Buffer.of(1), root(row.slice(0, row.length / 2)), root(row.slice(row.length / 2)));
  const count = Math.floor(hashes.length / leaves);
  return Array.from({ length: count }, (_, at) =>
    root(hashes.slice(at * leaves, (at + 1) * leaves)),
  );
}

const leavesOf = (log: ReceiptLog): readonly Buffer[] =>
  [...log.entries()].map(({ leafBytes }) => sha256(Buffer.of(0), leafBytes));

/** Leaf hashes from a tile's text in Git. */
function tile(repository: string, path: string): Buffer | undefined {
  const store = new ObjectStore(nodeFs, repository);
  const head = new Refs(nodeFs, repository).read(branch);
  if (head === undefined) return undefined;
  const tree = /^tree ([0-9a-f]{40})$/m.exec(store.read(head, 'commit').toString('latin1'))?.[1];
  const id = new TreeEditor(store, tree).get(path.split('/'));
  return id === undefined ? undefined : store.read(id, 'blob');
}

describe('tiles on a branch of their own', () => {
  it('are the full ones of the log, whatever commits, packs and restarts lie between', async () => {
    const { log, options } = await logAndOptions();
    const given = { ...options, tiles: true };
    let lockchain = await openLockchain(given);
    for (const count of [200, 56, 255, 1, 256, 256, 100]) {
      await appendEpochs(log, [count]);
      await lockchain.commit();
      if (count === 255) await lockchain.pack();
      if (count !== 1) continue;
      await lockchain.close();
      lockchain = await openLockchain(given);
    }
    expect(lockchain.status.reasons).toEqual([]);
    await lockchain.close();
    const hashes = leavesOf(log);
    await log.close();
    for (let number = 0; number < 4; number++) {
      const expected = Buffer.concat(hashes.slice(256 * number, 256 * (number + 1)));
      expect(tile(options.repository, `tile/0/00${number}`)?.equals(expected)).toBe(true);
    }
    expect(tile(options.repository, 'tile/0/004')).toBeUndefined();
    const verified = { ...options, keyring, allowedSigners: allowedSigners(gitKey) };
    expect(await verifyLockchain(verified)).toMatchObject({ ok: true, commits: 7 });
    if (!hasGit) return;
    const inside = (...words: string[]) => git(options.repository, ...words);
    expect(inside('fsck', '--full', '--strict').out).toBe('');
    const trust = trusting(join(options.repository, '..'));
    expect(inside(...trust, 'verify-commit', branch).status).toBe(0);
    expect(inside('rev-list', '--count', branch).out.trim()).toBe('4');
  });
  it('are found out where they are not the log\u2019s, not signed, beyond it or gone', async () => {
    const { log, options } = await logAndOptions();
    const lockchain = await openLockchain({ ...options, tiles: true });
    await appendEpochs(log, [256, 256]);
    await lockchain.commit();
    await lockchain.close();
    await log.close();
    const { repository } = options;
    const store = new ObjectStore(nodeFs, repository);
    const refs = new Refs(nodeFs, repository);
    const head = refs.read(branch) as string;
    const text = store.read(head, 'commit').toString('latin1');
    const found = async (changed: string): Promise<readonly unknown[]> => {
      const id = await store.write('commit', Buffer.from(changed, 'latin1'));
      refs.update(branch, id, refs.read(branch));
      const report = await verifyLockchain({
        ...options,
        keyring,
        allowedSigners: allowedSigners(gitKey),
      });
      refs.update(branch, head, id);
      return report.findings.map(({ kind, message }) => `${kind} ${message}`);
    };
    const editor = new TreeEditor(store, /^tree (.*)$/m.exec(text)?.[1]);
    editor.set(['tile', '0', '001'], await store.write('blob', Buffer.from('other')));
    const tree = await editor.write();
    expect(await found(text.replace(/^tree .*$/m, `tree ${tree}`))).toEqual([
      'tile signature: invalid',
      'tile tile 0/1 holds other hashes than the log',
    ]);
    const empty = await store.write('tree', new Uint8Array());
    expect(await found(text.replace(/^tree .*$/m, `tree ${empty}`))).toHaveLength(3);
    expect(await found(text.replace(/^tree .*$/m, `tree ${'a'.repeat(40)}`))).toHaveLength(3);
    expect(await found(text.replace('Tiles: 2', 'Tiles: 3'))).toEqual([
      'tile signature: invalid',
      'tile tiles from 0/2 on are beyond the log',
    ]);
    expect(await found(text.replace('Knhk-Tiles', 'X'))).toEqual(['tile no commit of tiles']);
  });
  it('go up a level at 65,536 leaves', async () => {
    const { log, options } = await logAndOptions();
    const lockchain = await openLockchain({ ...options, tiles: true });
    await appendEpochs(log, Array<number>(128).fill(256));
    await lockchain.commit();
    await appendEpochs(log, Array<number>(129).fill(256));
    await lockchain.commit();
    expect(lockchain.status.reasons).toEqual([]);
    await lockchain.close();
    const roots = rootsOf(leavesOf(log), 256).slice(0, 256);
    await log.close();
    expect(tile(options.repository, 'tile/1/000')?.equals(Buffer.concat(roots))).toBe(true);
    expect(tile(options.repository, 'tile/0/256')).toHaveLength(8_192);
  }, 120_000);
  it('that cannot be written keep no checkpoint from being committed', async () => {
    const { log, options } = await logAndOptions();
    const { repository } = options;
    let isBroken = true;
    const fs = {
      ...nodeFs,
      openSync: (path: string, flags: string, mode?: number): number => {
        if (isBroken && path.includes('tiles'))
          throw Object.assign(new Error('EIO'), { code: 'EIO' });
        return nodeFs.openSync(path, flags, mode);
      },
    };
    const lockchain = await openLockchain({ ...options, fs, tiles: true });
    await appendEpochs(log, [256]);
    expect(await lockchain.commit()).toMatchObject({ isNew: true, size: 256 });
    expect(lockchain.status.reasons[0]?.code).toBe('tiles-failed');
    expect(tile(repository, 'tile/0/000')).toBeUndefined();
    isBroken = false;
    await lockchain.commit();
    expect(lockchain.status.reasons).toEqual([]);
    expect(tile(repository, 'tile/0/000')).toHaveLength(8_192);
    await lockchain.close();
    await log.close();
  });
});
