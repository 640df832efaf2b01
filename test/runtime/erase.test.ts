import { describe, expect, test } from 'vitest';
import { nodeFs, verifyLog } from '../../src/receipts/log/index.ts';
import { SubjectCipher, subjectOf } from '../../src/receipts/log/payload-cipher.ts';
import { createCommitments } from '../../src/receipts/log/secrets.ts';
import { SubjectKeyring } from '../../src/receipts/log/subject-keys.ts';
import { action } from '../../src/rules/actions.ts';
import { defineHook } from '../../src/rules/hooks.ts';
import type { EraseOptions } from '../../src/runtime/erase.ts';
import { gte } from '../../src/terms/conditions.ts';
import { integer, iri } from '../../src/terms/fields.ts';
import { defineObservation } from '../../src/terms/observation.ts';
import { memoryFs, seededRandom } from '../../src/testing/index.ts';
import { diskOf } from '../support/disk.ts';
import { codeOf, openTest, origin, secret, signer, temporary } from '../support/runtime.ts';
import {
  entriesWith,
  filesOf,
  keysOf,
  observations,
  openDesk,
  Purchase,
  purchase,
  replay,
  rules,
  shop,
} from './erase-support.ts';
import { framesOfBytes } from './replay-support.ts';

const keyring = { origin, keys: [{ vkey: signer.vkey, from: 0 }] };
const commitments = createCommitments(secret);
const reason = 'GDPR article 17';

