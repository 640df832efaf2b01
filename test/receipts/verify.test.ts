import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { concatBytes, fromHex, utf8 } from '../../src/base/bytes.ts';
import { verifyLog } from '../../src/receipts/log/index.ts';
import {
  CompactRange,
  encodeEpoch,
  encodeFrame,
  encodeLeaf,
  frameTypes,
  type Keyring,
  type Leaf,
  LogVerifier,
  leafHash,
  parseVkey,
  type Signer,
  signCheckpoint,
  type VerifierKey,
  type VerifyReport,
} from '../../src/receipts/verify/index.ts';
import {
  appendEpochs,
  codeOf,
  keyring,
  open,
  origin,
  otherSigner,
  signer,
  temporary,
} from './support.ts';

/** An epoch as a forger would have it: every part can be replaced. */
interface Forged {
  leaves: Uint8Array[];
  /** Stored leaf hashes; those of the leaves unless replaced. */
  hashes: Uint8Array[];
  note: string;
}

const hashed = (leaf: Uint8Array): Uint8Array => fromHex(leafHash(leaf)) as Uint8Array;

async function epochsOf(counts: readonly number[]): Promise<Forged[]> {
  const log = await open(temporary());
  const notes: string[] = [];
  log.onCheckpoint(({ note }) => notes.push(note));
  await appendEpochs(log, counts);
  const leaves = [...log.entries()].map(({ leafBytes }) => Uint8Array.from(leafBytes));
  await log.close();
  return counts.map((count, at) => {
    const own = leaves.splice(0, count);
    return { leaves: own, hashes: own.map(hashed), note: notes[at] as string };
  });
}

const segment = (epochs: readonly Forged[]): Uint8Array =>
  concatBytes(
    ...epochs.flatMap(({ leaves, hashes, note }) => [
      ...leaves.map((leaf) => encodeFrame(frameTypes.leaf, leaf)),
      encodeFrame(frameTypes.epoch, encodeEpoch(concatBytes(...hashes), note)),
    ]),
  );

function verify(
  bytes: Uint8Array,
  options: { keyring?: Keyring; since?: string } = {},
): VerifyReport {
  const verifier = new LogVerifier({ keyring, ...options });
  verifier.segment(0, '000000000000.seg');
  for (let at = 0; at < bytes.length; at += 1_000) verifier.push(bytes.slice(at, at + 1_000));
  return verifier.finish();
}

const kinds = (report: VerifyReport): string[] =>
  report.findings.map(({ seq, kind }) => `${kind} ${seq}`);

/** Signs all epochs again, over the hashes they now store. */
function resign(epochs: readonly Forged[], by: Signer): Forged[] {
  const range = new CompactRange();
  return epochs.map((epoch) => {
    for (const hash of epoch.hashes) range.append(hash);
    const body = { origin, size: range.size, root: range.root() };
    return {
      ...epoch,
      note: signCheckpoint(body, by, parseVkey(by.vkey) as VerifierKey) as string,
    };
  });
}

function change(leaf: Uint8Array, members: Record<string, unknown>): Uint8Array {
  const value = JSON.parse(new TextDecoder().decode(leaf)) as Leaf;
  return utf8(encodeLeaf({ ...value, ...members } as Leaf));
}

const first = (epochs: readonly Forged[], at: number): Forged => epochs[at] as Forged;

