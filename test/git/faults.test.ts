import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { parseCommit } from '../../src/git/commits.ts';
import { allowedSigners, openLockchain, verifyLockchain } from '../../src/git/index.ts';
import { parseTree } from '../../src/git/objects.ts';
import { Refs } from '../../src/git/refs.ts';
import { ObjectStore } from '../../src/git/store.ts';
import type { LogFs } from '../../src/receipts/log/index.ts';
import { failEveryCall, type MemoryFs, memoryFs, seededRandom } from '../../src/testing/index.ts';
import { appendEpochs, keyring, open, temporary } from '../receipts/support.ts';
import { gitKey } from './support.ts';

/** Every object that the branch leads to, and every one that a tag does. */
function missingFrom(fs: LogFs, repository: string): readonly string[] {
  const store = new ObjectStore(fs, repository);
  const missing: string[] = [];
  const visit = (id: string): void => {
    const object = store.look(id);
    if (typeof object === 'string') {
      missing.push(`${id} ${object}`);
      return;
    }
    if (object.kind === 'tree') for (const entry of parseTree(object.content)!) visit(entry.id);
    if (object.kind !== 'commit') return;
    const { tree, parents } = parseCommit(object.content)!.value;
    for (const next of [tree, ...parents]) visit(next);
  };
  const refs = new Refs(fs, repository);
  for (const id of [...refs.list('refs/heads').values(), ...refs.list('refs/tags').values()])
    visit(id);
  return missing;
}

/** What a run came to, also where it ended early. */
interface Run {
  readonly data: string;
  readonly repository: string;
  /** Size of the last commit that was answered. */
  acknowledged: number;
  durableSize: number;
}

/** The locks of log and repository are sockets: their folders have to be on the real disk too. */
function runIn(root: string): Run {
  const [data, repository] = [join(root, 'data'), join(root, 'c.git')];
  for (const path of [data, repository]) mkdirSync(path, { recursive: true });
  return { data, repository, acknowledged: 0, durableSize: 0 };
}

const optionsOf = ({ data, repository }: Run, fs: LogFs) => ({
  ...{ data, repository, fs, keyring, key: gitKey, create: true, everyMs: 1e8 },
});

const isExpected = (error: unknown): boolean => {
  const { code } = error as { code?: string };
  return code === 'EIO' || code?.startsWith('KNHK_LOCKCHAIN_') === true;
};

/** Commits over three days and packs; the log's own disk does not fail. */
async function scenario(fs: LogFs, base: LogFs, run: Run): Promise<void> {
  let now = 1_000;
  const log = await open(run.data, { fs: base, clock: { now: () => now } });
  try {
    const lockchain = await openLockchain({ ...optionsOf(run, fs), log });
    for (const step of ['new', 'same', 'new', 'pack', 'pack', 'new', 'pack'] as const) {
      if (step === 'new') {
        await appendEpochs(log, [1]);
        now += 86_400_000;
      }
      try {
        const done = await lockchain[step === 'pack' ? 'pack' : 'commit']();
        if ('size' in done) run.acknowledged = done.size;
      } catch (error) {
        if (!isExpected(error)) throw error;
      }
    }
    await lockchain.close();
  } catch (error) {
    if (!isExpected(error)) throw error;
  }
  await appendEpochs(log, [1]);
  run.durableSize = log.durableSize;
  await log.close();
}

async function checkAfter(fs: LogFs, run: Run): Promise<void> {
  const { data, repository, acknowledged } = run;
  if (fs.statSync(join(repository, 'HEAD')) === undefined) {
    expect(acknowledged).toBe(0);
    return;
  }
  expect(missingFrom(fs, repository)).toEqual([]);
  const given = { data, repository, fs, keyring, allowedSigners: allowedSigners(gitKey) };
  const report = await verifyLockchain(given);
  if (report.commits > 0) expect(report.findings).toEqual([]);
  expect(report.size).toBeGreaterThanOrEqual(acknowledged);
}

describe('a lockchain under faults', () => {
  it('never names what is not there, whichever call fails, and the log goes on', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    let base: MemoryFs;
    const faults = await failEveryCall({
      fs: () => {
        base = memoryFs({ directories: ['/tmp'] });
        return base;
      },
      run: async (fs) => {
        const run = runIn(temporary());
        await scenario(fs, base, run);
        return run;
      },
      check: async ({ result: run, fs, call }) => {
        expect(run.durableSize).toBeGreaterThan(0);
        await checkAfter(fs, run);
        if (call % 3 === 1) {
          const cut = fs.crash();
          await checkAfter(cut, run);
          return;
        }
        // What failed is made up for by the next one.
        if (call % 3 === 2) return;
        const again = await openLockchain(optionsOf(run, fs));
        expect((await again.commit()).size).toBe(run.durableSize);
        await again.pack();
        // An interrupted write may have left a name that was never synced.
        const cut = fs.crash();
        await again.close();
        await checkAfter(cut, { ...run, acknowledged: run.durableSize });
      },
    });
    expect(faults).toBeGreaterThan(300);
    warned.mockRestore();
  }, 300_000);
  it('answers for a commit whose name was not synced only once it is', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const disk = memoryFs({ directories: ['/tmp'] });
    const run = runIn(temporary());
    let failing = '';
    const fs: LogFs = {
      ...disk,
      openSync: (path, flags) => {
        if (failing !== '' && path.endsWith(failing) && flags === 'r') {
          failing = '';
          throw Object.assign(new Error('EIO'), { code: 'EIO' });
        }
        return disk.openSync(path, flags);
      },
    };
    const log = await open(run.data, { fs: disk });
    const lockchain = await openLockchain({ ...optionsOf(run, fs), log });
    await appendEpochs(log, [1]);
    failing = 'refs/heads/log/example.com';
    await expect(lockchain.commit()).rejects.toThrow('EIO');
    expect(await lockchain.commit()).toMatchObject({ isNew: false });
    const cut = disk.crash();
    await lockchain.close();
    await log.close().catch(() => {});
    expect(missingFrom(cut, run.repository)).toEqual([]);
    expect(new Refs(cut, run.repository).read('refs/heads/log/example.com/ops')).toBeDefined();
    warned.mockRestore();
  });
  it('loses no commit that was answered when the power goes, at whichever call', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    for (let cut = 1, isCut = true; isCut; cut += 5) {
      const disk = memoryFs({ directories: ['/tmp'] });
      const random = seededRandom(cut);
      let after: MemoryFs | undefined;
      let calls = 0;
      const count = (target: MemoryFs, name: keyof MemoryFs): unknown => {
        if (++calls === cut) after = disk.crash({ random });
        return target[name];
      };
      const fs: LogFs = new Proxy(disk, { get: (target, name) => count(target, name as 'write') });
      const run = runIn(temporary());
      // The log lies on the same disk; its calls are not counted, but end with the power.
      await scenario(fs, disk, run).catch(() => {});
      isCut = after !== undefined;
      await checkAfter(after ?? disk, run);
    }
    warned.mockRestore();
  }, 300_000);
});
