import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { nodeSigner, openLog, verifyLog } from '../../src/receipts/log/index.ts';
import { frameTypes, parseKeyring } from '../../src/receipts/verify/index.ts';
import type { ApplyLeaf } from '../../src/receipts/verify/leaf-types.ts';
import { openRuntime } from '../../src/runtime/open.ts';
import { replayLog } from '../../src/runtime/replay.ts';
import type { ReplayOptions } from '../../src/runtime/replay-types.ts';
import { knhk, type Ran } from '../cli/support.ts';
import { flip, framesOf, segmentOf } from '../runtime/replay-support.ts';
import { codeOf, temporary } from '../support/runtime.ts';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const golden = path('log-1');
const keyringFile = path('log-1.keys/keyring.json');
const keyring = parseKeyring(readFileSync(keyringFile, 'utf8'));
const secret = new Uint8Array(readFileSync(path('log-1.keys/secret')));

function script(name: string, ...words: string[]): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path(name), ...words], {
    encoding: 'utf8',
  });
  return { code: status, out: stdout, err: stderr };
}

/** Texts of all frames of a type, in the order of the log. */
function frames(data: string, type: number): string[] {
  return framesOf(segmentOf(data))
    .filter((frame) => frame.type === type)
    .map(({ content }) => content.toString('latin1'));
}

function blobs(data: string): string[] {
  const names = readdirSync(join(data, 'blob'), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => statSync(join(data, 'blob', name)).isFile()).sort();
}

const leaves = frames(golden, frameTypes.leaf).map((text) => JSON.parse(text) as ApplyLeaf);

describe('the golden log log-1', () => {
  test('holds every outcome, two deploys and several epochs', () => {
    expect(leaves).toHaveLength(36);
    const outcomes = new Set(leaves.map(({ outcome }) => outcome));
    for (const outcome of ['acted', 'pending', 'denied', 'idle', 'failed', 'invalid'] as const) {
      expect(outcomes).toContain(outcome);
    }
    expect(leaves.filter(({ kind }) => kind !== 'apply')).toHaveLength(2);
    expect(frames(golden, frameTypes.epoch).length).toBeGreaterThan(5);
    expect(frames(golden, frameTypes.payload)).toHaveLength(34);
  });

  test('is verified by a script that shares no code with the library', () => {
    expect(script('verify-log.mjs', golden, keyringFile)).toEqual({
      code: 0,
      out: 'verified 36 leaves\n',
      err: '',
    });
  });

  test('is refused by that script after any flipped byte', () => {
    const size = statSync(segmentOf(golden)).size;
    for (const part of [0.02, 0.3, 0.6, 0.99]) {
      const copy = join(temporary(), 'log');
      cpSync(golden, copy, { recursive: true });
      flip(segmentOf(copy), Math.floor(part * size), 3);
      const { code, out } = script('verify-log.mjs', copy, keyringFile);
      expect(code).toBe(1);
      expect(out).toMatch(/^not verified: /);
    }
  });

  test('is verified by verifyLog', async () => {
    const report = await verifyLog(golden, keyring);
    expect(report).toMatchObject({ ok: true, total_count: 36, verified_count: 36, findings: [] });
  });

  test('is the same when replayed with the definitions of its second deploy', async () => {
    const { default: catalogue } = (await import(path('log-1-rules.mjs'))) as {
      default: Pick<ReplayOptions, 'observations' | 'rules' | 'unguarded'>;
    };
    const report = await replayLog({ data: golden, secret, keyring, ...catalogue });
    expect(report).toMatchObject({ ok: true, total: 34, same: 34, snapshots: 2, findings: [] });
    expect(report.verified?.ok).toBe(true);
  });

  test('is replayed and verified by the command line with its defaults', async () => {
    const rules = path('log-1-rules.mjs');
    const replayed = await knhk(['receipts', 'replay', '--data', golden, '--rules', rules]);
    expect(replayed.code).toBe(0);
    expect((await knhk(['receipts', 'verify-chain', '--data', golden])).code).toBe(0);
  });

  test('is written again with the same leaves, payloads and blobs', () => {
    const data = join(temporary(), 'log');
    expect(script('make-log-1.mjs', data)).toMatchObject({ code: 0, err: '' });
    for (const type of [frameTypes.leaf, frameTypes.payload]) {
      expect(frames(data, type)).toEqual(frames(golden, type));
    }
    expect(blobs(data)).toEqual(blobs(golden));
    for (const name of ['FORMAT', ...blobs(golden).map((blob) => join('blob', blob))]) {
      expect(readFileSync(join(data, name), 'utf8')).toBe(readFileSync(join(golden, name), 'utf8'));
    }
  });

  test('opens with its own rules and without a new leaf', async () => {
    const data = join(temporary(), 'log');
    cpSync(golden, data, { recursive: true });
    // What can be rebuilt is not kept with the golden log, but its folders are expected.
    for (const name of ['index', 'savepoint']) mkdirSync(join(data, name), { recursive: true });
    const { default: catalogue } = (await import(path('log-1-rules.mjs'))) as {
      default: Parameters<typeof openRuntime>[0];
    };
    const privateKey = Uint8Array.from({ length: 32 }, (_, index) => 0x41 + index);
    const signer = nodeSigner({ name: keyring.origin, privateKey });
    const runtime = await openRuntime({
      ...catalogue,
      origin: keyring.origin,
      data,
      signer,
      secret,
      shapesThreads: 0,
    });
    expect(runtime.deployed).toBeUndefined();
    await runtime.close();
    expect(frames(data, frameTypes.leaf)).toEqual(frames(golden, frameTypes.leaf));
    const other = nodeSigner({ name: keyring.origin, privateKey: new Uint8Array(32) });
    const reopened = openLog({ directory: data, origin: keyring.origin, signer: other });
    expect(await codeOf(() => reopened)).toBe('KNHK_LOG_SIGNATURE');
  });
});
