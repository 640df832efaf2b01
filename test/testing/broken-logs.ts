import type { LogFs } from '../../src/receipts/log/index.ts';
import {
  type LogConformanceOptions,
  type ReceiptLog,
  seededSigner,
} from '../../src/testing/index.ts';
import type { Broken } from './conformance.ts';
import { inMemory, replacing, wrapped } from './stores.ts';

type Members = Parameters<typeof replacing>[0];

const withLog = (members: Members) => (): LogConformanceOptions => wrapped(replacing(members));
const withFs = (through: (fs: LogFs) => LogFs) => (): LogConformanceOptions => inMemory(through);

/** Stores opened with other options than asked for. */
const opening =
  (
    change: (
      store: Parameters<LogConformanceOptions['open']>[0],
      sound: LogConformanceOptions,
    ) => Promise<ReceiptLog>,
  ) =>
  (): LogConformanceOptions => {
    const sound = inMemory();
    return { ...sound, open: (store) => change(store, sound) };
  };

/** One log for all openings of a name, whoever asks. */
function shared(): LogConformanceOptions {
  const sound = inMemory();
  const logs = new Map<string, Promise<ReceiptLog>>();
  return {
    ...sound,
    open: (store) => {
      const log = logs.get(store.name) ?? sound.open(store);
      logs.set(store.name, log);
      return log;
    },
  };
}

const settled = Promise.resolve();

/** The key that the suite opens its stores with. */
const right = seededSigner({ name: 'example.com/conformance', seed: 1 }).signer;