describe('each way of forging hits its own field, and only that', () => {
  test('an honest log', async () => {
    const report = verify(segment(await epochsOf([3, 1, 4])));
    expect(report).toMatchObject({ ok: true, total_count: 8, verified_count: 8, findings: [] });
    expect(report.checkpoint?.split('\n')[1]).toBe('8');
  });

  test('a changed leaf is one finding at its seq', async () => {
    const epochs = await epochsOf([3, 3, 2]);
    first(epochs, 1).leaves[1] = change(first(epochs, 1).leaves[1] as Uint8Array, {
      outcome: 'acted',
    });
    const report = verify(segment(epochs));
    expect(kinds(report)).toEqual(['leaf_mismatch 4']);
    expect(report).toMatchObject({ total_count: 8, verified_count: 7, leaf_mismatch: 1 });
  });

  test('a changed leaf with its stored hash changed too breaks root and chain', async () => {
    const epochs = await epochsOf([3, 3, 2]);
    const bad = change(first(epochs, 1).leaves[1] as Uint8Array, { outcome: 'acted' });
    first(epochs, 1).leaves[1] = bad;
    first(epochs, 1).hashes[1] = hashed(bad);
    const report = verify(segment(epochs));
    expect(kinds(report)).toEqual(['chain_break 5', 'root_mismatch 5']);
    expect(report.verified_count).toBe(3);
  });

  test('a changed stored hash is told from a changed leaf by the root', async () => {
    const epochs = await epochsOf([3, 3, 2]);
    first(epochs, 1).hashes[1] = new Uint8Array(32);
    const report = verify(segment(epochs));
    expect(kinds(report)).toEqual(['leaf_mismatch 4']);
    expect(report.findings[0]?.message).toContain('stored hash');
    expect(report.verified_count).toBe(8);
  });

  test('a bad signature is one checkpoint, and the next one covers its leaves', async () => {
    const epochs = await epochsOf([3, 3, 2]);
    const middle = first(epochs, 1);
    middle.note = middle.note.replace(/.{10}=\n$/, `${'A'.repeat(10)}=\n`);
    const report = verify(segment(epochs));
    expect(kinds(report)).toEqual(['signature 5']);
    expect(report).toMatchObject({ signature_failures: 1, unknown_keys: 0, verified_count: 8 });
    const last = verify(segment(epochs.slice(0, 2)));
    expect(last).toMatchObject({ signature_failures: 1, total_count: 6, verified_count: 3 });
  });

  test('everything signed again with a key that is not in the keyring', async () => {
    const report = verify(segment(resign(await epochsOf([3, 2]), otherSigner)));
    expect(kinds(report)).toEqual(['unknown_key 2', 'unknown_key 4']);
    expect(report).toMatchObject({ signature_failures: 2, unknown_keys: 2, verified_count: 0 });
  });

  test('a retired key signs nothing new', async () => {
    const keys = [
      { vkey: signer.vkey, from: 0, to: 2 },
      { vkey: otherSigner.vkey, from: 3 },
    ];
    const report = verify(segment(await epochsOf([3, 2])), { keyring: { origin, keys } });
    expect(kinds(report)).toEqual(['unknown_key 4']);
    expect(report.verified_count).toBe(3);
  });

  test('the log of another origin', async () => {
    const other = { ...keyring, origin: 'example.com/other' };
    const report = verify(segment(await epochsOf([2])), { keyring: other });
    expect(report).toMatchObject({ ok: false, signature_failures: 1, verified_count: 0 });
  });

  // The forger holds the signing key, so only the leaves themselves can tell.
  test.each<[string, Record<string, unknown>, string]>([
    ['a chain that skips', { prev: '0'.repeat(64) }, 'chain_break 1'],
    ['a leaf dated back', { time: 1 }, 'retrocausation 1'],
    ['a wrong seq', { seq: 7 }, 'gap 1'],
    ['a version of later', { v: 2 }, 'non_canonical 1'],
    ['a member too many', { note: 'x' }, 'non_canonical 1'],
  ])('%s', async (_name, members, expected) => {
    const epochs = await epochsOf([3]);
    const value = JSON.parse(new TextDecoder().decode(first(epochs, 0).leaves[1])) as object;
    const { canonical } = await import('../../src/base/canonical.ts');
    const bad = utf8(canonical({ ...value, ...members }));
    first(epochs, 0).leaves[1] = bad;
    first(epochs, 0).hashes[1] = hashed(bad);
    const next = change(first(epochs, 0).leaves[2] as Uint8Array, { prev: leafHash(bad) });
    first(epochs, 0).leaves[2] = next;
    first(epochs, 0).hashes[2] = hashed(next);
    expect(kinds(verify(segment(resign(epochs, signer))))).toEqual([expected]);
  });

  test('a deleted leaf, a doubled one, two exchanged', async () => {
    const deleted = await epochsOf([3, 2]);
    first(deleted, 0).leaves.splice(1, 1);
    expect(kinds(verify(segment(deleted)))).toEqual(['gap 1']);
    const doubled = await epochsOf([3, 2]);
    first(doubled, 1).leaves.push(first(doubled, 1).leaves[0] as Uint8Array);
    expect(verify(segment(doubled)).ok).toBe(false);
    const exchanged = await epochsOf([3, 2]);
    first(exchanged, 0).leaves.reverse();
    expect(kinds(verify(segment(exchanged)))).toEqual(['leaf_mismatch 0', 'leaf_mismatch 2']);
  });

  test('a deleted epoch, a doubled one, two exchanged', async () => {
    const epochs = await epochsOf([2, 2, 2]);
    const [one, two, three] = epochs as [Forged, Forged, Forged];
    expect(kinds(verify(segment([one, three])))).toEqual(['gap 2']);
    expect(kinds(verify(segment([one, two, two, three])))).toEqual(['gap 4']);
    expect(verify(segment([one, three, two])).ok).toBe(false);
    expect(verify(segment([two, three])).gaps).toBe(1);
  });

  test('a lost epoch frame leaves its leaves to the next checkpoint', async () => {
    const epochs = await epochsOf([2, 2]);
    const [one, two] = epochs as [Forged, Forged];
    const bytes = concatBytes(
      ...one.leaves.map((leaf) => encodeFrame(frameTypes.leaf, leaf)),
      segment([two]),
    );
    expect(verify(bytes)).toMatchObject({ ok: true, verified_count: 4 });
  });
});

