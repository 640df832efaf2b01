import { describe, expect, test } from 'vitest';
import { replayErasures } from '../../src/receipts/log/erase.ts';
import type { LogFs, ReceiptLog } from '../../src/receipts/log/index.ts';
import { KeyStore } from '../../src/receipts/log/key-store.ts';
import { SubjectCipher } from '../../src/receipts/log/payload-cipher.ts';
import { SubjectKeyring } from '../../src/receipts/log/subject-keys.ts';
import type { MemoryFs } from '../../src/testing/index.ts';
import { memoryFs, seededRandom } from '../../src/testing/index.ts';
import { applyBody, fakeHash, open, origin, temporary } from './support.ts';

const kek = { id: 'plain', wrap: (key: Uint8Array) => key, unwrap: (key: Uint8Array) => key };
const random = seededRandom(11);
const [ann, bob] = [fakeHash('ann'), fakeHash('bob')];

interface Desk {
  readonly log: ReceiptLog;
  readonly store: KeyStore;
  readonly keyring: SubjectKeyring;
  /** Subjects whose keys replaying found work for. */
  readonly replayed: readonly string[];
  close(): Promise<void>;
}

/** A log and its keys on file systems that may be put back apart from each other. */
async function desk(directory: string, fs: LogFs, keys: LogFs = fs): Promise<Desk> {
  const cipher = new SubjectCipher(origin, random);
  const log = await open(directory, { fs, cipher });
  const given = {
    directory: `${directory}.keys`,
    origin,
    kek,
    fs: keys,
    random,
    mode: 'make',
  } as const;
  const store = await KeyStore.open(given);
  const erased = await replayErasures(log, store);
  const keyring = new SubjectKeyring(store);
  cipher.use(keyring);
  const close = async (): Promise<void> => {
    await log.close();
    store.close();
  };
  return { log, store, keyring, replayed: [...erased.keys()], close };
}

async function apply({ log, keyring }: Desk, name: string, subject: string): Promise<number> {
  keyring.forLeaf(subject, log.size);
  const { seq, durable } = log.append(applyBody(name), log.tick(), `{"id":"${name}"}`, subject);
  await durable;
  return seq;
}

async function intend({ log }: Desk, subject: string): Promise<number> {
  const body = { kind: 'erase', subject, reason: 'case 7', payloads: 1 } as const;
  const { seq, durable } = log.append(body, log.tick());
  await durable;
  return seq;
}

const states = ({ log }: Desk): readonly string[] =>
  [...log.entries()].map(({ payloadState }) => payloadState);

/** A log's lock needs a real directory; all else is in memory. */
function placeOnDisk(): { readonly directory: string; readonly fs: MemoryFs } {
  const directory = temporary();
  return { directory, fs: memoryFs({ directories: [directory] }) };
}

/** The disk as it is, all of it durable. */
function copyOf(fs: MemoryFs): MemoryFs {
  const copy = memoryFs();
  const walk = (path: string): void => {
    copy.mkdirSync(path);
    for (const name of fs.readdirSync(path)) {
      const at = `${path === '/' ? '' : path}/${name}`;
      if (fs.statSync(at)?.isDirectory() === true) walk(at);
      else copyFile(at);
    }
  };
  const copyFile = (path: string): void => {
    const from = fs.openSync(path, 'r');
    const bytes = new Uint8Array(fs.fstatSync(from).size);
    fs.readSync(from, bytes, 0, bytes.length, 0);
    fs.closeSync(from);
    const to = copy.openSync(path, 'w');
    copy.writeSync(to, bytes, 0, bytes.length, 0);
    copy.closeSync(to);
  };
  walk('/');
  return copy;
}

