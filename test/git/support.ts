import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allowedSigners, type LockchainOptions } from '../../src/git/index.ts';
import { nodeSigner, type ReceiptLog } from '../../src/receipts/log/index.ts';
import { keyring, open, temporary } from '../receipts/support.ts';

/** Signs commits in tests. */
export const gitKey = nodeSigner({ name: 'lockchain', privateKey: new Uint8Array(32).fill(3) });
export const otherGitKey = nodeSigner({ name: 'other', privateKey: new Uint8Array(32).fill(4) });
export const branch = 'refs/heads/log/example.com/ops';

/** What a program wrote and ended with. */
export interface Ran {
  readonly status: number | null;
  readonly out: string;
}

// Nothing of the machine's own configuration may decide a test.
const env = {
  ...process.env,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  HOME: '/nonexistent',
  LC_ALL: 'C',
};

/** Runs Git in a directory. */
export function git(directory: string, ...words: readonly string[]): Ran {
  const given = { cwd: directory, encoding: 'utf8', env } as const;
  const { status, stdout, stderr } = spawnSync('git', [...words], given);
  return { status, out: `${stdout ?? ''}${stderr ?? ''}` };
}

/** Runs Git with an input and gives what it wrote, bytes as they are. */
export function gitWith(directory: string, input: Uint8Array, ...words: string[]): Buffer {
  const { status, stdout, stderr } = spawnSync('git', words, { cwd: directory, input, env });
  if (status !== 0) throw new Error(String(stderr));
  return stdout;
}

export const hasSshKeygen: boolean = spawnSync('ssh-keygen', ['-?']).error === undefined;
/** Git asks ssh-keygen (Debian: openssh-client) about signatures: tests need both. */
export const hasGit: boolean = hasSshKeygen && git('.', '--version').status === 0;

/** Git's words for who may sign. */
export function trusting(directory: string, key = gitKey): readonly string[] {
  const path = join(directory, 'allowed_signers.test');
  writeFileSync(path, allowedSigners(key));
  return ['-c', `gpg.ssh.allowedSignersFile=${path}`];
}

/** Paths of a log and of its repository. */
export interface Places {
  readonly data: string;
  readonly repository: string;
}

export function places(): Places {
  const root = temporary();
  return { data: join(root, 'data'), repository: join(root, 'chain.git') };
}

/** A fresh log and what a lockchain over it is given. */
export async function logAndOptions(
  at: Places = places(),
): Promise<{ readonly log: ReceiptLog; readonly options: LockchainOptions }> {
  const log = await open(at.data);
  return { log, options: { ...at, keyring, key: gitKey, log, create: true } };
}
