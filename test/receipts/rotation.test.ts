import { describe, expect, test } from 'vitest';
import {
  type LogOptions,
  nodeFs,
  nodeSigner,
  openLog,
  type ReceiptLog,
  verifyLog,
} from '../../src/receipts/log/index.ts';
import type { Keyring } from '../../src/receipts/verify/keyring.ts';
import type { Signer } from '../../src/receipts/verify/signer.ts';
import { signaturesIn } from './signatures.ts';
import { appendEpochs, applyBody, codeOf, keyring, open, origin, temporary } from './support.ts';

const signerOf = (seed: number): Signer =>
  nodeSigner({ name: origin, privateKey: new Uint8Array(32).fill(seed) });
// The first is the one that the log of support.ts is opened with.
const [a, b, c] = [signerOf(7), signerOf(21), signerOf(22)] as const;
const signedIn = (directory: string): readonly string[] =>
  signaturesIn(directory, nodeFs, { a: a.vkey, b: b.vkey, c: c.vkey });

interface Opened {
  readonly log: ReceiptLog;
  readonly directory: string;
  /** The keyrings that were stored, one after the other. */
  readonly saved: Keyring[];
}

async function opened(options: Partial<LogOptions> = {}): Promise<Opened> {
  const directory = options.directory ?? temporary();
  const saved: Keyring[] = [];
  const saveKeyring = (changed: Keyring): void => void saved.push(changed);
  const log = await open(directory, { keyring, saveKeyring, ...options });
  return { log, directory, saved };
}