describe('erase', () => {
  test('destroys key and payloads; leaves stay and verify', async () => {
    const { data, fs, desk } = await shop();
    const before = filesOf(fs, data);
    const report = await desk.erase('ann', { reason, actor: 'officer' });
    const { receipt, ...counts } = report;
    expect(counts).toEqual({
      subject: commitments.subject('ann'),
      ...{ keys: 1, payloads: 3, leaves: 3 },
    });
    await desk.close();
    const verified = await verifyLog(data, keyring, { fs });
    expect([verified.ok, verified.verified_count, verified.total_count]).toEqual([true, 7, 7]);
    const entries = await entriesWith(data, fs);
    expect(entries.map(({ payloadState }) => payloadState)).toEqual([
      ...['none', 'erased', 'present', 'erased', 'erased', 'present', 'none'],
    ]);
    const { leaf, hash, seq } = entries[6]!;
    expect(receipt).toEqual({ seq, hash, time: leaf.time });
    expect(leaf).toMatchObject({
      ...{ kind: 'erase', subject: counts.subject, reason, payloads: 3, actor: 'officer' },
    });
    // Nothing that is left names the subject: not even a window's key in a savepoint.
    for (const directory of [data, `${data}.keys`]) {
      for (const [path, bytes] of filesOf(fs, directory)) {
        expect([path, names(bytes, 'ann')]).toEqual([path, false]);
      }
    }
    // Nor did it before, where it was not erased yet; without encryption it did.
    for (const [path, bytes] of before) expect([path, names(bytes, 'bob')]).toEqual([path, false]);
    const plain = temporary();
    const open = await openTest({ observations, rules, unguarded: 'allow', data: plain });
    await open.apply(Purchase, purchase(0, 'bob'));
    await open.close();
    const named = [...filesOf(nodeFs, plain)].filter(([, bytes]) => names(bytes, 'bob'));
    expect(named.map(([path]) => path.slice(plain.length + 1).split('/')[0]).sort()).toEqual([
      ...['savepoint', 'seg'],
    ]);
  });

  test('cannot be undone with all files, all keys, the secret and a copy of the log', async () => {
    const { data, fs, desk } = await shop();
    const sealed = [...filesOf(fs, data)].flatMap(([path, bytes]) =>
      path.endsWith('.seg') || path.endsWith('.pay') ? framesOfBytes(path, bytes) : [],
    );
    await desk.erase('ann', { reason });
    await desk.close();
    const store = await keysOf(data, fs);
    const cipher = new SubjectCipher(origin, seededRandom(1));
    cipher.use(new SubjectKeyring(store));
    const entries = await entriesWith(data, fs);
    const opened = new Map<string, number>();
    for (const content of sealed) {
      const name = subjectOf(content) as string;
      const texts = entries.flatMap(({ leaf }) =>
        leaf.kind === 'apply' ? [cipher.open(content, leaf.id)] : [],
      );
      const isOpen = texts.some((text) => text.startsWith('{'));
      opened.set(name, (opened.get(name) ?? 0) + (isOpen ? 1 : 0));
    }
    store.close();
    const [ann, bob] = ['ann', 'bob'].map((subject) => commitments.subject(subject));
    expect(sealed).toHaveLength(5);
    expect([opened.get(ann!), opened.get(bob!)]).toEqual([0, 2]);
    // Whoever guesses the record cannot show that it is the one: the salt is gone.
    const guess = commitments.salted('id-0').commit('observation', recordOf(0, 'ann'));
    expect(entries.map(({ leaf }) => 'observation' in leaf && leaf.observation)).not.toContain(
      guess,
    );
  });

  test('shows in replay as erased, and what comes later is under a new key', async () => {
    const { data, fs, desk } = await shop();
    await desk.erase('ann', { reason });
    const later = await desk.apply(Purchase, purchase(9, 'ann'), { id: 'id-9' });
    // Windows and budgets begin anew: nothing was bought yet, and nothing given.
    expect(later.outcome).toBe('acted');
    expect('fired' in later && later.fired).toEqual(['crowd']);
    await desk.close();
    const report = await replay(data, fs);
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({ total: 6, different: 0 });
    expect(report.unavailable.erased).toBe(3);
    expect(report.same + report.unavailable.payload).toBe(3);
    const tail = await replay(data, fs, { from: 5 });
    expect([tail.same, tail.unavailable.erased]).toEqual([2, 0]);
    const without = await replay(data, fs, { encryption: undefined });
    expect(without.unavailable).toMatchObject({ erased: 3, payload: 3 });
  });

  test('leaves ids known: nothing is applied again', async () => {
    const { desk } = await shop();
    const again = (index: number, customer: string, amount = index) =>
      desk.apply(Purchase, { ...purchase(index, customer), amount }, { id: `id-${index}` });
    const first = await again(0, 'ann');
    expect([first.outcome, (await again(0, 'ann', 7)).outcome]).toEqual(['duplicate', 'conflict']);
    expect((await again(0, 'bob')).outcome).toBe('conflict');
    expect((await again(0, 'carol')).outcome).toBe('conflict');
    await desk.erase('ann', { reason });
    expect(await again(0, 'ann')).toEqual(first);
    // Nobody can say any more whether it was the same.
    expect((await again(0, 'ann', 7)).outcome).toBe('duplicate');
    expect((await again(1, 'bob')).outcome).toBe('duplicate');
    expect((await again(1, 'bob', 7)).outcome).toBe('conflict');
    await desk.close();
  });

  test('again changes nothing; of nobody known writes nothing', async () => {
    const { data, fs, desk } = await shop();
    const first = await desk.erase('ann', { reason });
    const { size } = desk.health();
    expect(await desk.erase('ann', { reason: 'again' })).toEqual({
      ...first,
      keys: 0,
      payloads: 0,
    });
    const nobody = { subject: commitments.subject('zoe'), keys: 0, payloads: 0, leaves: 0 };
    expect(await desk.erase('zoe', { reason })).toEqual(nobody);
    expect(desk.health().size).toBe(size);
    await desk.close();
    const reopened = await openDesk(data, fs);
    expect(await reopened.erase('ann', { reason })).toEqual({ ...first, keys: 0, payloads: 0 });
    await reopened.close();
  });

  test('while the subject is applied: before it all is gone, behind it all is there', async () => {
    const { data, fs, desk } = await shop();
    const applyMany = (from: number) =>
      Array.from({ length: 10 }, (_, index) => {
        const id = `id-${from + index}`;
        return desk.apply(Purchase, purchase(from + index), { id });
      });
    const before = applyMany(100);
    const erasing = desk.erase('ann', { reason });
    const behind = applyMany(200);
    const outcomes = await Promise.all([...before, ...behind]);
    const { receipt, payloads } = await erasing;
    await desk.close();
    const seqs = outcomes.map((outcome) => ('receipt' in outcome ? outcome.receipt.seq : -1));
    expect(payloads).toBe(3 + seqs.filter((seq) => seq < receipt!.seq).length);
    const entries = await entriesWith(data, fs);
    for (const seq of seqs) {
      const expected = seq < receipt!.seq ? 'erased' : 'present';
      expect(entries[seq]?.payloadState).toBe(expected);
    }
    expect((await verifyLog(data, keyring, { fs })).ok).toBe(true);
  });
});

