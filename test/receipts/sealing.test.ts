import { createHmac } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../src/base/bytes.ts';
import { nodeFs } from '../../src/receipts/log/fs.ts';
import type { LogOptions, ReceiptLog } from '../../src/receipts/log/index.ts';
import { verifyLog } from '../../src/receipts/log/index.ts';
import type { PayloadCipher } from '../../src/receipts/log/payload-cipher.ts';
import { PayloadFile } from '../../src/receipts/log/payload-file.ts';
import { splitBundle, tilePath } from '../../src/receipts/log/tiles.ts';
import {
  nodeHash,
  parseCheckpoint,
  verifyConsistency,
  verifyInclusion,
  verifyReceipt,
} from '../../src/receipts/verify/index.ts';
import { parseProof } from '../../src/receipts/verify/proof.ts';
import { mistakeOf } from '../support/errors.ts';
import { applyBody, codeOf, fakeHash, keyring, open, temporary } from './support.ts';

const small: Partial<LogOptions> = { segmentBytes: 6_000 };
const indexKey = new Uint8Array(32).fill(3);
const subjects = { key: indexKey, fields: { [fakeHash('type')]: 'who' } };
const nameOf = (who: string): string =>
  createHmac('sha256', indexKey).update(`subject\n${who}`).digest('hex');

/** What stands in a log: enough to compare before with after. */
const contents = (log: ReceiptLog): unknown[] =>
  [...log.entries()].map(({ seq, hash, leaf, payload, payloadState }) => ({
    ...{ seq, hash, leaf, payload, payloadState },
  }));

const payloadFor = (who: string, n: number): string =>
  JSON.stringify({ n, record: { fields: { who } } });

async function fill(log: ReceiptLog, epochs: readonly number[], whos = ['ann', 'bob']) {
  for (const count of epochs) {
    let last: Promise<void> | undefined;
    for (let at = 0; at < count; at++) {
      const n = log.size;
      const fired = n % 3 === 0 ? [0, 3] : [];
      const body = { ...applyBody(n), fired };
      // A segment without any would read as one whose payloads were removed.
      const hasNone = n % 5 === 4 && at > 0;
      const payload = hasNone ? undefined : payloadFor(whos[n % whos.length]!, n);
      last = log.append(body, log.tick(), payload).durable;
    }
    await last;
  }
}

const segmentsOf = (directory: string): string[] => readdirSync(join(directory, 'seg')).sort();

/** Root of leaf hashes by the definition of RFC 6962 (2.1). */
function rootOf(hashes: readonly Uint8Array[]): Uint8Array {
  if (hashes.length === 1) return hashes[0]!;
  let split = 1;
  while (2 * split < hashes.length) split *= 2;
  return nodeHash(rootOf(hashes.slice(0, split)), rootOf(hashes.slice(split)));
}

