import { spawn } from 'node:child_process';
import { renameSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { openLockchain, rebuildLockchain } from '../../src/git/index.ts';
import { flush, parsePktLines, pktLine } from '../../src/git/pkt-line.ts';
import { appendEpochs, codeOf, keyring, temporary } from '../receipts/support.ts';
import { branch, git, gitKey, hasGit, logAndOptions, trusting } from './support.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
});

function listen(handler: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(handler as never);
  servers.push(server);
  return new Promise((done) =>
    server.listen(0, '127.0.0.1', () => {
      done(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    }),
  );
}

/** Git's own server side behind HTTP, for who says the password. */
function serve(
  root: string,
  password = `Basic ${Buffer.from('desk:pass word').toString('base64')}`,
) {
  return listen((request, response) => {
    if (request.headers.authorization !== password) {
      response.writeHead(401).end();
      return;
    }
    const url = new URL(request.url ?? '/', 'http://localhost');
    const child = spawn('git', ['http-backend'], {
      env: {
        PATH: process.env['PATH'],
        GIT_PROJECT_ROOT: root,
        GIT_HTTP_EXPORT_ALL: '1',
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_GLOBAL: '/dev/null',
        REMOTE_USER: 'desk',
        REQUEST_METHOD: request.method ?? 'GET',
        PATH_INFO: url.pathname,
        QUERY_STRING: url.search.slice(1),
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        CONTENT_LENGTH: request.headers['content-length'] ?? '',
      },
    });
    request.pipe(child.stdin);
    const parts: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => parts.push(part));
    child.on('close', () => {
      const whole = Buffer.concat(parts);
      const end = whole.indexOf('\r\n\r\n');
      const lines = whole
        .toString('latin1', 0, end)
        .split('\r\n')
        .map((line) => line.split(': '));
      const status = lines.find(([name]) => name === 'Status')?.[1] ?? '200';
      const headers = lines
        .filter(([name]) => name !== 'Status')
        .map(([name, value]) => [name, value]);
      response.writeHead(Number.parseInt(status, 10), Object.fromEntries(headers));
      response.end(whole.subarray(end + 4));
    });
  });
}

/** An empty bare repository made by Git, which takes no history that goes back. */
function emptyRemote(): { readonly root: string; readonly path: string } {
  const root = temporary();
  git(root, 'init', '-q', '--bare', 'remote.git');
  const path = join(root, 'remote.git');
  git(path, 'config', 'receive.denyNonFastForwards', 'true');
  git(path, 'config', 'receive.fsckObjects', 'true');
  return { root, path };
}

const kinds = ['path', 'file URL', 'HTTP'] as const;

async function remoteOf(
  kind: (typeof kinds)[number],
  { root, path }: ReturnType<typeof emptyRemote>,
) {
  if (kind === 'path') return { url: path };
  if (kind === 'file URL') return { url: pathToFileURL(path).href };
  const url = await serve(root);
  return { url: `${url.replace('://', '://desk:pass%20word@')}/remote.git` };
}

