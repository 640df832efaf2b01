import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { verifyLog } from '../../src/receipts/log/index.ts';
import { controlOf } from '../../src/runtime/control.ts';
import { codeOf, entriesOf, origin, signer, temporary } from '../support/runtime.ts';
import {
  applySome,
  closePlant,
  expectChain,
  openPlant,
  type Plant,
  promotionsIn,
} from './faults-support.ts';
import { setHigh } from './support.ts';

let plant: Plant | undefined;
afterEach(async () => {
  if (plant !== undefined) await closePlant(plant);
  plant = undefined;
});

const because = (value: number) => ({ change: setHigh(value), reasoning: `better ${value}` });

describe('two promotions at once', () => {
  test('one wins, the other one is told which snapshot is current', async () => {
    plant = await openPlant({ data: join(temporary(), 'data') }, { bake: false });
    const { runtime, loop } = plant;
    await applySome(runtime);
    const parent = runtime.snapshot.hash;
    const reports = await Promise.all([40, 41, 42].map((value) => loop.propose(because(value))));
    const won = reports.filter(({ verdict }) => verdict === 'promote');
    expect(won.map(({ receipt }) => receipt?.snapshot)).toEqual([runtime.snapshot.hash]);
    for (const report of reports) {
      expect(report.proposal.parent).toBe(parent);
      if (report === won[0]) continue;
      expect(report).toMatchObject({ verdict: 'reject' });
      expect(report.reason).toContain('KNHK_RUNTIME_STALE');
      expect(report.reason).toContain(runtime.snapshot.hash);
    }
    const { value } = won[0]!.proposal.change as { readonly value: number };
    expect(runtime.parameters['high']).toBe(value);
    expectChain(runtime, [won[0]!.receipt!]);
  });

  test('below the loop: the second one throws and leaves no leaf', async () => {
    const data = join(temporary(), 'data');
    plant = await openPlant({ data }, { bake: false });
    const control = controlOf(plant.runtime)!;
    const { document, hash: parent } = control.snapshot();
    const proposal = control.log.putBlob('proposal', '{}');
    const promote = (value: number): Promise<unknown> =>
      control.promote({
        ...{ kind: 'promote', parent, proposal, stages: Array(7).fill('pass') },
        document: {
          ...document,
          parameters: {
            ...document.parameters,
            high: { ...document.parameters['high']!, value },
          },
        },
      });
    const codes = await Promise.all([40, 41, 40].map((value) => codeOf(() => promote(value))));
    expect(codes).toEqual([undefined, 'KNHK_RUNTIME_STALE', 'KNHK_RUNTIME_STALE']);
    expect(plant.runtime.parameters['high']).toBe(40);
    expectChain(plant.runtime, []);
    await closePlant(plant);
    plant = undefined;
    const kinds = (await entriesOf(data)).map(({ leaf }) => leaf.kind);
    expect(kinds.filter((kind) => kind === 'promote')).toEqual(['promote']);
    const keyring = { origin, keys: [{ vkey: signer.vkey, from: 0 }] };
    expect(await verifyLog(data, keyring)).toMatchObject({ ok: true });
  });

  test('a cycle and a host: only what was made for the current rules is put in place', async () => {
    const data = join(temporary(), 'data');
    plant = await openPlant({ data }, { bake: false });
    const { runtime, loop } = plant;
    for (let round = 0; round < 5; round++) {
      await applySome(runtime);
      const before = runtime.snapshot.version;
      const [cycle, host] = await Promise.all([loop.cycle(), loop.propose(because(60 - round))]);
      const receipts = [
        ...promotionsIn(cycle),
        ...(host.receipt === undefined ? [] : [host.receipt]),
      ];
      expect(runtime.snapshot.version).toBe(before + 1);
      expect(receipts.map(({ snapshot }) => snapshot)).toEqual([runtime.snapshot.hash]);
      expectChain(runtime, receipts);
    }
  });

  test('a promotion and a rollback: the one that comes second is refused', async () => {
    plant = await openPlant({ data: join(temporary(), 'data') }, { bake: false });
    const { runtime, loop } = plant;
    await applySome(runtime);
    expect(await loop.propose(because(40))).toMatchObject({ verdict: 'promote' });
    const { version } = runtime.snapshot;
    const both = await Promise.allSettled([loop.propose(because(41)), loop.rollback()]);
    const [proposed, rolledBack] = both;
    expect(proposed.status).toBe('fulfilled');
    const isPromoted = proposed.status === 'fulfilled' && proposed.value.verdict === 'promote';
    const isRolledBack = rolledBack.status === 'fulfilled';
    expect([isPromoted, isRolledBack].filter(Boolean)).toHaveLength(1);
    expect(runtime.snapshot.version).toBe(version + 1);
    expectChain(runtime, []);
  });

  test('none in a frozen runtime, and the next one once it goes on', async () => {
    plant = await openPlant({ data: join(temporary(), 'data') }, { bake: false });
    const { runtime, loop } = plant;
    await applySome(runtime);
    const before = runtime.snapshot.hash;
    runtime.freeze('an audit');
    const refused = await loop.propose(because(40)).then(
      ({ verdict, reason }) => `${verdict} ${reason}`,
      (error: { readonly code: string }) => error.code,
    );
    expect(refused).toMatch(/KNHK_RUNTIME_FROZEN/);
    expect(runtime.snapshot.hash).toBe(before);
    runtime.unfreeze();
    expect(await loop.propose(because(40))).toMatchObject({ verdict: 'promote' });
    expectChain(runtime, []);
  });
});
