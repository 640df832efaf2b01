import { describe, expect, it } from 'vitest';
import type { ApprovalOutcome } from '../../../src/loop/approve.ts';
import { nodeSigner, verifyLog } from '../../../src/receipts/log/index.ts';
import { signApproval } from '../../../src/receipts/verify/approval.ts';
import { codeOf, entriesOf, origin, signer } from '../../support/runtime.ts';
import { applyLevels, setHigh } from '../support.ts';
import { type Desk, finding, journalOf, openBoth, raiseHigh, storyOf } from './support.ts';

const keyOf = (name: string, byte: number) =>
  nodeSigner({ name, privateKey: new Uint8Array(32).fill(byte) });
const ada = keyOf('ada.example.com', 11);
const bob = keyOf('bob.example.com', 12);
const approvers = [
  { name: 'ada', vkey: ada.vkey },
  { name: 'bob', vkey: bob.vkey },
];
const options = { autonomy: 'approve', approvers, bake: false } as const;
// The desk's clock stands at the last reading.
const expires = Date.UTC(2026, 0, 2);

async function held(more: Parameters<typeof openBoth>[0] = {}): Promise<Desk & { hash: string }> {
  const desk = await openBoth({ ...options, ...more });
  await applyLevels(desk.runtime, [10, 20]);
  const plan = { change: setHigh(60), reasoning: 'snow', proposer: 'ada' };
  const { verdict, hash } = await desk.loop.propose(plan);
  expect(verdict).toBe('hold');
  expect(desk.loop.status().held).toEqual([hash]);
  return { ...desk, hash };
}

const note = (proposal: string, by = bob, verdict: 'allow' | 'deny' = 'allow'): Promise<string> =>
  signApproval({ origin, subject: { proposal }, verdict, expires }, by);

const codeIn = (outcome: ApprovalOutcome): string =>
  outcome.verdict === 'refused' ? outcome.code : outcome.verdict;

