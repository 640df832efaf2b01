import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Commit, commitPayload, parseCommit, signCommit } from '../../src/git/commits.ts';
import { writeTree } from '../../src/git/content.ts';
import {
  allowedSigners,
  type LockchainReport,
  openLockchain,
  type VerifyLockchainOptions,
  verifyLockchain,
} from '../../src/git/index.ts';
import { Refs } from '../../src/git/refs.ts';
import { signForGit } from '../../src/git/sshsig.ts';
import { ObjectStore } from '../../src/git/store.ts';
import { nodeFs, nodeSigner, openLog } from '../../src/receipts/log/index.ts';
import {
  appendEpochs,
  codeOf,
  keyring,
  open,
  origin,
  otherSigner,
  temporary,
} from '../receipts/support.ts';
import { branch, git, gitKey, hasGit, otherGitKey } from './support.ts';

const dayMs = 86_400_000;
let root: string;
let whole: string;

/** A log of 10 leaves and its lockchain: four commits on four days, three day tags. */
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'knhk-'));
  whole = join(root, 'whole');
  let now = dayMs;
  const data = join(whole, 'data');
  const log = await open(data, { clock: { now: () => now } });
  const given = {
    repository: join(whole, 'chain.git'),
    data,
    keyring,
    key: gitKey,
    log,
    create: true,
  };
  const lockchain = await openLockchain({ ...given, clock: { now: () => now } });
  for (const count of [1, 2, 3, 4]) {
    await appendEpochs(log, [count]);
    await lockchain.commit();
    if (count < 4) now += dayMs;
  }
  await lockchain.close();
  await log.close();
});
afterAll(() => rmSync(root, { recursive: true }));

interface Copy extends VerifyLockchainOptions {
  readonly data: string;
}

function copy(): Copy {
  const at = join(temporary(), 'copy');
  cpSync(whole, at, { recursive: true });
  const places = { repository: join(at, 'chain.git'), data: join(at, 'data') };
  return { ...places, keyring, allowedSigners: allowedSigners(gitKey) };
}

const partsOf = (repository: string) => ({
  store: new ObjectStore(nodeFs, repository),
  refs: new Refs(nodeFs, repository),
});

/** The commits of the branch, newest first. */
function history(repository: string): readonly { readonly id: string; readonly commit: Commit }[] {
  const { store, refs } = partsOf(repository);
  const found: { id: string; commit: Commit }[] = [];
  for (let id = refs.read(branch); id !== undefined; id = found.at(-1)?.commit.parents[0]) {
    found.push({ id, commit: parseCommit(store.read(id, 'commit'))!.value });
  }
  return found;
}

/** Writes the newest commit again, changed, and lets the branch name it. */
async function rewrite(
  repository: string,
  change: (commit: Commit) => Commit | Promise<Commit>,
  key: typeof gitKey | 'none' = gitKey,
): Promise<void> {
  const { store, refs } = partsOf(repository);
  const [newest] = history(repository);
  const payload = commitPayload(await change(newest!.commit));
  const bytes = key === 'none' ? payload : signCommit(payload, await signForGit(key, payload));
  refs.update(branch, await store.write('commit', bytes), newest!.id);
}

const kindsOf = ({ findings }: LockchainReport): readonly string[] =>
  findings.map(({ kind }) => kind);

