import { fail, KnhkError } from '../base/errors.ts';
import type { LogFs } from '../receipts/log/fs.ts';
import { writePack } from './packing.ts';
import type { RemoteSession } from './remote-session.ts';
import { readRepository } from './repository.ts';

const codeOf = (error: unknown): unknown => (error as { readonly code?: unknown } | null)?.code;

/**
 * A repository in a directory, such as one on another disk. Its refs are changed under Git's own
 * locks, its packs put in place whole.
 *
 * @throws KnhkError KNHK_LOCKCHAIN_REMOTE where there is none
 */
export async function fileRemote(fs: LogFs, path: string): Promise<RemoteSession> {
  const { store, refs } = attempt(path, () => readRepository(fs, path));
  return {
    refs: attempt(path, () => new Map([...refs.list('refs/heads'), ...refs.list('refs/tags')])),
    send: async (changes, pack) =>
      attempt(path, () => {
        writePack(fs, store.directory, pack);
        for (const { ref, before, after } of changes) refs.update(ref, after, before);
      }),
  };
}

function attempt<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const isOurs = error instanceof KnhkError || typeof codeOf(error) === 'string';
    const message = error instanceof Error ? error.message : String(error);
    if (!isOurs) throw error;
    return fail('KNHK_LOCKCHAIN_REMOTE', path, 'a repository that takes a push', message, error);
  }
}
