import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defineAction } from '../../src/rules/actions.ts';
import type { Rule } from '../../src/rules/catalogue.ts';
import { defineGuard } from '../../src/rules/guards.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { gte } from '../../src/terms/conditions.ts';
import { integer } from '../../src/terms/fields.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { editPayloads, flip, framesOf, segmentOf } from '../runtime/replay-support.ts';
import { Order, order, ship, Visit } from '../support/ops.ts';
import { openTest, origin, secret, signer, temporary } from '../support/runtime.ts';
import { sealNow } from './logs.ts';
import { jsonLines, knhk, writeKeys } from './support.ts';

const keyring = { origin, keys: [{ vkey: signer.vkey, from: 0 }] };
const rules: readonly Rule[] = [
  ship,
  defineAction('ship', { fields: { amount: integer() } }),
  defineGuard({ name: 'cap', on: 'ship', deny: [gte('amount', 20)] }),
];
const observations = [Order, Visit] as unknown as Observation[];

// One log for all tests, which the runtime keeps open all the while.
let base: string;
let data: string;
let runtime: Runtime;

beforeAll(async () => {
  // Not temporary(), which ends with the first test.
  base = mkdtempSync(join(tmpdir(), 'knhk-test-'));
  data = join(base, 'data');
  writeKeys(data, { secret, keyring });
  runtime = await openTest({ data, observations, rules, unguarded: 'allow', segmentBytes: 4_096 });
  for (let index = 0; index < 30; index++) {
    await runtime.apply(Order, order(index, { amount: index, customer: 'a\u001b[2J\u009b' }));
  }
  // Nothing is sealed while the tests look.
  await sealNow(runtime);
  await runtime.apply(Visit, { page: 'https://example.com/p', visitor: 'bob', seconds: 1 });
});

afterAll(async () => {
  await runtime.close();
  rmSync(base, { recursive: true, force: true });
});

function copied(): string {
  const copy = join(temporary(), 'data');
  const isFile = (path: string): boolean => !path.endsWith('lock.sock');
  cpSync(data, copy, { recursive: true, filter: isFile });
  cpSync(`${data}.keys`, `${copy}.keys`, { recursive: true });
  return copy;
}

describe('receipts list', () => {
  test('shows the newest 20 beside an open writer, aligned', async () => {
    const { code, out, err } = await knhk(['receipts', 'list', '--data', data]);
    expect([code, err]).toEqual([0, '']);
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(21);
    expect(lines[0]).toMatch(
      /^SEQ {2}TIME +KIND +OUTCOME +TYPE +DECLARATION +FIRED +SNAPSHOT +KEY +HASH/,
    );
    expect(lines[1]).toMatch(/^ 12 {2}1970-01-01T00:00:01.*apply {2}acted {4}order.placed/);
    expect(lines.at(-1)).toMatch(/^ 31 .* idle {5}visit.made +[0-9a-f]{12} {2}- /);
    const column = lines[0]!.indexOf('HASH');
    for (const line of lines.slice(1)) expect(line.slice(column)).toMatch(/^[0-9a-f]{12}$/);
  });

  test('shows those from a seq on, and only those wanted', async () => {
    const list = async (...more: string[]) =>
      jsonLines((await knhk(['receipts', 'list', '--data', data, '--json', ...more])).out);
    const seqs = async (...more: string[]) => (await list(...more)).map(({ seq }) => seq);
    expect(await seqs('--from', '0', '--limit', '3')).toEqual([0, 1, 2]);
    expect(await seqs('--from', '30')).toEqual([30, 31]);
    expect(await seqs('--limit', '2')).toEqual([30, 31]);
    expect(await seqs('--limit', '100')).toEqual(Array.from({ length: 32 }, (_, seq) => seq));
    expect(await seqs('--outcome', 'denied', '--limit', '3')).toEqual([28, 29, 30]);
    expect(await seqs('--type', 'visit.made')).toEqual([31]);
    expect(await seqs('--type', Visit.hash.slice(0, 8), '--from', '0')).toEqual([31]);
    expect((await list('--from', '31'))[0]).toMatchObject({
      seq: 31,
      kind: 'apply',
      outcome: 'idle',
      type: Visit.hash,
      typeName: 'visit.made',
      fired: [],
    });
    expect((await list('--from', '0'))[0]).toMatchObject({ kind: 'deploy' });
  });

  test('names hashes where the rules are lost', async () => {
    const copy = copied();
    rmSync(join(copy, 'blob'), { recursive: true });
    const { out, code } = await knhk([
      'receipts',
      'list',
      '--data',
      copy,
      '--json',
      '--from',
      '30',
    ]);
    expect([code, jsonLines(out)[1]]).toMatchObject([0, { type: Visit.hash, typeName: null }]);
  });

  test('lists what can be read of a damaged log, with exit code 1', async () => {
    const copy = copied();
    const path = join(copy, 'seg', '000000000000.seg');
    flip(path, readFileSync(path).indexOf('"kind":"deploy"'));
    const { code, out, err } = await knhk(['receipts', 'list', '--data', copy, '--from', '0']);
    expect(code).toBe(1);
    expect(out).toContain('order.placed');
    expect(err).toContain('1 places cannot be read');
  });
});