describe('verifying a lockchain', () => {
  it('finds nothing where there is nothing', async () => {
    const given = copy();
    const report = await verifyLockchain(given);
    const [newest] = history(given.repository);
    expect(report).toEqual({
      ...{ ok: true, origin, commits: 4, verified: 4, tags: 3, compared: 4, size: 10 },
      ...{ head: newest!.id, findings: [], findingsDropped: 0 },
    });
    const { data: _, ...alone } = given;
    expect(await verifyLockchain(alone)).toMatchObject({ ok: true, compared: 0 });
  });
  it.skipIf(!hasGit)('reads a clone as well as the repository', async () => {
    const given = copy();
    const clone = join(temporary(), 'clone');
    git('.', 'clone', '-q', '--branch', branch.replace('refs/heads/', ''), given.repository, clone);
    expect(existsSync(join(clone, 'checkpoint'))).toBe(true);
    expect(await verifyLockchain({ ...given, repository: clone })).toMatchObject({
      ok: true,
      commits: 4,
    });
  });
  it('names each commit of a signer that may not sign', async () => {
    const given = copy();
    const other = { ...given, allowedSigners: allowedSigners(otherGitKey) };
    const report = await verifyLockchain(other);
    expect(kindsOf(report)).toEqual([...Array(4).fill('signature'), ...Array(3).fill('tag')]);
    expect(report.findings[0]?.message).toBe('unknown key');
    await rewrite(given.repository, (commit) => commit, otherGitKey);
    expect(kindsOf(await verifyLockchain(given))).toEqual(['signature']);
    expect(await verifyLockchain(given)).toMatchObject({ ok: false, commits: 4, verified: 3 });
  });
  it('names a commit without a signature, and one whose message was changed', async () => {
    const unsigned = copy();
    await rewrite(unsigned.repository, (commit) => commit, 'none');
    expect((await verifyLockchain(unsigned)).findings[0]).toMatchObject({
      kind: 'signature',
      message: 'missing',
    });
    const changed = copy();
    const { store, refs } = partsOf(changed.repository);
    const [newest] = history(changed.repository);
    const text = store
      .read(newest!.id, 'commit')
      .toString('latin1')
      .replace('Size: 10', 'Size: 11');
    refs.update(branch, await store.write('commit', Buffer.from(text, 'latin1')), newest!.id);
    expect(kindsOf(await verifyLockchain(changed))).toEqual(['signature', 'message']);
    expect((await verifyLockchain(changed)).findings[0]?.message).toBe('invalid');
  });
  it('names a message that disagrees with its checkpoint, well signed or not', async () => {
    for (const [from, to] of [
      ['Size: 10', 'Size: 11'],
      ['Root: ', 'Root: A'],
      [`Origin: ${origin}`, 'Origin: b'],
      ['Knhk-Entries', 'Entries'],
    ] as const) {
      const given = copy();
      await rewrite(given.repository, (commit) => ({
        ...commit,
        message: commit.message.replace(from, to),
      }));
      expect(kindsOf(await verifyLockchain(given)), to).toContain('message');
    }
  });
  it('names a checkpoint of an unknown key, malformed, or of another log', async () => {
    const given = copy();
    const strange = { origin, keys: [{ vkey: otherSigner.vkey, from: 0 }] };
    const report = await verifyLockchain({ ...given, keyring: strange });
    expect(kindsOf(report)).toEqual(Array(4).fill('checkpoint'));
    expect(report.findings[0]?.message).toBe('signature: unknown');
    const { store } = partsOf(given.repository);
    const tree = await writeTree(store, 'no note', keyring, '');
    await rewrite(given.repository, (commit) => ({ ...commit, tree }));
    expect(kindsOf(await verifyLockchain(given))).toContain('checkpoint');
    const stranger = nodeSigner({ name: 'b', privateKey: new Uint8Array(32).fill(7) });
    const data = join(temporary(), 'b');
    const log = await openLog({
      directory: data,
      origin: 'b',
      signer: stranger,
      clock: { now: () => 5 },
    });
    await appendEpochs(log, [11]);
    const other = copy();
    const parts = partsOf(other.repository);
    const note = log.checkpoint as string;
    await log.close();
    const ofOther = await writeTree(parts.store, note, keyring, '');
    await rewrite(other.repository, (commit) => ({ ...commit, tree: ofOther }));
    const found = (await verifyLockchain(other)).findings;
    expect(found).toContainEqual(
      expect.objectContaining({ kind: 'checkpoint', message: 'of another log' }),
    );
  });
  it('names a rewritten history: a commit left out, a merge, an order turned', async () => {
    const left = copy();
    const [, second, third] = history(left.repository);
    await rewrite(left.repository, (commit) => ({ ...commit, parents: [third!.id] }));
    const kinds = kindsOf(await verifyLockchain(left));
    // The message still says where the receipts begin, and a tag names what is gone.
    expect(kinds).toEqual(['history', 'tag']);
    const merged = copy();
    await rewrite(merged.repository, (commit) => ({ ...commit, parents: [second!.id, third!.id] }));
    expect(kindsOf(await verifyLockchain(merged))).toEqual(['history']);
    const begun = copy();
    await rewrite(begun.repository, (commit) => ({ ...commit, parents: [] }));
    expect(kindsOf(await verifyLockchain(begun))).toEqual(['history', ...Array(3).fill('tag')]);
    const turned = copy();
    await rewrite(turned.repository, (commit) => ({ ...commit, seconds: 0 }));
    expect(kindsOf(await verifyLockchain(turned))).toEqual(['order']);
    const again = copy();
    await rewrite(again.repository, (commit) => ({ ...commit, tree: second!.commit.tree }));
    expect(kindsOf(await verifyLockchain(again))).toContain('order');
  });
  it('names what is missing or damaged, whichever object it is', async () => {
    const { store } = partsOf(copy().repository);
    // README, allowed_signers and the keys are read by people.
    const named: string[] = [];
    const given = copy();
    for (const id of store.loose()) {
      const path = join(given.repository, 'objects', id.slice(0, 2), id.slice(2));
      const stored = readFileSync(path);
      const swapped = inflateSync(stored);
      swapped[swapped.length - 2]! ^= 1;
      const kinds: string[] = [];
      for (const bytes of [undefined, stored.subarray(1), deflateSync(swapped)]) {
        rmSync(path);
        if (bytes !== undefined) writeFileSync(path, bytes);
        const report = await verifyLockchain(given);
        if (!report.ok) kinds.push(report.findings[0]?.kind ?? '');
        writeFileSync(path, stored);
      }
      expect([0, 3]).toContain(kinds.length);
      if (kinds.length > 0) named.push(id);
    }
    // Four commits with a tree and a checkpoint each, and three tags.
    expect(named).toHaveLength(15);
  }, 120_000);
  it('names a branch that is not there', async () => {
    const given = copy();
    rmSync(join(given.repository, branch));
    const report = await verifyLockchain(given);
    expect(report).toMatchObject({ ok: false, commits: 0, head: null });
    expect(kindsOf(report)).toEqual(['history', 'tag', 'tag', 'tag']);
  });
  it('names tags that are not annotated, unsigned, or of another commit', async () => {
    const given = copy();
    const folder = join(given.repository, 'refs/tags/log', origin);
    const names = readdirSync(folder).sort();
    expect(names).toEqual(['1970-01-02', '1970-01-03', '1970-01-04']);
    const [newest] = history(given.repository);
    writeFileSync(join(folder, names[0]!), `${newest!.id}\n`);
    writeFileSync(join(folder, names[1]!), readFileSync(join(folder, names[2]!)));
    const report = await verifyLockchain(given);
    expect(kindsOf(report)).toEqual(['tag', 'tag']);
    expect(report.findings.map(({ message }) => message.includes('1970-01-0'))).toEqual([
      true,
      true,
    ]);
  });
});

