import { hashCanonical } from '../base/canonical.ts';
import { expectCode, expectEqual } from './case.ts';
import { appendNamed, hashNamed, type LogLaw, leafNamed, storeNamed } from './log-bench.ts';

const idsMany = 1_500;

/** Laws about ids, blobs and savepoints. */
export const stateLaws: Readonly<Record<string, LogLaw>> = {
  'an id is found from its append on': async ({ open, hold }) => {
    const held = hold();
    const log = await open({ signer: held });
    appendNamed(log, 'a', 'b');
    expectEqual('in flight', log.findId(hashNamed('id b')), 1);
    expectEqual('unknown', log.findId(hashNamed('id c')), undefined);
    held.release();
    await log.flush();
    expectEqual('durable', log.findId(hashNamed('id b')), 1);
  },
  'ids that begin alike are told apart': async ({ open }) => {
    const log = await open();
    const ids = ['0', '1', '2'].map((digit) => digit.padStart(64, 'a'));
    for (const id of ids) log.append({ ...leafNamed(id), id }, log.tick());
    await log.flush();
    expectEqual(
      'seqs',
      ids.map((id) => log.findId(id)),
      [0, 1, 2],
    );
    expectEqual('a fourth', log.findId('3'.padStart(64, 'a')), undefined);
  },
  'a leaf is recalled in flight and later, with its durability': async ({ open, hold }) => {
    const held = hold();
    const log = await open({ signer: held });
    const [appended] = appendNamed(log, 'a');
    const early = log.recall(0);
    expectEqual('in flight', [early.seq, early.hash], [0, appended?.hash]);
    expectEqual('its body', early.body, leafNamed('a'));
    let isDurable = false;
    const durable = early.durable.then(() => {
      isDurable = true;
    });
    await new Promise<void>((done) => void setImmediate(done));
    expectEqual('durable', isDurable, false);
    held.release();
    await durable;
    const late = log.recall(0);
    await late.durable;
    expectEqual('later', [late.seq, late.hash], [0, appended?.hash]);
    expectEqual('its body later', late.body, log.read(0).leaf);
  },
  'a blob is kept under the hash of its kind and text': async ({ open }) => {
    const log = await open();
    const text = '{"a":"\u00e9\\n","b":[1]}';
    const hash = log.putBlob('test', text);
    expectEqual('hash', hash, hashCanonical('test', text));
    expectEqual('again', log.putBlob('test', text), hash);
    expectEqual('blob', log.getBlob(hash), { kind: 'test', text });
    expectEqual('none', log.getBlob(hashNamed('none')), undefined);
    expectEqual('no hash', log.getBlob('../FORMAT'), undefined);
    await log.close();
    expectEqual('later', (await open()).getBlob(hash), { kind: 'test', text });
  },
  'a savepoint holds exactly the leaves before it': async ({ open }) => {
    const log = await open();
    await log.saveSavepoint('nothing');
    expectEqual('of an empty log', log.loadSavepoint(), undefined);
    appendNamed(log, 'a', 'b');
    const saved = log.saveSavepoint('two');
    // However soon the next leaf comes, it is no part of the state.
    appendNamed(log, 'c');
    await saved;
    expectEqual('savepoint', log.loadSavepoint(), { size: 2, state: 'two' });
    await log.flush();
    await log.saveSavepoint('three');
    expectEqual('the newest', log.loadSavepoint(), { size: 3, state: 'three' });
    await log.close();
    expectEqual('later', (await open()).loadSavepoint(), { size: 3, state: 'three' });
  },
  'opening, closing and savepoints add no leaf': async ({ open }) => {
    const log = await open();
    await storeNamed(log, 'a');
    const { lastHash, checkpoint } = log;
    await log.saveSavepoint('one');
    await log.close();
    const again = await open();
    await again.close();
    const last = await open();
    const view = [last.size, last.lastHash, last.checkpoint];
    expectEqual('log', view, [1, lastHash, checkpoint]);
  },
  'however many ids there are, each is found after opening again': async ({ open }) => {
    const log = await open();
    const names = Array.from({ length: idsMany }, (_, index) => index);
    await storeNamed(log, ...names);
    await log.close();
    const again = await open();
    const found = names.map((name) => again.findId(hashNamed(`id ${name}`)));
    expectEqual('seqs', found, names);
    expectEqual('another', again.findId(hashNamed('id another')), undefined);
  },
  'a failed store takes no documents and no savepoints': async ({ open, hold }) => {
    const held = hold();
    const log = await open({ signer: held });
    const hash = log.putBlob('test', '{"before":1}');
    const [appended] = appendNamed(log, 'a');
    held.refuse();
    await expectCode('the leaf', 'KNHK_LOG_POISONED', () => appended?.durable);
    await expectCode('putBlob', 'KNHK_LOG_POISONED', () => log.putBlob('test', '{"after":1}'));
    await expectCode('saveSavepoint', 'KNHK_LOG_POISONED', () => log.saveSavepoint('state'));
    expectEqual('a document from before', log.getBlob(hash)?.text, '{"before":1}');
  },
};
