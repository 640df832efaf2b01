import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { canonical } from '../../src/base/canonical.ts';
import {
  firstLink,
  type JournalItem,
  JournalReader,
  learn,
  readJournal,
  readStoredJournal,
} from '../../src/loop/journal-read.ts';
import type { JournalEntry } from '../../src/loop/journal-types.ts';
import { Knowledge } from '../../src/loop/knowledge/knowledge.ts';
import { type Control, controlOf } from '../../src/runtime/control.ts';
import { openStored } from '../../src/runtime/replay-source.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { origin, temporary } from '../support/runtime.ts';
import { rate, stagesWith, TestJournal } from './support/journal.ts';
import { applyLevels, openDesk, setHigh } from './support.ts';

interface Desk {
  readonly data: string;
  readonly runtime: Runtime;
  readonly journal: TestJournal;
  readonly control: Control;
}

async function open(): Promise<Desk> {
  const data = join(temporary(), 'data');
  const runtime = await openDesk({ data });
  const control = controlOf(runtime) as Control;
  return { data, runtime, journal: new TestJournal(runtime), control };
}

/** Everything that the journal can hold, between observations. */
async function fill({ runtime, journal, control }: Desk): Promise<void> {
  await applyLevels(runtime, [55, 60, 10]);
  const pattern = rate('raise', 0.6);
  journal.cycle([pattern], { problems: [{ phase: 'plan', message: 'late' }] });
  journal.write({ event: 'alert', pattern });
  const { proposal, receipt } = await journal.promote(setHigh(60), { pattern });
  journal.propose(setHigh(70), { verdict: 'hold', planner: 'model' });
  const { snapshot } = receipt;
  journal.write({
    ...{ event: 'outcome', proposal, snapshot, outcome: 'kept', measured: { failed: 0 } },
  });
  await applyLevels(runtime, [61], 3);
  journal.cycle();
  const knowledge = control.log.putBlob('knowledge', new Knowledge('b').exportKnowledge());
  journal.write({ event: 'import', knowledge });
}

async function stored(data: string): Promise<readonly JournalItem[]> {
  const items: JournalItem[] = [];
  for await (const item of readStoredJournal(openStored(data))) items.push(item);
  return items;
}

const findings = (items: readonly JournalItem[]): readonly string[] =>
  items.flatMap((item) => (item.kind === 'finding' ? [`${item.seq}: ${item.message}`] : []));
const events = (items: readonly JournalItem[]): readonly string[] =>
  items.map((item) => (item.kind === 'entry' ? item.entry.event : item.kind));

describe('the journal', () => {
  test('is read from an open log and from its directory alike', async () => {
    const desk = await open();
    await fill(desk);
    await desk.control.log.flush();
    const live = [...readJournal(desk.control.log)];
    const beside = await stored(desk.data);
    await desk.runtime.close();
    expect(beside).toEqual(live);
    expect(await stored(desk.data)).toEqual(live);
    expect(events(live)).toEqual([
      ...['rules', 'cycle', 'alert', 'proposal', 'rules', 'proposal', 'outcome', 'cycle', 'import'],
    ]);
    const [, , , told] = live;
    expect(told).toMatchObject({
      entry: { verdict: 'promote' },
      context: {
        proposal: { change: setHigh(60), planner: 'parameter' },
        document: { parameters: { high: { value: 50 } } },
      },
    });
    expect(live.at(-1)).toMatchObject({
      context: { imported: new Knowledge('b').exportKnowledge() },
    });
    const knowledge = new Knowledge(origin);
    for (const item of live) learn(knowledge, item);
    expect(knowledge.held()).toMatchObject([{ planner: 'model', change: setHigh(70) }]);
    expect(knowledge.proposals({ state: 'kept' })).toMatchObject([{ change: setHigh(60) }]);
    expect(knowledge.rules()).toMatchObject({ kind: 'promote' });
    expect(knowledge.cycles().map(({ cycle, promoted }) => [cycle, promoted])).toEqual([
      ...[
        [1, 1],
        [2, 0],
      ],
    ]);
  });

  test('may be read from the middle, with what it has to link to or without', async () => {
    const desk = await open();
    desk.journal.cycle();
    const { previous } = desk.journal;
    desk.journal.cycle();
    await desk.control.log.flush();
    const { leaf, hash } = desk.control.log.read(2);
    for (const link of [previous, undefined]) {
      const reader = new JournalReader(desk.control.log, link);
      expect(events(reader.take(leaf, hash))).toEqual(['cycle']);
      expect(reader.previous).toBe(desk.journal.previous);
    }
    const wrong = new JournalReader(desk.control.log, firstLink);
    expect(events(wrong.take(leaf, hash))).toEqual(['finding', 'cycle']);
    await desk.runtime.close();
  });

  test('leaves out what hosts audit under the same name', async () => {
    const desk = await open();
    const entry = { actor: 'knhk/loop', resource: 'cycle/1', outcome: 'success' } as const;
    await desk.runtime.audit({ kind: 'config', action: 'loop.cycle', ...entry });
    await desk.runtime.audit({ kind: 'access', action: 'loop.cycle', ...entry });
    await desk.runtime.close();
    expect(events(await stored(desk.data))).toEqual(['rules']);
  });
});

