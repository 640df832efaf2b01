import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openKeys } from '../../src/receipts/log/index.ts';
import { defineHook, defineParameter, type Rule } from '../../src/rules/index.ts';
import { type Control, controlOf } from '../../src/runtime/control.ts';
import { openStored } from '../../src/runtime/replay-source.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { gte } from '../../src/terms/conditions.ts';
import { TestJournal } from '../loop/support/journal.ts';
import { Reading, reading, rules, setHigh } from '../loop/support.ts';
import { observations, Purchase, purchase } from '../runtime/erase-support.ts';
import { flip } from '../runtime/replay-support.ts';
import { openTest, origin, temporary } from '../support/runtime.ts';
import { contentsOf, copyOf, segmentsOf } from './logs.ts';
import { loopLog, openDeskBeside } from './loop-support.ts';
import { jsonLines, knhk, type Ran } from './support.ts';

type Document = Readonly<Record<string, unknown>>;

async function json(...words: string[]): Promise<readonly Document[]> {
  const { code, out, err } = await knhk([...words, '--json']);
  expect([code, err]).toEqual([0, '']);
  return jsonLines(out);
}
const codeIn = ({ err }: Ran): unknown => (JSON.parse(err) as Document)['code'];

/** The rules of a later deploy: another range, and a parameter that the first did not have. */
const redeployed: readonly Rule[] = [
  ...rules.filter((rule) => rule.kind !== 'parameter' || rule.name !== 'spare'),
  defineParameter({ name: 'spare', kind: 'integer', value: 5, min: 0, max: 50 }),
  defineParameter({ name: 'fresh', kind: 'integer', value: 1, min: 0, max: 9 }),
];

describe('snapshots list', () => {
  test('says what made each snapshot and what it changed', async () => {
    const { data, snapshots } = await loopLog();
    const before = contentsOf(data);
    const [deployed, first, last] = snapshots;
    expect(await json('snapshots', 'list', '--data', data)).toMatchObject([
      { kind: 'deploy', version: 1, snapshot: deployed, parent: null, changes: [] },
      {
        ...{ kind: 'promote', version: 2, snapshot: first, parent: deployed },
        changes: ['parameter high: 50 -> 60'],
      },
      {
        ...{ kind: 'promote', version: 3, snapshot: last, parent: first },
        changes: ['parameter high: 60 -> 65'],
      },
    ]);
    expect(await json('snapshots', 'list', '--limit', '1', '--data', data)).toMatchObject([
      { snapshot: last },
    ]);
    const { out } = await knhk(['snapshots', 'list', '--data', data]);
    expect(out).toMatch(/^SEQ +TIME +KIND +VERSION +SNAPSHOT +PARENT +CHANGES\n/);
    expect(out).toMatch(/ promote +2 +[0-9a-f]{12} +[0-9a-f]{12} +parameter high: 50 -> 60\n/);
    expect(contentsOf(data)).toEqual(before);
  });

  test('tells what a deploy changed, and what it dropped', async () => {
    const { data } = await loopLog();
    const runtime = await openDeskBeside(data);
    await new TestJournal(runtime).promote({ kind: 'parameter', name: 'spare', value: 7 });
    await runtime.close();
    await (await openDeskBeside(data, { rules: redeployed })).close();
    const [deploy] = (await json('snapshots', 'list', '--data', data)).slice(-1);
    expect(deploy).toMatchObject({ kind: 'deploy', version: 5 });
    expect(deploy!['changes']).toEqual([
      ...['parameters: spare changed', 'parameters: fresh added'],
      'dropped parameter spare: changed',
    ]);
  });

  test('reads on over damage and over rules that are lost', async () => {
    const { data, snapshots } = await loopLog();
    const lost = copyOf(data);
    const [, first] = snapshots;
    rmSync(join(lost, 'blob', first.slice(0, 2), first));
    expect(await json('snapshots', 'list', '--data', lost)).toMatchObject([
      { version: 1 },
      { version: null, rules: null, changes: [] },
      { version: 3, changes: [] },
    ]);
    expect((await knhk(['snapshots', 'list', '--data', lost])).out).toContain(' lost ');
    flip(segmentsOf(data)[0] as string, 200);
    const { code, out, err } = await knhk(['snapshots', 'list', '--json', '--data', data]);
    expect([code, jsonLines(out).length]).toEqual([1, 2]);
    expect(JSON.parse(err)).toMatchObject({ code: 'KNHK_LOG_CORRUPT' });
  });

  test('of no log is 3', async () => {
    const missing = join(temporary(), 'nowhere');
    for (const words of [['list'], ['show', 'current'], ['diff', 'aaaa', 'bbbb']]) {
      expect((await knhk(['snapshots', ...words, '--data', missing])).code).toBe(3);
    }
  });
});