describe('a rotation', () => {
  test('has both keys sign from its leaf to the end of the overlap, then the new one', async () => {
    const { log, directory, saved } = await opened();
    await appendEpochs(log, [1, 2]);
    const changed = await log.rotate({ signer: b, overlap: 2 });
    expect(log.read(3).leaf).toMatchObject({
      kind: 'key',
      change: 'rotate',
      vkey: b.vkey,
      replaces: a.vkey,
      until: 5,
    });
    await appendEpochs(log, [1, 1, 1, 2]);
    expect(changed).toEqual({
      origin,
      keys: [
        { vkey: a.vkey, from: 0, to: 5 },
        { vkey: b.vkey, from: 3, created: log.read(3).leaf.time },
      ],
    });
    expect([log.keyring, saved]).toEqual([changed, [changed]]);
    await log.close();
    expect(signedIn(directory)).toEqual(['0 a', '2 a', '3 ab', '4 ab', '5 ab', '6 b', '8 b']);
    expect(await verifyLog(directory, changed)).toMatchObject({ ok: true, verified_count: 9 });
    // Who was not told goes on believing the old key alone, as far as it signed.
    const late = await verifyLog(directory, keyring);
    expect(late).toMatchObject({ ok: false, verified_count: 6, unknown_keys: 2 });
  });

  test.each([
    [0, 1, ['0 a', '1 ab', '2 b']],
    [0, 2, ['0 a', '1 ab', '2 b']],
    [256, 1, ['0 a', '1 ab', '2 ab']],
  ] as const)('of overlap %i where epochs have %i leaves', async (overlap, epochLeaves, signed) => {
    const { log, directory } = await opened({ epochLeaves });
    await appendEpochs(log, [1]);
    // With nothing under way, a full epoch is signed within the call that filled it.
    for (let turn = 0; turn < 3; turn++) await new Promise((done) => void setImmediate(done));
    await log.rotate({ signer: b, ...(overlap === 256 ? {} : { overlap }) });
    await appendEpochs(log, [1]);
    expect(log.keyring.keys[0]?.to).toBe(1 + overlap);
    await log.close();
    expect(signedIn(directory)).toEqual(signed);
  });

  test('cuts the epoch at its leaf, so that what comes with it is signed as it says', async () => {
    const { log, directory, saved } = await opened();
    log.append(applyBody('x'), log.tick());
    const rotating = log.rotate({ signer: b, overlap: 0 });
    log.append(applyBody('y'), log.tick());
    const again = log.rotate({ signer: c, overlap: 1 });
    log.append(applyBody('z'), log.tick());
    log.append(applyBody('zz'), log.tick());
    await Promise.all([rotating, again, log.flush()]);
    expect(saved.map(({ keys }) => keys.length)).toEqual([2, 3]);
    await log.close();
    expect(signedIn(directory)).toEqual(['1 ab', '3 bc', '5 c']);
    expect((await verifyLog(directory, saved[1]!)).ok).toBe(true);
  });

  test('goes on through a restart in the overlap, with one key or with both', async () => {
    const { log, directory } = await opened();
    const changed = await log.rotate({ signer: b, overlap: 3 });
    await log.close();
    const both = await opened({ directory, signer: b, signers: [a], keyring: changed });
    await appendEpochs(both.log, [1]);
    await both.log.close();
    const one = await opened({ directory, signer: b, keyring: changed });
    await appendEpochs(one.log, [1]);
    await one.log.close();
    const more = await opened({ directory, signer: b, signers: [a, b], keyring: changed });
    await appendEpochs(more.log, [1, 1]);
    await more.log.close();
    expect(signedIn(directory)).toEqual(['0 ab', '1 ab', '2 b', '3 ab', '4 b']);
    expect((await verifyLog(directory, changed)).ok).toBe(true);
  });

  test('takes any signer, and checks what it gives before it is written', async () => {
    const slow: Signer = { vkey: b.vkey, sign: async (bytes) => b.sign(bytes) };
    const { log, directory } = await opened();
    await log.rotate({ signer: slow, overlap: 1 });
    await appendEpochs(log, [1, 1]);
    await log.close();
    expect(signedIn(directory)).toEqual(['0 ab', '1 ab', '2 b']);

    const liar: Signer = { vkey: b.vkey, sign: () => new Uint8Array(64) };
    const bad = await opened();
    await appendEpochs(bad.log, [1]);
    expect(await codeOf(() => bad.log.rotate({ signer: liar }))).toBe('KNHK_LOG_POISONED');
    expect(bad.saved).toEqual([]);
    await bad.log.close();
    expect(signedIn(bad.directory)).toEqual(['0 a']);
    const after = await opened({ directory: bad.directory });
    expect([after.log.size, after.log.keyring]).toEqual([1, keyring]);
    await after.log.close();
  });

  test('whose keyring cannot be stored stops the log before anything else is written', async () => {
    const saveKeyring = async (): Promise<void> => {
      throw new Error('no room');
    };
    const { log, directory } = await opened({ saveKeyring });
    await appendEpochs(log, [1]);
    const rotating = log.rotate({ signer: b, overlap: 4 });
    const { durable } = log.append(applyBody('after'), log.tick());
    expect(await codeOf(() => rotating)).toBe('KNHK_LOG_POISONED');
    expect(await codeOf(() => durable)).toBe('KNHK_LOG_POISONED');
    await log.close();
    expect(signedIn(directory)).toEqual(['0 a', '1 ab']);
    // Whoever has the new key finishes the rotation, and whoever has not goes on without it.
    const after = await opened({ directory, signers: [b] });
    expect(after.log.keyring.keys.map(({ from, to }) => [from, to])).toEqual([
      [0, 5],
      [1, undefined],
    ]);
    expect(after.saved).toEqual([after.log.keyring]);
    await appendEpochs(after.log, [1]);
    await after.log.close();
    expect(signedIn(directory)).toEqual(['0 a', '1 ab', '2 ab']);
    expect((await verifyLog(directory, after.log.keyring)).ok).toBe(true);
  });

  test('that was interrupted is forgotten where its key is not at hand', async () => {
    const { log, directory } = await opened({ saveKeyring: () => Promise.reject(new Error('x')) });
    expect(await codeOf(() => log.rotate({ signer: b }))).toBe('KNHK_LOG_POISONED');
    await log.close();
    for (const signers of [[], [c]]) {
      const after = await opened({ directory, signers });
      expect([after.log.keyring, after.saved]).toEqual([keyring, []]);
      await after.log.close();
    }
    // Nor is it finished where nobody could store what follows from it.
    const silent = await open(directory, { keyring, signers: [b] });
    expect(silent.keyring).toEqual(keyring);
    await appendEpochs(silent, [1]);
    await silent.close();
    // Later leaves have gone on without it.
    const after = await opened({ directory, signers: [b] });
    expect([after.log.keyring, after.saved]).toEqual([keyring, []]);
    await after.log.close();
    expect((await verifyLog(directory, keyring)).ok).toBe(true);
  });

  test('lengthens no range that ends before the overlap does', async () => {
    const keys = [{ vkey: a.vkey, from: 0, to: 3 }];
    const { log, directory } = await opened({ keyring: { origin, keys } });
    await appendEpochs(log, [1]);
    const changed = await log.rotate({ signer: b, overlap: 100 });
    expect(changed.keys[0]?.to).toBe(3);
    expect(log.read(1).leaf).toMatchObject({ until: 3 });
    await appendEpochs(log, [2, 1]);
    await log.close();
    expect(signedIn(directory)).toEqual(['0 a', '1 ab', '3 ab', '4 b']);
  });
});

