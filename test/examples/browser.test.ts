import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../tidy/files.ts';

const read = (path: string): string => readFileSync(`${projectRoot}${path}`, 'utf8');

let server: ChildProcess;
let address = '';
beforeAll(async () => {
  const words = ['build/examples/browser/main.js', '--port', '0'];
  server = spawn(process.execPath, words, { cwd: projectRoot, stdio: ['ignore', 'pipe', 2] });
  for await (const line of createInterface({ input: server.stdout! })) {
    address = line;
    break;
  }
});
afterAll(() => server.kill());

/** The status of a path that no client has tidied up before it is sent. */
const statusOf = (path: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(address);
    get({ hostname, port, path }, (response) => {
      resolve(response.resume().statusCode);
    }).on('error', reject);
  });

it('the server gives the page and what it imports, and nothing else', async () => {
  const served = ['/', '/keyring.json', '/receipts.json', '/dist/receipts/verify/index.js'];
  for (const path of served) expect(await statusOf(path), path).toBe(200);
  const others = [
    '/package.json',
    '/dist/../package.json',
    '/dist/%2e%2e/build/examples/browser/main.js',
    '/dist/..%2fbuild/examples/browser/main.js',
    '/dist/receipts/verify/index.d.ts',
    '/node_modules/n3/lib/index.js',
    '/data/keyring.json',
  ];
  for (const path of others) expect(await statusOf(path), path).toBe(404);
});

it('the page tells the browser what package.json tells Node', () => {
  const map = /<script type="importmap">(.*?)<\/script>/s.exec(read('examples/browser/index.html'));
  const { exports, imports } = JSON.parse(read('package.json'));
  expect(JSON.parse(map?.[1] ?? '').imports).toMatchObject({
    'knhk/receipts': exports['./receipts'].default.slice(1),
    '#sha256': imports['#sha256'].default.slice(1),
  });
});

// .ci/programs installs it.
const isThere = spawnSync('chromium', ['--version']).error === undefined;

describe.skipIf(!isThere)('a browser without a bundler (skipped without chromium)', () => {
  const profile = mkdtempSync(join(tmpdir(), 'knhk-chromium-'));
  afterAll(() => rmSync(profile, { recursive: true, force: true }));

  it('takes the receipt as it was issued, and no forgery of it', async () => {
    const words = [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
      // The page's own time runs on only while nothing is being fetched.
      ...[`--user-data-dir=${profile}`, '--virtual-time-budget=60000', '--dump-dom', address],
    ];
    const { stdout } = await promisify(execFile)('chromium', words);
    const verdicts = [...stdout.matchAll(/<li>(.*?)<\/li>/g)].map((match) => match[1]);
    expect(verdicts, stdout).toEqual([
      'as issued: ok, seq 3 of 6: apply',
      'another outcome: refused, inclusion: the hashes do not place the leaf at 3 of 6',
      'the leaf of another: refused, leaf: the leaf of seq 4 at index 3',
      'another size: refused, signature: the signature of a key is wrong',
      'another log: refused, other-log: the checkpoint is not of example.com/desk',
      'half of it: refused, malformed: not a tlog-proof of version 1',
    ]);
  });
});