describe('receipts show', () => {
  test('shows leaf, payload, hash and checkpoint', async () => {
    const { code, out } = await knhk(['receipts', 'show', '5', '--data', data, '--json']);
    expect(code).toBe(0);
    const [shown] = jsonLines(out);
    expect(shown).toMatchObject({
      seq: 5,
      typeName: 'order.placed',
      firedNames: ['always'],
      leaf: { seq: 5, outcome: 'acted', v: 1 },
      payload: { proposed: [{ type: 'ship' }], record: { fields: { amount: 4 } } },
      payloadState: 'present',
      checkpoint: { origin, size: 6 },
    });
    expect((shown as { checkpoint: { note: string } }).checkpoint.note).toContain(`${origin}\n6\n`);
    const text = (await knhk(['receipts', 'show', '5', '--data', data])).out;
    for (const part of [
      'outcome  acted',
      'type     order.placed',
      '"amount": 4',
      `${origin}\n6\n`,
    ]) {
      expect(text).toContain(part);
    }
    // What a customer wrote cannot steer the terminal.
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });

  test('says what is missing', async () => {
    const copy = copied();
    rmSync(join(copy, 'seg', '000000000000.seg'));
    const gone = await knhk(['receipts', 'show', '0', '--data', copy]);
    expect([gone.code, gone.out]).toEqual([3, '']);
    const beyond = await knhk(['receipts', 'show', '32', '--data', data]);
    expect(beyond.code).toBe(3);
    expect(beyond.err).toContain('a seq below 32');
    expect((await knhk(['receipts', 'show', '-1', '--data', data])).code).toBe(2);
    expect((await knhk(['receipts', 'show', 'x', '--data', data])).code).toBe(2);
    expect((await knhk(['receipts', 'show', '--data', data])).code).toBe(2);
  });
});

