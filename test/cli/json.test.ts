import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { expectGolden } from '../golden.ts';
import { flip } from '../runtime/replay-support.ts';
import { temporary } from '../support/runtime.ts';
import { lockchainDocuments } from './lockchain-documents.ts';
import { logDocuments } from './log-documents.ts';
import { copyOf, segmentsOf, writtenLog } from './logs.ts';
import { loopDocuments } from './loop-support.ts';
import { privacyDocuments } from './privacy-support.ts';
import { receiptDocuments } from './receipts-support.ts';
import { jsonLines, knhk, spawned } from './support.ts';

type Value = Readonly<Record<string, unknown>>;

/** What the log decides: the leaf and payload of a receipt are FORMATS' concern, not ours. */
const closed: ReadonlySet<string> = new Set(['leaf', 'payload']);

/** Paths of all members, `[]` for the elements of a list. */
function keysOf(value: unknown, path = ''): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => keysOf(item, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const full = path === '' ? name : `${path}.${name}`;
    return [full, ...(closed.has(name) ? [] : keysOf(member, full))];
  });
}

const vectors = new URL('../vectors/', import.meta.url).pathname;

/** One line per document: a command's output must be nothing else. */
async function documents(...words: string[]): Promise<readonly Value[]> {
  const { out, err } = await knhk([...words, '--json']);
  expect(err).toBe('');
  return jsonLines(out);
}

describe('--json', () => {
  test('has the members that test/cli/json.txt lists, command by command', async () => {
    const data = await writtenLog();
    const broken = copyOf(data);
    flip(segmentsOf(broken)[3] as string, 100);
    rmSync(join(broken, 'head'));
    const bundle = join(temporary(), 'bundle.json');
    const of = (...words: string[]) => documents(...words, '--data', data);
    const ofBroken = (...words: string[]) => documents(...words, '--data', broken);
    const doctor = await of('doctor', '--bundle', bundle);
    const { checks } = doctor[0] as unknown as {
      checks: readonly { name: string; facts: Value }[];
    };
    const facts = checks.map(({ name, facts: known }) => ({ [name]: known }));
    const changed = join(temporary(), 'log');
    cpSync(join(vectors, 'log-1'), changed, { recursive: true });
    cpSync(join(vectors, 'log-1.keys'), `${changed}.keys`, { recursive: true });
    flip(segmentsOf(changed)[0] as string, 30_000);
    const rules = join(vectors, 'log-1-rules.mjs');
    const replay = spawned(['receipts', 'replay', '--rules', rules, '--data', changed, '--json']);
    const brokenBundle = join(temporary(), 'bundle.json');
    await ofBroken('doctor', '--bundle', brokenBundle);
    const bundles = [bundle, brokenBundle].map((path) => JSON.parse(readFileSync(path, 'utf8')));
    const keyed = copyOf(data);
    const place = ['--data', keyed];
    const generated = ['--data', join(temporary(), 'new'), '--origin', 'example.com/new'];
    const rotated = await documents('keys', 'rotate', '--overlap', '0', ...place);
    const why = ['--from', '3', '--reason', 'lost'];
    const [{ replaces }] = rotated as [{ replaces: string }];
    const shapes: Readonly<Record<string, readonly unknown[]>> = {
      ...(await receiptDocuments(documents)),
      'receipts show': await of('receipts', 'show', '5'),
      'receipts verify-chain': await ofBroken('receipts', 'verify-chain'),
      'receipts replay': jsonLines(replay.out),
      'keys generate': await documents('keys', 'generate', ...generated),
      'keys rotate': rotated,
      'keys revoke': await documents('keys', 'revoke', replaces, ...why, ...place),
      'keys list': await documents('keys', 'list', ...place),
      'log status': [...(await of('log', 'status')), ...(await ofBroken('log', 'status'))],
      ...(await privacyDocuments(documents)),
      ...(await logDocuments(documents)),
      ...(await loopDocuments(documents)),
      ...(await lockchainDocuments(documents)),
      doctor: doctor.map((report) => ({ ...report, checks: checks.map(plain) })),
      'doctor, facts of checks': facts,
      'doctor, bundle': bundles.map(plainBundle),
      bench: await documents('bench', '--seconds', '0'),
      help: await documents('help'),
      '--version': await documents('--version'),
      'an error on stderr': [await fault('receipts', 'show', '99', '--data', data)],
    };
    for (const { words, members } of commands) {
      const listed = new Set(members.map((member) => member.replace('?', '')));
      const shown = (shapes[words.join(' ')] ?? []) as readonly Value[];
      expect(new Set(shown.flatMap(Object.keys)), words.join(' ')).toEqual(listed);
      // What has no question mark stands in every document, and in this order.
      const always = members.filter((member) => !member.endsWith('?'));
      for (const document of shown) {
        expect(Object.keys(document).filter((key) => always.includes(key))).toEqual(always);
      }
    }
    const lines = Object.entries(shapes).flatMap(([name, values]) => [
      `${name}`,
      ...[...new Set(values.flatMap((value) => keysOf(value)))].sort().map((key) => `  ${key}`),
    ]);
    expectGolden('test/cli/json.txt', `${lines.join('\n')}\n`);
  });

  const plain = ({ facts: _, ...check }: { readonly facts: Value }): Value => ({
    ...check,
    facts: {},
  });
  const plainBundle = (bundle: { readonly checks: readonly { readonly facts: Value }[] }) => ({
    ...bundle,
    checks: bundle.checks.map(plain),
  });
});

