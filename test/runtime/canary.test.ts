import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canonical } from '../../src/base/canonical.ts';
import { applyChange } from '../../src/rules/changes.ts';
import { canaryNotice } from '../../src/runtime/canary.ts';
import { type Control, controlOf } from '../../src/runtime/control.ts';
import { replayLog } from '../../src/runtime/replay.ts';
import { openDesk, Reading, reading, rules, setHigh } from '../loop/support.ts';
import { secret, temporary } from '../support/runtime.ts';

/** Says in the log that a candidate decides for a share, and lets it decide for another one. */
function begin(control: Control, announced: number, percent: number): void {
  const { hash, document } = control.snapshot();
  const snapshot = control.candidate({
    parent: hash,
    document: applyChange(document, setHigh(60)),
  });
  const notice = { event: 'canary', candidate: snapshot.hash, percent: announced };
  const detail = control.log.putBlob('loop', canonical(notice));
  const leaf = { kind: 'config', actor: 'test', resource: 'rules', outcome: 'success' } as const;
  control.commit({ leaves: [{ ...leaf, action: 'loop.canary', detail }] });
  control.setCanary({ snapshot, percent });
}

async function replayed(announced: number, percent: number) {
  const data = join(temporary(), 'data');
  const runtime = await openDesk({ data });
  begin(controlOf(runtime)!, announced, percent);
  for (let n = 0; n < 60; n++) await runtime.apply(Reading, reading(n, 55));
  await runtime.close();
  return replayLog({ data, secret, observations: [Reading], rules, unguarded: 'allow' });
}

describe('replay of a log with a canary', () => {
  it('finds nothing where the candidate decided for its share', async () => {
    expect(await replayed(50, 50)).toMatchObject({ ok: true, same: 60, findings: [] });
  });

  it('finds each subject beyond the share that was announced', async () => {
    const { ok, different, findings } = await replayed(20, 80);
    expect(ok).toBe(false);
    // 48 of 60 are expected to be decided by the candidate, 12 of them rightly.
    expect(different).toBeGreaterThan(15);
    expect(different).toBeLessThan(60);
    expect(new Set(findings.map(({ member }) => member))).toEqual(new Set(['snapshot']));
  });

  it('finds every one once the canary was said to be over', async () => {
    const { different, same } = await replayed(0, 50);
    expect(different).toBeGreaterThan(10);
    expect(different + same).toBe(60);
  });
});

it('a notice is read from documents of the journal alone', () => {
  const notice = { event: 'canary', candidate: 'f'.repeat(64), percent: 10 };
  expect(canaryNotice('loop', JSON.stringify({ ...notice, v: 1 }))).toEqual(notice);
  expect(canaryNotice('proposal', JSON.stringify(notice))).toBeUndefined();
  expect(canaryNotice('loop', '{"event":"cycle"}')).toBeUndefined();
  expect(canaryNotice('loop', '{"event":"canary","candidate":1}')).toBeUndefined();
});
