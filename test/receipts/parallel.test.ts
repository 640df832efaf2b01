import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodeFs } from '../../src/receipts/log/fs.ts';
import { verifyLog } from '../../src/receipts/log/verify-log.ts';
import {
  type SegmentAnswer,
  SegmentPool,
  type SegmentTask,
  type SegmentWorker,
  type SpawnWorker,
  spawnWorker,
} from '../../src/receipts/log/verify-pool.ts';
import { readSegment } from '../../src/receipts/log/verify-segment.ts';
import type { Keyring, LeafBody, VerifyReport } from '../../src/receipts/verify/index.ts';
import { trustKeys } from '../../src/receipts/verify/keyring.ts';
import { runs } from '../support/effort.ts';
import { fakeHash, keyring, otherSigner, temporary } from './support.ts';
import {
  type Epoch,
  type Made,
  makeEpochs,
  makeSegments,
  type Segment,
  writeLog,
} from './verify-logs.ts';

type Listener = (answer: SegmentAnswer) => void;

/** A thread that is none: it answers as one does, over a copy of what it would send. */
class HereWorker implements SegmentWorker {
  readonly #keyring: Keyring;
  readonly #dies: (task: SegmentTask) => boolean;
  readonly #listeners: { readonly event: string; readonly listener: Listener }[] = [];
  isTerminated = false;

  constructor(given: Keyring, dies: (task: SegmentTask) => boolean) {
    this.#keyring = given;
    this.#dies = dies;
  }

  on(event: string, listener: Listener): void {
    this.#listeners.push({ event, listener });
  }

