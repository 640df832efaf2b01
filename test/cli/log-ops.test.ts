import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { flip } from '../runtime/replay-support.ts';
import { origin, temporary } from '../support/runtime.ts';
import { contentsOf, copyOf, segmentsOf, writtenLog } from './logs.ts';
import { jsonLines, knhk } from './support.ts';

const day = 86_400_000;
const machineAt = (days: number) => ({ machine: { clock: { now: () => days * day } } });

/** Runs a command for people and expects an exit code. */
async function say(code: number, words: readonly string[], days = 1): Promise<string> {
  const ran = await knhk(words, machineAt(days));
  expect([ran.code, ran.err.includes('Error')], ran.err).toEqual([code, false]);
  return ran.out;
}

/** The one document that a command answers with. */
async function ask(
  words: readonly string[],
  days = 1,
): Promise<Readonly<Record<string, unknown>> & { code: unknown }> {
  const { code, out, err } = await knhk([...words, '--json'], machineAt(days));
  expect(err).toBe('');
  return { code, ...jsonLines(out)[0] };
}

interface Range {
  readonly first: number;
  readonly last: number;
}

const moved = (data: string): string => {
  rmSync(data, { recursive: true });
  return data;
};

describe('log init', () => {
  test('makes a log and its keys, once', async () => {
    const data = join(temporary(), 'data');
    const words = ['log', 'init', '--data', data, '--origin', origin];
    const made = await ask(words);
    expect(made).toMatchObject({ code: 0, origin, size: 0, checkpoint: null });
    expect(readdirSync(`${data}.keys`)).toContain('keyring.json');
    const before = contentsOf(`${data}.keys`);
    const { code, err } = await knhk(words);
    expect([code, err]).toEqual([3, expect.stringContaining('KNHK_LOG_EXISTS')]);
    expect(contentsOf(`${data}.keys`)).toEqual(before);
  });
  test('continues another log from its last good checkpoint, under a name of its own', async () => {
    const old = await writtenLog();
    const next = join(temporary(), 'data');
    const head = join(old, 'head');
    const words = ['log', 'init', '--data', next, '--continues', head, '--actor', 'ann'];
    const { code, err } = await knhk([...words, '--origin', origin]);
    expect([code, err]).toEqual([3, expect.stringContaining('KNHK_RECEIPTS_CHECKPOINT')]);
    const other = ['--keyring', join(`${old}.keys`, 'keyring.json')];
    const made = [...words, '--origin', 'example.com/next', ...other];
    // What an interrupted run has made is finished.
    await say(0, ['log', 'init', '--data', next, '--origin', 'example.com/next']);
    expect(await say(0, made)).toContain('example.com/next');
    const { leaf } = await ask(['receipts', 'show', '0', '--data', next]);
    expect(leaf).toMatchObject({ kind: 'config', actor: 'ann', action: 'continue' });
    expect(leaf).toMatchObject({ resource: origin, outcome: 'success' });
    const { detail } = leaf as { detail: string };
    const blob = readFileSync(join(next, 'blob', detail.slice(0, 2), detail), 'utf8');
    const [, text] = blob.split('knhk/1/checkpoint\n');
    expect(JSON.parse(text as string)).toBe(readFileSync(head, 'utf8'));
    expect((await knhk(made)).err).toContain('KNHK_LOG_EXISTS');
    expect(await ask(['receipts', 'verify-chain', '--data', next])).toMatchObject({ ok: true });
  });
  test('believes no checkpoint that is not signed', async () => {
    const old = await writtenLog();
    const stranger = join(temporary(), 'data');
    await say(0, ['log', 'init', '--data', stranger, '--origin', origin]);
    const keyring = join(`${stranger}.keys`, 'keyring.json');
    const data = join(temporary(), 'data');
    const words = [
      'log',
      'init',
      '--data',
      data,
      '--origin',
      'example.com/n',
      '--keyring',
      keyring,
    ];
    const { err } = await knhk([...words, '--continues', join(old, 'head')]);
    expect(err).toContain('KNHK_LOG_SIGNATURE');
    expect((await knhk(words)).code).toBe(2);
    expect(existsSync(data)).toBe(false);
  });
});

