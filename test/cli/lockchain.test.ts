import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createRepository } from '../../src/git/repository.ts';
import { nodeFs } from '../../src/receipts/log/index.ts';
import { origin, temporary } from '../support/runtime.ts';
import { applyOrders, copyOf, openBeside, writtenLog } from './logs.ts';
import { jsonLines, knhk } from './support.ts';

const beside = (data: string) => {
  const run = (verb: string, ...words: string[]) =>
    knhk(['lockchain', verb, ...words, '--data', data]);
  const json = async (verb: string, ...words: string[]) => {
    const { code, out, err } = await run(verb, ...words, '--json');
    return { code, document: out === '' ? JSON.parse(err) : jsonLines(out)[0] };
  };
  return { run, json };
};

describe('knhk lockchain', () => {
  test('init, commit, verify, push and status, for people', async () => {
    const data = await writtenLog();
    const { run } = beside(data);
    const made = await run('init');
    expect(made.code).toBe(0);
    expect(made.out).toMatch(new RegExp(`branch +refs/heads/log/${origin}\n`));
    expect(made.out).toContain('ssh-ed25519 ');
    expect((await run('status')).out).toMatch(/log +33 leaves, 33 behind\n/);
    expect((await run('commit')).out).toMatch(/isNew +true\n/);
    expect((await run('commit')).out).toMatch(/isNew +false\n/);
    const verified = await run('verify');
    expect([verified.code, verified.err]).toEqual([0, `verifying ${data}.git\n`]);
    expect(verified.out).toMatch(/commits +1\n/);
    expect(verified.out).toMatch(/\nverified\n$/);
    const remote = join(temporary(), 'remote.git');
    createRepository(nodeFs, remote, origin);
    expect((await run('push', '--remote', remote)).out).toMatch(/commits +1\n/);
    expect((await run('push', '--remote', remote)).out).toMatch(/commits +0\n/);
    const status = await run('status');
    expect(status.out).toMatch(/log +33 leaves, 0 behind\n/);
    expect(status.out).toMatch(/objects +0 loose, 9 in [12] packs\n/);
  });

  test('commit beside a writer, and verify what another log is compared with', async () => {
    const data = join(temporary(), 'data');
    const runtime = await openBeside(data);
    const { json } = beside(data);
    expect((await json('init')).code).toBe(0);
    await applyOrders(runtime, 0, 3);
    await runtime.flush();
    expect((await json('commit')).document).toMatchObject({ isNew: true, size: 4 });
    await applyOrders(runtime, 3, 3);
    expect((await json('commit')).document).toMatchObject({ isNew: true, size: 7 });
    const kept = copyOf(data);
    await runtime.close();
    expect((await json('verify')).document).toMatchObject({ ok: true, commits: 2, compared: 2 });
    // Copied before its end was there, the log is shorter than what was committed.
    for (const name of readdirSync(join(kept, 'seg'))) rmSync(join(kept, 'seg', name));
    const places = [
      '--repository',
      `${data}.git`,
      '--keyring',
      join(`${data}.keys`, 'keyring.json'),
    ];
    const allowed = ['--allowed', join(`${data}.keys`, 'lockchain.allowed_signers')];
    const other = beside(kept);
    expect((await other.json('verify', ...places, ...allowed)).code).toBe(1);
    const found = await other.run('verify', ...places, ...allowed);
    expect(found.out).toMatch(/rollback +the log ends at 0/);
    expect(found.out).toMatch(/NOT VERIFIED\n$/);
    const alone = await other.json('verify', '--alone', ...places, ...allowed);
    expect(alone).toMatchObject({ code: 0, document: { ok: true, compared: 0 } });
  });

  test('rebuild, only where there is no repository', async () => {
    const data = await writtenLog();
    const { json } = beside(data);
    expect((await json('rebuild', '--every', '10')).document).toEqual({ commits: 4, size: 33 });
    const again = await json('rebuild');
    expect(again).toMatchObject({ code: 3, document: { code: 'KNHK_LOCKCHAIN_REPOSITORY' } });
    expect((await json('init')).document).toMatchObject({ code: 'KNHK_LOCKCHAIN_REPOSITORY' });
    expect((await json('verify')).document).toMatchObject({ ok: true, commits: 4 });
    // A commit of the log's newest checkpoint has nothing to add.
    expect((await json('commit')).document).toMatchObject({ isNew: false, size: 33 });
  });

  test('status says of a log that is shorter than its repository', async () => {
    const data = await writtenLog();
    const { json } = beside(data);
    await json('init');
    await json('commit');
    writeFileSync(join(data, 'head'), '');
    expect(await json('status')).toMatchObject({
      code: 0,
      document: { logSize: null, behind: null },
    });
    expect(await json('commit')).toMatchObject({
      ...{ code: 3, document: { code: 'KNHK_LOCKCHAIN_ROLLBACK' } },
    });
  });

  test('status says how far behind a log is that has lost its end', async () => {
    const data = join(temporary(), 'data');
    const runtime = await openBeside(data);
    await runtime.flush();
    const early = runtime.checkpoint as string;
    await applyOrders(runtime, 0, 3);
    await runtime.close();
    const { json, run } = beside(data);
    await json('init');
    await json('commit');
    writeFileSync(join(data, 'head'), early);
    expect(await json('status')).toMatchObject({ code: 1, document: { logSize: 1, behind: -3 } });
    expect((await run('status')).out).toMatch(/log +1 leaves, -3 behind\n/);
  });

  test('push takes credentials from a variable that is named and set', async () => {
    const data = await writtenLog();
    const { run } = beside(data);
    await run('init');
    const words = ['push', '--remote', join(temporary(), 'none'), '--authorization'] as const;
    expect(await run(...words, 'NOT_SET')).toMatchObject({ code: 2 });
    expect(await run('push')).toMatchObject({ code: 2 });
    const all = ['lockchain', ...words, 'TOKEN', '--data', data];
    const { code, err } = await knhk(all, { env: { TOKEN: 'Bearer x' } });
    expect(code).toBe(3);
    expect(err).toContain('KNHK_LOCKCHAIN_REMOTE');
    expect(err).not.toContain('Bearer');
    expect(existsSync(`${data}.git`)).toBe(true);
  });
});
