import { join } from 'node:path';
import { expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import type { Loop } from '../../src/loop/loop.ts';
import { openLoop } from '../../src/loop/open.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { TestJournal } from '../loop/support/journal.ts';
import { fine, openDesk, setHigh } from '../loop/support.ts';
import { temporary } from '../support/runtime.ts';
import { openDeskBeside } from './loop-support.ts';
import { jsonLines, knhk } from './support.ts';

type Document = Readonly<Record<string, unknown>>;

async function json(...words: string[]): Promise<readonly Document[]> {
  const { code, out, err } = await knhk([...words, '--json']);
  expect([code, err]).toEqual([0, '']);
  return jsonLines(out);
}

const loopOf = (runtime: Runtime): Promise<Loop> => {
  const given = { detectors: [], planners: [], autonomy: 'promote', bake: false } as const;
  return openLoop({ runtime, ...given, measure: () => fine });
};

test('a rollback takes back more promotions than one epoch holds', async () => {
  const data = join(temporary(), 'data');
  const runtime = await openDeskBeside(data);
  const deployed = runtime.snapshot.hash;
  const journal = new TestJournal(runtime);
  for (let n = 0; n < limits.epochLeaves; n++) await journal.promote(setHigh(51 + (n % 2)));
  await runtime.close();
  const [facts] = await json('snapshots', 'rollback', deployed, '--data', data);
  expect(facts).toMatchObject({ to: deployed, undone: limits.epochLeaves });
  const [verified] = await json('receipts', 'verify-chain', '--data', data);
  expect(verified).toMatchObject({ ok: true });
  const again = await openDeskBeside(data);
  expect(again.parameters['high']).toBe(50);
  await again.close();
});

test('a rollback takes back what this log put in place, not what another one did', async () => {
  const other = await openDesk({ origin: 'example.com/other' });
  const theirs = await loopOf(other);
  await theirs.propose({ change: setHigh(61), reasoning: 'elsewhere' });
  const known = theirs.knowledge.exportKnowledge();
  await theirs.close();
  await other.close();
  const data = join(temporary(), 'data');
  const runtime = await openDeskBeside(data);
  // The same rules were deployed there, so that their proposal was made for this snapshot too.
  const deployed = runtime.snapshot.hash;
  const loop = await loopOf(runtime);
  await loop.importKnowledge(known);
  expect(loop.knowledge.proposals({ state: 'promoted' })).toMatchObject([{ parent: deployed }]);
  await loop.propose({ change: setHigh(60), reasoning: 'here' });
  await loop.rollback();
  const { hash, receipt } = await loop.propose({ change: setHigh(62), reasoning: 'here again' });
  expect(receipt?.snapshot).toBe(runtime.snapshot.hash);
  await loop.close();
  await runtime.close();
  const [facts] = await json('snapshots', 'rollback', deployed, '--data', data);
  expect(facts).toMatchObject({ to: deployed, undone: 1 });
  const history = await json('loop', 'history', '--data', data);
  const undone = history.filter(({ verdict }) => verdict === 'undone');
  expect(undone.at(-1)).toMatchObject({ proposal: hash });
});
