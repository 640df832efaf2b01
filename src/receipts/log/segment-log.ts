import { fail, type KnhkError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import type { Keyring } from '../verify/keyring.ts';
import type { LeafBody } from '../verify/leaf-types.ts';
import type { Blob } from './blobs.ts';
import * as blobs from './blobs.ts';
import { type CommittedEpoch, Committer } from './committer.ts';
import { DurableLeaves, LeafClock } from './durable.ts';
import { checkPayload, leafText } from './entry-check.ts';
import { saveIndex } from './index-file.ts';
import { KeyChanges } from './key-changes.ts';
import { closeAll, type LogParts } from './log-parts.ts';
import type { Appended, ProveOptions, Recalled, ReceiptLog } from './log-types.ts';
import type { LogQuery } from './queries.ts';
import type { LogEntry } from './reader.ts';
import type { Recovery } from './recover.ts';
import type { RevokeOptions, RotateOptions } from './rotation.ts';
import type { Savepoint } from './savepoints.ts';
import * as savepoints from './savepoints.ts';

const settled = Promise.resolve();

/** The log over local segments. */
export class SegmentLog implements ReceiptLog {
  readonly origin: string;
  readonly recovery: Recovery;
  readonly #parts: LogParts;
  readonly #committer: Committer;
  readonly #keys: KeyChanges;
  readonly #leaves: DurableLeaves;
  readonly #clock: LeafClock;
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
    this.#keys = new KeyChanges({
      ...{ signing: parts.signing, saveKeyring: parts.saveKeyring },
      committer: this.#committer,
      append: (body, time) => this.append(body, time),
    });
    this.#leaves = new DurableLeaves(parts);
    this.#clock = new LeafClock(parts.clock);
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

  get sealingFailure(): unknown {
    return this.#leaves.sealingFailure;
  }

  get keyring(): Keyring {
    return this.#parts.signing.keyring;
  }

  get skewMs(): number {
    return this.#clock.skewMs;
  }

  tick(): number {
    return this.#clock.tick(this.#time);
  }

  append(body: LeafBody, time: number, payload?: string, subject?: string): Appended {
    this.#checkUsable();
    const seq = this.#size;
    const text = leafText(body, { seq, time, after: this.#time, prev: this.#hash });
    checkPayload(payload, seq);
    const sealed = this.#encrypted(body, payload, subject);
    const { ids } = this.#parts.state;
    if (body.kind === 'apply') ids.add(body.id, seq);
    const { open } = this.#committer;
    if (sealed !== undefined) open.addEncrypted(sealed);
    else if (payload !== undefined) open.addPayload(payload);
    const hash = open.addLeaf(text, body, time);
    open.skewMs = Math.max(open.skewMs, this.skewMs);
    this.#size = seq + 1;
    this.#time = time;
    this.#hash = hash;
    this.#committer.added();
    return { seq, hash, durable: open.durable };
  }

  together<T>(leaves: number, append: () => T): T {
    this.#checkUsable();
    return this.#committer.together(leaves, append);
  }

  #encrypted(body: LeafBody, payload?: string, subject?: string): Uint8Array | undefined {
    const { cipher } = this.#parts;
    if (cipher === undefined || subject === undefined || payload === undefined) return undefined;
    const content = cipher.seal(subject, payload, body.kind === 'apply' ? body.id : '');
    if (content.length <= limits.payloadBytes) return content;
    const expected = `at most ${limits.payloadBytes} bytes`;
    return fail('KNHK_LIMIT_PAYLOAD', 'encrypted', expected, content.length);
  }

  #checkUsable(): void {
    if (this.#closing !== undefined) {
      fail('KNHK_LOG_CLOSED', this.origin, 'an open log', 'a closed one');
    }
    const failure = this.#committer.failure;
    if (failure !== undefined) throw failure;
  }

  async rotate(options: RotateOptions): Promise<Keyring> {
    this.#checkUsable();
    return this.#keys.rotate(options, { seq: this.#size, time: this.tick() });
  }

  async revoke(options: RevokeOptions): Promise<Keyring> {
    // A rotation may still be on its way: what comes before it needs the key that is taken back.
    await this.flush();
    this.#checkUsable();
    return this.#keys.revoke(options, { seq: this.#size, time: this.tick() });
  }

  read(seq: number): LogEntry {
    return this.#leaves.reader.read(seq);
  }

  entries(from = 0): IterableIterator<LogEntry> {
    return this.#leaves.reader.entries(from);
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
    return savepoints.loadSavepoint(fs, directory, (size) => this.#leaves.reader.noteAt(size));
  }

  onCheckpoint(listener: (epoch: CommittedEpoch) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #committed(epoch: CommittedEpoch): void {
    this.#parts.head.write(epoch.note);
    this.#parts.remembered?.write(epoch.note);
    this.#leaves.grown();
    for (const listener of this.#listeners) {
      try {
        listener(epoch);
      } catch (error) {
        // A listener only watches: its mistake must not stop the log, nor be lost.
        process.emitWarning(`checkpoint listener: ${String(error)}`, 'KnhkWarning');
      }
    }
  }

  find(query: LogQuery): readonly number[] {
    return this.#leaves.find(query);
  }

  prove(seq: number, options?: ProveOptions): string {
    return this.#leaves.prove(seq, options);
  }

  proveConsistency(from: number, to?: number): readonly Uint8Array[] {
    return this.#leaves.proveConsistency(from, to);
  }

  async seal(): Promise<void> {
    this.#checkUsable();
    await this.flush();
    this.#committer.endSegment();
    await this.#leaves.sealed();
  }

  dropPayloads(erased: ReadonlyMap<string, number>): number {
    return this.#leaves.dropPayloads(erased);
  }

  dropSavepoints(below: number): void {
    savepoints.dropSavepoints(this.#parts.fs, this.#parts.directory, below);
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
    const { fs, directory, state, writer, head, remembered, lock } = this.#parts;
    try {
      await this.#committer.last?.durable.catch(() => {});
      await this.#committer.idle();
      await this.#leaves.stop();
      if (this.failure === undefined && this.durableSize > 0) {
        saveIndex(fs, directory, this.origin, state);
      }
    } finally {
      const closers = [
        writer,
        head,
        this.#leaves,
        ...(remembered === undefined ? [] : [remembered]),
      ];
      await closeAll(
        closers.map((part) => () => part.close()),
        lock,
      );
    }
  }
}