describe.skipIf(!hasGit).each(kinds)('a push by %s', (kind) => {
  it('sends what is missing, tags too, and Git finds nothing amiss there', async () => {
    const there = emptyRemote();
    const { log, options } = await logAndOptions();
    let now = 1_000;
    const remote = await remoteOf(kind, there);
    const lockchain = await openLockchain({ ...options, remote, clock: { now: () => now } });
    expect(await lockchain.push()).toEqual({ commits: 0, tags: 0, commit: undefined });
    await appendEpochs(log, [1]);
    await lockchain.commit();
    await appendEpochs(log, [2]);
    const second = await lockchain.commit();
    expect(await lockchain.push()).toEqual({ commits: 2, tags: 0, commit: second.commit });
    expect(await lockchain.push()).toMatchObject({ commits: 0, tags: 0 });
    await lockchain.pack();
    now += 86_400_000;
    await appendEpochs(log, [3]);
    await lockchain.commit();
    now += 86_400_000;
    await lockchain.commit();
    const pushed = await lockchain.push();
    expect(pushed).toMatchObject({ commits: 1, tags: 1 });
    expect(lockchain.status.pushed).toBe(pushed.commit);
    await lockchain.close();
    await log.close();
    const inside = (...words: string[]) => git(there.path, ...words);
    expect(inside('rev-parse', branch).out.trim()).toBe(pushed.commit);
    expect(inside('fsck', '--full', '--strict').out).not.toMatch(/error|missing|dangling/);
    expect(inside('rev-list', '--count', branch).out.trim()).toBe('3');
    expect(inside(...trusting(there.root), 'verify-commit', branch).status).toBe(0);
  });
  it('never overwrites: a rewritten history is reported', async () => {
    const there = emptyRemote();
    const { log, options } = await logAndOptions();
    const remote = await remoteOf(kind, there);
    const lockchain = await openLockchain({ ...options, remote });
    await appendEpochs(log, [1, 1]);
    await lockchain.commit();
    const { commit } = await lockchain.push();
    await lockchain.close();
    await log.close();
    const { repository, data } = options;
    renameSync(repository, `${repository}.lost`);
    await rebuildLockchain({ repository, data, keyring, key: gitKey, everyLeaves: 1 });
    const { log: _, ...alone } = options;
    const again = await openLockchain({ ...alone, remote });
    expect(await codeOf(() => again.push())).toBe('KNHK_LOCKCHAIN_REWRITTEN');
    expect(again.status.reasons[0]?.code).toBe('push-failed');
    await again.close();
    expect(git(there.path, 'rev-parse', branch).out.trim()).toBe(commit);
    // An emptied one, which has no commit at all, is no better.
    rmSync(repository, { recursive: true });
    const third = await openLockchain({ ...alone, remote });
    expect(await codeOf(() => third.push())).toBe('KNHK_LOCKCHAIN_REWRITTEN');
    await third.close();
  });
  it('is an error where nothing answers, and the commit stays', async () => {
    const there = emptyRemote();
    const { log, options } = await logAndOptions();
    const remote = await remoteOf(kind, there);
    rmSync(there.path, { recursive: true });
    const lockchain = await openLockchain({ ...options, remote });
    await appendEpochs(log, [1]);
    await lockchain.commit();
    expect(await codeOf(() => lockchain.push())).toBe('KNHK_LOCKCHAIN_REMOTE');
    expect(lockchain.status).toMatchObject({ status: 'degraded', size: 1, pushed: undefined });
    await lockchain.close();
    await log.close();
  });
});

describe.skipIf(!hasGit)('a push after each commit', () => {
  it('is made without being asked, and again once what hindered it is gone', async () => {
    const there = emptyRemote();
    const { log, options } = await logAndOptions();
    const hidden = `${there.path}.hidden`;
    renameSync(there.path, hidden);
    const lockchain = await openLockchain({
      ...options,
      remote: { url: there.path },
      everyMs: 1e8,
    });
    await appendEpochs(log, [1]);
    await lockchain.close();
    expect(lockchain.status.reasons[0]?.code).toBe('push-failed');
    renameSync(hidden, there.path);
    const again = await openLockchain({ ...options, remote: { url: there.path } });
    await again.close();
    expect(again.status.reasons).toEqual([]);
    expect(git(there.path, 'rev-parse', branch).out.trim()).toBe(again.status.commit);
    await log.close();
  });
});

