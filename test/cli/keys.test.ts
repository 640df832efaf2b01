import {
  chmodSync,
  cpSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openKeys, verifyLog } from '../../src/receipts/log/index.ts';
import { type Keyring, parseKeyring } from '../../src/receipts/verify/keyring.ts';
import { parseVkey } from '../../src/receipts/verify/note.ts';
import { origin, temporary } from '../support/runtime.ts';
import { copyOf, openBeside, writtenLog } from './logs.ts';
import { jsonLines, knhk } from './support.ts';

const day = 86_400_000;
const clock = { now: () => 5_000 };
const around = { machine: { clock } };
type Document = Readonly<Record<string, unknown>>;

/** The one document that a command writes. */
async function document(...words: string[]): Promise<Document> {
  const { code, out, err } = await knhk([...words, '--json'], around);
  expect([code, err]).toEqual([0, '']);
  const [value, ...more] = jsonLines(out);
  expect(more).toEqual([]);
  return value as Document;
}

const keyringOf = (data: string): Keyring =>
  parseKeyring(readFileSync(join(`${data}.keys`, 'keyring.json'), 'utf8'));

const idsOf = (data: string): readonly (string | undefined)[] =>
  keyringOf(data).keys.map(({ vkey }) => parseVkey(vkey)?.id);

describe('keys generate', () => {
  test('makes what a log is opened with, for its owner alone', async () => {
    const data = join(temporary(), 'data');
    const made = await document('keys', 'generate', '--data', data, '--origin', origin);
    const { signer, keyring } = openKeys(`${data}.keys`, { origin });
    expect(made).toEqual({
      origin,
      directory: `${data}.keys`,
      id: parseVkey(signer.vkey)?.id,
      vkey: signer.vkey,
      keyring: join(`${data}.keys`, 'keyring.json'),
    });
    expect(keyring.keys).toEqual([{ vkey: signer.vkey, from: 0, created: 5_000 }]);
    for (const name of readdirSync(`${data}.keys`)) {
      expect(statSync(join(`${data}.keys`, name)).mode & 0o077).toBe(0);
    }
    // Never a second time: a log may rely on them.
    const again = await knhk(['keys', 'generate', '--data', data, '--origin', origin]);
    expect([again.code, again.out]).toEqual([2, '']);
    expect(again.err).toContain('is there already');
    expect(openKeys(`${data}.keys`, { origin }).signer.vkey).toBe(signer.vkey);
  });

  test('elsewhere, for people, and not without an origin', async () => {
    const keys = join(temporary(), 'elsewhere');
    const { code, out } = await knhk(['keys', 'generate', '--keys', keys, '--origin', origin]);
    expect(code).toBe(0);
    expect(out).toMatch(/^origin +example\.com\/test$/m);
    expect(readdirSync(keys).sort()).toEqual(['keyring.json', 'secret', 'signing.key']);
    expect((await knhk(['keys', 'generate', '--keys', keys])).code).toBe(2);
  });
});