describe('snapshots show', () => {
  test('shows the rules of one, by hash, by its first digits, or the current one', async () => {
    const { data, snapshots } = await loopLog();
    const [deployed, , last] = snapshots;
    const [shown] = await json('snapshots', 'show', deployed.slice(0, 8), '--data', data);
    expect(shown).toMatchObject({
      ...{ snapshot: deployed, version: 1, kind: 'deploy', current: false, parent: null },
      document: { parameters: { high: { value: 50 } } },
    });
    expect(await json('snapshots', 'show', 'current', '--data', data)).toMatchObject([
      { snapshot: last, current: true, document: { parameters: { high: { value: 65 } } } },
    ]);
    const { out } = await knhk(['snapshots', 'show', last, '--data', data]);
    expect(out).toMatch(/^snapshot {3}[0-9a-f]{64}, current$/m);
    expect(out).toMatch(/^high +integer +65 +0 +100 +-$/m);
    expect(out).toMatch(/^sealed +integer +10 +0 +100 +protected$/m);
    expect(out).toMatch(/^raise +0 +reading.taken +level >= parameter high +version:1 +on /m);
    expect(out).toMatch(/^stop .* on, protected /m);
    expect(out).toMatch(/^valve-limit .* action level > parameter valveMax /m);
    expect(out).toMatch(/^plant +high-is-high +high +20 +70$/m);
  });

  test.each([['ffffffff'], ['abc'], ['nonsense'], ['']])('%j names none: 2', async (wanted) => {
    const { data } = await loopLog();
    const ran = await knhk(['snapshots', 'show', wanted, '--data', data, '--json']);
    expect([ran.code, ran.out, codeIn(ran)]).toEqual([2, '', 'KNHK_LOOP_SNAPSHOT']);
  });

  test('whose rules are lost is 3', async () => {
    const { data, snapshots } = await loopLog();
    const [, first] = snapshots;
    rmSync(join(data, 'blob', first.slice(0, 2), first));
    for (const words of [
      ['show', first],
      ['diff', first, 'current'],
    ]) {
      const ran = await knhk(['snapshots', ...words, '--data', data, '--json']);
      expect([ran.code, codeIn(ran)]).toEqual([3, 'KNHK_LOG_BLOB']);
    }
  });
});

