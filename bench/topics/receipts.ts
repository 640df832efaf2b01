import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Keyring, ReceiptVerifier, verifyReceipt } from 'knhk/receipts';
import { type BenchContext, measure, median, quantile } from '../harness.ts';
import { committing } from '../receipts/git.ts';
import {
  appendLeaves,
  type Log,
  type LogModule,
  leafBody,
  origin,
  payload,
} from '../receipts/leaves.ts';
import { nobleSign, nodeSign, signEach } from '../receipts/sign-each.ts';
import { probeFdatasync, probeSha256 } from './probe.ts';

export const peers = ['better-sqlite3'];

const perRound = 102_400;
const rounds = 9;
// Each of theirs is signed and synced alone: so many fewer of them take as long.
const shares = { noble: 200, node: 100 };
const million = 1_048_576;

/** Durable receipts, one at a time, verification and proofs, beside the plain scheme. */
export async function run(context: BenchContext): Promise<void> {
  const module = (await context.internal<LogModule>('receipts/log/index.js')) as LogModule;
  const signer = module.nodeSigner({ name: origin, privateKey: new Uint8Array(32).fill(7) });
  const keyring: Keyring = { origin, keys: [{ vkey: signer.vkey, from: 0 }] };
  const directory = join(context.directory, 'log');
  const log = await module.openLog({ directory, origin, signer });
  const sha256 = await probeSha256();
  const sync = await probeFdatasync(context.directory);
  context.figure({ figure: 'probe: SHA-256 of 256 B', value: sha256.medianNs, unit: 'ns' });
  const syncMs = sync.medianNs / 1e6;
  context.figure({ figure: 'probe: append 300 B + fdatasync', value: syncMs, unit: 'ms' });
  await writing(context, log);
  // An idle log: nothing is being sealed.
  await log.seal();
  await single(context, log);
  const key = module.nodeSigner({ name: origin, privateKey: new Uint8Array(32).fill(8) });
  await committing(context, log, keyring, key);
  await appendLeaves(log, log.size, million);
  await proofs(context, log, keyring);
  await log.seal();
  await log.close();
  await verifying(context, module, directory, keyring);
  rmSync(directory, { recursive: true, force: true });
}

async function writing(context: BenchContext, log: Log): Promise<void> {
  const noble = await signEach(context, 'noble', await nobleSign(), shares.noble);
  const node = await signEach(context, 'node', nodeSign(), shares.node);
  const ours = {
    name: 'knhk',
    run: async (iterations: number) => {
      const from = log.size;
      await appendLeaves(log, from, from + iterations);
      return log.size - from;
    },
  };
  try {
    const measured = await measure({
      iterations: perRound,
      rounds,
      // Each does its own number of records; that all were done is what the sums say.
      checksums: 'differ',
      contestants: [ours, noble, node],
    });
    const [rate, nobleShare, nodeShare] = measured.map(({ medianNs }) => 1e9 / medianNs) as [
      number,
      number,
      number,
    ];
    const unit = 'receipts/s';
    const met = rate >= 100_000;
    context.figure({ figure: 'durable receipts', value: rate, unit, goal: '>= 100000', met });
    const peer = 'each signed, SQLite FULL';
    for (const [name, value, least] of [
      ['@noble/ed25519', nobleShare / shares.noble, 40],
      ['node:crypto', nodeShare / shares.node, 20],
    ] as const) {
      const ratio = rate / value;
      const goal = `ratio >= ${least}`;
      context.figure({ figure: name, value, unit, peer, ratio, goal, met: ratio >= least });
    }
  } finally {
    noble.close();
    node.close();
  }
}

const idle = (): Promise<void> => new Promise((done) => void setTimeout(done, 2));

/** One receipt on a log that does nothing else. */
async function single(context: BenchContext, log: Log): Promise<void> {
  const taken: number[] = [];
  for (let count = 0; count < 400; count++) {
    await idle();
    const n = log.size;
    const start = performance.now();
    await log.append(leafBody(n), log.tick(), payload(n)).durable;
    taken.push(performance.now() - start);
  }
  const unit = 'ms';
  const p50 = median(taken);
  const figure = 'a single receipt until it is durable, p50';
  context.figure({ figure, value: p50, unit, goal: '<= 0.5', met: p50 <= 0.5 });
  context.figure({ figure: 'the same, p99', value: quantile(taken, 0.99), unit });
}

async function proofs(context: BenchContext, log: Log, keyring: Keyring): Promise<void> {
  const count = 4_000;
  const seqs = Array.from({ length: count }, (_, index) => (index * 261_727) % log.size);
  const start = performance.now();
  const texts = seqs.map((seq) => log.prove(seq));
  const unit = '/s';
  const value = (count / (performance.now() - start)) * 1_000;
  context.figure({ figure: 'proofs made', value, unit });
  const bare = Math.max(...seqs.slice(0, 100).map((seq) => log.prove(seq, { leaf: false }).length));
  const figure = 'proof text at 1 million leaves, leaf apart';
  context.figure({ figure, value: bare, unit: 'B', goal: '<= 1300', met: bare <= 1_300 });
  const whole = Math.max(...texts.map((text) => text.length));
  context.figure({ figure: 'the same with the leaf', value: whole, unit: 'B' });
  const { nodeVerify } = (await context.internal<{
    nodeVerify: (key: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;
  }>('receipts/log/index.js'))!;
  const cached = new ReceiptVerifier(keyring, { verify: nodeVerify });
  const check = (verify: (text: string) => { readonly ok: boolean }) => (iterations: number) => {
    let ok = 0;
    for (let n = 0; n < iterations; n++) if (verify(texts[n % count] as string).ok) ok++;
    return ok;
  };
  const measured = await measure({
    iterations: count,
    contestants: [
      { name: 'whole', run: check((text) => verifyReceipt(text, keyring, { verify: nodeVerify })) },
      { name: 'cached', run: check((text) => cached.verify(text)) },
    ],
  });
  const [one, again] = measured.map(({ medianNs }) => 1e9 / medianNs) as [number, number];
  context.figure({
    figure: 'proofs verified, signature and all',
    value: one,
    unit,
    goal: '>= 10000',
    met: one >= 10_000,
  });
  context.figure({
    figure: 'proofs verified, checkpoint known',
    value: again,
    unit,
    goal: '>= 60000',
    met: again >= 60_000,
  });
}

async function verifying(
  context: BenchContext,
  { verifyLog }: LogModule,
  directory: string,
  keyring: Keyring,
): Promise<void> {
  const check = (workers: number) => async () => {
    const report = await verifyLog(directory, keyring, { workers });
    if (!report.ok) throw new Error('the log does not verify');
    return report.verified_count;
  };
  const measured = await measure({
    iterations: million,
    contestants: [
      { name: 'one thread', run: check(0) },
      { name: 'two', run: check(2) },
    ],
  });
  const [one, two] = measured.map(({ medianNs }) => 1e9 / medianNs) as [number, number];
  const unit = 'leaves/s';
  const figure = 'whole log verified, canonical check included, one thread';
  context.figure({ figure, value: one, unit, goal: '>= 150000', met: one >= 150_000 });
  context.figure({ figure: 'the same with two workers', value: two, unit });
}