describe('comparing a lockchain with its log', () => {
  it('names each commit whose root is not the log\u2019s, and those beyond its end', async () => {
    const given = copy();
    rmSync(given.data, { recursive: true });
    const log = await open(given.data, { clock: { now: () => 5 } });
    await appendEpochs(log, [4]);
    await log.close();
    const report = await verifyLockchain(given);
    expect(kindsOf(report)).toEqual(['fork', 'fork', 'rollback', 'rollback']);
    expect(report.findings.map(({ size }) => size)).toEqual([1, 3, 10, 6]);
    expect(report).toMatchObject({ verified: 0, compared: 2 });
  });
  it('says where a damaged log ends the comparison', async () => {
    const given = copy();
    const segment = join(given.data, 'seg', readdirSync(join(given.data, 'seg'))[0] as string);
    const bytes = readFileSync(segment);
    const notes = [1, 3, 6, 10].map((size) => bytes.indexOf(`${origin}\n${size}\n`));
    for (const [compared, at] of notes.entries()) {
      const broken = Buffer.from(bytes);
      broken[at]! ^= 1;
      writeFileSync(segment, broken);
      const report = await verifyLockchain(given);
      expect(report).toMatchObject({ ok: false, compared });
      // Without its end a log cannot be told from a shorter one.
      expect(['log', 'rollback']).toContain(report.findings.at(-1)?.kind);
    }
    rmSync(segment);
    expect(await verifyLockchain(given)).toMatchObject({ ok: false });
    rmSync(given.data, { recursive: true });
    expect(kindsOf(await verifyLockchain(given))).toEqual(['log']);
  });
  it('ends when it is told to, and tells how far it is', async () => {
    const given = copy();
    const stopped = AbortSignal.abort(new Error('enough'));
    await expect(verifyLockchain({ ...given, signal: stopped })).rejects.toThrow('enough');
  });
  it('throws where there is no repository, no key and no keyring', async () => {
    const given = copy();
    const verify = (more: object) => codeOf(() => verifyLockchain({ ...given, ...more }));
    expect(await verify({ repository: given.data })).toBe('KNHK_LOCKCHAIN_REPOSITORY');
    expect(await verify({ allowedSigners: '' })).toBe('KNHK_LOCKCHAIN_KEY');
    expect(await verify({ keyring: { origin, keys: [] } })).toBe('KNHK_RECEIPTS_KEYRING');
    expect(statSync(given.repository).isDirectory()).toBe(true);
  });
});
