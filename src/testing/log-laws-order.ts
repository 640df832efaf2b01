import { equalBytes, fromHex, fromUtf8 } from '../base/bytes.ts';
import type { ReceiptLog } from '../receipts/log/log-types.ts';
import { nodeVerify } from '../receipts/log/signer.ts';
import { parseCheckpoint, type SignedCheckpoint } from '../receipts/verify/checkpoint.ts';
import { checkCheckpoint, trustKeys } from '../receipts/verify/keyring.ts';
import { encodeLeaf, leafHash, zeroHash } from '../receipts/verify/leaf.ts';
import { CompactRange } from '../receipts/verify/tree.ts';
import { expectCode, expectEqual, expectThat } from './case.ts';
import { appendNamed, hashNamed, type LogLaw, leafNamed, origin, storeNamed } from './log-bench.ts';

const payloadMax = 1_048_576;

/** The last checkpoint, signed by the key that the store was opened with. */
export function signedCheckpoint(log: ReceiptLog, vkey: string): SignedCheckpoint {
  const checkpoint = parseCheckpoint(log.checkpoint ?? '');
  if (checkpoint === undefined) {
    throw new Error(`checkpoint: expected a signed note, got ${log.checkpoint}`);
  }
  const trusted = trustKeys({ origin, keys: [{ vkey, from: 0 }] });
  expectEqual('signature', checkCheckpoint(checkpoint, trusted, nodeVerify), 'signed');
  return checkpoint;
}

/** Everything that a log shows of its durable leaves. */
export function viewOf(log: ReceiptLog): unknown {
  return {
    origin: log.origin,
    sizes: [log.size, log.durableSize],
    last: [log.lastTime, log.lastHash],
    checkpoint: log.checkpoint,
    entries: [...log.entries()].map(({ seq, hash, leaf, payload }) => ({
      seq,
      hash,
      leaf,
      payload,
    })),
  };
}