  postMessage(task: SegmentTask): void {
    setImmediate(() => {
      if (this.isTerminated) return;
      if (this.#dies(task)) {
        this.#tell('error');
        this.#tell('exit');
        return;
      }
      const read = readSegment(nodeFs, task.path, task.first, trustKeys(this.#keyring));
      const answer = { first: task.first, ...(read === undefined ? {} : { read }) };
      this.#tell('message', structuredClone(answer));
    });
  }

  terminate(): void {
    this.isTerminated = true;
    this.#tell('exit');
  }

  #tell(event: string, answer: SegmentAnswer = { first: -1 }): void {
    for (const known of this.#listeners) if (known.event === event) known.listener(answer);
  }
}

const here =
  (dies: (task: SegmentTask) => boolean = () => false, made: HereWorker[] = []): SpawnWorker =>
  (given) => {
    const worker = new HereWorker(given, dies);
    made.push(worker);
    return worker;
  };

const statistics = (index: number): string | undefined =>
  index % 3 === 1 ? `{"skewMs":${1_001 + index}}` : undefined;
const body = (seq: number): LeafBody | undefined =>
  seq % 7 === 3
    ? {
        ...{ kind: 'deploy', snapshot: fakeHash('snapshot'), parent: null },
        ...{ catalogue: fakeHash('catalogue'), dropped: [] },
      }
    : undefined;

type Damage = (segments: Segment[], epochs: readonly Epoch[]) => void;

const flip = (segment: number, at: number, bit: number): Damage => {
  return (segments) => {
    const [first, bytes] = segments[segment % segments.length] as Segment;
    const bad = Uint8Array.from(bytes);
    bad[at % bad.length] = (bad[at % bad.length] as number) ^ (1 << bit);
    segments[segment % segments.length] = [first, bad];
  };
};
const cut = (segment: number, at: number): Damage => {
  return (segments) => {
    const [first, bytes] = segments[segment % segments.length] as Segment;
    segments[segment % segments.length] = [first, bytes.slice(0, at % bytes.length)];
  };
};
const lose = (segment: number): Damage => {
  return (segments) => void segments.splice(segment % segments.length, 1);
};
/** Another history's segment in its place: good in itself, but it does not follow. */
const graft = (segment: number, timeMs: number): Damage => {
  return (segments, epochs) => {
    const counts = epochs.map(({ size }, at) => size - (epochs[at - 1]?.size ?? 0));
    const others = makeEpochs(counts, { time: () => timeMs });
    const perSegment = Math.ceil(epochs.length / segments.length);
    const other = makeSegments(others, perSegment);
    const at = segment % segments.length;
    segments[at] = other[at % other.length] as Segment;
  };
};

/** What only somebody with the signing key can do: a log that is signed all over, yet wrong. */
const forged = fc.record(
  { time: fc.nat({ max: 20 }), prev: fc.nat({ max: 20 }), root: fc.nat({ max: 20 }) },
  { requiredKeys: [] },
);
type Forged = typeof forged extends fc.Arbitrary<infer T> ? T : never;
const forging = ({ time, prev, root }: Forged): Made => ({
  time: (seq) => (seq === time ? 7 : 1_000 + seq),
  prev: (seq) => (seq === prev ? fakeHash('other') : undefined),
  root: (size) => (size === root ? new Uint8Array(32) : undefined),
});

const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.tuple(fc.nat(), fc.nat(), fc.nat({ max: 7 })).map((given) => flip(...given)),
  fc.tuple(fc.nat(), fc.nat()).map((given) => cut(...given)),
  fc.nat().map(lose),
  fc.tuple(fc.nat(), fc.constantFrom(500, 1_004, 5_000)).map((given) => graft(...given)),
);

describe('threads', () => {
  test('give the very report of the calling thread, damaged or not, dying or not', async () => {
    const directory = temporary();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 7 }),
        fc.integer({ min: 1, max: 3 }),
        fc.array(damage, { maxLength: 1 }),
        fc.integer({ min: 1, max: 3 }),
        fc.option(fc.nat({ max: 12 }), { nil: undefined }),
        fc.option(fc.nat(), { nil: undefined }),
        fc.option(forged, { nil: {} }),
        async (counts, perSegment, damages, workers, dying, at, wrong) => {
          const epochs = makeEpochs(counts, { statistics, body, ...forging(wrong) });
          const segments = makeSegments(epochs, perSegment);
          for (const hurt of damages) if (segments.length > 0) hurt(segments, epochs);
          writeLog(directory, segments);
          const since = at === undefined ? {} : { since: epochs[at % epochs.length]?.note ?? '' };
          const alone = await verifyLog(directory, keyring, since);
          let tasks = 0;
          const spawn = here(() => tasks++ === dying);
          const shared = await verifyLog(directory, keyring, { ...since, workers }, spawn);
          expect(shared).toEqual(alone);
        },
      ),
      { numRuns: runs(200) },
    );
  });

  test.each<[string, Forged, string]>([
    ['dated back', { time: 3 }, 'retrocausation'],
    ['with another hash before', { prev: 3 }, 'chain_break'],
    ['under a root that does not follow', { root: 5 }, 'root_mismatch'],
  ])('leave what begins a segment and is %s to the caller', async (_name, wrong, kind) => {
    const directory = temporary();
    writeLog(directory, makeSegments(makeEpochs([3, 2, 4], forging(wrong)), 1));
    const report = await verifyLog(directory, keyring, { workers: 2 }, here());
    expect(report).toEqual(await verifyLog(directory, keyring));
    expect(report.findings.map((finding) => finding.kind)).toEqual([kind]);
  });

  test('are what read, where nothing is amiss: the caller opens no segment', async () => {
    const directory = temporary();
    const epochs = makeEpochs([3, 2, 4, 1, 2], { statistics });
    writeLog(directory, makeSegments(epochs, 1));
    const alone = await verifyLog(directory, keyring);
    const made: HereWorker[] = [];
    const tasks: number[] = [];
    const spawn = here(({ first }) => tasks.push(first) < 0, made);
    const places: number[] = [];
    const report = await verifyLog(
      directory,
      keyring,
      { workers: 2, onProgress: ({ leaves }) => places.push(leaves) },
      spawn,
    );
    expect(report).toEqual(alone);
    expect(report).toMatchObject({ ok: true, clock_skews: 2, skew_ms_max: 1_005 });
    expect(tasks).toEqual([0, 3, 5, 9, 10]);
    // One piece for each segment.
    expect(places).toEqual([3, 5, 9, 10, 12]);
    expect(made.map(({ isTerminated }) => isTerminated)).toEqual([true, true]);
  });

  test('read only so far ahead', async () => {
    const made: HereWorker[] = [];
    const seen: number[] = [];
    const spawn = here(({ first }) => seen.push(first) < 0, made);
    const directory = temporary();
    writeLog(directory, makeSegments(makeEpochs([1, 1, 1, 1, 1, 1]), 1));
    const threads = [spawn(keyring), spawn(keyring)] as SegmentWorker[];
    const pool = new SegmentPool(directory, [0, 1, 2, 3, 4, 5], threads);
    const turns = async (): Promise<void> => {
      for (let turn = 0; turn < 20; turn++) await new Promise((done) => setImmediate(done));
    };
    await turns();
    expect(seen).toEqual([0, 1, 2]);
    expect((await pool.take(0))?.first).toBe(0);
    await turns();
    expect(seen).toEqual([0, 1, 2, 3]);
    await pool.close();
    // A result that is there stays there; the others come to nothing.
    expect((await pool.take(1))?.first).toBe(1);
    expect(await pool.take(4)).toBeUndefined();
  });

  test('are not started where sources run, nor over another file system', async () => {
    expect(spawnWorker(keyring)).toBeUndefined();
    const directory = temporary();
    writeLog(directory, makeSegments(makeEpochs([1, 1]), 1));
    const made: HereWorker[] = [];
    const options = { workers: 2, fs: nodeFs };
    expect((await verifyLog(directory, keyring, options, here(undefined, made))).ok).toBe(true);
    expect(made).toEqual([]);
    expect((await verifyLog(directory, keyring, { workers: 2 })).ok).toBe(true);
    expect((await verifyLog(directory, keyring, { workers: 9 }, here(undefined, made))).ok).toBe(
      true,
    );
    expect(made).toHaveLength(2);
  });

  test('of what is built read a log', async () => {
    const path = fileURLToPath(
      new URL('../../dist/receipts/log/verify-worker.js', import.meta.url),
    );
    const answers: number[] = [];
    const spawn: SpawnWorker = (given) => {
      const worker = new Worker(path, { workerData: given });
      worker.on('message', ({ first, read }) => {
        if (read !== undefined) answers.push(first);
      });
      return worker;
    };
    const directory = temporary();
    const segments = makeSegments(makeEpochs([3, 2, 4, 1, 2], { statistics, body }), 1);
    writeLog(directory, segments);
    const alone = await verifyLog(directory, keyring);
    expect(await verifyLog(directory, keyring, { workers: 2 }, spawn)).toEqual(alone);
    expect(answers.sort((left, right) => left - right)).toEqual([0, 3, 5, 9, 10]);
    // One that cannot be started leaves its work to the caller.
    const lost: SpawnWorker = () => new Worker(`${path}.none`);
    expect(await verifyLog(directory, keyring, { workers: 2 }, lost)).toEqual(alone);
  });
});