/** The only line on stderr of a command that fails, nothing on stdout. */
async function fault(...words: string[]): Promise<Value> {
  const { out, err } = await knhk([...words, '--json']);
  expect([out, err.split('\n').length]).toEqual(['', 2]);
  return JSON.parse(err) as Value;
}

describe('an error in JSON', () => {
  test('of the command line', async () => {
    for (const words of [
      [],
      ['nonsense'],
      ['log'],
      ['log', 'status', '--nonsense'],
      ['receipts'],
    ]) {
      expect(await fault(...words)).toEqual({
        ...{ code: 'USAGE', expected: null, got: null, where: 'command line' },
        message: expect.stringMatching(/./),
      });
    }
  });

  test('of the library, with its code and details', async () => {
    const data = join(temporary(), 'nowhere');
    expect(await fault('log', 'status', '--data', data)).toMatchObject({
      ...{ code: 'KNHK_LOG_OPEN', expected: 'a readable log', where: data },
    });
    expect(await fault('receipts', 'show', '99', '--data', await writtenLog())).toMatchObject({
      ...{ code: 'KNHK_LOG_SEQ', expected: 'a seq below 33', got: '99' },
    });
  });

  test('of the system, with its code and path', async () => {
    const data = await writtenLog();
    const keyring = join(temporary(), 'none.json');
    const words = ['receipts', 'verify-chain', '--data', data, '--keyring', keyring];
    expect(await fault(...words)).toMatchObject({ code: 'ENOENT', where: keyring, got: null });
  });

  test('of a damaged leaf, and of places that a list could not read', async () => {
    const data = await writtenLog();
    flip(segmentsOf(data)[0] as string, 100);
    expect(await fault('receipts', 'show', '0', '--data', data)).toMatchObject({
      ...{ code: 'KNHK_LOG_CORRUPT', where: 'seq 0' },
    });
    const { code, out, err } = await knhk([
      'receipts',
      'list',
      '--data',
      data,
      '--json',
      '--from',
      '0',
    ]);
    expect([code, jsonLines(out).length]).toEqual([1, 20]);
    expect(JSON.parse(err)).toMatchObject({
      ...{ code: 'KNHK_LOG_CORRUPT', got: '1 places that cannot be read' },
    });
  });

  test('keeps a hostile name in one line', async () => {
    const data = temporary();
    writeFileSync(join(data, 'FORMAT'), 'a\nb\u001b[2J');
    const { err } = await knhk(['log', 'status', '--data', data, '--json']);
    expect(err).not.toContain('\u001b');
    expect(JSON.parse(err)).toMatchObject({ code: expect.stringMatching(/^KNHK_LOG_/) });
  });
});

test('help in JSON names every command with its options', async () => {
  const [all] = (await documents('help')) as unknown as {
    commands: readonly { command: string; options: readonly { name: string; value: unknown }[] }[];
  }[];
  expect(all?.commands.map(({ command }) => command)).toEqual([
    ...['list', 'show', 'prove', 'verify', 'verify-chain', 'replay'].map(
      (verb) => `receipts ${verb}`,
    ),
    ...['keys generate', 'keys rotate', 'keys revoke', 'keys list'],
    ...['audit list', 'erase', 'log status'],
    ...['init', 'fsck', 'backup', 'restore', 'archive', 'retain'].map((verb) => `log ${verb}`),
    ...['list', 'show', 'diff', 'rollback'].map((verb) => `snapshots ${verb}`),
    ...['status', 'history', 'explain'].map((verb) => `loop ${verb}`),
    ...['init', 'commit', 'verify', 'push', 'status', 'rebuild'].map((verb) => `lockchain ${verb}`),
    ...['doctor', 'bench'],
  ]);
  const [one] = (await documents('doctor', '--help')) as unknown as NonNullable<typeof all>[];
  expect(one?.commands.map(({ command }) => command)).toEqual(['doctor']);
  expect(one?.commands[0]?.options).toMatchObject([
    { name: 'verify', value: null },
    { name: 'bundle', value: 'FILE' },
    { name: 'names', value: null },
  ]);
});