describe('an erase leaf is the intent', () => {
  test('what a crash left is finished: keys before it die, those behind it live', async () => {
    const { directory, fs } = placeOnDisk();
    const first = await desk(directory, fs);
    await apply(first, 'a', ann);
    await apply(first, 'b', bob);
    await intend(first, ann);
    expect(states(first)).toEqual(['present', 'present', 'none']);
    await first.close();
    const second = await desk(directory, fs);
    expect(second.replayed).toEqual([ann]);
    expect(states(second)).toEqual(['erased', 'present', 'none']);
    await apply(second, 'c', ann);
    await second.close();
    const third = await desk(directory, fs);
    expect(third.replayed).toEqual([ann]);
    expect(states(third)).toEqual(['erased', 'present', 'none', 'present']);
    const { hash } = third.log.read(3);
    third.store.setMark(4, hash);
    await third.close();
    const fourth = await desk(directory, fs);
    expect(fourth.replayed).toEqual([]);
    await fourth.close();
  });

  test('payload frames below it are dropped, those behind it stay', async () => {
    const { directory, fs } = placeOnDisk();
    const first = await desk(directory, fs);
    await apply(first, 'a', ann);
    await apply(first, 'b', bob);
    const seq = await intend(first, ann);
    await first.store.destroy(new Map([[ann, seq]]));
    first.keyring.forget();
    await apply(first, 'c', ann);
    await first.log.seal();
    const erased = new Map([[ann, seq]]);
    expect(first.log.dropPayloads(erased)).toBe(1);
    expect(first.log.dropPayloads(erased)).toBe(0);
    expect(states(first)).toEqual(['erased', 'present', 'none', 'present']);
    expect(first.log.find({ subject: ann })).toEqual([3]);
    await first.close();
  });
});

describe('copies that are put back', () => {
  test('of the keys, from before the erasure: it is done again', async () => {
    const { directory, fs } = placeOnDisk();
    const first = await desk(directory, fs);
    await apply(first, 'a', ann);
    await apply(first, 'b', bob);
    const before = copyOf(fs);
    await intend(first, ann);
    await first.close();
    const second = await desk(directory, fs);
    second.store.setMark(3, second.log.read(2).hash);
    await second.close();
    const restored = await desk(directory, fs, before);
    expect(restored.replayed).toEqual([ann]);
    expect(states(restored)).toEqual(['erased', 'present', 'none']);
    await restored.close();
  });

  test('of the log, from before the erasure: its keys are gone all the same', async () => {
    const { directory, fs } = placeOnDisk();
    const first = await desk(directory, fs);
    await apply(first, 'a', ann);
    await apply(first, 'b', bob);
    await first.close();
    const before = copyOf(fs);
    const second = await desk(directory, fs);
    const seq = await intend(second, ann);
    await second.store.destroy(new Map([[ann, seq]]));
    second.store.setMark(3, second.log.read(2).hash);
    await second.close();
    const restored = await desk(directory, before, fs);
    // Its mark is of a longer log: everything is looked up, and nothing is found.
    expect(restored.replayed).toEqual([]);
    expect(states(restored)).toEqual(['erased', 'present']);
    await restored.close();
  });

  test('of the log, which goes on: keys of lost leaves die with their subject', async () => {
    const { directory, fs } = placeOnDisk();
    const first = await desk(directory, fs);
    await apply(first, 'a', bob);
    await first.close();
    const before = copyOf(fs);
    const second = await desk(directory, fs);
    for (const name of ['b', 'c', 'd']) await apply(second, name, bob);
    await apply(second, 'e', ann);
    await second.close();
    const restored = await desk(directory, before, fs);
    await apply(restored, 'f', ann);
    await intend(restored, ann);
    await restored.close();
    const again = await desk(directory, before, fs);
    expect(states(again)).toEqual(['present', 'erased', 'none']);
    expect(again.store.find(ann)).toEqual([]);
    await again.close();
  });

  test('of another history: its mark is not believed', async () => {
    const { directory, fs } = placeOnDisk();
    const first = await desk(directory, fs);
    await apply(first, 'a', ann);
    await intend(first, ann);
    first.store.setMark(2, fakeHash('another leaf'));
    await first.close();
    const second = await desk(directory, fs);
    expect(second.replayed).toEqual([ann]);
    await second.close();
  });
});