describe('sealing', () => {
  test('changes nothing that is read, and opens again the same in every way', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 4, maxLength: 12 }),
        fc.integer({ min: 3_000, max: 20_000 }),
        async (epochs, segmentBytes) => {
          const directory = temporary();
          const plain = await open(directory, { segmentBytes, sealing: false });
          await fill(plain, epochs);
          const before = contents(plain);
          await plain.close();
          const log = await open(directory, { segmentBytes });
          await log.seal();
          expect(contents(log)).toEqual(before);
          await log.close();
          for (const remove of ['nothing', 'index/state', 'index'] as const) {
            rmSync(join(directory, remove), { recursive: true, force: true });
            const again = await open(directory, { segmentBytes });
            expect(contents(again), remove).toEqual(before);
            for (const { seq, leaf } of again.entries()) {
              if (leaf.kind === 'apply') expect(again.findId(leaf.id)).toBe(seq);
            }
            await again.close();
          }
          expect((await verifyLog(directory, keyring)).ok).toBe(true);
        },
      ),
      { numRuns: 12 },
    );
  });

  test('takes payloads out of segments, and nothing else', async () => {
    const directory = temporary();
    const log = await open(directory, { ...small, sealing: false });
    await fill(log, [5, 5, 5, 5]);
    await log.close();
    const names = segmentsOf(directory);
    const sizes = names.map((name) => statSync(join(directory, 'seg', name)).size);
    const again = await open(directory, small);
    await again.seal();
    expect(again.sealingFailure).toBeUndefined();
    await again.close();
    expect(names.length).toBeGreaterThan(2);
    for (const [at, name] of names.entries()) {
      const bytes = readFileSync(join(directory, 'seg', name));
      expect(bytes.length).toBeLessThan(sizes[at]!);
      expect(bytes.includes('"who"')).toBe(false);
      const payloads = readFileSync(join(directory, 'payload', name.replace('.seg', '.pay')));
      expect(payloads.includes('"who"')).toBe(true);
    }
    expect(readdirSync(join(directory, 'seg')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('leaves a damaged segment as it is, and says what keeps it', async () => {
    const directory = temporary();
    const log = await open(directory, { ...small, sealing: false });
    await fill(log, [5, 5, 5]);
    await log.close();
    const path = join(directory, 'seg', segmentsOf(directory)[0]!);
    const bytes = readFileSync(path);
    bytes[200]! ^= 1;
    writeFileSync(path, bytes);
    const again = await open(directory, small);
    expect(await codeOf(() => again.seal())).toBe('KNHK_LOG_CORRUPT');
    expect(again.sealingFailure).toMatchObject({ code: 'KNHK_LOG_CORRUPT' });
    await again.append(applyBody('more'), again.tick()).durable;
    await again.close();
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });
});

describe('tiles', () => {
  test('are those of the definition, full and partial, with their entries', async () => {
    const directory = temporary();
    const log = await open(directory, { segmentBytes: 60_000 });
    await fill(log, [...Array<number>(11).fill(60), 7]);
    await log.seal();
    const entries = [...log.entries()];
    const hashes = entries.map(({ hash }) => fromHex(hash) as Uint8Array);
    const { size } = log;
    expect(size).toBe(667);
    const tile = (path: string): string => readFileSync(join(directory, path)).toString('hex');
    const hex = (list: readonly Uint8Array[]): string => list.map(toHex).join('');
    expect(tile(tilePath(0, 0))).toBe(hex(hashes.slice(0, 256)));
    expect(tile(tilePath(0, 1))).toBe(hex(hashes.slice(256, 512)));
    expect(tile('tile/0/002.p/155')).toBe(hex(hashes.slice(512)));
    const roots = [rootOf(hashes.slice(0, 256)), rootOf(hashes.slice(256, 512))];
    expect(tile('tile/1/000.p/2')).toBe(hex(roots));
    const bundle = splitBundle(readFileSync(join(directory, 'tile/entries/002.p/155')));
    const leaves = entries.slice(512).map(({ leafBytes }) => Buffer.from(leafBytes).toString());
    expect(bundle.map(String)).toEqual(leaves);
    // What a partial one became part of is gone.
    expect(readdirSync(join(directory, 'tile/0/002.p'))).toEqual(['155']);
    await log.close();
  });

  test('have the paths of C2SP tlog-tiles', () => {
    expect(tilePath(0, 5)).toBe('tile/0/005');
    expect(tilePath(3, 1_234_067)).toBe('tile/3/x001/x234/067');
    expect(tilePath('entries', 1_000, 17)).toBe('tile/entries/x001/000.p/17');
  });
});

describe('proofs of a log', () => {
  test('hold for every leaf and size, before sealing, beside it and after', async () => {
    const directory = temporary();
    const log = await open(directory, { segmentBytes: 30_000, sealing: false });
    const notes = new Map<number, string>();
    log.onCheckpoint(({ size, note }) => notes.set(size, note));
    await fill(log, [1, 1, 2, 3, 30, 40, 60, 100, 33]);
    const check = (of: ReceiptLog): void => {
      for (const [size, note] of notes) {
        const root = parseCheckpoint(note)!.root;
        for (let seq = 0; seq < size; seq += size < 10 ? 1 : 13) {
          const text = of.prove(seq, { size });
          const report = verifyReceipt(text, keyring);
          expect(report).toMatchObject({ ok: true, seq, size });
          const { hashes } = parseProof(text)!;
          const leaf = fromHex(of.read(seq).hash) as Uint8Array;
          expect(verifyInclusion(seq, size, leaf, hashes, root)).toBe(true);
        }
        for (const [other, otherNote] of notes) {
          if (other > size) continue;
          const path = of.proveConsistency(other, size);
          const old = parseCheckpoint(otherNote)!.root;
          expect(verifyConsistency(other, size, path, old, root)).toBe(true);
        }
      }
    };
    check(log);
    await log.close();
    const again = await open(directory, { segmentBytes: 30_000 });
    check(again);
    await again.seal();
    check(again);
    await fill(again, [5]);
    expect(verifyReceipt(again.prove(274), keyring).ok).toBe(true);
    expect(parseProof(again.prove(3, { leaf: false }))?.extra).toBeUndefined();
    await again.close();
  });

  test('of what is not there are refused, and of wrong tiles too', async () => {
    const directory = temporary();
    const log = await open(directory, { segmentBytes: 30_000 });
    await fill(log, [100, 100, 100, 100]);
    await log.seal();
    for (const [seq, options] of [
      [400, {}],
      [-1, {}],
      [0.5, {}],
      [0, { size: 99 }],
      [0, { size: 0.5 }],
      [0, { size: 401 }],
      [100, { size: 100 }],
    ] as const) {
      expect(await codeOf(() => log.prove(seq, options)), `${seq}`).toBe('KNHK_LOG_SEQ');
    }
    expect(await codeOf(() => log.proveConsistency(1, 401))).toBe('KNHK_RECEIPTS_PROOF');
    expect(log.proveConsistency(150, 399).length).toBeGreaterThan(1);
    await log.close();
    const path = join(directory, tilePath(0, 0));
    const bytes = readFileSync(path);
    bytes[0]! ^= 1;
    writeFileSync(path, bytes);
    const again = await open(directory);
    expect(await codeOf(() => again.prove(1))).toBe('KNHK_LOG_CORRUPT');
    expect(await codeOf(() => again.proveConsistency(100, 400))).toBe('KNHK_LOG_CORRUPT');
    expect(verifyReceipt(again.prove(300), keyring).ok).toBe(true);
    rmSync(path);
    await again.close();
    const third = await open(directory);
    expect(mistakeOf(() => third.prove(1))?.slice(2)).toEqual(['256 hashes', 'no such file']);
    await third.close();
  });
});

describe('finding leaves', () => {
  test('gives what a walk over all of them gives, sealed or not', async () => {
    const directory = temporary();
    const log = await open(directory, { ...small, subjects });
    await fill(log, [7, 7, 7, 7, 7, 7], ['ann', 'bob', 'cid']);
    const check = (of: ReceiptLog): void => {
      const all = [...of.entries()].reverse();
      for (const { hash, seq } of all) {
        expect(of.find({ hash })).toEqual([seq]);
        expect(of.find({ hash: hash.slice(0, 16) })).toEqual([seq]);
      }
      for (const who of ['ann', 'bob', 'cid', 'dan']) {
        const seqs = all.flatMap(({ seq, payload }) =>
          payload?.includes(`"${who}"`) === true ? [seq] : [],
        );
        expect(of.find({ subject: nameOf(who) })).toEqual(seqs);
        expect(of.find({ subject: nameOf(who), limit: 2 })).toEqual(seqs.slice(0, 2));
      }
      const fired = all.flatMap(({ seq }) => (seq % 3 === 0 ? [seq] : []));
      const snapshot = fakeHash('snapshot');
      const at = (hash: string, hook: number) => (given: string) =>
        given === hash ? hook : undefined;
      expect(of.find({ fired: at(snapshot, 3) })).toEqual(fired);
      expect(of.find({ fired: at(snapshot, 1) })).toEqual([]);
      expect(of.find({ fired: at(fakeHash('other'), 3) })).toEqual([]);
    };
    check(log);
    await log.seal();
    check(log);
    for (const name of readdirSync(join(directory, 'index'))) {
      if (name.endsWith('.idx')) rmSync(join(directory, 'index', name));
    }
    check(log);
    await log.close();
  });

  test('by nothing, by two things or by what is no hash', async () => {
    const log = await open(temporary());
    for (const query of [
      {},
      { hash: fakeHash('x'), subject: fakeHash('y') },
      { hash: 'abc' },
      { hash: fakeHash('x').toUpperCase() },
      { subject: fakeHash('x').slice(1) },
    ]) {
      expect(await codeOf(() => log.find(query)), JSON.stringify(query)).toBe('KNHK_LOG_QUERY');
    }
    await log.close();
  });
});

/** A cipher that hides nothing, but says what a real one would. */
function openCipher(): PayloadCipher & { readonly destroyed: Set<string> } {
  const destroyed = new Set<string>();
  return {
    destroyed,
    seal: (subject, text, leafId) =>
      Buffer.concat([Buffer.from(subject + leafId, 'hex'), Buffer.from(text)]),
    open: (content, leafId) => {
      const bytes = Buffer.from(content);
      if (destroyed.has(bytes.toString('hex', 0, 32))) return 'erased';
      return bytes.toString('hex', 32, 64) === leafId ? bytes.toString('utf8', 64) : 'unknown-key';
    },
    flush: () => Promise.resolve(),
  };
}

describe('payloads', () => {
  test('are there, erased, removed, or under keys that were not given', async () => {
    const directory = temporary();
    const cipher = openCipher();
    const log = await open(directory, { ...small, cipher, subjects });
    const [ann, bob] = [nameOf('ann'), nameOf('bob')];
    for (let n = 0; n < 12; n++) {
      const name = n % 2 === 0 ? ann : bob;
      await log.append(applyBody(n), log.tick(), payloadFor('x', n), name).durable;
    }
    const states = (of: ReceiptLog): string =>
      [...of.entries()].map(({ payloadState }) => payloadState[0]).join('');
    expect(states(log)).toBe('pppppppppppp');
    expect(log.read(4)).toMatchObject({ payload: payloadFor('x', 4), subject: ann });
    await log.seal();
    expect(states(log)).toBe('pppppppppppp');
    expect(log.find({ subject: bob })).toEqual([11, 9, 7, 5, 3, 1]);
    expect(log.dropPayloads(new Map([[fakeHash('nobody'), 12]]))).toBe(0);
    expect(log.dropPayloads(new Map([[bob, 5]]))).toBe(2);
    expect(states(log)).toBe('pepeppppppp'.padEnd(12, 'p'));
    expect(log.dropPayloads(new Map([[bob, 12]]))).toBe(4);
    expect(log.dropPayloads(new Map([[bob, 12]]))).toBe(0);
    expect(states(log)).toBe('pepepepepepe');
    expect(log.find({ subject: bob })).toEqual([]);
    cipher.destroyed.add(ann);
    expect(states(log)).toBe('eeeeeeeeeeee');
    await log.close();
    for (const name of readdirSync(join(directory, 'payload'))) {
      const bytes = readFileSync(join(directory, 'payload', name));
      expect(bytes.includes(Buffer.from(bob, 'hex'))).toBe(false);
      expect(bytes.includes(Buffer.from(ann, 'hex'))).toBe(true);
    }
    const without = await open(directory);
    expect(without.read(0)).toMatchObject({ payloadState: 'encrypted', subject: ann });
    await without.close();
    rmSync(join(directory, 'payload', readdirSync(join(directory, 'payload'))[0]!));
    const removed = await open(directory, { cipher: openCipher() });
    expect(states(removed)).toMatch(/^r+e?(pe)+$/);
    await removed.close();
    expect((await verifyLog(directory, keyring)).ok).toBe(true);
  });

  test('a leaf that never had one has none, wherever it stands', async () => {
    const directory = temporary();
    const log = await open(directory, small);
    await fill(log, [10]);
    await log.seal();
    expect(log.read(4).payloadState).toBe('none');
    await fill(log, [1]);
    expect(log.read(10).payloadState).toBe('present');
    await log.append({ ...applyBody('z') }, log.tick()).durable;
    expect(log.read(11).payloadState).toBe('none');
    await log.close();
  });

  test('a damaged payload file is said, at the leaf', async () => {
    const directory = temporary();
    const log = await open(directory, small);
    await fill(log, [10]);
    await log.seal();
    await log.close();
    const [name] = readdirSync(join(directory, 'payload'));
    const path = join(directory, 'payload', name!);
    const good = readFileSync(path);
    const readAll = (): void => {
      const file = PayloadFile.open(nodeFs, directory, 0)!;
      try {
        for (let at = 0; at < file.count; at++) file.frameAt(at);
      } finally {
        file.close();
      }
    };
    for (let at = 0; at < good.length; at++) {
      const bytes = Buffer.from(good);
      bytes[at]! ^= 1;
      writeFileSync(path, bytes);
      // The magic at its beginning is for people: whether it is a payload file its end says.
      expect(await codeOf(readAll), `${at}`).toBe(at < 8 ? undefined : 'KNHK_LOG_CORRUPT');
    }
    const again = await open(directory);
    expect(await codeOf(() => contents(again))).toBe('KNHK_LOG_CORRUPT');
    await again.close();
    writeFileSync(path, good.subarray(0, 10));
    expect(() => PayloadFile.open(nodeFs, directory, 0)).toThrow(/KNHK_LOG_CORRUPT/);
    rmSync(path);
    expect(PayloadFile.open(nodeFs, directory, 0)).toBeUndefined();
    expect(existsSync(path)).toBe(false);
  });
});