describe('log backup and restore', () => {
  test('bring a log back, without its keys', async () => {
    const data = await writtenLog();
    const leaves = (await knhk(['receipts', 'list', '--data', data, '--json'])).out;
    const to = join(temporary(), 'backup');
    expect(await say(0, ['log', 'backup', '--data', data, '--to', to])).toContain('verified');
    const again = await ask(['log', 'backup', '--data', data, '--to', to]);
    expect(again).toMatchObject({ code: 0, ok: true, size: 33, copiedFiles: 0 });
    const { code, err } = await knhk(['log', 'restore', '--data', data, '--from', to]);
    expect([code, err]).toEqual([3, expect.stringContaining('KNHK_LOG_EXISTS')]);
    const restore = ['log', 'restore', '--data', moved(data), '--from', to];
    expect(await say(0, restore)).toContain('restored');
    expect((await knhk(['receipts', 'list', '--data', data, '--json'])).out).toBe(leaves);
    rmSync(`${data}.keys`, { recursive: true });
    expect((await knhk(['log', 'restore', '--data', moved(data), '--from', to])).code).toBe(3);
  });
  test('a backup that is behind is refused, or its loss written down', async () => {
    const data = await writtenLog();
    const to = join(temporary(), 'backup');
    const early = copyOf(data);
    await say(0, ['log', 'backup', '--data', early, '--to', to]);
    await say(0, ['keys', 'rotate', '--data', data]);
    const since = join(temporary(), 'checkpoint');
    writeFileSync(since, readFileSync(join(data, 'head')));
    const restore = ['log', 'restore', '--data', moved(data), '--from', to, '--since', since];
    const refused = await ask(restore);
    expect(refused).toMatchObject({ code: 1, ok: false, size: 33, lost: 1, seq: null });
    expect(await say(1, restore)).toContain('NOT RESTORED');
    expect(await say(0, [...restore, '--accept-loss', '--actor', 'ann'])).toContain('leaf 33');
    const { leaf } = await ask(['receipts', 'show', '33', '--data', data]);
    expect(leaf).toMatchObject({ kind: 'config', actor: 'ann', action: 'restore' });
  });
  test('what is damaged is neither copied nor restored', async () => {
    const data = await writtenLog();
    const to = join(temporary(), 'backup');
    await say(0, ['log', 'backup', '--data', data, '--to', to]);
    flip(segmentsOf(to)[0] as string, 100);
    const other = join(temporary(), 'data');
    const keyring = join(`${data}.keys`, 'keyring.json');
    const words = ['log', 'restore', '--data', other, '--from', to, '--keyring', keyring];
    expect(await ask(words)).toMatchObject({ code: 1, ok: false });
    flip(segmentsOf(data)[0] as string, 100);
    const fresh = join(temporary(), 'backup');
    const backup = ['log', 'backup', '--data', data, '--to', fresh];
    expect(await say(1, backup)).toContain('NOT COPIED');
    expect(await ask(backup)).toMatchObject({ code: 1, ok: false });
  });
});