/** Laws about the order of leaves, what is read back and what is refused. */
export const orderLaws: Readonly<Record<string, LogLaw>> = {
  'a new log is empty': async ({ open }) => {
    const log = await open();
    expectEqual('log', viewOf(log), {
      origin,
      sizes: [0, 0],
      last: [0, zeroHash],
      checkpoint: undefined,
      entries: [],
    });
    expectEqual('findId', log.findId(hashNamed('id 1')), undefined);
    expectEqual('loadSavepoint', log.loadSavepoint(), undefined);
    expectEqual('failure', log.failure, undefined);
    await log.flush();
  },
  'leaves are numbered from 0 and chained': async ({ open }) => {
    const log = await open();
    const appended = appendNamed(log, 'a', 'b');
    expectEqual('size', log.size, 2);
    appended.push(...(await storeNamed(log, 'c', 'd', 'e')));
    expectEqual(
      'seq',
      appended.map(({ seq }) => seq),
      [0, 1, 2, 3, 4],
    );
    let prev = zeroHash;
    for (const [seq, { leaf, hash }] of [...log.entries()].entries()) {
      expectEqual(`leaf ${seq}`, [leaf.seq, leaf.prev, leaf.v], [seq, prev, 1]);
      expectEqual(`hash ${seq}`, hash, appended[seq]?.hash);
      prev = hash;
    }
    expectEqual('lastHash', log.lastHash, prev);
  },
  'a leaf is read back as it was appended, with its payload': async ({ open }) => {
    const log = await open();
    const time = log.tick();
    const body = leafNamed('a');
    const { hash } = log.append(body, time, '{"name":"\u00e9 \u{1F600}"}');
    await log.append({ ...body, trace: 'trace-1' }, log.tick()).durable;
    const first = log.read(0);
    const leaf = { ...body, v: 1, seq: 0, time, prev: zeroHash };
    expectEqual('leaf', first.leaf, leaf);
    expectEqual('payload', first.payload, '{"name":"\u00e9 \u{1F600}"}');
    expectEqual('leafBytes', fromUtf8(first.leafBytes), encodeLeaf(first.leaf));
    expectEqual('hash', [first.hash, leafHash(first.leafBytes)], [hash, hash]);
    const second = log.read(1);
    expectEqual('the second', [second.payload, second.leaf.trace], [undefined, 'trace-1']);
  },
  'entries begin where they are asked to': async ({ open }) => {
    const log = await open();
    await storeNamed(log, 'a', 'b');
    await storeNamed(log, 'c', 'd');
    const starts = [0, 1, 3, 4].map((from) => [...log.entries(from)].map(({ seq }) => seq));
    expectEqual('seqs', starts, [[0, 1, 2, 3], [1, 2, 3], [3], []]);
  },
  'the checkpoint signs the tree over all leaves': async ({ open, signer }) => {
    const log = await open();
    for (const names of [['a'], ['b', 'c'], ['d', 'e', 'f', 'g']]) await storeNamed(log, ...names);
    const checkpoint = signedCheckpoint(log, signer.vkey);
    const tree = new CompactRange();
    for (const { hash } of log.entries()) tree.append(fromHex(hash) as Uint8Array);
    expectEqual('size', [checkpoint.origin, checkpoint.size], [origin, 7]);
    const isSame = equalBytes(checkpoint.root, tree.root());
    expectThat(isSame, 'root', 'that of the leaf hashes', checkpoint.root);
  },
  'equal leaves have equal hashes, wherever checkpoints were cut': async ({ open }) => {
    const log = await open();
    await storeNamed(log, 'a', 'b', 'c');
    const other = await open({ name: 'same-leaves' });
    for (const name of ['a', 'b', 'c']) await storeNamed(other, name);
    const hashes = (from: ReceiptLog): string[] => [...from.entries()].map(({ hash }) => hash);
    expectEqual('hashes', hashes(other), hashes(log));
  },
  'time never runs backwards': async ({ open }) => {
    const times = [5_000, 4_000, Number.NaN, 6_000.7, 1];
    let reads = 0;
    const log = await open({ clock: { now: () => times[reads++] ?? 0 } });
    for (const name of times.keys()) appendNamed(log, name);
    expectEqual('readings of the clock', reads, times.length);
    await expectCode('an earlier time', 'KNHK_LOG_LEAF', () => log.append(leafNamed('x'), 5_999));
    await log.flush();
    const stored = [...log.entries()].map(({ leaf }) => leaf.time);
    expectEqual('times', [...stored, log.lastTime], [5_000, 5_000, 5_000, 6_000, 6_000, 6_000]);
  },
  'a refused leaf changes nothing': async ({ open }) => {
    const log = await open();
    const body = leafNamed('a');
    const time = log.tick();
    const wrong: readonly (readonly [object, string, string?])[] = [
      [{ ...body, extra: 1 }, 'KNHK_LOG_LEAF'],
      [{ ...body, kind: 'unheard-of' }, 'KNHK_LOG_LEAF'],
      [{ ...body, observation: 'no hash' }, 'KNHK_LOG_LEAF'],
      [body, 'KNHK_LIMIT_PAYLOAD', 'x'.repeat(1_048_577)],
    ];
    for (const [value, code, payload] of wrong) {
      await expectCode(code, code, () => log.append(value as typeof body, time, payload));
    }
    const dropped = Array.from({ length: 9 }, (_, index) => ({
      kind: 'value',
      name: `${index}`.padStart(8_000),
      reason: 'long',
    }));
    const [snapshot, catalogue] = [hashNamed('snapshot'), hashNamed('catalogue')];
    const long = { kind: 'deploy', snapshot, parent: null, catalogue, dropped } as const;
    await expectCode('a long leaf', 'KNHK_LIMIT_ENTRY', () => log.append(long, time));
    expectEqual('size', [log.size, log.lastHash, log.findId(body.id)], [0, zeroHash, undefined]);
    await storeNamed(log, 'a');
    expectEqual('the next one', [...log.entries()].length, 1);
  },
  'only durable leaves can be read': async ({ open }) => {
    const log = await open();
    appendNamed(log, 'a');
    await expectCode('a leaf in flight', 'KNHK_LOG_SEQ', () => log.read(0));
    expectEqual('entries in flight', [...log.entries()], []);
    await log.flush();
    expectEqual('seq', log.read(0).seq, 0);
    for (const seq of [-1, 1, 0.5]) {
      await expectCode(`seq ${seq}`, 'KNHK_LOG_SEQ', () => log.read(seq));
    }
  },
  'a payload of 1 MiB is kept': async ({ open }) => {
    const log = await open();
    const payload = JSON.stringify('x'.repeat(payloadMax - 2));
    await log.append(leafNamed('a'), log.tick(), payload).durable;
    await storeNamed(log, 'b');
    expectThat(log.read(0).payload === payload, 'payload', 'the same', 'another');
    await log.close();
    expectThat((await open()).read(0).payload === payload, 'payload later', 'the same', 'another');
  },
};
