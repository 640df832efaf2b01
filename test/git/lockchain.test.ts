import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLockchain } from '../../src/git/index.ts';
import { appendEpochs } from '../receipts/support.ts';
import { branch, git, hasGit, logAndOptions, trusting } from './support.ts';

describe.skipIf(!hasGit)('what Git says of a lockchain', () => {
  it('verifies commits and tags, lists them, and finds nothing amiss in the repository', async () => {
    const { log, options } = await logAndOptions();
    const { repository } = options;
    const lockchain = await openLockchain(options);
    for (const count of [1, 2, 3]) {
      await appendEpochs(log, [count]);
      expect(await lockchain.commit()).toMatchObject({ isNew: true, size: log.size });
    }
    await lockchain.close();
    await log.close();
    const trust = trusting(join(repository, '..'));
    expect(git(repository, 'fsck', '--full', '--strict')).toEqual({ status: 0, out: '' });
    const shown = git(repository, ...trust, 'log', '--show-signature', branch);
    expect(shown.status).toBe(0);
    expect(shown.out.match(/Good "git" signature for lockchain@knhk.invalid/g)).toHaveLength(3);
    expect(git(repository, ...trust, 'verify-commit', branch).status).toBe(0);
  });
});