describe('what is amiss is a finding, and reading goes on', () => {
  test('an entry that does not link back', async () => {
    const desk = await open();
    desk.journal.cycle();
    desk.journal.cycle([], { previous: 'c'.repeat(64) } as object);
    desk.journal.cycle();
    await desk.runtime.close();
    const items = await stored(desk.data);
    expect(events(items)).toEqual(['rules', 'cycle', 'finding', 'cycle', 'cycle']);
    expect(findings(items)[0]).toMatch(/^2: links to c{64}, not to [0-9a-f]{64}$/);
  });

  test('an entry that was left out, though the log does not show it', async () => {
    const desk = await open();
    desk.journal.cycle();
    await desk.control.log.flush();
    const reader = new JournalReader(desk.control.log, firstLink);
    desk.journal.cycle();
    await desk.control.log.flush();
    const { leaf, hash } = desk.control.log.read(2);
    expect(events(reader.take(leaf, hash))).toEqual(['finding', 'cycle']);
    await desk.runtime.close();
  });

  test.each(['gone', 'damaged'])(
    'a document that is %s; the chain goes on over it',
    async (how) => {
      const desk = await open();
      desk.journal.cycle();
      const detail = desk.journal.previous;
      desk.journal.cycle();
      await desk.runtime.close();
      const path = join(desk.data, 'blob', detail.slice(0, 2), detail);
      if (how === 'gone') rmSync(path);
      else writeFileSync(path, 'x');
      const items = await stored(desk.data);
      expect(events(items)).toEqual(['rules', 'finding', 'cycle']);
      expect(findings(items)[0]).toMatch(/^1: .*KNHK_LOG_BLOB/);
    },
  );

  const bodies: readonly (readonly [string, object])[] = [
    ['another event', { event: 'alert', pattern: rate('raise', 1) }],
    ['another version', { v: 2 }],
    ['no cycle', { cycle: 'one' }],
    ['patterns that are none', { patterns: [{ kind: 'x' }] }],
    ['proposals that are none', { proposals: ['x'] }],
    ['no number of observations', { observed: -1 }],
    ['problems without words', { problems: [{ phase: 'plan' }] }],
    ['neither cut nor whole', { cut: 'yes' }],
  ];
  test.each(bodies)('a cycle with %s', async (_, wrong) => {
    const desk = await open();
    const { log } = desk.control;
    const rest = { seqs: [1, 1], patterns: [], proposals: [], actions: [], problems: [] };
    const good = { v: 1, cycle: 1, previous: firstLink, event: 'cycle', observed: 1, cut: false };
    const write = (entry: object): void => {
      const detail = log.putBlob('loop', canonical(entry));
      const body = { kind: 'config', actor: 'knhk/loop', resource: 'cycle/1' } as const;
      const more = { action: 'loop.cycle', outcome: 'success', detail } as const;
      log.append({ ...body, ...more }, log.tick());
    };
    // What a later version may add does no harm.
    write({ ...good, ...rest, more: 1 });
    write({ ...good, ...rest, ...wrong });
    await desk.runtime.close();
    const items = await stored(desk.data);
    expect(events(items)).toEqual(['rules', 'cycle', 'finding']);
    expect(findings(items)[0]).toMatch(/^2: KNHK_LOOP_KNOWLEDGE at journal entry cycle/);
  });

  test('an event that is not known', async () => {
    const desk = await open();
    const entry = { event: 'sleep' } as unknown as Parameters<TestJournal['write']>[0];
    desk.journal.write(entry);
    await desk.runtime.close();
    expect(findings(await stored(desk.data))[0]).toMatch(/^1: KNHK_LOOP_KNOWLEDGE .*one of cycle/);
  });
});

test('a proposal that is lost is told without its change, and its rules likewise', async () => {
  const desk = await open();
  const lost = 'd'.repeat(64);
  const entry = { event: 'proposal', proposal: lost, planner: 'p', verdict: 'hold' } as const;
  desk.journal.write({ ...entry, stages: stagesWith(), rules: lost });
  desk.journal.write({ event: 'import', knowledge: lost });
  await desk.runtime.close();
  const items = await stored(desk.data);
  expect(items.slice(1)).toMatchObject([{ context: {} }, { context: {} }]);
  const knowledge = new Knowledge(origin);
  for (const item of items) learn(knowledge, item);
  expect(knowledge.held()).toMatchObject([{ proposal: lost, change: null }]);
  const entries = items.flatMap((item): readonly JournalEntry[] =>
    item.kind === 'entry' ? [item.entry] : [],
  );
  expect(entries.map(({ event }) => event)).toEqual(['proposal', 'import']);
});
