import type { ReceiptLog } from '../receipts/log/log-types.ts';
import { parseCheckpoint, type SignedCheckpoint } from '../receipts/verify/checkpoint.ts';
import type { Keyring } from '../receipts/verify/keyring.ts';
import { verifyReceipt } from '../receipts/verify/receipt.ts';
import { verifyConsistency } from '../receipts/verify/tree.ts';
import { expectCode, expectEqual, expectThat } from './case.ts';
import {
  hashNamed,
  type LogBench,
  type LogLaw,
  leafNamed,
  origin,
  storeNamed,
} from './log-bench.ts';
import { seededSigner } from './seeds.ts';

const rounds = [['a'], ['b', 'c'], ['d', 'e', 'f'], ['g'], ['h', 'i']] as const;

/** Stores some leaves and gives each checkpoint that a listener was told. */
export async function storeRounds(log: ReceiptLog): Promise<SignedCheckpoint[]> {
  const told: SignedCheckpoint[] = [];
  const remove = log.onCheckpoint(({ note }) => {
    const checkpoint = parseCheckpoint(note);
    if (checkpoint !== undefined) told.push(checkpoint);
  });
  for (const names of rounds) await storeNamed(log, ...names);
  remove();
  expectThat(told.length > 1, 'checkpoints', 'more than one', told.length);
  return told;
}

const keyringOf = ({ signer }: LogBench): Keyring => ({
  origin,
  keys: [{ vkey: signer.vkey, from: 0 }],
});

/** Laws about proofs, queries, sealing and changed keys. */
export const proofLaws: Readonly<Record<string, LogLaw>> = {
  'each leaf has a proof that needs nothing but the keyring': async (bench) => {
    const log = await bench.open();
    await storeRounds(log);
    for (const { seq, hash, leaf } of log.entries()) {
      const report = verifyReceipt(log.prove(seq), keyringOf(bench));
      const got = report.ok ? [report.seq, report.leafHash, report.leaf] : report.problem;
      expectEqual(`receipt of ${seq}`, got, [seq, hash, leaf]);
    }
    await expectCode('a leaf that is not there', 'KNHK_LOG_SEQ', () => log.prove(log.size));
  },
  'a proof can be under any checkpoint at or behind its leaf': async (bench) => {
    const log = await bench.open();
    const told = await storeRounds(log);
    for (const { seq } of log.entries()) {
      for (const { size } of told.filter((checkpoint) => checkpoint.size > seq)) {
        const report = verifyReceipt(log.prove(seq, { size }), keyringOf(bench));
        const got = report.ok ? [report.seq, report.size] : report.problem;
        expectEqual(`receipt of ${seq} at ${size}`, got, [seq, size]);
      }
    }
  },
  'each checkpoint extends those before it, and that can be proved': async ({ open }) => {
    const log = await open();
    const told = await storeRounds(log);
    for (const [index, later] of told.entries()) {
      for (const earlier of told.slice(0, index + 1)) {
        const proof = log.proveConsistency(earlier.size, later.size);
        const sizes = [earlier.size, later.size] as const;
        const isProved = verifyConsistency(...sizes, proof, earlier.root, later.root);
        expectThat(isProved, `${sizes}`, 'a proof that holds', proof);
      }
    }
  },
  'durable leaves are found by hash and by what fired, the newest first': async ({ open }) => {
    const log = await open();
    await storeRounds(log);
    const all = [...log.entries()].map(({ seq }) => seq).reverse();
    for (const { seq, hash } of log.entries()) {
      expectEqual(`hash of ${seq}`, log.find({ hash }), [seq]);
    }
    const { snapshot, fired } = leafNamed('a');
    const hook = (place: number | undefined) => (of: string) =>
      of === snapshot ? place : undefined;
    expectEqual('fired', log.find({ fired: hook(fired[0]) }), all);
    expectEqual('not fired', log.find({ fired: hook(1) }), []);
    expectEqual('the newest two', log.find({ fired: hook(fired[0]), limit: 2 }), all.slice(0, 2));
    expectEqual('no leaf', log.find({ hash: hashNamed('nothing') }), []);
  },
  'sealing changes nothing that is read': async ({ open }) => {
    const log = await open();
    await storeRounds(log);
    const seen = (from: ReceiptLog): unknown =>
      [...from.entries()].map(({ seq, hash, payload }) => [seq, hash, payload, from.prove(seq)]);
    const before = seen(log);
    await log.seal();
    expectEqual('log', seen(log), before);
    await log.close();
    expectEqual('opened again', seen(await open()), before);
  },
  'two keys sign in the overlap of a rotation, then the new one alone': async (bench) => {
    const log = await bench.open();
    await storeNamed(log, 'a');
    const next = seededSigner({ name: origin, seed: 2 }).signer;
    const keyring = await log.rotate({ signer: next, overlap: 2 });
    const signedBy = (): unknown => {
      const report = verifyReceipt(log.prove(log.size - 1), keyring);
      return report.ok ? [...report.signedBy].sort() : report.problem;
    };
    const both = [bench.signer.vkey, next.vkey].sort();
    expectEqual('the rotation', signedBy(), both);
    await storeNamed(log, 'b', 'c');
    expectEqual('its overlap', signedBy(), both);
    await storeNamed(log, 'd');
    expectEqual('behind it', signedBy(), [next.vkey]);
    const again = { signer: next, overlap: 0 };
    await expectCode('the same key', 'KNHK_LOG_ROTATION', () => log.rotate(again));
  },
  'a clock that runs backwards takes no leaf with it': async ({ open }) => {
    let now = 10_000;
    const log = await open({ clock: { now: () => now } });
    await storeNamed(log, 'a');
    expectEqual('skew', log.skewMs, 0);
    now = 4_000;
    await storeNamed(log, 'b');
    expectEqual('skew of a clock set back', log.skewMs, 6_000);
    now = 11_000;
    await storeNamed(log, 'c');
    expectEqual('skew of one set right', log.skewMs, 0);
    const times = [...log.entries()].map(({ leaf }) => leaf.time);
    expectEqual('times', times, [10_000, 10_000, 11_000]);
  },
};
