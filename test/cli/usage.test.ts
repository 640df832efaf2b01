import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporary } from '../support/runtime.ts';
import { projectRoot } from '../tidy/files.ts';
import { knhk, spawned } from './support.ts';

const { version } = JSON.parse(readFileSync(`${projectRoot}package.json`, 'utf8')) as {
  readonly version: string;
};

describe('usage', () => {
  test.each([
    [[]],
    [['nonsense']],
    [['receipts']],
    [['receipts', 'nonsense']],
    [['constructor', 'name']],
    [['receipts', 'toString']],
    [['receipts', 'list', '--nonsense']],
    [['receipts', 'list', 'more']],
    [['receipts', 'list', '--limit', '0']],
    [['receipts', 'list', '--limit', 'many']],
    [['receipts', 'list', '--limit']],
    [['receipts', 'list', '--from', '1e3']],
    [['receipts', 'list', '--outcome', 'good']],
    [['receipts', 'list', '--data', '']],
    [['receipts', 'prove']],
    [['receipts', 'prove', '0', '--size', '0']],
    [['receipts', 'verify']],
    [['receipts', 'verify', '-', '--threshold', '1']],
    [['receipts', 'replay']],
    [['log']],
    [['log', 'nonsense']],
    [['doctor', 'more']],
    [['doctor', '--names']],
    [['doctor', '--bundle', '']],
    [['bench', '--seconds', '61']],
    [['bench', '--verify']],
  ])('%j is misused: usage on stderr, nothing on stdout, 2', async (words) => {
    const { code, out, err } = await knhk(words);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^knhk: .+\n\nusage: knhk <noun> \[verb\]/);
  });

  test.each([
    [['help'], 'knhk receipts verify-chain'],
    [['--help'], 'knhk receipts list'],
    [['-h'], 'knhk receipts list'],
    [['help', 'receipts', 'show'], 'knhk receipts show SEQ'],
    [['receipts', '--help'], 'knhk receipts show SEQ'],
    [['receipts', 'list', '--help'], '[--subject S]'],
    [['receipts', 'prove', '--help'], 'knhk receipts prove SEQ'],
    [['receipts', 'verify', '--help'], 'knhk receipts verify FILE|-'],
    [['receipts', 'replay', '--help'], '--rules MODULE.js'],
    [['help'], 'knhk log status'],
    [['help'], 'knhk doctor'],
    [['help', 'log'], 'knhk log status'],
    [['log', '-h'], 'knhk log status'],
    [['log', 'status', '--help'], 'knhk log status'],
    [['doctor', '--help'], '[--bundle FILE]'],
    [['doctor', '-h'], '[--verify]'],
    [['bench', '--help'], '[--seconds N=5]'],
  ])('%j helps on stdout', async (words, part) => {
    const { code, out, err } = await knhk(words);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain(part);
    expect(out.split('\n').every((line) => line.length <= 100)).toBe(true);
  });

  test('help on one verb leaves the others out', async () => {
    expect((await knhk(['help', 'receipts', 'show'])).out).not.toContain('verify-chain');
  });

  test.each([[['doctor', '--help']], [['help', 'doctor']], [['doctor', '-h', '--verify']]])(
    '%j leaves other commands out',
    async (words) => {
      expect((await knhk(words)).out).not.toMatch(/knhk (receipts|log|bench)/);
    },
  );

  test("the version is the package's", async () => {
    expect(await knhk(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });

  test.each([['list'], ['verify-chain'], ['show', '0']])('%s of no log is 3', async (...verb) => {
    const missing = join(temporary(), 'nowhere');
    const { code, out, err } = await knhk(['receipts', ...verb, '--data', missing]);
    expect([code, out]).toEqual([3, '']);
    expect(err).toMatch(/^knhk: /);
    expect(err).not.toContain('usage:');
  });
});

test('the program itself ends with the same codes', () => {
  expect(spawned(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
  const wrong = spawned(['receipts', 'nonsense']);
  expect([wrong.code, wrong.out]).toEqual([2, '']);
  expect(spawned(['receipts', 'list', '--data', join(temporary(), 'nowhere')]).code).toBe(3);
  expect(readFileSync(`${projectRoot}dist/cli/main.js`, 'utf8')).toMatch(
    /^#!\/usr\/bin\/env node\n/,
  );
});