describe('keys rotate', () => {
  test('has a new key sign, and the verifier knows it', async () => {
    const data = await writtenLog();
    const before = openKeys(`${data}.keys`, { origin });
    const done = await document('keys', 'rotate', '--data', data, '--overlap', '1');
    const [old, fresh] = idsOf(data);
    expect(done).toMatchObject({ seq: 33, id: fresh, replaces: old, until: 34, keys: 2 });
    expect(keyringOf(data).keys).toEqual([
      { ...before.keyring.keys[0], to: 34 },
      { vkey: done['vkey'], from: 33, created: expect.any(Number) as number },
    ]);
    const file = join(`${data}.keys`, `signing-${fresh}.key`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    // A runtime that has its keys there goes on with both, then with the new one.
    const runtime = await openBeside(data, optionsOf(data));
    await runtime.close();
    const report = await verifyLog(data, keyringOf(data));
    expect(report.ok).toBe(true);
    const list = await knhk(['receipts', 'list', '--data', data, '--limit', '2', '--json']);
    expect(jsonLines(list.out).map((row) => row['signature_key_version'])).toEqual([old, old]);
    // Once it signs no more its file may go; the one that signs may not.
    rmSync(join(`${data}.keys`, 'signing.key'));
    expect(openKeys(`${data}.keys`, { origin }).signer.vkey).toBe(done['vkey']);
    const again = await document('keys', 'rotate', '--data', data, '--overlap', '0');
    expect(again).toMatchObject({ seq: 34, replaces: fresh, until: 34, keys: 3 });
    rmSync(join(`${data}.keys`, `signing-${again['id'] as string}.key`));
    const late = await knhk(['keys', 'rotate', '--data', data]);
    expect([late.code, late.out]).toEqual([3, '']);
  });

  test('needs the log closed, a keyring, and a log', async () => {
    const data = join(temporary(), 'data');
    expect((await knhk(['keys', 'rotate', '--data', data, '--json'])).err).toContain('"ENOENT"');
    await document('keys', 'generate', '--data', data, '--origin', origin);
    const none = await knhk(['keys', 'rotate', '--data', data, '--json']);
    expect([none.code, jsonLines(none.err)[0]?.['code']]).toEqual([3, 'KNHK_LOG_OPEN']);
    const runtime = await openBeside(data);
    const held = await knhk(['keys', 'rotate', '--data', data, '--json']);
    expect([held.code, jsonLines(held.err)[0]?.['code']]).toEqual([3, 'KNHK_LOG_LOCKED']);
    await runtime.close();
    expect(keyringOf(data).keys).toHaveLength(1);
    // What could not be used is used now: no file is left over.
    await document('keys', 'rotate', '--data', data);
    const files = readdirSync(`${data}.keys`).filter((name) => name.endsWith('.key'));
    expect(files).toHaveLength(2);
  });

  test('refuses a log that was put back, though all of it is in order', async () => {
    const data = await writtenLog();
    const older = copyOf(data);
    await document('keys', 'rotate', '--data', data);
    // The keys lie apart: whoever restores the data alone does not bring an old memory along.
    cpSync(`${data}.keys`, `${older}.keys`, { recursive: true });
    const { code, err } = await knhk(['keys', 'rotate', '--data', older, '--json']);
    expect([code, jsonLines(err)[0]?.['code']]).toEqual([3, 'KNHK_LOG_ROLLBACK']);
  });

  test.each(['-1', '65537', 'many'])('overlap %s is misused', async (overlap) => {
    const data = await writtenLog();
    const { code } = await knhk(['keys', 'rotate', '--data', data, `--overlap=${overlap}`]);
    expect([code, keyringOf(data).keys.length]).toEqual([2, 1]);
  });

  test('refuses a key file that its name does not fit, or that is cut', async () => {
    const data = await writtenLog();
    const { id } = await document('keys', 'rotate', '--data', data);
    const file = join(`${data}.keys`, `signing-${id as string}.key`);
    const seed = readFileSync(file);
    seed[0] = (seed[0] as number) ^ 1;
    for (const bytes of [seed, seed.subarray(1)]) {
      writeFileSync(file, bytes);
      const { code, err } = await knhk(['keys', 'rotate', '--data', data, '--json']);
      expect([code, jsonLines(err)[0]?.['code']]).toEqual([3, 'KNHK_LOG_KEYS']);
    }
  });
});

/** The keys beside a log as a runtime takes them where it is given none. */
function optionsOf(data: string): object {
  const { secret: _secret, ...keys } = openKeys(`${data}.keys`, { origin });
  return keys;
}

describe('keys revoke', () => {
  test('takes back a key that signs no more', async () => {
    const data = await writtenLog();
    const [old] = idsOf(data) as [string];
    const why = ['--from', '20', '--reason', 'a lost laptop', '--data', data];
    const early = await knhk(['keys', 'revoke', old, ...why, '--json']);
    expect([early.code, jsonLines(early.err)[0]?.['code']]).toEqual([3, 'KNHK_LOG_ROTATION']);
    await document('keys', 'rotate', '--data', data);
    const done = await document('keys', 'revoke', old, ...why);
    expect(done).toMatchObject({ seq: 34, id: old, from: 20, reason: 'a lost laptop' });
    expect(keyringOf(data).keys[0]).toMatchObject({ revokedFrom: 20, reason: 'a lost laptop' });
    const report = await verifyLog(data, keyringOf(data));
    expect(report).toMatchObject({ ok: false, chain_breaks: 0, root_mismatch: 0 });
    expect(report.revoked_keys).toBeGreaterThan(0);
    expect(report.signature_failures).toBe(report.revoked_keys);
    const list = await knhk(['receipts', 'list', '--data', data, '--from', '19', '--json']);
    const versions = jsonLines(list.out).map((row) => row['signature_key_version']);
    expect([versions[0], versions[1], versions.at(-1)]).toEqual([old, null, idsOf(data)[1]]);
    const status = await knhk(['receipts', 'list', '--data', data]);
    expect(status.out).toContain(old);
    // The same again changes nothing but the log.
    await document('keys', 'revoke', old, ...why);
    expect((await knhk(['keys', 'revoke', '00000000', ...why])).code).toBe(2);
    expect((await knhk(['keys', 'revoke', old, '--data', data, '--from', '1'])).code).toBe(2);
  });
});

describe('keys list', () => {
  test('says which key signs, how old it is, and who can read the private ones', async () => {
    const data = await writtenLog();
    await document('keys', 'rotate', '--data', data, '--overlap', '3');
    const [old, fresh] = idsOf(data) as [string, string];
    await document('keys', 'revoke', old, '--from', '30', '--reason', 'r', '--data', data);
    chmodSync(join(`${data}.keys`, 'signing.key'), 0o640);
    const created = keyringOf(data).keys[1]?.created ?? 0;
    const now = created + 3 * day;
    const words = ['keys', 'list', '--data', data];
    const listing = await knhk([...words, '--json'], { machine: { clock: { now: () => now } } });
    const [list] = jsonLines(listing.out);
    expect(list).toMatchObject({ origin, directory: `${data}.keys` });
    expect(list?.['keys']).toMatchObject([
      {
        ...{ id: old, from: 0, to: 36, revoked_from: 30, reason: 'r', created: 1_000 },
        ...{ active: false, file: 'signing.key', mode: '0640' },
      },
      {
        ...{ id: fresh, from: 33, to: null, revoked_from: null, reason: null, created },
        ...{ age_ms: 3 * day, active: true, file: `signing-${fresh}.key`, mode: '0600' },
      },
    ]);
    const { out } = await knhk(words, { machine: { clock: { now: () => now } } });
    const [head, first, second] = out.split('\n');
    expect(head).toMatch(/^KEY +FROM SEQ +TO SEQ +STATE +CREATED +AGE \(DAYS\) +FILE +MODE +VKEY$/);
    expect(first).toMatch(/ 36 +revoked from 30 +1970-01-01T00:00:01.000Z .+ 0640 /);
    expect(second).toMatch(/ open +signs .+ 3 +signing-[0-9a-f]{8}\.key +0600 /);
  });

  test('of keys that are elsewhere, without a log', async () => {
    const keys = join(temporary(), 'keys');
    const data = join(temporary(), 'none');
    await document('keys', 'generate', '--keys', keys, '--origin', origin);
    rmSync(join(keys, 'signing.key'));
    const ring = parseKeyring(readFileSync(join(keys, 'keyring.json'), 'utf8'));
    const { vkey } = ring.keys[0]!;
    writeFileSync(
      join(keys, 'keyring.json'),
      JSON.stringify({ origin, keys: [{ vkey, from: 7 }] }),
    );
    const list = await document('keys', 'list', '--keys', keys, '--data', data);
    expect(list['keys']).toMatchObject([
      { from: 7, created: null, age_ms: null, active: true, file: null, mode: null },
    ]);
    expect((await knhk(['keys', 'list', '--keys', keys, '--data', data])).out).toMatch(/ - +- /);
    expect((await knhk(['keys', 'list', '--data', data])).code).toBe(3);
  });
});

test('receipts are listed without a keyring, and with another one', async () => {
  const data = await writtenLog();
  const file = join(temporary(), 'keyring.json');
  writeFileSync(file, JSON.stringify(keyringOf(data)));
  const other = join(temporary(), 'other.json');
  writeFileSync(other, JSON.stringify({ ...keyringOf(data), origin: 'example.com/other' }));
  const [id] = idsOf(data);
  rmSync(`${data}.keys`, { recursive: true });
  const versionsWith = async (...words: string[]): Promise<unknown[]> => {
    const { out } = await knhk(['receipts', 'list', '--data', data, '--json', ...words]);
    return [...new Set(jsonLines(out).map((row) => row['signature_key_version']))];
  };
  expect(await versionsWith()).toEqual([null]);
  expect(await versionsWith('--keyring', file)).toEqual([id]);
  expect(await versionsWith('--keyring', other)).toEqual([null]);
  const missing = ['receipts', 'list', '--data', data, '--keyring', join(data, 'no')];
  expect((await knhk(missing)).code).toBe(3);
});