describe('snapshots diff', () => {
  test('gives the changes that lead from one to the other, both ways', async () => {
    const { data, snapshots } = await loopLog();
    const [deployed, , last] = snapshots;
    expect(await json('snapshots', 'diff', deployed, last, '--data', data)).toEqual([
      {
        ...{ from: deployed, to: last, same: false, changes: [setHigh(65)] },
        words: ['parameter high: 50 -> 65'],
        parts: [{ part: 'parameters', name: 'high', change: 'changed' }],
      },
    ]);
    const { out } = await knhk(['snapshots', 'diff', last, deployed, '--data', data]);
    expect(out).toBe('parameter high: 65 -> 50\n');
    const same = await knhk(['snapshots', 'diff', last, 'current', '--data', data]);
    expect(same).toEqual({ code: 0, out: 'the rules are the same\n', err: '' });
  });

  test('says every kind of change in words', async () => {
    const { data } = await loopLog();
    const runtime = await openDeskBeside(data);
    const journal = new TestJournal(runtime);
    const { document } = (controlOf(runtime) as Control).snapshot();
    const note = document.hooks.find(({ name }) => name === 'note-size')!;
    const raise = document.hooks.find(({ name }) => name === 'raise')!;
    const { hash: _, ...body } = note;
    const more = { op: 'in', left: { field: 'size' }, right: { value: [1, 2] } } as const;
    await journal.promote({ kind: 'conditions', hook: 'raise', when: [...raise.when, more] });
    await journal.promote({ kind: 'switch', name: 'valve-limit', enabled: false });
    await journal.promote({ kind: 'remove-hook', hook: 'note-size' });
    const present = { op: 'present', left: { field: 'level' } } as const;
    const hook = { ...body, name: 'added', when: [present] };
    await journal.promote({ kind: 'add-hook', hook, enabled: false });
    await runtime.close();
    const [{ words }] = (await json(
      'snapshots',
      'diff',
      (
        await loopHashes(data)
      )[0]!,
      'current',
      '--data',
      data,
    )) as [{ words: readonly string[] }];
    expect(words).toEqual([
      'hook note-size: removed',
      'hook raise: level >= parameter high -> level >= parameter high and size in [1,2]',
      'hook added: added, level present',
      'parameter high: 50 -> 65',
      ...['added: switched off', 'valve-limit: switched off'],
    ]);
    const changes = (await json('snapshots', 'list', '--data', data)).slice(3);
    expect(changes.flatMap((row) => row['changes'])).toEqual([
      words[1],
      'valve-limit: switched off',
      'hook note-size: removed',
      ...['hook added: added, level present', 'added: switched off'],
    ]);
  });

  test('across a deploy tells what differs, part by part', async () => {
    const { data, snapshots } = await loopLog();
    await (await openDeskBeside(data, { rules: redeployed })).close();
    const [told] = await json('snapshots', 'diff', snapshots[0], 'current', '--data', data);
    expect(told).toMatchObject({ changes: [], same: false });
    const words = [
      'parameters: high changed',
      'parameters: spare changed',
      'parameters: fresh added',
    ];
    expect(told!['words']).toEqual(words);
    const back = await knhk(['snapshots', 'diff', 'current', snapshots[0], '--data', data]);
    expect(back.out.split('\n')).toEqual([
      ...['a deploy lies between', 'parameters: fresh removed', 'parameters: high changed'],
      ...['parameters: spare changed', ''],
    ]);
  });
});

/** Hashes of all snapshots of a log, in their order. */
async function loopHashes(data: string): Promise<readonly string[]> {
  const rows = await json('snapshots', 'list', '--limit', '1000', '--data', data);
  return rows.map((row) => row['snapshot'] as string);
}