describe('a key in the log', () => {
  test('is trusted by nobody, not even by the log that holds it', async () => {
    const { log, directory } = await opened();
    const forged = { kind: 'key', change: 'rotate', replaces: a.vkey, until: 9 } as const;
    await log.append({ ...forged, vkey: b.vkey }, log.tick()).durable;
    await log.close();
    // b is at hand, but it did not sign the checkpoint: this was no rotation.
    const after = await opened({ directory, signers: [b] });
    expect([after.log.keyring, after.saved]).toEqual([keyring, []]);
    await after.log.close();
    expect(await codeOf(() => opened({ directory, signer: b, keyring }))).toBe(
      'KNHK_LOG_SIGNATURE',
    );
    expect(signedIn(directory)).toEqual(['0 a']);
  });

  test('that signs whole epochs is unknown, though a leaf names it', async () => {
    const { log, directory } = await opened();
    await log.rotate({ signer: b, overlap: 0 });
    await appendEpochs(log, [2]);
    await log.close();
    const report = await verifyLog(directory, keyring);
    expect(report).toMatchObject({ ok: false, verified_count: 1, unknown_keys: 1 });
    expect(report.findings).toMatchObject([{ seq: 2, kind: 'unknown_key' }]);
  });
});

test('where no key at hand is valid any more, nothing is written', async () => {
  const keys = [{ vkey: a.vkey, from: 0, to: 1 }];
  const { log, directory } = await opened({ keyring: { origin, keys } });
  await appendEpochs(log, [2]);
  const { durable } = log.append(applyBody('more'), log.tick());
  expect(await codeOf(() => durable)).toBe('KNHK_LOG_POISONED');
  expect(log.failure?.message).toContain('no key at hand is valid for seq 2');
  await log.close();
  expect(signedIn(directory)).toEqual(['1 a']);
});

describe('a revocation', () => {
  test('takes a retired key back from a seq on', async () => {
    const { log, directory, saved } = await opened();
    await appendEpochs(log, [2, 2]);
    await log.rotate({ signer: b, overlap: 100 });
    await appendEpochs(log, [1]);
    const changed = await log.revoke({ vkey: a.vkey, from: 2, reason: 'a lost laptop' });
    expect(changed.keys[0]).toEqual({
      ...{ vkey: a.vkey, from: 0, to: 104 },
      ...{ revokedFrom: 2, reason: 'a lost laptop' },
    });
    expect(log.read(6).leaf).toMatchObject({ change: 'revoke', from: 2, reason: 'a lost laptop' });
    await appendEpochs(log, [1]);
    expect(saved.at(-1)).toEqual(changed);
    await log.close();
    expect(signedIn(directory)).toEqual(['1 a', '3 a', '4 ab', '5 ab', '6 b', '7 b']);
    const report = await verifyLog(directory, changed);
    expect(report).toMatchObject({ ok: false, revoked_keys: 1, signature_failures: 1 });
    expect(report.findings).toMatchObject([{ seq: 3, kind: 'revoked_key' }]);
    // What it signed is vouched for by the key that came after.
    expect(report.verified_count).toBe(8);
    // It may be widened, never taken back.
    const again = await opened({ directory, signer: b, keyring: changed });
    const wider = await again.log.revoke({ vkey: a.vkey, from: 0 });
    expect(wider.keys[0]).toMatchObject({ revokedFrom: 0, reason: 'a lost laptop' });
    expect(await codeOf(() => again.log.revoke({ vkey: a.vkey, from: 1 }))).toBe(
      'KNHK_LOG_ROTATION',
    );
    await again.log.close();
  });

  test('waits for a rotation that is on its way', async () => {
    const { log, directory, saved } = await opened();
    log.append(applyBody('x'), log.tick());
    const rotating = log.rotate({ signer: b });
    const revoking = log.revoke({ vkey: a.vkey, from: 0 });
    await Promise.all([rotating, revoking]);
    expect(saved.map(({ keys }) => keys[0]?.revokedFrom)).toEqual([undefined, 0]);
    await log.close();
    expect(signedIn(directory)).toEqual(['1 ab', '2 b']);
  });

  test('that was interrupted is finished at the next opening', async () => {
    const { log, directory } = await opened();
    const rotatedKeys = await log.rotate({ signer: b });
    await log.close();
    const keyless = { signer: b, keyring: rotatedKeys };
    const broken = await opened({
      ...{ ...keyless, directory },
      saveKeyring: () => Promise.reject(new Error('no room')),
    });
    expect(await codeOf(() => broken.log.revoke({ vkey: a.vkey, from: 0, reason: 'r' }))).toBe(
      'KNHK_LOG_POISONED',
    );
    await broken.log.close();
    const after = await opened({ ...keyless, directory });
    expect(after.saved).toEqual([after.log.keyring]);
    expect(after.log.keyring.keys[0]).toMatchObject({ revokedFrom: 0, reason: 'r' });
    await after.log.close();
    // Done is done, and a key that the keyring does not have needs no revoking.
    const others = { origin, keys: [{ vkey: b.vkey, from: 0 }] };
    for (const known of [after.log.keyring, others]) {
      const done = await opened({ ...keyless, directory, keyring: known });
      expect([done.saved, done.log.keyring]).toEqual([[], known]);
      await done.log.close();
    }
  });

  test('of a log of which all others are closed, or that is closed itself', async () => {
    const { log } = await opened();
    await log.close();
    expect(await codeOf(() => log.rotate({ signer: b }))).toBe('KNHK_LOG_CLOSED');
    expect(await codeOf(() => log.revoke({ vkey: a.vkey, from: 0 }))).toBe('KNHK_LOG_CLOSED');
  });
});