describe('a held proposal', () => {
  it('is put in place by a signed approval, which the log holds', async () => {
    const { data, runtime, loop, hash, close } = await held();
    const text = await note(hash);
    const outcome = await loop.approve(text);
    expect(outcome).toMatchObject({ verdict: 'allow', proposal: { verdict: 'promote', hash } });
    expect(runtime.parameters['high']).toBe(60);
    expect(loop.status().held).toEqual([]);
    await close();
    const story = await storyOf(data);
    expect(story.slice(3)).toEqual([
      ...['loop.proposal', 'loop.approval', 'loop.proposal', 'approve', 'promote'],
    ]);
    const { leaf } = (await entriesOf(data))[6]!;
    expect(leaf).toMatchObject({ of: { seq: 3, action: 0 }, approver: 'bob', expires });
    const journal = await journalOf(data);
    expect(journal[1]).toMatchObject({ notes: [text], approvers: ['bob'], verdict: 'allow' });
    const keyring = { origin, keys: [{ vkey: signer.vkey, from: 0 }] };
    expect(await verifyLog(data, keyring)).toMatchObject({ ok: true });
  });

  it('is still held after a restart, and denied for good by a signed denial', async () => {
    const first = await held();
    await first.close();
    const { runtime, loop } = await openBoth(options, { data: first.data });
    expect(loop.status().held).toEqual([first.hash]);
    expect(await loop.approve(await note(first.hash, bob, 'deny'))).toEqual({ verdict: 'deny' });
    expect(loop.status().held).toEqual([]);
    expect(codeIn(await loop.approve(await note(first.hash)))).toBe('KNHK_LOOP_NOT_HELD');
    expect(runtime.parameters['high']).toBe(50);
  });

  it('is not put in place by an approval that is worth nothing', async () => {
    const { runtime, loop, hash } = await held();
    const { size } = runtime.health();
    const refusals: [string, string][] = [
      ['no note', 'KNHK_LOOP_NOT_HELD'],
      [await note('f'.repeat(64)), 'KNHK_LOOP_NOT_HELD'],
      // Who proposed it is no judge of it.
      [await note(hash, ada), 'KNHK_APPROVAL_PROPOSER'],
      [await note(hash, keyOf('eve.example.com', 13)), 'KNHK_APPROVAL_KEY'],
      [(await note(hash)).replace('allow', 'deny'), 'KNHK_APPROVAL_SIGNATURE'],
    ];
    for (const [text, code] of refusals) expect(codeIn(await loop.approve(text))).toBe(code);
    const subject = { proposal: hash };
    const late = { origin, subject, verdict: 'allow', expires: Date.UTC(2025, 0, 1) } as const;
    expect(codeIn(await loop.approve(await signApproval(late, bob)))).toBe('KNHK_APPROVAL_EXPIRED');
    expect(runtime.health().size).toBe(size);
    expect(runtime.parameters['high']).toBe(50);
    runtime.freeze('audit');
    const text = await note(hash);
    expect(await codeOf(() => loop.approve(text))).toBe('KNHK_RUNTIME_FROZEN');
  });

  it('goes through the stages again, because time has passed', async () => {
    const { runtime, loop, hash } = await held();
    await loop.propose({ change: setHigh(55), reasoning: 'too' });
    const text = await note(hash);
    const measurements = { ...(await import('../support.ts')).fine, errorPercent: 5 };
    const outcome = await loop.approve(text, { measurements });
    expect(outcome).toMatchObject({ verdict: 'allow', proposal: { verdict: 'reject' } });
    expect(runtime.parameters['high']).toBe(50);
  });

  it('is stale once other rules are in force', async () => {
    const { runtime, loop, hash } = await held();
    const other = await loop.propose({ change: setHigh(55), reasoning: 'too' });
    expect(await loop.approve(await note(other.hash))).toMatchObject({ verdict: 'allow' });
    expect(codeIn(await loop.approve(await note(hash)))).toBe('KNHK_LOOP_NOT_HELD');
    expect(runtime.parameters['high']).toBe(55);
  });

  it('may need more than one person', async () => {
    const cleo = keyOf('cleo.example.com', 14);
    const people = [...approvers, { name: 'cleo', vkey: cleo.vkey }];
    const more = { approvers: people, approvalsRequired: 2 };
    const { runtime, loop, hash } = await held(more);
    const one = await note(hash);
    expect(codeIn(await loop.approve(one))).toBe('KNHK_APPROVAL_QUORUM');
    const both = await signApproval(one, cleo);
    expect(await loop.approve(both)).toMatchObject({ verdict: 'allow' });
    expect(runtime.parameters['high']).toBe(60);
    expect(loop.knowledge.proposals()).toMatchObject([{ proposal: hash, state: 'promoted' }]);
  });

  it('of a cycle too; without autonomy approve there is nothing to approve', async () => {
    const parts = { detectors: [finding('propose')], planners: [raiseHigh] };
    const { runtime, loop } = await openBoth({ ...options, ...parts });
    await applyLevels(runtime, [10]);
    const [report] = (await loop.cycle()).proposals;
    expect(report).toMatchObject({ verdict: 'hold' });
    expect(await loop.approve(await note(report!.hash, ada))).toMatchObject({ verdict: 'allow' });
    expect(runtime.parameters['high']).toBe(51);
    const plain = await openBoth({ autonomy: 'propose' });
    const text = await note('f'.repeat(64));
    expect(await codeOf(() => plain.loop.approve(text))).toBe('KNHK_LOOP_OPTION');
    for (const wrong of [{ approvers: [] }, { approvalsRequired: 3 }, { approvalsRequired: 0 }]) {
      expect(await codeOf(() => openBoth({ ...options, ...wrong }))).toBe('KNHK_LOOP_OPTION');
    }
    const twice = [approvers[0]!, approvers[0]!];
    const double = { ...options, approvers: twice };
    expect(await codeOf(() => openBoth(double))).toBe('KNHK_APPROVAL_POLICY');
  });
});