describe('receipts verify-chain', () => {
  test('prints every count and the last checkpoint', async () => {
    const { code, out, err } = await knhk(['receipts', 'verify-chain', '--data', `${data}/`]);
    expect([code, err]).toEqual([0, `verifying ${data}/\n`]);
    expect(out).toMatch(/^total_count +32$/m);
    expect(out).toMatch(/^verified_count +32$/m);
    expect(out).toMatch(/^signature_failures +0$/m);
    expect(out).toMatch(/^chain_breaks +0$/m);
    expect(out).toMatch(/^retrocausation_violations +0$/m);
    expect(out.endsWith('\nverified\n')).toBe(true);
  });

  test('prints each finding with its seq and cause, with exit code 1', async () => {
    const copy = copied();
    const path = join(copy, 'seg', '000000000000.seg');
    const bytes = readFileSync(path);
    flip(path, bytes.indexOf('"seq":1,') + 6, 1);
    const { code, out } = await knhk(['receipts', 'verify-chain', '--data', copy]);
    expect(code).toBe(1);
    expect(out).toMatch(/^leaf_mismatch +1$/m);
    expect(out).toMatch(/^ +1 {2}leaf_mismatch {2}\S+: the leaf at \d+ was changed$/m);
    expect(out.endsWith('\nNOT VERIFIED\n')).toBe(true);
    const json = await knhk(['receipts', 'verify-chain', '--data', copy, '--json']);
    expect(jsonLines(json.out)[0]).toMatchObject({
      ok: false,
      total_count: 32,
      findings: [{ seq: 1, kind: 'leaf_mismatch' }],
    });
  });

  test('knows a remembered checkpoint again, and misses it in a shorter log', async () => {
    const since = join(temporary(), 'checkpoint');
    writeFileSync(since, runtime.checkpoint as string);
    const verify = (directory: string) =>
      knhk(['receipts', 'verify-chain', '--data', directory, '--since', since]);
    expect((await verify(data)).code).toBe(0);
    const copy = copied();
    rmSync(join(copy, 'seg', readdirSync(join(copy, 'seg')).sort().at(-1) as string));
    const short = await verify(copy);
    expect(short.code).toBe(1);
    expect(short.out).toMatch(/^rollback +yes$/m);
  });

  test('misses what the writer remembers beside its keys', async () => {
    const copy = copied();
    const verify = () => knhk(['receipts', 'verify-chain', '--data', copy, '--json']);
    const segment = join(copy, 'seg', readdirSync(join(copy, 'seg')).sort().at(-1) as string);
    rmSync(segment);
    rmSync(join(copy, 'head'));
    expect((await verify()).code).toBe(0);
    writeFileSync(join(`${copy}.keys`, 'head'), runtime.checkpoint as string);
    expect(jsonLines((await verify()).out)[0]).toMatchObject({ ok: false, rollback: true });
    // It is never synced: one that is torn says nothing.
    writeFileSync(join(`${copy}.keys`, 'head'), 'torn');
    expect((await verify()).code).toBe(0);
  });

  test('goes on where an earlier run ended, remembering nothing of findings', async () => {
    const kept = join(temporary(), 'state.json');
    const verify = async (directory: string, ...more: string[]) => {
      const words = ['receipts', 'verify-chain', '--data', directory, '--json', ...more];
      const { code, out, err } = await knhk(words);
      expect(err).toBe('');
      return { code, report: jsonLines(out)[0] };
    };
    const whole = await verify(data);
    expect(await verify(data, '--resume', kept)).toEqual(whole);
    const state = readFileSync(kept, 'utf8');
    expect(JSON.parse(state)).toEqual(whole.report?.['state']);
    expect(await verify(data, '--resume', kept, '--workers', '2')).toEqual(whole);
    // What was read before is not read again: damage there waits for a whole run.
    const copy = copied();
    flip(join(copy, 'seg', '000000000000.seg'), 700, 1);
    expect((await verify(copy, '--resume', kept)).code).toBe(0);
    expect(await verify(copy)).toMatchObject({ code: 1, report: { state: null } });
    const last = readdirSync(join(copy, 'seg')).sort().at(-1) as string;
    flip(join(copy, 'seg', last), statSync(join(copy, 'seg', last)).size - 300, 1);
    expect((await verify(copy, '--resume', kept)).report).toEqual((await verify(copy)).report);
    expect(readFileSync(kept, 'utf8')).toBe(state);
    writeFileSync(kept, '{"v":1}');
    expect(await verify(data, '--resume', kept)).toMatchObject({
      code: 1,
      report: { total_count: 32, findings: [{ seq: 0, kind: 'signature' }] },
    });
    writeFileSync(kept, 'torn');
    const words = ['receipts', 'verify-chain', '--data', data, '--resume', kept];
    expect(await knhk(words)).toMatchObject({ code: 2, err: expect.stringContaining(kept) });
    expect((await knhk([...words.slice(0, 4), '--workers', '65'])).code).toBe(2);
  });

  test('shows on a terminal how far it is, and nothing of it elsewhere', async () => {
    const words = ['receipts', 'verify-chain', '--data', data];
    const { err } = await knhk(words, { isTTY: true });
    const lines = err.split('\r\u001b[K');
    expect(lines[0]).toBe(`verifying ${data}\n`);
    expect(lines[1]).toMatch(/^\d+ %, [0-9.]+ (bytes|KiB) of [0-9.]+ KiB, \d+ leaves$/);
    expect(lines.at(-1)).toBe('');
    expect((await knhk([...words, '--json'], { isTTY: true })).err).toBe('');
    expect((await knhk(words)).err).toBe(`verifying ${data}\n`);
  });

  test('takes another keyring, and needs one', async () => {
    const file = join(temporary(), 'ring.json');
    writeFileSync(file, JSON.stringify(keyring));
    const copy = copied();
    rmSync(`${copy}.keys`, { recursive: true });
    const verify = (...more: string[]) =>
      knhk(['receipts', 'verify-chain', '--data', copy, ...more]);
    expect((await verify('--keyring', file)).code).toBe(0);
    expect((await verify()).code).toBe(3);
    writeFileSync(file, '{}');
    expect((await verify('--keyring', file)).code).toBe(3);
  });
});

test('colours are for terminals alone, and not where NO_COLOR is set', async () => {
  const words = ['receipts', 'verify-chain', '--data', data];
  const green = '\u001b[32mverified\u001b[0m';
  expect((await knhk(words, { isTTY: true })).out).toContain(green);
  expect((await knhk(words, { isTTY: true, env: { NO_COLOR: '1' } })).out).not.toContain('\u001b');
  expect((await knhk(words)).out).not.toContain('\u001b');
});

test('a payload that was removed is shown as missing', async () => {
  const path = join(temporary(), 'data');
  const small = await openTest({ data: path, observations, rules, unguarded: 'allow' });
  await small.apply(Order, order(1));
  await small.close();
  editPayloads(path, () => undefined);
  expect(framesOf(segmentOf(path)).some(({ type }) => type === 1)).toBe(false);
  const { code, out } = await knhk(['receipts', 'show', '1', '--data', path]);
  expect(code).toBe(0);
  expect(out).toContain('\npayload\nmissing\n');
});