describe('KNHK_LOG_ROTATION', () => {
  const bad: readonly [string, (log: ReceiptLog) => unknown, string][] = [
    ['the key that signs', (log) => log.rotate({ signer: a }), 'rotate, signer'],
    ['overlap -1', (log) => log.rotate({ signer: c, overlap: -1 }), 'rotate, overlap'],
    ['overlap 0.5', (log) => log.rotate({ signer: c, overlap: 0.5 }), 'rotate, overlap'],
    ['overlap 65,537', (log) => log.rotate({ signer: c, overlap: 65_537 }), 'rotate, overlap'],
    ['an unknown key', (log) => log.revoke({ vkey: c.vkey, from: 0 }), 'revoke, vkey'],
    ['the signing key', (log) => log.revoke({ vkey: b.vkey, from: 0 }), 'revoke, vkey'],
    ['seq -1', (log) => log.revoke({ vkey: a.vkey, from: -1 }), 'revoke, from'],
    ['seq 0.5', (log) => log.revoke({ vkey: a.vkey, from: 0.5 }), 'revoke, from'],
  ];
  test.each(bad)('%s changes nothing', async (_name, work, where) => {
    const { log, saved } = await opened();
    await log.rotate({ signer: b });
    const before = [log.size, log.keyring, saved.length];
    await expect(work(log)).rejects.toMatchObject({
      code: 'KNHK_LOG_ROTATION',
      details: { where },
    });
    expect([log.size, log.keyring, saved.length]).toEqual(before);
    await appendEpochs(log, [1]);
    await log.close();
  });

  test('a key that signs no more has nothing to hand over', async () => {
    const keys = [{ vkey: a.vkey, from: 0, to: 0 }];
    const { log } = await opened({ keyring: { origin, keys } });
    await appendEpochs(log, [1]);
    await expect(log.rotate({ signer: b })).rejects.toMatchObject({
      code: 'KNHK_LOG_ROTATION',
      details: { where: 'rotate', got: 'none' },
    });
    await log.close();
  });

  test('what is no key, or cannot be told apart, is refused as such', async () => {
    const { log } = await opened();
    const none = { vkey: 'none', sign: () => new Uint8Array(64) };
    expect(await codeOf(() => log.rotate({ signer: none }))).toBe('KNHK_LOG_SIGNATURE');
    expect(await codeOf(() => openLog({ directory: temporary(), origin, signer: none }))).toBe(
      'KNHK_LOG_SIGNATURE',
    );
    expect(log.size).toBe(0);
    await log.close();
  });

  test('a leaf that is refused leaves the keys as they were', async () => {
    const { log, directory, saved } = await opened();
    await appendEpochs(log, [1]);
    const reason = 'x'.repeat(70_000);
    await log.rotate({ signer: b, overlap: 0 });
    const before = log.keyring;
    expect(await codeOf(() => log.revoke({ vkey: a.vkey, from: 0, reason }))).toBe('KNHK_LOG_LEAF');
    expect([log.keyring, saved.length]).toEqual([before, 1]);
    await appendEpochs(log, [1]);
    await log.close();
    expect([signedIn(directory), saved.length]).toEqual([['0 a', '1 ab', '2 b'], 1]);
  });
});