describe('a segment that is read by itself', () => {
  const trusted = trustKeys(keyring);
  const read = (segments: readonly Segment[], first = 0): unknown => {
    const directory = temporary();
    writeLog(directory, segments);
    const path = `${directory}/seg/${String(first).padStart(12, '0')}.seg`;
    return readSegment(nodeFs, path, first, trusted);
  };
  const reportOf = async (segments: readonly Segment[]): Promise<VerifyReport> => {
    const directory = temporary();
    writeLog(directory, segments);
    return verifyLog(directory, keyring);
  };

  test('is taken only whole and good: a bit or an end anywhere makes it none', async () => {
    const [segment] = makeSegments(makeEpochs([2, 1], { statistics }), 9) as [Segment];
    expect(read([segment])).toMatchObject({ first: 0, bytes: segment[1].length });
    const ends = new Set(makeEpochs([2, 1], { statistics }).map(({ whole }) => whole.length));
    for (let at = 1; at < segment[1].length; at += 7) {
      const bad = Uint8Array.from(segment[1]);
      bad[at] = (bad[at] as number) ^ 4;
      if (read([[0, bad]]) !== undefined) {
        // A bit that verification does not see either.
        expect((await reportOf([[0, bad]])).ok).toBe(true);
      }
      const isEnd = ends.has(at);
      expect(read([[0, segment[1].slice(0, at)]]) === undefined).toBe(!isEnd);
    }
  });

  test('is none under another key, another origin or another first seq', () => {
    const epochs = makeEpochs([2]);
    expect(read(makeSegments(makeEpochs([2], { by: otherSigner }), 9))).toBeUndefined();
    expect(read(makeSegments(makeEpochs([2], { name: 'example.com/b' }), 9))).toBeUndefined();
    expect(read([[1, epochs[0]?.whole as Uint8Array]], 1)).toBeUndefined();
    expect(read([[0, new Uint8Array()]])).toBeUndefined();
  });
});