describe('log archive and retain', () => {
  test('archive what is older', async () => {
    const data = await writtenLog();
    const to = join(temporary(), 'archive');
    const words = ['log', 'archive', '--data', data, '--to', to];
    expect((await knhk(words)).code).toBe(2);
    expect((await knhk([...words, '--older', '1', '--before', '2026-01-01'])).code).toBe(2);
    expect((await knhk([...words, '--before', 'yesterday'])).code).toBe(2);
    expect((await knhk([...words, '--before', '2026-13-01'])).code).toBe(2);
    expect(await say(0, [...words, '--before', '1970-01-01'])).toContain('nothing to copy');
    const report = await ask([...words, '--older', '3'], 4);
    expect(report).toMatchObject({ code: 0, ok: true });
    expect(report['size']).toBeGreaterThan(10);
    expect(await say(0, [...words, '--before', '1970-01-02T00:00:00Z'])).toContain('verified');
  });
  test('retain archives first, writes it down, and removes', async () => {
    const data = await writtenLog();
    const before = contentsOf(data);
    const words = ['log', 'retain', '--data', data];
    expect(await say(0, words)).toContain('nothing to remove');
    const policy = join(temporary(), 'policy.json');
    writeFileSync(policy, '{"receipts":{"after":"remove"}}');
    const { code, err } = await knhk([...words, '--policy', policy]);
    expect([code, err]).toEqual([3, expect.stringContaining('KNHK_LOG_POLICY')]);
    const dry = await ask([...words, '--dry-run'], 100);
    expect(dry).toMatchObject({ code: 0, ok: true, dryRun: true, seq: null, archive: null });
    expect((dry['payloads'] as unknown[]).length).toBeGreaterThan(0);
    expect(contentsOf(data).length).toBe(before.length);
    expect(await say(0, [...words, '--actor', 'ann'], 100)).toContain('listed in leaf 33');
    expect(existsSync(`${data}.archive`)).toBe(true);
    const { leaf } = await ask(['receipts', 'show', '33', '--data', data]);
    expect(leaf).toMatchObject({ kind: 'config', actor: 'ann', action: 'retain' });
    const status = await ask(['log', 'status', '--data', data]);
    const removed = (dry['payloads'] as Range[]).map(({ first, last }) => ({ first, last }));
    expect(status).toMatchObject({
      payloads: { removed: expect.arrayContaining(removed) },
      leaves: { kinds: { config: 1 } },
    });
    const [{ first, last }] = removed as [Range];
    const range = `removed for seq ${first} to ${last}`;
    expect((await knhk(['log', 'status', '--data', data])).out).toContain(range);
    expect(await ask(words, 100)).toMatchObject({ payloads: [], seq: null });
    expect(await ask(['receipts', 'show', '5', '--data', data])).toMatchObject({ payload: null });
    expect(await ask(['receipts', 'verify-chain', '--data', data])).toMatchObject({ ok: true });
    expect(await ask(['log', 'fsck', '--data', data])).toMatchObject({ code: 0, findings: [] });
  });
  test('nothing goes that could not be archived', async () => {
    const data = await writtenLog();
    // A hash in a leaf: the log opens by its indexes, and the archive finds it.
    flip(segmentsOf(data)[0] as string, 60);
    const before = contentsOf(join(data, 'payload'));
    const { code, out, err } = await knhk(['log', 'retain', '--data', data], machineAt(100));
    expect([code, out], err).toEqual([1, expect.stringContaining('NOT ARCHIVED')]);
    expect(contentsOf(join(data, 'payload'))).toEqual(expect.arrayContaining([...before]));
  });
});

describe('log fsck', () => {
  test('tells where, what and what to do', async () => {
    const data = await writtenLog();
    expect(await say(0, ['log', 'fsck', '--data', data])).toContain('nothing amiss');
    writeFileSync(join(data, 'letter.txt'), 'dear');
    const report = await ask(['log', 'fsck', '--data', data]);
    expect(report).toMatchObject({ code: 1, ok: false, rebuilt: 0 });
    expect(report['findings']).toEqual([
      { file: 'letter.txt', seq: null, cause: expect.anything(), todo: expect.anything() },
    ]);
    expect(await say(1, ['log', 'fsck', '--data', data])).toContain('FINDINGS: 1');
    const rebuilt = await ask(['log', 'fsck', '--rebuild', '--data', data]);
    expect(rebuilt['rebuilt']).toBeGreaterThan(0);
  });
});
