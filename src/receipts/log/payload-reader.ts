import { Buffer } from 'node:buffer';
import type { LogFs } from './fs.ts';
import { type PayloadCipher, subjectOf } from './payload-cipher.ts';
import { PayloadFile } from './payload-file.ts';

/**
 * What there is beside a leaf: its payload; `none` where it never had one; `removed` by retention,
 * which a sealed segment that never had any looks like;
 * `erased` with its subject; `encrypted` under keys that were not given.
 */
export type PayloadState = 'present' | 'none' | 'removed' | 'erased' | 'encrypted';

/** A payload, or why there is none. */
export interface LogPayload {
  readonly payloadState: PayloadState;
  /** Canonical JSON; set exactly where the state is present. */
  readonly payload?: string;
  /** Keyed name of its data subject, where it is or was encrypted. */
  readonly subject?: string;
}

const none: LogPayload = Object.freeze({ payloadState: 'none' });
const erased: LogPayload = Object.freeze({ payloadState: 'erased' });
const encrypted: LogPayload = Object.freeze({ payloadState: 'encrypted' });

const openFilesMax = 8;

/** Reads payloads, of segments whose payloads were split off, and opens encrypted ones. */
export class PayloadReader {
  readonly #fs: LogFs;
  readonly #directory: string;
  readonly #cipher: PayloadCipher | undefined;
  readonly #files = new Map<number, PayloadFile | undefined>();

  constructor(fs: LogFs, directory: string, cipher: PayloadCipher | undefined) {
    this.#fs = fs;
    this.#directory = directory;
    this.#cipher = cipher;
  }

  /** What a payload frame holds, beside the leaf with this keyed id. */
  decode(enc: number, content: Uint8Array, leafId: string): LogPayload {
    if (enc === 0) {
      const bytes = Buffer.from(content.buffer, content.byteOffset, content.length);
      return { payloadState: 'present', payload: bytes.toString('utf8') };
    }
    const text = this.#cipher?.open(content, leafId) ?? 'unknown-key';
    const name = subjectOf(content);
    const subject = name === undefined ? {} : { subject: name };
    if (text === 'erased') return { ...erased, ...subject };
    if (text === 'unknown-key') return { ...encrypted, ...subject };
    return { payloadState: 'present', payload: text, ...subject };
  }

  /**
   * The payload of a leaf whose segment holds none; undefined where there is no file of payloads.
   *
   * @throws KnhkError KNHK_LOG_CORRUPT
   */
  read(segment: number, seq: number, leafId: string): LogPayload | undefined {
    const file = this.#file(segment);
    if (file === undefined) return undefined;
    const position = file.find(seq);
    if (position < 0) return none;
    const frame = file.frameAt(position);
    return frame === undefined ? erased : this.decode(frame.enc, frame.content, leafId);
  }

  #file(segment: number): PayloadFile | undefined {
    if (this.#files.has(segment)) return this.#files.get(segment);
    const [oldest] = this.#files.keys();
    if (this.#files.size >= openFilesMax && oldest !== undefined) this.forget(oldest);
    const file = PayloadFile.open(this.#fs, this.#directory, segment);
    this.#files.set(segment, file);
    return file;
  }

  /** Lets go of a segment's file, because it was changed, made or removed. */
  forget(segment: number): void {
    this.#files.get(segment)?.close();
    this.#files.delete(segment);
  }

  close(): void {
    for (const file of this.#files.values()) file?.close();
    this.#files.clear();
  }
}
