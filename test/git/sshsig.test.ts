import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allowedSigners } from '../../src/git/index.ts';
import {
  checkForGit,
  parseAllowedSigners,
  parseSshSignature,
  publicKeyOf,
  signForGit,
} from '../../src/git/sshsig.ts';
import { codeOf, temporary } from '../receipts/support.ts';
import { gitKey, hasSshKeygen, otherGitKey } from './support.ts';

const allowed = [publicKeyOf(gitKey)];
const message = fc.uint8Array({ maxLength: 64 });

describe.skipIf(!hasSshKeygen)('ssh-keygen', () => {
  it('verifies what is signed here, and refuses another message', async () => {
    const directory = temporary();
    const signers = join(directory, 'allowed');
    writeFileSync(signers, allowedSigners(gitKey));
    writeFileSync(join(directory, 'sig'), await signForGit(gitKey, Buffer.from('hello')));
    const verify = (input: string, namespace = 'git') =>
      spawnSync(
        'ssh-keygen',
        [
          '-Y',
          'verify',
          '-f',
          signers,
          '-I',
          'lockchain@knhk.invalid',
          '-n',
          namespace,
          '-s',
          'sig',
        ],
        { cwd: directory, input },
      ).status;
    expect(verify('hello')).toBe(0);
    expect(verify('hellO')).not.toBe(0);
    expect(verify('hello', 'file')).not.toBe(0);
  });
  it('signs what is verified here, under both hashes', () => {
    const directory = temporary();
    const key = join(directory, 'key');
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const keys = parseAllowedSigners(readFileSync(`${key}.pub`, 'utf8'));
    for (const hash of ['sha256', 'sha512']) {
      const words = ['-Y', 'sign', '-n', 'git', '-O', `hashalg=${hash}`, '-f', key];
      const { stdout } = spawnSync('ssh-keygen', words, { input: 'hello', encoding: 'utf8' });
      expect(checkForGit(stdout, Buffer.from('hello'), keys)).toBe('signed');
      expect(checkForGit(stdout, Buffer.from('hellO'), keys)).toBe('invalid');
      expect(checkForGit(stdout, Buffer.from('hello'), allowed)).toBe('unknown key');
    }
  });
});

describe('an SSH signature', () => {
  it('is verified under the key that made it, over its message alone', async () => {
    await fc.assert(
      fc.asyncProperty(message, message, async (signed, other) => {
        const armored = await signForGit(gitKey, signed);
        const isSame = Buffer.compare(signed, other) === 0;
        expect(checkForGit(armored, other, allowed)).toBe(isSame ? 'signed' : 'invalid');
        expect(checkForGit(armored, signed, [publicKeyOf(otherGitKey)])).toBe('unknown key');
      }),
      { numRuns: 30 },
    );
  });
  it('never passes with any bit of it flipped', async () => {
    const armored = await signForGit(gitKey, Buffer.from('hello'));
    const lines = armored.split('\n');
    const blob = Buffer.from(lines.slice(1, -2).join(''), 'base64');
    for (let bit = 0; bit < 8 * blob.length; bit++) {
      const flipped = Buffer.from(blob);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const body = flipped.toString('base64').match(/.{1,70}/g) as string[];
      const text = [lines[0], ...body, ...lines.slice(-2)].join('\n');
      expect(checkForGit(text, Buffer.from('hello'), allowed), `bit ${bit}`).not.toBe('signed');
    }
  });
  it('is refused cut off anywhere, with more behind it, and without its armor', async () => {
    const armored = await signForGit(gitKey, Buffer.from('hello'));
    const lines = armored.split('\n');
    const blob = Buffer.from(lines.slice(1, -2).join(''), 'base64');
    const armor = (bytes: Buffer): string =>
      [lines[0], ...(bytes.toString('base64').match(/.{1,70}/g) ?? []), ...lines.slice(-2)].join(
        '\n',
      );
    expect(parseSshSignature(armor(blob))).toBeDefined();
    for (let length = 0; length < blob.length; length++) {
      expect(parseSshSignature(armor(blob.subarray(0, length)))).toBeUndefined();
    }
    expect(parseSshSignature(armor(Buffer.concat([blob, Buffer.alloc(1)])))).toBeUndefined();
    expect(parseSshSignature(lines.slice(1).join('\n'))).toBeUndefined();
    expect(parseSshSignature(lines.slice(0, -2).join('\n'))).toBeUndefined();
    expect(
      parseSshSignature(armored.replaceAll('\n', '').replace('-----U', '-----\nU')),
    ).toBeUndefined();
    expect(checkForGit(undefined, Buffer.from(''), allowed)).toBe('missing');
    expect(checkForGit('x', Buffer.from(''), allowed)).toBe('malformed');
  });
  it('is not given out by a signer whose key does not verify it', async () => {
    const broken = { vkey: gitKey.vkey, sign: otherGitKey.sign };
    expect(await codeOf(() => signForGit(broken, Buffer.from('x')))).toBe('KNHK_LOCKCHAIN_KEY');
    const odd = { vkey: 'no vkey', sign: gitKey.sign };
    expect(await codeOf(() => signForGit(odd, Buffer.from('x')))).toBe('KNHK_LOCKCHAIN_KEY');
  });
});

describe('allowed signers', () => {
  it('are read from lines of both forms, past comments', () => {
    const line = allowedSigners(gitKey);
    const bare = `${line.slice(line.indexOf('ssh-')).trim()} someone@example.com`;
    const text = `# who\n\n${line}${bare}\n${allowedSigners(otherGitKey)}`;
    const keys = [publicKeyOf(gitKey), publicKeyOf(gitKey), publicKeyOf(otherGitKey)];
    expect(parseAllowedSigners(text)).toEqual(keys);
  });
  it.each(['', '# none\n', 'ssh-rsa AAAA\n', 'ssh-ed25519 AAAA\n'])(
    'are refused: %j',
    async (text) => {
      expect(await codeOf(() => parseAllowedSigners(text))).toBe('KNHK_LOCKCHAIN_KEY');
    },
  );
});
