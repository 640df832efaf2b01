import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { git, hasGit } from '../git/support.ts';
import { temporary } from '../receipts/support.ts';
import { projectRoot } from '../tidy/files.ts';

const run = (...words: string[]): unknown => {
  const args = ['build/examples/lockchain/main.js', ...words];
  return JSON.parse(execFileSync(process.execPath, args, { cwd: projectRoot, encoding: 'utf8' }));
};

it('commits checkpoints as it runs, and once more at its end', () => {
  const data = join(temporary(), 'data');
  const done = { ok: true, commits: 4, compared: 4, size: 101, status: 'closed', isPushed: false };
  expect(run('--data', data)).toEqual(done);
});

it.skipIf(!hasGit)('is audited with Git alone, here and where it was pushed to', () => {
  const root = temporary();
  git(root, 'init', '-q', '--bare', 'remote.git');
  const remote = join(root, 'remote.git');
  const data = join(root, 'data');
  expect(run('--data', data, '--remote', remote)).toMatchObject({ ok: true, isPushed: true });
  const allowed = `gpg.ssh.allowedSignersFile=${data}.keys/lockchain.allowed_signers`;
  for (const directory of [`${data}.git`, remote]) {
    const words = ['-c', allowed, 'log', '--format=%G?', 'log/example.com/refunds'];
    expect(git(directory, ...words).out).toBe('G\n'.repeat(4));
    expect(git(directory, 'fsck', '--full', '--strict').status).toBe(0);
  }
});
