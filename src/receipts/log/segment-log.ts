import { Buffer } from 'node:buffer';
import type { Clock } from '../../base/clock.ts';
import { fail, type KnhkError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { encodeBody } from '../verify/leaf.ts';
import { bodyProblem } from '../verify/leaf-check.ts';
import type { LeafBody } from '../verify/leaf-types.ts';
import type { Blob } from './blobs.ts';
import * as blobs from './blobs.ts';
import { type CommittedEpoch, Committer, type CommitterOptions } from './committer.ts';
import type { LogFs } from './fs.ts';
import type { HeadWriter } from './head.ts';
import { saveIndex } from './index-file.ts';
import type { Lock } from './lock.ts';
import type { Appended, Recalled, ReceiptLog } from './log-types.ts';
import { type LogEntry, LogReader } from './reader.ts';
import type { Recovery } from './recover.ts';
import type { Savepoint } from './savepoints.ts';
import * as savepoints from './savepoints.ts';

/** What an opened directory consists of. */
export interface LogParts extends Omit<CommitterOptions, 'onCommit'> {
  readonly fs: LogFs;
  readonly clock: Clock;
  readonly directory: string;
  readonly segmentDirectory: string;
  readonly lock: Lock;
  readonly head: HeadWriter;
  readonly recovery: Recovery;
}

const settled = Promise.resolve();

/** Longest text whose UTF-8 form is within a limit for certain. */
const surelyWithin = (text: string, max: number): boolean =>
  3 * text.length <= max || Buffer.byteLength(text, 'utf8') <= max;

/** Closes everything, whatever fails on the way, and lets go of the lock. */
async function closeAll(closers: readonly (() => void)[], lock: Lock): Promise<void> {
  const errors: unknown[] = [];
  for (const close of closers) {
    try {
      close();
    } catch (error) {
      errors.push(error);
    }
  }
  await lock.release();
  if (errors.length > 0) throw errors[0];
}

/** The log over local segments. */
export class SegmentLog implements ReceiptLog {
  readonly origin: string;
  readonly recovery: Recovery;
  readonly #parts: LogParts;
  readonly #committer: Committer;
  readonly #reader: LogReader;
  readonly #listeners = new Set<(epoch: CommittedEpoch) => void>();
  #size: number;
  #time: number;
  #hash: string;
  #closing: Promise<void> | undefined;

  constructor(parts: LogParts) {
    const { state } = parts;
    this.origin = parts.origin;
    this.recovery = parts.recovery;
    this.#parts = parts;
    this.#size = state.index.size;
    this.#time = state.time;
    this.#hash = state.hash;
    this.#committer = new Committer({ ...parts, onCommit: (epoch) => this.#committed(epoch) });
    this.#reader = new LogReader(parts.fs, parts.segmentDirectory, state.index);
  }

  get size(): number {
    return this.#size;
  }

  get durableSize(): number {
    return this.#parts.state.index.size;
  }

  get lastTime(): number {
    return this.#time;
  }

  get lastHash(): string {
    return this.#hash;
  }

  get checkpoint(): string | undefined {
    return this.#parts.state.note || undefined;
  }

  get failure(): KnhkError | undefined {
    return this.#committer.failure;
  }

  tick(): number {
    const now = Math.floor(this.#parts.clock.now());
    return Number.isSafeInteger(now) && now > this.#time ? now : this.#time;
  }

  append(body: LeafBody, time: number, payload?: string): Appended {
    this.#checkUsable();
    const seq = this.#size;
    const text = this.#checkedText(body, seq, time);
    if (payload !== undefined && !surelyWithin(payload, limits.payloadBytes)) {
      fail('KNHK_LIMIT_PAYLOAD', `seq ${seq}`, `at most ${limits.payloadBytes} bytes`, 'more');
    }
    const { ids } = this.#parts.state;
    if (body.kind === 'apply') ids.add(body.id, seq);
    const { open } = this.#committer;
    if (payload !== undefined) open.addPayload(payload);
    const hash = open.addLeaf(text, body, time);
    this.#size = seq + 1;
    this.#time = time;
    this.#hash = hash;
    this.#committer.added();
    return { seq, hash, durable: open.durable };
  }

  #checkUsable(): void {
    if (this.#closing !== undefined) {
      fail('KNHK_LOG_CLOSED', this.origin, 'an open log', 'a closed one');
    }
    const failure = this.#committer.failure;
    if (failure !== undefined) throw failure;
  }

  #checkedText(body: LeafBody, seq: number, time: number): string {
    const problem = bodyProblem(body, 0);
    if (problem !== undefined) {
      fail('KNHK_LOG_LEAF', `seq ${seq}`, 'a body of its kind', problem);
    }
    if (!Number.isSafeInteger(time) || time < this.#time) {
      fail('KNHK_LOG_LEAF', `seq ${seq}`, `a time from ${this.#time} ms on`, time);
    }
    const text = encodeBody(body, seq, time, this.#hash);
    if (!surelyWithin(text, limits.entryBytes)) {
      fail('KNHK_LIMIT_ENTRY', `seq ${seq}`, `at most ${limits.entryBytes} bytes`, 'more');
    }
    return text;
  }

  read(seq: number): LogEntry {
    return this.#reader.read(seq);
  }

  entries(from = 0): IterableIterator<LogEntry> {
    return this.#reader.entries(from);
  }

  findId(id: string): number | undefined {
    const { ids } = this.#parts.state;
    return ids.candidates(id).find((seq) => {
      const { body } = this.recall(seq);
      return body.kind === 'apply' && body.id === id;
    });
  }

  recall(seq: number): Recalled {
    const epoch = this.#committer.holding(seq);
    if (epoch === undefined) {
      const { hash, leaf } = this.read(seq);
      return { seq, hash, body: leaf, durable: settled };
    }
    const at = seq - epoch.first;
    const body = epoch.bodies[at] as LeafBody;
    return { seq, hash: epoch.hashes[at] as string, body, durable: epoch.durable };
  }

  putBlob(kind: string, canonicalText: string): string {
    this.#checkUsable();
    return blobs.putBlob(this.#parts.fs, this.#parts.directory, kind, canonicalText);
  }

  getBlob(hash: string): Blob | undefined {
    return blobs.getBlob(this.#parts.fs, this.#parts.directory, hash);
  }

  async saveSavepoint(state: string): Promise<void> {
    this.#checkUsable();
    const { fs, directory } = this.#parts;
    const last = this.#committer.last;
    // The state belongs to the leaves appended so far: let a checkpoint end exactly there.
    this.#committer.seal();
    await last?.durable;
    const note = last?.note ?? this.checkpoint;
    if (note !== undefined) savepoints.saveSavepoint(fs, directory, note, state);
  }

  loadSavepoint(): Savepoint | undefined {
    const { fs, directory } = this.#parts;
    return savepoints.loadSavepoint(fs, directory, (size) => this.#reader.noteAt(size));
  }

  onCheckpoint(listener: (epoch: CommittedEpoch) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #committed(epoch: CommittedEpoch): void {
    this.#parts.head.write(epoch.note);
    for (const listener of this.#listeners) {
      try {
        listener(epoch);
      } catch (error) {
        // A listener only watches: its mistake must not stop the log, nor be lost.
        process.emitWarning(`checkpoint listener: ${String(error)}`, 'KnhkWarning');
      }
    }
  }

  async flush(): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    await this.#committer.last?.durable;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { fs, directory, state, writer, head, lock } = this.#parts;
    try {
      await this.#committer.last?.durable.catch(() => {});
      await this.#committer.idle();
      if (this.failure === undefined && this.durableSize > 0) {
        saveIndex(fs, directory, this.origin, state);
      }
    } finally {
      await closeAll([() => writer.close(), () => head.close(), () => this.#reader.close()], lock);
    }
  }
}