describe('snapshots rollback', () => {
  const rollback = (data: string, to: string, ...more: string[]): Promise<Ran> =>
    knhk(['snapshots', 'rollback', to, ...more, '--data', data, '--json']);
  const verify = async (data: string): Promise<unknown> =>
    (await json('receipts', 'verify-chain', '--data', data))[0];
  const high = (runtime: Runtime): unknown => runtime.parameters['high'];

  test('makes earlier rules current, which the service links; the log verifies', async () => {
    const { data, snapshots, proposals } = await loopLog();
    const [deployed, , last] = snapshots;
    const ran = await rollback(data, deployed, '--actor', 'ann', '--reason', 'too many valves');
    expect([ran.code, ran.err]).toEqual([0, '']);
    const [facts] = jsonLines(ran.out) as [Document];
    expect(facts).toMatchObject({ version: 4, from: last, to: deployed, undone: 2 });
    expect(await verify(data)).toMatchObject({ ok: true });
    const rows = await json('snapshots', 'list', '--data', data);
    expect(rows.at(-1)).toMatchObject({
      ...{ kind: 'rollback', parent: last, seq: facts['seq'], hash: facts['hash'] },
      ...{ snapshot: facts['snapshot'], changes: ['parameter high: 65 -> 50'] },
    });
    expect(rows.at(-1)!['rules']).toBe(rows[0]!['rules']);
    const runtime = await openDeskBeside(data);
    expect([runtime.snapshot.hash, high(runtime)]).toEqual([facts['snapshot'], 50]);
    expect(await runtime.apply(Reading, reading(9, 55))).toMatchObject({ outcome: 'acted' });
    await runtime.close();
    expect(await verify(data)).toMatchObject({ ok: true });
    const status = (await json('loop', 'status', '--data', data))[0] as Document;
    // What was held was made for other rules; nothing awaits its outcome.
    expect(status).toMatchObject({ ok: true, held: [], approved: [], canary: null, promoted: [] });
    const history = await json('loop', 'history', '--data', data);
    const undone = history.filter(({ verdict }) => verdict === 'undone');
    expect(undone.map(({ proposal }) => proposal)).toEqual([proposals[3], proposals[0]]);
    expect(undone[0]!['about']).toContain('ann: too many valves');
    expect(history.at(-1)).toMatchObject({ event: 'rules', verdict: 'rollback' });
  });

  test('can go part of the way, and be taken back by a rollback of its own', async () => {
    const { data, snapshots, proposals } = await loopLog();
    const [deployed, first] = snapshots;
    const ran = await rollback(data, first);
    expect(jsonLines(ran.out)).toMatchObject([{ to: first, undone: 1 }]);
    const again = await rollback(data, deployed);
    // The later promotion is undone already.
    expect(jsonLines(again.out)).toMatchObject([{ to: deployed, undone: 1, version: 5 }]);
    const history = await json('loop', 'history', '--data', data);
    const undone = history.filter(({ verdict }) => verdict === 'undone');
    expect(undone.map(({ proposal }) => proposal)).toEqual([proposals[3], proposals[0]]);
  });

  test('of a log without a journal begins none', async () => {
    const data = join(temporary(), 'data');
    const runtime = await openDeskBeside(data);
    const before = runtime.snapshot.hash;
    const control = controlOf(runtime) as Control;
    const { document, hash } = control.snapshot();
    const parameters = {
      ...document.parameters,
      high: { ...document.parameters['high']!, value: 60 },
    };
    await control.promote({
      ...{ kind: 'promote', parent: hash, document: { ...document, parameters } },
      proposal: control.log.putBlob('proposal', '{}'),
      stages: ['pass', 'pass', 'pass', 'pass', 'pass', 'pass', 'pass'],
    });
    await runtime.close();
    expect(jsonLines((await rollback(data, before)).out)).toMatchObject([{ seq: 2, undone: 0 }]);
    expect(await verify(data)).toMatchObject({ ok: true });
  });

  test('is refused for anything else than an earlier snapshot of this deploy', async () => {
    const { data, snapshots } = await loopLog();
    await (await openDeskBeside(data, { rules: redeployed })).close();
    const hashes = await loopHashes(data);
    const leaves = openStored(data).acknowledged();
    for (const to of [snapshots[0], snapshots[2], hashes.at(-1)!, 'current']) {
      const ran = await rollback(data, to);
      expect([ran.code, ran.out, codeIn(ran)]).toEqual([2, '', 'KNHK_LOOP_ROLLBACK']);
    }
    const long = ['--reason', 'x'.repeat(1_001)];
    const talkative = await rollback(data, snapshots[0], ...long);
    expect([talkative.code, codeIn(talkative)]).toEqual([2, 'USAGE']);
    const ran = await rollback(data, 'ffffffff');
    expect([ran.code, codeIn(ran)]).toEqual([2, 'KNHK_LOOP_SNAPSHOT']);
    expect(openStored(data).acknowledged()).toBe(leaves);
  });

  test('is refused while a service holds the log', async () => {
    const { data, snapshots } = await loopLog();
    const runtime = await openDeskBeside(data);
    const ran = await rollback(data, snapshots[0]);
    expect([ran.code, codeIn(ran)]).toEqual([3, 'KNHK_LOG_LOCKED']);
    await runtime.close();
  });

  test('is refused where the rules are lost, or the keys', async () => {
    const { data, snapshots } = await loopLog();
    const [deployed] = snapshots;
    const [{ rules: lost }] = (await json('snapshots', 'list', '--data', data)) as [
      { rules: string },
    ];
    const copy = copyOf(data);
    rmSync(join(copy, 'blob', lost.slice(0, 2), lost));
    const ran = await rollback(copy, deployed);
    expect([ran.code, codeIn(ran)]).toEqual([3, 'KNHK_LOG_BLOB']);
    rmSync(`${data}.keys`, { recursive: true });
    expect((await rollback(data, deployed)).code).toBe(3);
  });

  test('counts what was streamed before a crash under the rules that it met', async () => {
    const { data, snapshots } = await loopLog();
    const [deployed, , last] = snapshots;
    const runtime = await openDeskBeside(data);
    runtime.observe(Reading, reading(9, 99));
    runtime.observe(Reading, reading(10, 98));
    await runtime.flush();
    // As a process leaves it that was killed here.
    const copy = copyOf(data);
    await runtime.close();
    const kindsOf = async (directory: string): Promise<readonly unknown[]> => {
      const rows = await json('receipts', 'list', '--data', directory);
      return rows.map(({ kind, snapshot }) => [kind, snapshot]).slice(-6);
    };
    expect((await rollback(copy, deployed)).code).toBe(0);
    const config = ['config', undefined];
    const back = ['rollback', (await loopHashes(copy)).at(-1)];
    expect(await kindsOf(copy)).toEqual([
      ...[['apply', last], ['apply', last], ['count', last], config, config, back],
    ]);
    const from = String(openStored(copy).acknowledged() - 4);
    const [count] = await json('receipts', 'list', '--data', copy, '--from', from);
    expect(count).toMatchObject({ kind: 'count', fired: ['raise 2', 'stop 2'] });
    // Closed by its service, the log holds the count already.
    expect((await rollback(data, deployed)).code).toBe(0);
    for (const directory of [copy, data]) {
      expect(await verify(directory)).toMatchObject({ ok: true });
      const again = await openDeskBeside(directory);
      expect(high(again)).toBe(50);
      await again.close();
      const rows = await json('receipts', 'list', '--data', directory);
      expect(rows.filter(({ kind }) => kind === 'count')).toHaveLength(1);
    }
  });

  test('is refused where that takes payloads that only the service can read', async () => {
    const data = join(temporary(), 'data');
    const { secret, signer } = openKeys(`${data}.keys`, { origin, clock: { now: () => 1_000 } });
    const gift = { type: 'gift', target: { field: 'customer' } } as const;
    const hook = defineHook({ name: 'thank', on: Purchase, when: [gte('amount', 0)], act: gift });
    const given = { ...{ data, secret, signer }, encryption: {}, unguarded: 'allow' } as const;
    const runtime = await openTest({ observations, rules: [hook], ...given });
    const deployed = runtime.snapshot.hash;
    const control = controlOf(runtime) as Control;
    await control.promote({
      ...{ kind: 'promote', parent: deployed, document: control.snapshot().document },
      proposal: control.log.putBlob('proposal', '{}'),
      stages: ['pass', 'pass', 'pass', 'pass', 'pass', 'pass', 'pass'],
    });
    runtime.observe(Purchase, purchase(0, 'ann'));
    await runtime.flush();
    const copy = copyOf(data);
    await runtime.close();
    const ran = await rollback(copy, deployed);
    expect([ran.code, codeIn(ran)]).toEqual([2, 'KNHK_LOOP_ROLLBACK']);
    expect(ran.err).toContain('payloads that cannot be read here');
    expect((await rollback(data, deployed)).code).toBe(0);
  });
});