test('a subject may be a number; what is streamed and fires is encrypted too', async () => {
  const Ping = defineObservation('ping.sent', {
    class: 'https://example.com/test#Ping',
    subject: 'host',
    personal: 'user',
    fields: { host: iri(), user: integer(), ms: integer() },
  });
  const slow = defineHook({
    ...{ name: 'slow', version: '1', on: Ping, when: [gte('ms', 100)] },
    run: ({ data }) => [action('look', { target: data.host })],
  });
  const given = { observations: [Ping as never], rules: [slow] };
  const data = temporary();
  const fs = memoryFs({ directories: [data] });
  const desk = await openDesk(data, fs, given);
  const ping = (user: number, ms: number) => ({ host: 'https://example.com/h', user, ms });
  for (const [user, ms] of [
    [7, 100],
    [7, 1],
    [17, 200],
  ] as const) {
    expect(desk.observe(Ping, ping(user, ms))).toBe('observed');
  }
  await desk.flush();
  await desk.apply(Ping, ping(7, 3), { id: 'last' });
  const report = await desk.erase('7', { reason: 'article 17 of 2016/679' });
  expect(report).toMatchObject({ keys: 1, payloads: 2 });
  await desk.close();
  const entries = await entriesWith(data, fs);
  const applied = entries.filter(({ leaf }) => leaf.kind === 'apply');
  expect(applied.map(({ payloadState }) => payloadState)).toEqual(['erased', 'present', 'erased']);
  const replayed = await replay(data, fs, given);
  expect([replayed.findings, replayed.unavailable.erased]).toEqual([[], 2]);
  expect(replayed.streamed.observed).toBe(3);
});

test('a log that was put back is erased by its own leaves', async () => {
  const { data, fs, desk } = await shop();
  await desk.close();
  const before = filesOf(fs, data);
  const later = await openDesk(data, fs);
  for (let index = 10; index < 20; index++) await later.apply(Purchase, purchase(index, 'bob'));
  const lost = await later.erase('ann', { reason });
  await later.close();
  for (const path of filesOf(fs, data).keys()) fs.unlinkSync(path);
  for (const [path, bytes] of before) diskOf(fs).write(path, bytes);
  const restored = await openDesk(data, fs);
  // Its payloads are gone with their key, though this log says nothing of it.
  expect(await restored.erase('ann', { reason })).toMatchObject({ keys: 0, leaves: 0 });
  await restored.apply(Purchase, purchase(20, 'ann'), { id: 'id-20' });
  const report = await restored.erase('ann', { reason });
  expect(report).toMatchObject({ keys: 1, payloads: 1 });
  expect(report.receipt!.seq).toBeLessThan(lost.receipt!.seq);
  expect(await restored.erase('ann', { reason })).toEqual({ ...report, keys: 0, payloads: 0 });
  await restored.close();
});

describe('an erasure is refused', () => {
  const cases: readonly (readonly [string, unknown, unknown])[] = [
    ['without a subject', '', { reason }],
    ['of what is no text', 7, { reason }],
    ['without a reason', 'ann', {}],
    ['with an empty reason', 'ann', { reason: '' }],
    ['where the reason names the subject', 'ann', { reason: 'asked by Ann.' }],
    ['where the actor is the subject', 'ann', { reason, actor: 'ann' }],
    ['where the actor is no text', 'ann', { reason, actor: 7 }],
    ['with a name of signs in it', 'a+b@x.y', { reason: 'mail of a+b@x.y today' }],
  ];
  test.each(cases)('%s', async (_, subject, options) => {
    const { desk } = await shop();
    const { size } = desk.health();
    const work = () => desk.erase(subject as string, options as EraseOptions);
    expect(await codeOf(work)).toBe('KNHK_RUNTIME_ERASE');
    expect(desk.health().size).toBe(size);
    await desk.close();
  });

  test('but a reason may hold the same letters within a word', async () => {
    const { desk } = await shop();
    expect((await desk.erase('ann', { reason: 'Joanna, desk 7' })).keys).toBe(1);
    await desk.close();
  });

  test('by a runtime that is frozen, closed or without encryption', async () => {
    const { desk } = await shop();
    desk.freeze();
    expect(await codeOf(() => desk.erase('ann', { reason }))).toBe('KNHK_RUNTIME_FROZEN');
    desk.unfreeze();
    await desk.close();
    expect(await codeOf(() => desk.erase('ann', { reason }))).toBe('KNHK_RUNTIME_CLOSED');
    const plain = await openTest({ observations, rules, unguarded: 'allow' });
    expect(await codeOf(() => plain.erase('ann', { reason }))).toBe('KNHK_RUNTIME_ENCRYPTION');
    await plain.close();
  });
});

const recordOf = (index: number, customer: string): string => {
  const fields = { ...purchase(index, customer), at: purchase(index).at.toISOString() };
  const sorted = Object.fromEntries(Object.entries(fields).sort());
  return JSON.stringify({ declaration: Purchase.hash, fields: sorted });
};

/** True where a JSON string is the subject, within a JSON string too. */
const names = (bytes: Buffer, subject: string): boolean =>
  new RegExp(`"${subject}\\\\?"`).test(bytes.toString('latin1'));