describe('smart HTTP', () => {
  const advertised = (...lines: readonly Buffer[]): Buffer =>
    Buffer.concat([pktLine('# service=git-receive-pack\n'), flush, ...lines, flush]);
  const empty = pktLine(`${'0'.repeat(40)} capabilities^{}\0report-status agent=x\n`);
  const type = 'application/x-git-receive-pack-';

  async function pushTo(
    advertisement: Buffer | number,
    report: Buffer | number = 500,
    types = [`${type}advertisement`, `${type}result`],
  ) {
    const url = await listen((request, response) => {
      request.resume().on('end', () => {
        const isGet = request.method === 'GET';
        const answer = isGet ? advertisement : report;
        if (typeof answer === 'number') response.writeHead(answer, { location: '/' }).end();
        else
          response.writeHead(200, { 'content-type': types[isGet ? 0 : 1] as string }).end(answer);
      });
    });
    const { log, options } = await logAndOptions();
    const remote = { url: `${url.replace('://', '://desk:secret@')}/r.git`, timeoutMs: 5_000 };
    const lockchain = await openLockchain({ ...options, remote });
    await appendEpochs(log, [1]);
    await lockchain.commit();
    let error: Error | undefined;
    await lockchain.push().catch((thrown: unknown) => {
      error = thrown as Error;
    });
    await lockchain.close();
    await log.close();
    return error;
  }

  it('succeeds where everything was taken', async () => {
    const report = Buffer.concat([pktLine('unpack ok\n'), pktLine(`ok ${branch}\n`), flush]);
    expect(await pushTo(advertised(empty), report)).toBeUndefined();
  });
  it.each([
    ['a status', 403, 500],
    ['a redirection', 302, 500],
    ['no advertisement', Buffer.from('hello'), 500],
    [
      'another service',
      Buffer.concat([pktLine('# service=git-upload-pack\n'), flush, empty, flush]),
      500,
    ],
    [
      'a repository of SHA-256',
      advertised(pktLine(`${'0'.repeat(40)} capabilities^{}\0report-status object-format=sha256`)),
      500,
    ],
    ['no report-status', advertised(pktLine(`${'0'.repeat(40)} capabilities^{}\0x`)), 500],
    ['no ids', advertised(pktLine('nothing refs\0report-status')), 500],
    ['no refs', advertised(), 500],
    ['a status afterwards', advertised(empty), 500],
    ['no report', advertised(empty), flush],
    ['a malformed report', advertised(empty), Buffer.from('zzzz')],
    [
      'an unpack error',
      advertised(empty),
      Buffer.concat([pktLine('unpack index-pack failed'), flush]),
    ],
    [
      'a refusal',
      advertised(empty),
      Buffer.concat([pktLine('unpack ok'), pktLine(`ng ${branch} hook declined`), flush]),
    ],
    ['nothing about the branch', advertised(empty), Buffer.concat([pktLine('unpack ok'), flush])],
  ])('refuses %s, and says so without credentials', async (_, advertisement, report) => {
    const error = await pushTo(advertisement, report);
    expect(error).toMatchObject({ code: 'KNHK_LOCKCHAIN_REMOTE' });
    expect(error?.message).not.toContain('secret');
  });
  it('refuses answers of another type, addresses that are none, and endless silence', async () => {
    const types = ['text/html', 'text/html'];
    expect(await pushTo(advertised(empty), flush, types)).toMatchObject({
      code: 'KNHK_LOCKCHAIN_REMOTE',
    });
    const { log, options } = await logAndOptions();
    const silent = await listen((request) => void request.resume());
    for (const [url, code] of [
      ['http://', 'KNHK_LOCKCHAIN_OPTION'],
      [`${silent}/r.git`, 'KNHK_LOCKCHAIN_REMOTE'],
    ] as const) {
      const lockchain = await openLockchain({ ...options, remote: { url, timeoutMs: 50 } });
      expect(await codeOf(() => lockchain.push())).toBe(code);
      await lockchain.close();
    }
    await log.close();
  });
  it('has lines with their lengths before them', () => {
    expect(parsePktLines(Buffer.concat([pktLine('a\n'), flush, pktLine('\u00e4')]))).toEqual([
      'a',
      undefined,
      '\u00e4',
    ]);
    for (const bad of ['0003', '0005', '00zz', '00'])
      expect(parsePktLines(Buffer.from(bad))).toBeUndefined();
  });
});
