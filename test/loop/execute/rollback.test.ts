import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { limits } from '../../../src/base/limits.ts';
import { verifyLog } from '../../../src/receipts/log/index.ts';
import { origin, signer, temporary } from '../../support/runtime.ts';
import { TestJournal } from '../support/journal.ts';
import { openDesk, setHigh } from '../support.ts';
import { journalOf, openBoth } from './support.ts';

const keyring = { origin, keys: [{ vkey: signer.vkey, from: 0 }] };

describe('a rollback', () => {
  it('takes back more promotions than one epoch holds, and tells of each', async () => {
    const data = join(temporary(), 'data');
    const desk = await openDesk({ data });
    const deployed = desk.snapshot.hash;
    const journal = new TestJournal(desk);
    const count = limits.epochLeaves + 40;
    for (let n = 0; n < count; n++) await journal.promote(setHigh(51 + (n % 2)));
    await desk.close();
    const { runtime, loop, close } = await openBoth({}, { data });
    await loop.rollback(deployed);
    expect(runtime.parameters['high']).toBe(50);
    expect(loop.knowledge.proposals({ state: 'undone' })).toHaveLength(count);
    await close();
    const told = (await journalOf(data)).filter(({ event }) => event === 'outcome');
    expect(told).toHaveLength(count);
    expect(await verifyLog(data, keyring)).toMatchObject({ ok: true, findings: [] });
    const again = await openBoth({}, { data });
    expect(again.runtime.parameters['high']).toBe(50);
    expect(again.loop.knowledge.proposals({ state: 'undone' })).toHaveLength(count);
  });

  it("does not tell of another log's proposals", async () => {
    const other = await openBoth({ bake: false }, { origin: 'example.com/other' });
    await other.loop.propose({ change: setHigh(61), reasoning: 'elsewhere' });
    const known = other.loop.knowledge.exportKnowledge();
    const { data, runtime, loop, close } = await openBoth({ bake: false });
    const deployed = runtime.snapshot.hash;
    const { hash } = await loop.propose({ change: setHigh(60), reasoning: 'here' });
    await loop.importKnowledge(known);
    await loop.rollback();
    await loop.propose({ change: setHigh(62), reasoning: 'here again' });
    // Past the first proposal, which is taken back already, and the other log's for this snapshot.
    await loop.rollback(deployed);
    await close();
    const told = (await journalOf(data)).flatMap((entry) =>
      entry.event === 'outcome' ? [entry.proposal] : [],
    );
    expect(told).toHaveLength(2);
    expect(told[0]).toBe(hash);
  });
});
