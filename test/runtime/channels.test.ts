import { afterEach, describe, expect, test } from 'vitest';
import { parseCheckpoint } from '../../src/receipts/verify/index.ts';
import { channels, type DiagnosticsChannel } from '../../src/runtime/channels.ts';
import { type Control, controlOf } from '../../src/runtime/control.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { Order, order, ship } from '../support/ops.ts';
import { openTest } from '../support/runtime.ts';

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** Collects what a channel publishes until the test ends. */
function heard(channel: DiagnosticsChannel): readonly unknown[] {
  const messages: unknown[] = [];
  const listen = (message: unknown): void => void messages.push(message);
  channel.subscribe(listen);
  stops.push(() => void channel.unsubscribe(listen));
  return messages;
}

const observations = [Order as unknown as Observation];
const open = (): Promise<Runtime> => openTest({ observations, rules: [ship], unguarded: 'allow' });

describe('what a runtime publishes', () => {
  test('a leaf: where it stands, what fired, under which rules, and no data', async () => {
    const runtime = await open();
    const leaves = heard(channels.sequenced);
    const outcome = await runtime.apply(Order, order(1));
    const snapshot = runtime.health().snapshot;
    expect(leaves).toEqual([
      { seq: 1, type: 'order.placed', fired: [0], snapshot, outcome: 'acted' },
    ]);
    expect(outcome).toMatchObject({ outcome: 'acted', receipt: { seq: 1 } });
    await runtime.close();
  });

  test('unreadable input: its type and what is wrong, without the value', async () => {
    const runtime = await open();
    const refused = heard(channels.refused);
    await runtime.apply(Order, order(1, { amount: 1.5 }));
    expect(refused).toEqual([
      {
        type: 'order.placed',
        issues: [{ path: '$.amount', expected: 'an integer with |n| <= 2^53-1, not -0' }],
      },
    ]);
    expect(JSON.stringify(refused)).not.toContain('1.5');
    await runtime.close();
  });

  test('a checkpoint: the note that was signed, its root and its cost', async () => {
    const runtime = await open();
    const signed = heard(channels.checkpoint);
    await runtime.apply(Order, order(1));
    expect(signed).toEqual([
      {
        size: 2,
        root: expect.any(String),
        note: runtime.checkpoint,
        leaves: 1,
        bytes: expect.any(Number),
        commitMs: expect.any(Number),
      },
    ]);
    const [{ note, root }] = signed as [{ note: string; root: string }];
    expect(Buffer.from(parseCheckpoint(note)!.root).toString('base64')).toBe(root);
    await runtime.close();
  });

  test('rules that come into force, at a deploy and at a promotion', async () => {
    const changes = heard(channels.snapshot);
    const runtime = await open();
    const control = controlOf(runtime) as Control;
    const { hash: first, document } = control.snapshot();
    expect(changes).toEqual([{ kind: 'deploy', seq: 0, snapshot: first, parent: null }]);
    const proposal = control.log.putBlob('proposal', '{}');
    const stages = Array.from({ length: 7 }, () => 'pass' as const);
    const promotion = { parent: first, document, proposal, stages };
    const { seq, snapshot } = await control.promote({ kind: 'promote', ...promotion });
    expect(snapshot).not.toBe(first);
    expect(changes.slice(1)).toEqual([{ kind: 'promote', seq, snapshot, parent: first }]);
    await runtime.close();
  });

  test('nothing to anybody who has gone', async () => {
    const runtime = await open();
    const leaves = heard(channels.sequenced);
    for (const stop of stops.splice(0)) stop();
    await runtime.apply(Order, order(1));
    expect(leaves).toEqual([]);
    await runtime.close();
  });
});
