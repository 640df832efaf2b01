import { parseCheckpoint } from '../receipts/verify/checkpoint.ts';
import { expectCode, expectEqual, expectThat } from './case.ts';
import {
  appendNamed,
  hashNamed,
  type LogLaw,
  leafNamed,
  origin,
  storeNamed,
  turns,
} from './log-bench.ts';
import { signedCheckpoint, viewOf } from './log-laws-order.ts';
import { seededSigner } from './seeds.ts';

const manyTurns = 20;
const burst = 600;
const epochMax = 256;

/** Laws about what is acknowledged, and when. */
export const durableLaws: Readonly<Record<string, LogLaw>> = {
  'nothing is acknowledged before its checkpoint is signed': async ({ open, hold }) => {
    const held = hold();
    const log = await open({ signer: held });
    let isTold = false;
    log.onCheckpoint(() => {
      isTold = true;
    });
    const durable = appendNamed(log, 'a').map((appended) =>
      appended.durable.then(() => {
        isTold = true;
      }),
    );
    await turns(manyTurns);
    expectEqual('told', [isTold, log.durableSize, log.checkpoint], [false, 0, undefined]);
    held.release();
    await Promise.all(durable);
    expectEqual('told at last', [isTold, log.durableSize], [true, 1]);
  },
  'what is acknowledged is covered by a checkpoint': async ({ open, signer }) => {
    const log = await open();
    const sizes = appendNamed(log, 'a', 'b', 'c').map(async ({ seq, hash, durable }) => {
      await durable;
      expectEqual(`leaf ${seq}`, log.read(seq).hash, hash);
      return [seq, signedCheckpoint(log, signer.vkey).size];
    });
    for (const [seq = 0, size = 0] of await Promise.all(sizes)) {
      expectThat(size > seq, `checkpoint for leaf ${seq}`, `a size above ${seq}`, size);
    }
    expectEqual('durableSize', log.durableSize, log.size);
  },
  'leaves are acknowledged in order, at most 256 a checkpoint': async ({ open }) => {
    const log = await open();
    const told: number[] = [];
    const sizes: number[] = [];
    log.onCheckpoint(({ size, leaves, note }) => {
      expectEqual('size', [size, parseCheckpoint(note)?.size], [size, size]);
      expectThat(leaves <= epochMax, 'leaves', `at most ${epochMax}`, leaves);
      sizes.push(size);
    });
    const names = Array.from({ length: burst }, (_, index) => index);
    const all = appendNamed(log, ...names).map(({ seq, durable }) =>
      durable.then(() => void told.push(seq)),
    );
    await Promise.all(all);
    await turns(1);
    expectEqual('acknowledged', told, names);
    expectEqual(
      'checkpoints',
      [...sizes].sort((left, right) => left - right),
      sizes,
    );
    expectEqual('the last one', sizes.at(-1), burst);
  },
  'flush waits for all leaves so far': async ({ open }) => {
    const log = await open();
    appendNamed(log, 'a', 'b');
    await log.flush();
    expectEqual('durableSize', log.durableSize, 2);
    await log.flush();
  },
  'a listener is told of each checkpoint until it is removed': async ({ open }) => {
    const log = await open();
    const notes: string[] = [];
    const remove = log.onCheckpoint(({ note }) => notes.push(note));
    await storeNamed(log, 'a');
    await turns(1);
    const first = log.checkpoint;
    remove();
    await storeNamed(log, 'b');
    expectEqual('notes', notes, [first]);
  },
  'opening again gives the same log': async ({ open }) => {
    const log = await open();
    await storeNamed(log, 'a', 'b');
    await storeNamed(log, 'c');
    const before = viewOf(log);
    await log.close();
    const again = await open();
    expectEqual('log', viewOf(again), before);
    expectEqual('findId', again.findId(hashNamed('id b')), 1);
    const { trimmedBytes, trimmedLeaves } = again.recovery;
    expectEqual('recovery', [trimmedBytes, trimmedLeaves], [0, 0]);
    const [next] = await storeNamed(again, 'd');
    expectEqual('the next leaf', next?.seq, 3);
  },
  'closing makes everything durable': async ({ open }) => {
    const log = await open();
    const [appended] = appendNamed(log, 'a');
    await log.close();
    await appended?.durable;
    const again = await open();
    expectEqual('size', [again.size, again.findId(hashNamed('id a'))], [1, 0]);
  },
  'a closed log takes nothing, and closing again is nothing': async ({ open }) => {
    const log = await open();
    await storeNamed(log, 'a');
    await log.close();
    await log.close();
    const { lastTime } = log;
    const append = (): unknown => log.append(leafNamed('b'), lastTime);
    await expectCode('append', 'KNHK_LOG_CLOSED', append);
    await expectCode('putBlob', 'KNHK_LOG_CLOSED', () => log.putBlob('test', '{}'));
    expectEqual('size', (await open()).size, 1);
  },
  'a failed signature ends all appending until the log is opened again': async (bench) => {
    const log = await bench.open();
    await storeNamed(log, 'a');
    await log.close();
    const held = bench.hold();
    const failing = await bench.open({ signer: held });
    const appended = appendNamed(failing, 'b', 'c');
    held.refuse();
    for (const { seq, durable } of appended) {
      await expectCode(`leaf ${seq}`, 'KNHK_LOG_POISONED', () => durable);
    }
    expectEqual('failure', failing.failure?.code, 'KNHK_LOG_POISONED');
    await expectCode('append', 'KNHK_LOG_POISONED', () => appendNamed(failing, 'd'));
    await expectCode('flush', 'KNHK_LOG_POISONED', () => failing.flush());
    expectEqual('durable leaves', [failing.durableSize, failing.read(0).seq], [1, 0]);
    await failing.close();
    const again = await bench.open();
    expectEqual('after opening again', [again.size, again.failure], [1, undefined]);
    await storeNamed(again, 'b');
  },
  'a wrong signature is not stored': async (bench) => {
    const wrong = seededSigner({ name: origin, seed: 2 }).signer;
    const { vkey } = bench.signer;
    const log = await bench.open({ signer: { vkey, sign: (bytes) => wrong.sign(bytes) } });
    const [appended] = appendNamed(log, 'a');
    await expectCode('the leaf', 'KNHK_LOG_POISONED', () => appended?.durable);
    await log.close();
    expectEqual('size', (await bench.open()).size, 0);
  },
  'a store has one owner': async ({ open }) => {
    const log = await open();
    await expectCode('a second one', 'KNHK_LOG_LOCKED', () => open());
    await storeNamed(log, 'a');
    await log.close();
    expectEqual('size', (await open()).size, 1);
  },
  'another origin and an unknown signer are refused': async ({ open }) => {
    const log = await open();
    await storeNamed(log, 'a');
    await log.close();
    const other = seededSigner({ name: origin, seed: 2 });
    await expectCode('another signer', 'KNHK_LOG_SIGNATURE', () => open(other));
    const { signer, keyring } = seededSigner({ name: 'example.com/other', seed: 1 });
    const foreign = { origin: 'example.com/other', signer, keyring };
    await expectCode('another origin', 'KNHK_LOG_FORMAT', () => open(foreign));
    expectEqual('size', (await open()).size, 1);
  },
};