describe('a remembered checkpoint', () => {
  test('finds a log that was cut, and one that was forked', async () => {
    const epochs = await epochsOf([2, 2]);
    const since = first(epochs, 1).note;
    expect(verify(segment(epochs), { since })).toMatchObject({ ok: true, rollback: false });
    const cut = verify(segment(epochs.slice(0, 1)), { since });
    expect(cut).toMatchObject({ ok: false, rollback: true, fork: false, verified_count: 2 });
    const other = await epochsOf([2, 3]);
    expect(verify(segment(other), { since: first(epochs, 0).note }).ok).toBe(true);
    const bad = change(first(other, 0).leaves[1] as Uint8Array, { outcome: 'acted' });
    first(other, 0).leaves[1] = bad;
    first(other, 0).hashes[1] = hashed(bad);
    const next = change(first(other, 1).leaves[0] as Uint8Array, { prev: leafHash(bad) });
    const after = change(first(other, 1).leaves[1] as Uint8Array, { prev: leafHash(next) });
    const last = change(first(other, 1).leaves[2] as Uint8Array, { prev: leafHash(after) });
    const tail = [next, after, last];
    const forked = resign(
      [first(other, 0), { leaves: tail, hashes: tail.map(hashed), note: '' }],
      signer,
    );
    expect(verify(segment(forked)).ok).toBe(true);
    // Size 4 is inside the forked log's second epoch.
    expect(kinds(verify(segment(forked), { since }))).toEqual(['fork 3']);
  });

  test('must itself be signed by a trusted key', async () => {
    const epochs = await epochsOf([2]);
    const since = first(resign(epochs, otherSigner), 0).note;
    expect(kinds(verify(segment(epochs), { since }))).toEqual(['signature 0']);
    expect(verify(segment(epochs), { since: 'nonsense' }).ok).toBe(false);
  });
});

test('nothing at all is not fine', () => {
  expect(verify(new Uint8Array())).toMatchObject({ ok: false, total_count: 0, verified_count: 0 });
  expect(verify(utf8('x'.repeat(5_000)))).toMatchObject({ ok: false, damaged_frames: 1 });
});

test('findings are bounded', () => {
  const leaf = encodeFrame(frameTypes.payload, new Uint8Array());
  const report = verify(concatBytes(...Array.from({ length: 1_500 }, () => leaf)));
  expect([report.findings.length, report.findings_dropped, report.gaps]).toEqual([
    1_000, 500, 1_499,
  ]);
});

describe('a directory', () => {
  test('is verified beside its writer, up to the last complete epoch', async () => {
    const directory = temporary();
    const log = await open(directory, { segmentBytes: 5_000 });
    const reports: Promise<VerifyReport>[] = [];
    for (let round = 0; round < 10; round++) {
      await appendEpochs(log, [3]);
      reports.push(verifyLog(directory, keyring));
    }
    for (const report of await Promise.all(reports)) expect(report.ok).toBe(true);
    await log.close();
    expect((await verifyLog(directory, keyring)).verified_count).toBe(30);
  });

  test('that is missing, or no log, is an error of opening', async () => {
    expect(await codeOf(() => verifyLog('/none/such', keyring))).toBe('KNHK_LOG_OPEN');
    expect(await codeOf(() => verifyLog(temporary(), keyring))).toBe('KNHK_LOG_OPEN');
  });
});

describe('the outside verifier of test/vectors', () => {
  const script = fileURLToPath(new URL('../vectors/verify-log.mjs', import.meta.url));
  const run = (directory: string, ring: string): { status: number | null; stdout: string } =>
    spawnSync(process.execPath, [script, directory, ring], { encoding: 'utf8' });

  test('agrees on a good log, and on every kind of damage', async () => {
    const directory = temporary();
    const log = await open(directory, { segmentBytes: 5_000 });
    await appendEpochs(log, [3, 1, 5, 2, 7]);
    await log.close();
    const ring = join(temporary(), 'keyring.json');
    writeFileSync(ring, JSON.stringify(keyring));
    expect(run(directory, ring)).toMatchObject({ status: 0, stdout: 'verified 18 leaves\n' });
    const path = join(directory, 'seg', '000000000000.seg');
    const good = readFileSync(path);
    for (const at of [20, good.indexOf('"prev":"') + 20, good.indexOf('\u2014') - 10]) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] as number) ^ 1;
      writeFileSync(path, bad);
      expect(run(directory, ring).status, `byte ${at}`).toBe(1);
    }
    writeFileSync(path, good);
    const foreign = { origin, keys: [{ vkey: otherSigner.vkey, from: 0 }] };
    writeFileSync(ring, JSON.stringify(foreign));
    expect(run(directory, ring).status).toBe(1);
    writeFileSync(ring, JSON.stringify(keyring));
    rmSync(path);
    expect(run(directory, ring).status).toBe(1);
  });
});
