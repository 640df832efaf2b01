import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { CompactRange } from '../verify/tree.ts';
import { segmentName, syncDirectory } from './files.ts';
import { type LogFs, nodeFs } from './fs.ts';
import type { LogReader } from './reader.ts';
import { type Sealed, type SealJob, sealInTurns } from './sealing.ts';
import type { LogState } from './state.ts';
import type { SubjectFields } from './subject-fields.ts';

/** What a {@link Sealer} works with. */
export interface SealerOptions {
  readonly fs: LogFs;
  readonly directory: string;
  readonly state: LogState;
  readonly reader: LogReader;
  readonly subjects: SubjectFields | undefined;
}

/** Who waits for the thread. */
interface Answering {
  readonly resolve: (sealed: Sealed | undefined) => void;
  readonly reject: (error: unknown) => void;
}

const own = import.meta.url;

/**
 * Seals complete segments one after another behind the log's back: what reading, hashing and
 * writing them takes is done in a thread of its own where the file system is the machine's.
 */
export class Sealer {
  readonly #options: SealerOptions;
  #work: Promise<void> | undefined;
  #worker: Worker | undefined;
  #answer: Answering | undefined;
  #stopped = false;
  #waiting = 0;
  #failure: unknown;

  constructor(options: SealerOptions) {
    this.#options = options;
  }

  /** What kept a segment from being sealed; none is tried again before the log is opened again. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Begins to seal whatever is complete, unless that goes on already. */
  start(): void {
    if (this.#stopped || this.#failure !== undefined || this.#next() === undefined) return;
    this.#work ??= this.#run().finally(() => {
      this.#work = undefined;
    });
  }

  /** Resolves when everything that is complete now is sealed; rejects with what keeps it. */
  async settled(): Promise<void> {
    this.#waiting++;
    // Who waits for it wants the process to stay.
    this.#worker?.ref();
    while (this.#next() !== undefined && this.#failure === undefined && !this.#stopped) {
      this.start();
      await this.#work;
    }
    this.#waiting--;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Stops in the middle of a segment, which stays as it was. */
  async stop(): Promise<void> {
    this.#stopped = true;
    // Whoever closes the log waits for this, also where nothing else keeps the process.
    this.#worker?.ref();
    await this.#worker?.terminate();
    await this.#work;
  }

  /** The next segment that is complete and not sealed. */
  #next(): number | undefined {
    const { index, sealed } = this.#options.state;
    const { segments } = index;
    const at = segments.indexOf(sealed.size);
    return at >= 0 && at < segments.length - 1 ? segments[at] : undefined;
  }

  async #run(): Promise<void> {
    try {
      for (let first = this.#next(); first !== undefined; first = this.#next()) {
        const { directory, state, subjects } = this.#options;
        const tree = state.sealed.toJSON();
        const job = { directory, first, tree, ...(subjects === undefined ? {} : { subjects }) };
        const sealed = await this.#split(job);
        if (sealed === undefined) return;
        this.#place(sealed);
      }
    } catch (error) {
      if (this.#stopped) return;
      this.#failure = error;
    }
  }

  #split(job: SealJob): Promise<Sealed | undefined> {
    const { fs } = this.#options;
    if (fs === nodeFs && own.endsWith('.js')) return this.#splitInThread(job);
    return sealInTurns(fs, job, () => this.#stopped);
  }

  /** One thread for all segments: what it compiled for the first one serves the next. */
  async #splitInThread(job: SealJob): Promise<Sealed | undefined> {
    const worker = this.#worker ?? this.#begin();
    if (this.#waiting > 0) worker.ref();
    const sealed = new Promise<Sealed | undefined>((resolve, reject) => {
      this.#answer = { resolve, reject };
    });
    worker.postMessage(job);
    try {
      return await sealed;
    } finally {
      // Whoever stops it waits for the thread's end, also where it ended by an error meanwhile.
      if (!this.#stopped) worker.unref();
    }
  }

  #begin(): Worker {
    const worker = new Worker(new URL('./seal-worker.js', own), { execArgv: [] });
    worker.on('message', (sealed: Sealed) => this.#answer?.resolve(sealed));
    worker.on('error', (error) => this.#answer?.reject(error));
    worker.on('exit', () => {
      this.#worker = undefined;
      this.#answer?.resolve(undefined);
    });
    worker.unref();
    this.#worker = worker;
    return worker;
  }

  /** From one moment to the next the segment is the one without payloads, on disk and in memory. */
  #place({ first, epochs, stale, tree }: Sealed): void {
    const { fs, directory, state, reader } = this.#options;
    const segments = join(directory, 'seg');
    const path = join(segments, segmentName(first));
    fs.renameSync(`${path}.tmp`, path);
    state.index.replaceSegment(first, epochs);
    state.sealed = CompactRange.fromJSON(tree) as CompactRange;
    state.index.split = state.sealed.size;
    state.tail.drop(state.sealed.size);
    reader.forget(first);
    // A power cut may bring the whole segment back, which is as good.
    syncDirectory(fs, segments);
    for (const tile of stale) {
      if (fs.statSync(join(directory, tile)) !== undefined) fs.unlinkSync(join(directory, tile));
    }
  }
}
