import type { ReceiptLog } from '../receipts/log/log-types.ts';
import { expectEqual, expectThat } from './case.ts';
import { appendNamed, hashNamed, type LogLaw, storeNamed, turns } from './log-bench.ts';

const inFlight = 900;

/** Laws that need a power cut. */
export const crashLaws: Readonly<Record<string, LogLaw>> = {
  'a crash loses nothing that was acknowledged': async ({ open, crash, closeAll }) => {
    const log = await open();
    const kept = await storeNamed(log, 'a', 'b', 'c');
    appendNamed(log, 'in flight');
    crash();
    await closeAll();
    const again = await open();
    for (const { seq, hash } of kept) expectEqual(`leaf ${seq}`, again.read(seq).hash, hash);
    const rest = again.size - kept.length;
    expectThat(rest === 0 || rest === 1, 'leaves', 'those that were appended', again.size);
    expectEqual('findId', again.findId(hashNamed('id b')), 1);
    await storeNamed(again, 'next');
  },
  'a checkpoint that was seen outlives a crash': async ({ open, crash, closeAll }) => {
    const log = await open();
    let seen = '';
    log.onCheckpoint(({ note }) => {
      seen = note;
      crash();
    });
    appendNamed(log, 'a', 'b');
    await log.flush().catch(() => {});
    await turns(1);
    expectThat(seen !== '', 'listener', 'a checkpoint', seen);
    await closeAll();
    const again = await open();
    expectEqual('checkpoint', again.checkpoint, seen);
  },
  'blobs and savepoints outlive a crash': async ({ open, crash, closeAll }) => {
    const log = await open();
    const blob = log.putBlob('test', '{"a":1}');
    await storeNamed(log, 'a');
    await log.saveSavepoint('state');
    crash();
    await closeAll();
    const again = await open();
    expectEqual('blob', again.getBlob(blob), { kind: 'test', text: '{"a":1}' });
    expectEqual('savepoint', again.loadSavepoint(), { size: 1, state: 'state' });
  },
  'payloads outlive a crash with their leaves': async ({ open, crash, closeAll }) => {
    const log = await open();
    await storeNamed(log, 'a', 'b');
    await storeNamed(log, 'c');
    crash();
    await closeAll();
    const again = await open();
    const payloads = [...again.entries()].map(({ payload }) => payload);
    expectEqual('payloads', payloads, ['{"name":"a"}', '{"name":"b"}', '{"name":"c"}']);
  },
  'what is left of leaves in flight is the first of them, whole': async (bench) => {
    const log = await bench.open();
    const appended = appendNamed(log, ...Array.from({ length: inFlight }, (_, index) => index));
    // The first of them are on the disk now, others on their way, others wait.
    await appended[0]?.durable;
    bench.crash();
    await bench.closeAll();
    const again = await bench.open();
    const hashes = [...again.entries()].map(({ hash }) => hash);
    const first = appended.slice(0, again.size).map(({ hash }) => hash);
    expectThat(first.length > 0, 'leaves', 'one at least', first);
    expectEqual('leaves', hashes, first);
    const [next] = await storeNamed(again, 'next');
    expectEqual('the next leaf', next?.seq, first.length);
  },
  'a crash after a crash loses nothing either': async ({ open, crash, closeAll }) => {
    const kept: string[] = [];
    for (const name of ['a', 'b', 'c']) {
      const log: ReceiptLog = await open();
      expectEqual(
        `before ${name}`,
        [...log.entries()].map(({ hash }) => hash),
        kept,
      );
      const [appended] = await storeNamed(log, name);
      kept.push(appended?.hash ?? '');
      appendNamed(log, 'in flight');
      crash();
      await closeAll();
      // Whether the leaf in flight survived is open; it is not asked for again.
      const seen = await open();
      kept.splice(0, kept.length, ...[...seen.entries()].map(({ hash }) => hash));
      expectThat(kept.includes(appended?.hash ?? ''), name, 'its leaf', kept);
      crash();
      await closeAll();
    }
  },
};
