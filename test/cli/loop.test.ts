import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openStored } from '../../src/runtime/replay-source.ts';
import { rate } from '../loop/support/journal.ts';
import { setHigh } from '../loop/support.ts';
import { flip } from '../runtime/replay-support.ts';
import { origin, temporary } from '../support/runtime.ts';
import { contentsOf, segmentsOf, writtenLog } from './logs.ts';
import { loopLog } from './loop-support.ts';
import { jsonLines, knhk } from './support.ts';

type Document = Readonly<Record<string, unknown>>;

async function json(...words: string[]): Promise<readonly Document[]> {
  const { code, out, err } = await knhk([...words, '--json']);
  expect([code, err]).toEqual([0, '']);
  return jsonLines(out);
}

/** Spoils the document of the n-th entry of the journal. */
async function spoil(data: string, nth: number): Promise<void> {
  const details: string[] = [];
  for await (const { entries } of openStored(data).epochs()) {
    for (const { leaf } of entries) if (leaf.kind === 'config') details.push(leaf.detail ?? '');
  }
  const detail = details[nth] as string;
  writeFileSync(join(data, 'blob', detail.slice(0, 2), detail), 'x');
}

describe('loop status', () => {
  test('says where the loop stands', async () => {
    const { data, snapshots, proposals } = await loopLog();
    const before = contentsOf(data);
    const [status] = await json('loop', 'status', '--data', data);
    const [, , held, promoted] = proposals;
    expect(status).toMatchObject({
      ...{ ok: true, origin, entries: 13, cycles: 3, findings: [] },
      last: { cycle: 3, observed: 10, patterns: 1, promoted: 1 },
      snapshot: { hash: snapshots[2], version: 3, by: 'promote' },
      held: [{ proposal: held, about: 'note-size: switched off', cycle: 3, planner: 'parameter' }],
      approved: [{ about: 'parameter high: 65 -> 66', planner: 'model', pattern: null }],
      canary: { percent: 10, about: 'parameter high: 65 -> 67', candidate: snapshots[0] },
      promoted: [{ proposal: promoted, about: 'parameter high: 60 -> 65', pattern: 'hook-rate' }],
      planners: [
        { planner: 'model', kept: 0, concluded: 1 },
        { planner: 'parameter', kept: 1, concluded: 1 },
      ],
      problems: [{ cycle: 2, message: 'plan, model: no answer\nin time\u001b[2J' }],
    });
    const { code, out, err } = await knhk(['loop', 'status', '--data', data]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^last cycle {2}3, seq \d+, 2026-01-01T00:04:00.000Z, 10 observations$/m);
    expect(out).toMatch(/^snapshot {4}[0-9a-f]{64}, version 3$/m);
    expect(out).toMatch(/^canary {6}10 % of subjects: parameter high: 65 -> 67$/m);
    expect(out).toMatch(/^held +3 +\d+ +[0-9a-f]{12} +parameter +note-size: switched off$/m);
    expect(out).toMatch(/^promoted, no outcome yet +3 .* parameter high: 60 -> 65$/m);
    expect(out).toMatch(/^parameter +1 +1$/m);
    expect(out).toMatch(/^ +2 {2}plan, model: no answer\\u000ain time\\u001b\[2J$/m);
    expect(out).not.toContain('\u001b');
    expect(contentsOf(data)).toEqual(before);
  });

  test('of a log without a loop is empty and fine', async () => {
    const data = await writtenLog();
    expect((await json('loop', 'status', '--data', data))[0]).toMatchObject({
      ...{ ok: true, entries: 0, cycles: 0, last: null, canary: null, held: [], promoted: [] },
      snapshot: { version: 2, by: 'promote' },
    });
    expect((await knhk(['loop', 'status', '--data', data])).out).toMatch(/^last cycle {2}none$/m);
    expect(await knhk(['loop', 'history', '--data', data, '--limit', '1'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/ promote +snapshot [0-9a-f]{12}\n$/),
    });
  });

  test('of no log is 3', async () => {
    const missing = join(temporary(), 'nowhere');
    for (const words of [['status'], ['history'], ['explain', '1']]) {
      expect((await knhk(['loop', ...words, '--data', missing])).code).toBe(3);
    }
  });

  test('with an entry that is lost, or damage of the log, is 1', async () => {
    const { data } = await loopLog();
    await spoil(data, 1);
    const { code, out } = await knhk(['loop', 'status', '--json', '--data', data]);
    const [status] = jsonLines(out);
    expect([code, status!['ok'], status!['cycles']]).toEqual([1, false, 3]);
    expect(status!['findings']).toMatchObject([{ seq: 6 }]);
    const told = await knhk(['loop', 'status', '--data', data], { isTTY: true });
    expect(told.out).toMatch(/^ +6 {2}KNHK_LOG_BLOB /m);
    expect(told.out).toContain('\u001b[31mFINDINGS: 1\u001b[0m\n');
    const second = await loopLog();
    flip(segmentsOf(second.data)[0] as string, 200);
    const damaged = await knhk(['loop', 'status', '--json', '--data', second.data]);
    expect([damaged.code, jsonLines(damaged.out)[0]!['cycles']]).toEqual([1, 3]);
  });
});

describe('loop history', () => {
  test('has a line for each entry and each change of rules, the newest last', async () => {
    const { data, proposals } = await loopLog();
    const lines = await json('loop', 'history', '--limit', '100', '--data', data);
    expect(lines.map(({ event, verdict }) => `${event} ${verdict}`)).toEqual([
      ...['rules deploy', 'cycle done', 'alert told', 'proposal promote', 'rules promote'],
      ...['cycle cut', 'proposal reject', 'outcome kept'],
      ...['cycle done', 'proposal promote', 'rules promote', 'proposal hold', 'proposal hold'],
      ...['approval allow', 'proposal hold', 'canary 10 %'],
    ]);
    expect(lines.map(({ cycle }) => cycle)).toEqual([
      ...[null, 1, 1, 1, null, 2, 2, 2, 3, 3, null, 3, 3, 3, 3, 3],
    ]);
    const about = (event: string): readonly unknown[] =>
      lines.filter((line) => line['event'] === event).map((line) => line['about']);
    expect(about('proposal')).toEqual([
      'parameter high: 50 -> 60, by parameter',
      'parameter high: 60 -> 80, by model: KNHK_LOOP_DOCTRINE',
      'parameter high: 60 -> 65, by parameter',
      'note-size: switched off, by parameter',
      'parameter high: 65 -> 66, by model',
      'parameter high: 65 -> 67, by parameter: on a canary',
    ]);
    expect(about('alert')).toEqual(['hook-rate raise more, confidence 0.95, by hook-rate']);
    expect(about('approval')).toEqual(['parameter high: 65 -> 66, by ann']);
    expect(about('outcome')).toEqual(['parameter high: 50 -> 60']);
    expect(about('cycle')[1]).toBe('10 observed, 1 patterns, 0 proposals, 1 problems');
    const kept = lines.find(({ event }) => event === 'outcome');
    expect(kept!['proposal']).toBe(proposals[0]);
    const few = await json('loop', 'history', '--limit', '3', '--data', data);
    expect(few).toEqual(lines.slice(-3));
    const { out } = await knhk(['loop', 'history', '--data', data]);
    expect(out).toMatch(/^SEQ +TIME +CYCLE +EVENT +VERDICT +ABOUT\n/);
    expect(out).toMatch(/^ *20 .* 3 +canary +10 % +parameter high: 65 -> 67$/m);
  });

  test('goes on over an entry that is lost, and says so', async () => {
    const { data } = await loopLog();
    await spoil(data, 0);
    const { code, out, err } = await knhk(['loop', 'history', '--json', '--data', data]);
    expect([code, jsonLines(out).length]).toEqual([1, 15]);
    expect(JSON.parse(err)).toMatchObject({ code: 'KNHK_LOG_CORRUPT', got: '1 findings' });
    const told = await knhk(['loop', 'history', '--data', data]);
    expect([told.code, told.err]).toEqual([1, '']);
    expect(told.out).toMatch(/FINDINGS: 1\n$/);
  });

  test.each([['0'], ['many']])('--limit %s is misused', async (limit) => {
    expect((await knhk(['loop', 'history', '--limit', limit])).code).toBe(2);
  });
});

describe('loop explain', () => {
  test('tells patterns, evidence, proposals, stages, shadow and receipts', async () => {
    const { data, snapshots, proposals } = await loopLog();
    const [told] = await json('loop', 'explain', '1', '--data', data);
    const pattern = rate('raise', 0.612345);
    expect(told).toMatchObject({
      ...{ cycle: 1, observed: 4, seqs: [1, 4], cut: false, problems: [], patterns: [pattern] },
      alerts: [{ seq: 6, pattern }],
      proposals: [
        {
          ...{ proposal: proposals[0], verdict: 'promote', planner: 'parameter', reason: null },
          ...{ change: 'parameter high: 50 -> 60', reasoning: 'it fires too often' },
          pattern: { kind: 'hook-rate', subject: 'raise' },
          shadow: { differing: 3, evaluated: 100 },
          promoted: { kind: 'promote', snapshot: snapshots[1], seq: 8 },
          later: [{ cycle: 2, seq: 12, entry: { outcome: 'kept' } }],
        },
      ],
      findings: [],
    });
    const [{ stages }] = told!['proposals'] as [{ stages: readonly unknown[] }];
    expect(stages).toHaveLength(7);
    const { code, out } = await knhk(['loop', 'explain', '1', '--data', data]);
    expect(code).toBe(0);
    for (const line of [
      '  4 observations, seq 1 to 4',
      [
        ...['  hook-rate raise more', 'confidence 0.95', 'by hook-rate', 'recommends: propose'],
        'people were told: leaf 6',
      ].join(', '),
      '    historyRate 0.1, rate 0.6123',
      '    seen at seq 1, 2',
      `proposal ${proposals[0].slice(0, 12)} by parameter: promote`,
      '  answers hook-rate raise',
      '  change: parameter high: 50 -> 60',
      '  why: it fires too often',
      '    7 compatibility: pass',
      '  shadow: 3 of 100 observations differ, 0 new failures, 2 not available',
      '    hooks: raise 10 -> 7',
      '    seq 2 reading.taken: acted -> idle',
      '  outcome kept, cycle 2, leaf 12 [failedAfter 0.05, failedBefore 0.1]',
    ]) {
      expect(out.split('\n')).toContain(line);
    }
    expect(out).toContain(`  promoted: snapshot ${snapshots[1]}, leaf 8, `);
  });

  test('tells problems, refusals, wishes for actions and what was not considered', async () => {
    const { data, proposals } = await loopLog();
    const [told] = await json('loop', 'explain', '2', '--data', data);
    expect(told).toMatchObject({
      ...{ cut: true, alerts: [], actions: [{ reasoning: 'too hot' }] },
      suppressed: [{ change: setHigh(64), reason: 'rejected in cycle 1' }],
      proposals: [{ proposal: proposals[1], verdict: 'reject', promoted: null, later: [] }],
    });
    const { out } = await knhk(['loop', 'explain', '2', '--data', data]);
    const lines = out.split('\n');
    for (const line of [
      'cycle 2, cut short',
      '  plan, model: no answer\\u000ain time\\u001b[2J',
      '  hook-rate stop less, confidence 0.95, by hook-rate, recommends: propose',
      '  plant.stop: too hot',
      '  parameter high: 64: rejected in cycle 1',
      '    3 doctrine: refuse KNHK_LOOP_DOCTRINE: because of doctrine',
    ]) {
      expect(lines).toContain(line);
    }
  });

  test('tells what came afterwards', async () => {
    const { data } = await loopLog();
    const { out } = await knhk(['loop', 'explain', '3', '--data', data]);
    expect(out).toMatch(/^ {2}approval allow, cycle 3, leaf 18, by ann$/m);
    expect(out).toMatch(/^ {2}canary 10 %, cycle 3, leaf 20$/m);
    expect(out).toMatch(/^ {2}reason: on a canary$/m);
  });

  test('is coloured on a terminal alone, and nothing of the log colours it', async () => {
    const { data } = await loopLog();
    const words = ['loop', 'explain', '2', '--data', data];
    expect((await knhk(words)).out).not.toContain('\u001b');
    const { out } = await knhk(words, { isTTY: true });
    expect(out).toContain('by model: \u001b[31mreject\u001b[0m\n');
    expect(out.split('\u001b')).toHaveLength(3);
    const plain = await knhk(words, { isTTY: true, env: { NO_COLOR: '1' } });
    expect(plain.out).not.toContain('\u001b');
  });

  test('of a proposal that is lost tells the rest', async () => {
    const { data, proposals } = await loopLog();
    const [first] = proposals;
    rmSync(join(data, 'blob', first.slice(0, 2), first));
    const [told] = await json('loop', 'explain', '1', '--data', data);
    expect(told!['proposals']).toMatchObject([
      { change: null, reasoning: null, pattern: null, verdict: 'promote' },
    ]);
    const { out } = await knhk(['loop', 'explain', '1', '--data', data]);
    expect(out).toMatch(/^ {2}change: lost$/m);
  });

  test.each([['4'], ['99']])('cycle %s there is not: 2', async (cycle) => {
    const { data } = await loopLog();
    const { code, out, err } = await knhk(['loop', 'explain', cycle, '--data', data, '--json']);
    expect([code, out]).toEqual([2, '']);
    expect(JSON.parse(err)).toMatchObject({
      ...{ code: 'KNHK_LOOP_CYCLE', expected: 'a cycle from 1 to 3', got: cycle },
    });
  });

  test.each([['0'], ['one'], ['-1']])('cycle %s is misused', async (cycle) => {
    expect((await knhk(['loop', 'explain', cycle])).code).toBe(2);
  });

  test('with an entry that is lost is 1', async () => {
    const { data } = await loopLog();
    await spoil(data, 1);
    const { code, out } = await knhk(['loop', 'explain', '1', '--data', data]);
    expect(code).toBe(1);
    expect(out).toMatch(/FINDINGS: 1\n$/);
  });
});