/** Logs with one defect each. */
export const brokenLogs: readonly Broken<LogConformanceOptions>[] = [
  {
    defect: 'a log that begins at 1',
    caughtBy: 'a new log is empty',
    make: withLog((log) => ({ size: () => log.size + 1 })),
  },
  {
    defect: 'seqs that skip',
    caughtBy: 'leaves are numbered from 0 and chained',
    make: withLog((log) => ({
      append: () => (body, time, payload) => {
        const appended = log.append(body, time, payload);
        return { ...appended, seq: 2 * appended.seq };
      },
    })),
  },
  {
    defect: 'a payload that is lost',
    caughtBy: 'a leaf is read back as it was appended, with its payload',
    make: withLog((log) => ({ append: () => (body, time) => log.append(body, time) })),
  },
  {
    defect: 'entries that begin one later',
    caughtBy: 'entries begin where they are asked to',
    make: withLog((log) => ({
      entries:
        () =>
        (from = 0) =>
          log.entries(from === 0 ? 0 : from + 1),
    })),
  },
  {
    defect: 'a checkpoint that stays behind',
    caughtBy: 'the checkpoint signs the tree over all leaves',
    make: withLog((log) => {
      let first: string | undefined;
      return {
        checkpoint: () => {
          first ??= log.checkpoint;
          return first;
        },
        append: () => (body, time, payload) => {
          first ??= log.checkpoint;
          return log.append(body, time, payload);
        },
      };
    }),
  },
  {
    defect: 'leaves that know their checkpoint',
    caughtBy: 'equal leaves have equal hashes, wherever checkpoints were cut',
    make: withLog((log) => ({
      append: () => (body, time, payload) =>
        log.append({ ...body, trace: `${log.durableSize}` }, time, payload),
    })),
  },
  {
    defect: 'a clock that is read twice',
    caughtBy: 'time never runs backwards',
    make: withLog((log) => ({ tick: () => () => Math.max(log.tick(), log.tick()) })),
  },
  {
    defect: 'members nobody knows, dropped in silence',
    caughtBy: 'a refused leaf changes nothing',
    make: withLog((log) => ({
      append: () => (body, time, payload) => {
        const { extra: _, ...rest } = body as typeof body & { readonly extra?: unknown };
        return log.append(rest as typeof body, time, payload);
      },
    })),
  },
  {
    defect: 'a leaf in flight that can be read',
    caughtBy: 'only durable leaves can be read',
    make: withLog((log) => ({
      read: () => (seq) => {
        if (seq < log.durableSize || seq >= log.size) return log.read(seq);
        const { hash, body } = log.recall(seq);
        return {
          ...{ seq, hash, leaf: body as never, leafBytes: new Uint8Array() },
          payloadState: 'none',
        };
      },
    })),
  },
  {
    defect: 'acknowledging what is only appended',
    caughtBy: 'nothing is acknowledged before its checkpoint is signed',
    make: withLog((log) => ({
      append: () => (body, time, payload) => ({
        ...log.append(body, time, payload),
        durable: settled,
      }),
    })),
  },
  {
    defect: 'a durable size that lags behind',
    caughtBy: 'what is acknowledged is covered by a checkpoint',
    make: withLog((log) => ({ durableSize: () => Math.max(0, log.durableSize - 1) })),
  },
  {
    defect: 'checkpoints told in the wrong order',
    caughtBy: 'leaves are acknowledged in order, at most 256 a checkpoint',
    make: withLog((log) => ({
      onCheckpoint: () => (listener) => {
        const held: Parameters<typeof listener>[0][] = [];
        return log.onCheckpoint((epoch) => {
          held.unshift(epoch);
          if (epoch.size === log.size) for (const one of held.splice(0)) listener(one);
        });
      },
    })),
  },
  {
    defect: 'a flush that does not wait',
    caughtBy: 'flush waits for all leaves so far',
    make: withLog(() => ({ flush: () => () => settled })),
  },
  {
    defect: 'a listener that cannot be removed',
    caughtBy: 'a listener is told of each checkpoint until it is removed',
    make: withLog((log) => ({
      onCheckpoint: () => (listener) => {
        log.onCheckpoint(listener);
        return () => {};
      },
    })),
  },
  {
    defect: 'a log that is empty after opening again',
    caughtBy: 'opening again gives the same log',
    make: () => {
      const sound = inMemory();
      let opened = 0;
      return {
        ...sound,
        open: ({ name, ...store }) => sound.open({ ...store, name: `${name}-${opened++}` }),
      };
    },
  },
  {
    defect: 'closing that drops what is in flight',
    caughtBy: 'closing makes everything durable',
    make: () => {
      const sound = inMemory();
      return {
        ...sound,
        open: async (store) =>
          replacing((log) => ({
            close: () => () => {
              sound.crash?.(store.name);
              return log.close().catch(() => {});
            },
          }))(await sound.open(store)),
      };
    },
  },
  {
    defect: 'a closed log that still takes leaves',
    caughtBy: 'a closed log takes nothing, and closing again is nothing',
    make: withLog((log) => ({ close: () => () => log.flush() })),
  },
  {
    defect: 'a failure that nobody hears of',
    caughtBy: 'a failed signature ends all appending until the log is opened again',
    make: withLog((log) => ({
      append: () => (body, time, payload) => {
        const appended = log.append(body, time, payload);
        return { ...appended, durable: appended.durable.catch(() => {}) };
      },
    })),
  },
  {
    defect: 'a wrong signature mended in silence',
    caughtBy: 'a wrong signature is not stored',
    make: opening((store, sound) => sound.open({ ...store, signer: right })),
  },
  { defect: 'two owners', caughtBy: 'a store has one owner', make: shared },
  {
    defect: 'openings that ask no questions',
    caughtBy: 'another origin and an unknown signer are refused',
    make: shared,
  },
  {
    defect: 'an id that is found once it is durable',
    caughtBy: 'an id is found from its append on',
    make: withLog((log) => ({
      findId: () => (id) => {
        const seq = log.findId(id);
        return seq !== undefined && seq < log.durableSize ? seq : undefined;
      },
    })),
  },
  {
    defect: 'ids known by their first bytes',
    caughtBy: 'ids that begin alike are told apart',
    make: withLog((log) => ({
      findId: () => (id) =>
        [...log.entries()].find(
          ({ leaf }) => leaf.kind === 'apply' && leaf.id.startsWith(id.slice(0, 16)),
        )?.seq,
    })),
  },
  {
    defect: 'a recalled leaf that is called durable',
    caughtBy: 'a leaf is recalled in flight and later, with its durability',
    make: withLog((log) => ({ recall: () => (seq) => ({ ...log.recall(seq), durable: settled }) })),
  },
  {
    defect: 'blobs under the hash of their text alone',
    caughtBy: 'a blob is kept under the hash of its kind and text',
    make: withLog((log) => ({ putBlob: () => (_kind, text) => log.putBlob('', text) })),
  },
  {
    defect: 'a savepoint at whatever is durable then',
    caughtBy: 'a savepoint holds exactly the leaves before it',
    make: withLog((log) => ({
      saveSavepoint: () => async (state) => {
        await log.flush();
        await new Promise((done) => setImmediate(done));
        await log.saveSavepoint(state);
      },
    })),
  },
  {
    defect: 'a leaf that says that the log was opened',
    caughtBy: 'opening, closing and savepoints add no leaf',
    make: opening(async (store, sound) => {
      const log = await sound.open(store);
      const [first] = [...log.entries()];
      if (first?.leaf.kind === 'apply') {
        const { v: _v, seq: _seq, time: _time, prev: _prev, ...body } = first.leaf;
        await log.append(body, log.tick()).durable;
      }
      return log;
    }),
  },
  {
    defect: 'a sync that does nothing',
    caughtBy: 'a crash loses nothing that was acknowledged',
    make: withFs((fs) => ({ ...fs, fdatasync: (_fd, done) => void setImmediate(done, null) })),
  },
  {
    defect: 'a listener told before the sync',
    caughtBy: 'a checkpoint that was seen outlives a crash',
    make: withFs((fs) => ({
      ...fs,
      fdatasync: (fd, done) => {
        setImmediate(done, null);
        setTimeout(() => fs.fdatasync(fd, () => {}), 5);
      },
    })),
  },
  {
    defect: 'directories that are not synced',
    caughtBy: 'blobs and savepoints outlive a crash',
    make: withFs((fs) => ({
      ...fs,
      fsyncSync: (fd) => (fs.fstatSync(fd).isDirectory() ? undefined : fs.fsyncSync(fd)),
    })),
  },
  {
    defect: 'proofs of the leaf before',
    caughtBy: 'each leaf has a proof that needs nothing but the keyring',
    make: withLog((log) => ({
      prove: () => (seq, options) => log.prove(seq === 0 ? 0 : seq - 1, options),
    })),
  },
  {
    defect: 'proofs under the last checkpoint, whichever is asked for',
    caughtBy: 'a proof can be under any checkpoint at or behind its leaf',
    make: withLog((log) => ({ prove: () => (seq) => log.prove(seq) })),
  },
  {
    defect: 'consistency of everything with nothing',
    caughtBy: 'each checkpoint extends those before it, and that can be proved',
    make: withLog((log) => ({
      proveConsistency: () => (from, to) => log.proveConsistency(from, to).slice(1),
    })),
  },
  {
    defect: 'leaves found from the oldest on',
    caughtBy: 'durable leaves are found by hash and by what fired, the newest first',
    make: withLog((log) => ({ find: () => (query) => [...log.find(query)].reverse() })),
  },
  {
    defect: 'sealing that loses payloads',
    caughtBy: 'sealing changes nothing that is read',
    make: withLog((log) => {
      let isSealed = false;
      return {
        seal: () => async () => {
          await log.seal();
          isSealed = true;
        },
        entries: () =>
          function* (from) {
            for (const entry of log.entries(from)) {
              const { payload: _, ...rest } = entry;
              yield isSealed ? rest : entry;
            }
          },
      };
    }),
  },
  {
    defect: 'a rotation without overlap',
    caughtBy: 'two keys sign in the overlap of a rotation, then the new one alone',
    make: withLog((log) => ({
      rotate: () => (options) => log.rotate({ ...options, overlap: 0 }),
    })),
  },
  {
    defect: 'a clock that is believed to be right',
    caughtBy: 'a clock that runs backwards takes no leaf with it',
    make: withLog(() => ({ skewMs: () => 0 })),
  },
  {
    defect: 'payloads stored when there is time',
    caughtBy: 'payloads outlive a crash with their leaves',
    make: withLog((log) => ({
      entries: () => () => {
        const entries = [...log.entries()];
        return entries.map((entry) => ({ ...entry, payload: undefined as never })).values();
      },
    })),
  },
  {
    defect: 'a crash that leaves other leaves',
    caughtBy: 'what is left of leaves in flight is the first of them, whole',
    make: withLog((log) => ({
      append: () => (body, time, payload) => {
        const appended = log.append(body, time, payload);
        return appended.seq === 0 ? { ...appended, hash: 'another' } : appended;
      },
    })),
  },
  {
    defect: 'a second crash that nothing outlives',
    caughtBy: 'a crash after a crash loses nothing either',
    make: () => {
      const sound = inMemory();
      let crashes = 0;
      return {
        open: ({ name, ...store }) => sound.open({ ...store, name: `${name}-${crashes > 1}` }),
        crash: (name) => {
          crashes++;
          sound.crash?.(`${name}-false`);
        },
      };
    },
  },
  {
    defect: 'checkpoints of a larger size than their root',
    caughtBy: 'each checkpoint signs the tree over the leaves before it',
    make: withLog((log) => ({
      onCheckpoint: () => (listener) =>
        log.onCheckpoint((epoch) => {
          const [name, size, ...rest] = epoch.note.split('\n');
          listener({ ...epoch, note: [name, `${Number(size) - 1}`, ...rest].join('\n') });
        }),
    })),
  },
  {
    defect: 'a remembered checkpoint that nobody compares',
    caughtBy: 'what was remembered outside refuses a shorter log and another one',
    make: opening(({ since: _, ...store }, sound) => sound.open(store)),
  },
  {
    defect: 'ids beyond the first thousand, forgotten at opening',
    caughtBy: 'however many ids there are, each is found after opening again',
    make: withLog((log) => ({
      findId: () => (id) => {
        const seq = log.findId(id);
        return seq !== undefined && seq >= 1_000 ? undefined : seq;
      },
    })),
  },
  {
    defect: 'documents that are stored on a failed store',
    caughtBy: 'a failed store takes no documents and no savepoints',
    make: withLog((log) => ({
      putBlob: () => (kind, text) => {
        try {
          return log.putBlob(kind, text);
        } catch {
          return '';
        }
      },
    })),
  },
  {
    defect: 'payloads cut at 64 KiB',
    caughtBy: 'a payload of 1 MiB is kept',
    make: withLog((log) => ({
      read: () => (seq) => {
        const entry = log.read(seq);
        return { ...entry, payload: entry.payload?.slice(0, 65_536) as string };
      },
    })),
  },
];
