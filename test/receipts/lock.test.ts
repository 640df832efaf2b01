import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type LogFs, nodeFs } from '../../src/receipts/log/index.ts';
import { appendEpochs, codeOf, open, otherSigner, signer, temporary } from './support.ts';

test('a second open of the same log is refused until the first is closed', async () => {
  const directory = temporary();
  const log = await open(directory);
  expect(await codeOf(() => open(directory))).toBe('KNHK_LOG_LOCKED');
  await appendEpochs(log, [1]);
  await log.close();
  const again = await open(directory);
  expect(again.size).toBe(1);
  await again.close();
});

test('of many opens at once exactly one gets the log', async () => {
  const directory = temporary();
  const results = await Promise.allSettled(Array.from({ length: 8 }, () => open(directory)));
  const opened = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  expect(opened).toHaveLength(1);
  await opened[0]?.close();
});

/** A process that listens on the socket, is killed, and so leaves the file behind. */
async function leaveStaleSocket(path: string): Promise<void> {
  const script = `require('net').createServer().listen(process.argv[1], () => console.log('up'))`;
  const child = spawn(process.execPath, ['-e', script, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((done) => child.stdout.once('data', done));
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGKILL');
  await ended;
}

test('another process holds the lock while it lives, killed it leaves a stale one', async () => {
  const directory = temporary();
  const path = join(directory, 'lock.sock');
  const script = `require('net').createServer().listen(process.argv[1], () => console.log('up'))`;
  const child = spawn(process.execPath, ['-e', script, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((done) => child.stdout.once('data', done));
  expect(await codeOf(() => open(directory))).toBe('KNHK_LOG_LOCKED');
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGKILL');
  await ended;
  expect(existsSync(path)).toBe(true);
  const results = await Promise.allSettled([open(directory), open(directory), open(directory)]);
  const opened = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  expect(opened.length).toBeLessThanOrEqual(1);
  for (const log of opened) await log.close();
  expect(readdirSync(directory).filter((name) => /^l-/.test(name))).toEqual([]);
});

test('what an interrupted opening left behind does not lock the log for ever', async () => {
  const directory = temporary();
  for (const name of ['lock.sock', 'l-00000.w', 'l-zzzzz.w']) {
    await leaveStaleSocket(join(directory, name));
  }
  // Earlier versions marked a takeover so, with the number of a process that may live again.
  writeFileSync(join(directory, 'lock.takeover'), String(process.ppid));
  const log = await open(directory);
  await appendEpochs(log, [1]);
  expect(readdirSync(directory).filter((name) => /^l-/.test(name))).toEqual([]);
  await log.close();
});

/** Shows itself as one who wants the lock. */
function contender(directory: string, name: string): Promise<() => Promise<void>> {
  const server = createServer((socket) => socket.destroy());
  return new Promise((done) => {
    server.listen(join(directory, name), () =>
      done(() => new Promise((closed) => server.close(() => closed()))),
    );
  });
}

test('of two who want the lock the lower name gets it', async () => {
  const directory = temporary();
  const lower = await contender(directory, 'l-00000.w');
  expect(await codeOf(() => open(directory))).toBe('KNHK_LOG_LOCKED');
  await lower();
  const higher = await contender(directory, 'l-zzzzz.w');
  let isOpen = false;
  const opened = open(directory).then((log) => {
    isOpen = true;
    return log;
  });
  await new Promise((done) => setTimeout(done, 50));
  expect(isOpen).toBe(false);
  await higher();
  await (await opened).close();
});

test('a higher name that never leaves is waited for, but not for ever', async () => {
  const directory = temporary();
  const higher = await contender(directory, 'l-zzzzz.w');
  expect(await codeOf(() => open(directory))).toBe('KNHK_LOG_LOCKED');
  expect(readdirSync(directory).filter((name) => /^l-/.test(name))).toEqual(['l-zzzzz.w']);
  await higher();
});

test('a lock that somebody put in place of ours is not removed', async () => {
  const directory = temporary();
  const path = join(directory, 'lock.sock');
  const log = await open(directory);
  unlinkSync(path);
  const other = await contender(directory, 'lock.sock');
  await log.close();
  expect(existsSync(path)).toBe(true);
  expect(await codeOf(() => open(directory))).toBe('KNHK_LOG_LOCKED');
  await other();
  const removed = await open(directory);
  unlinkSync(path);
  await removed.close();
  await (await open(directory)).close();
});

test('a directory whose path is longer than a socket address may be', async () => {
  const directory = join(temporary(), 'a'.repeat(100), 'b'.repeat(100));
  const log = await open(directory);
  expect(await codeOf(() => open(directory))).toBe('KNHK_LOG_LOCKED');
  await appendEpochs(log, [1]);
  await log.close();
  const again = await open(directory);
  expect(again.size).toBe(1);
  await again.close();
});

test('an open log does not keep its process alive', async () => {
  const directory = temporary();
  const held = await open(directory);
  await held.close();
  const started = process.getActiveResourcesInfo().filter((name) => name === 'PipeServerWrap');
  expect(started).toEqual([]);
  const log = await open(directory);
  // unref'd handles are not listed as active resources.
  expect(process.getActiveResourcesInfo().filter((name) => name === 'PipeServerWrap')).toEqual([]);
  await log.close();
});

test('what cannot be a log directory is refused with its path', async () => {
  const file = join(temporary(), 'file');
  writeFileSync(file, '');
  const missing = join(temporary(), 'none');
  expect(await codeOf(() => open(file))).toBe('KNHK_LOG_OPEN');
  expect(await codeOf(() => open(join(file, 'below')))).toBe('KNHK_LOG_OPEN');
  expect(await codeOf(() => open(missing, { create: false }))).toBe('KNHK_LOG_OPEN');
  expect(existsSync(missing)).toBe(false);
  expect(await codeOf(() => open(temporary(), { create: false }))).toBe('KNHK_LOG_OPEN');
  expect(await codeOf(() => open(temporary(), { epochLeaves: 257 }))).toBe('KNHK_LOG_OPEN');
  const lost = temporary();
  mkdirSync(join(lost, 'seg'));
  writeFileSync(join(lost, 'seg', '000000000000.seg'), '');
  expect(await codeOf(() => open(lost))).toBe('KNHK_LOG_FORMAT');
});

test('another origin, format or signer is refused', async () => {
  const directory = temporary();
  const log = await open(directory);
  await appendEpochs(log, [2]);
  await log.close();
  expect(await codeOf(() => open(directory, { origin: 'example.com/other' }))).toBe(
    'KNHK_LOG_FORMAT',
  );
  expect(await codeOf(() => open(directory, { signer: otherSigner }))).toBe('KNHK_LOG_SIGNATURE');
  const retired = { origin: log.origin, keys: [{ vkey: signer.vkey, from: 0, to: 1 }] };
  expect(await codeOf(() => open(directory, { keyring: retired }))).toBe('KNHK_LOG_SIGNATURE');
  const keys = [...retired.keys, { vkey: otherSigner.vkey, from: 2 }];
  const keyring = { origin: log.origin, keys };
  const rotated = await open(directory, { signer: otherSigner, keyring });
  await appendEpochs(rotated, [1]);
  await rotated.close();
  writeFileSync(join(directory, 'FORMAT'), `knhk receipt log\nformat 2\norigin ${log.origin}\n`);
  expect(await codeOf(() => open(directory))).toBe('KNHK_LOG_FORMAT');
});

test.each([0x6969, 0x517b, 0xff534d42, 0xfe534d42 | 0])('network file system %i', async (type) => {
  const fs: LogFs = { ...nodeFs, fileSystemType: () => type };
  expect(await codeOf(() => open(temporary(), { fs }))).toBe('KNHK_LOG_NETWORK_FS');
});
