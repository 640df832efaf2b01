import type { Buffer } from 'node:buffer';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { sha256Hex } from '#sha256';
import { toHex } from '../../base/bytes.ts';
import { fail } from '../../base/errors.ts';
import {
  decodeEpoch,
  frameOverhead,
  frameTypes,
  headerBytes,
  isIntact,
  readHeader,
} from '../verify/frames.ts';
import { parseLeafText } from '../verify/leaf.ts';
import type { Leaf } from '../verify/leaf-types.ts';
import type { EpochIndex, EpochPlace } from './epoch-index.ts';
import { readAt, segmentName } from './files.ts';
import type { LogFs } from './fs.ts';
import type { PayloadCipher } from './payload-cipher.ts';
import { type LogPayload, PayloadReader, type PayloadState } from './payload-reader.ts';

/** One leaf as it is stored, checked against its hash. */
export interface LogEntry {
  readonly seq: number;
  readonly leaf: Leaf;
  /** The leaf's canonical JSON as it is stored and hashed. */
  readonly leafBytes: Uint8Array;
  /** Leaf hash, hexadecimal. */
  readonly hash: string;
  /** Whether what was stored with the leaf is there, and why not. */
  readonly payloadState: PayloadState;
  /** Canonical JSON that was stored with the leaf. */
  readonly payload?: string;
  /** Keyed name of its data subject, where the payload is or was encrypted. */
  readonly subject?: string;
}

interface Frame {
  readonly start: number;
  readonly length: number;
  readonly enc: number;
}

/** The bytes of one epoch, cut into frames; leaves are checked when they are asked for. */
interface EpochView {
  readonly place: EpochPlace;
  readonly bytes: Buffer;
  readonly leaves: readonly Frame[];
  readonly payloads: readonly (Frame | undefined)[];
  readonly hashes: Uint8Array;
  readonly note: string;
}

// Epochs kept in memory for reading: about 50 of ordinary size.
const viewBytesMax = 16_777_216;
const openFilesMax = 16;
const hashBytes = 32;

/** Reads durable leaves; every byte handed out was checked again (CRC and leaf hash). */
export class LogReader {
  readonly #fs: LogFs;
  readonly #directory: string;
  readonly #index: EpochIndex;
  readonly #payloads: PayloadReader;
  readonly #views = new Map<number, EpochView>();
  #viewBytes = 0;
  readonly #files = new Map<number, number>();

  constructor(fs: LogFs, directory: string, index: EpochIndex, cipher?: PayloadCipher) {
    this.#fs = fs;
    this.#directory = join(directory, 'seg');
    this.#index = index;
    this.#payloads = new PayloadReader(fs, directory, cipher);
  }

  /** One leaf, through a small cache of epochs. */
  read(seq: number): LogEntry {
    if (!Number.isSafeInteger(seq) || seq < 0 || seq >= this.#index.size) {
      fail('KNHK_LOG_SEQ', 'read', `a seq below ${this.#index.size}`, seq);
    }
    const position = this.#index.find(seq);
    let view = this.#views.get(position);
    if (view === undefined) {
      view = this.#load(position);
      this.#remember(position, view);
    }
    return this.#entry(view, seq - view.place.first);
  }

  #remember(position: number, view: EpochView): void {
    this.#viewBytes += view.bytes.length;
    for (const [oldest, { bytes }] of this.#views) {
      if (this.#viewBytes <= viewBytesMax) break;
      this.#views.delete(oldest);
      this.#viewBytes -= bytes.length;
    }
    this.#views.set(position, view);
  }

  /** All leaves from a seq to the durable end at the time of the call. */
  *entries(from: number): IterableIterator<LogEntry> {
    const end = this.#index.epochs;
    if (from >= this.#index.size) return;
    for (let position = this.#index.find(from); position < end; position++) {
      const view = this.#load(position);
      const skip = Math.max(0, from - view.place.first);
      for (let at = skip; at < view.leaves.length; at++) yield this.#entry(view, at);
    }
  }

  /** Hash of a leaf as its epoch names it; the leaf itself is not read. */
  hashAt(seq: number): string {
    const { place, hashes } = this.#load(this.#index.find(seq));
    const at = (seq - place.first) * hashBytes;
    return toHex(hashes.subarray(at, at + hashBytes));
  }

  /** The signed checkpoint that ends exactly at a size, undefined if none does. */
  noteAt(size: number): string | undefined {
    if (size < 1 || size > this.#index.size) return undefined;
    const view = this.#load(this.#index.find(size - 1));
    return view.place.first + view.place.count === size ? view.note : undefined;
  }

  /** Forgets what it holds of a segment whose file was replaced. */
  forget(segment: number): void {
    for (const [position, { place, bytes }] of this.#views) {
      if (place.segment !== segment) continue;
      this.#views.delete(position);
      this.#viewBytes -= bytes.length;
    }
    const fd = this.#files.get(segment);
    this.#files.delete(segment);
    this.#payloads.forget(segment);
    if (fd !== undefined) this.#fs.closeSync(fd);
  }

  close(): void {
    this.#payloads.close();
    for (const fd of this.#files.values()) this.#fs.closeSync(fd);
    this.#files.clear();
    this.#views.clear();
  }

  #file(segment: number): number {
    const known = this.#files.get(segment);
    if (known !== undefined) return known;
    if (this.#files.size >= openFilesMax) {
      const [[oldest, fd]] = this.#files as unknown as [[number, number]];
      this.#files.delete(oldest);
      this.#fs.closeSync(fd);
    }
    const fd = this.#fs.openSync(join(this.#directory, segmentName(segment)), 'r');
    this.#files.set(segment, fd);
    return fd;
  }

  #corrupt(place: EpochPlace, seq: number, offset: number, got: string): never {
    const where = `${segmentName(place.segment)} offset ${place.offset + offset} seq ${seq}`;
    return fail('KNHK_LOG_CORRUPT', where, 'the bytes that were acknowledged', got);
  }

  #load(position: number): EpochView {
    const place = this.#index.at(position);
    const bytes = readAt(this.#fs, this.#file(place.segment), place.length, place.offset);
    const leaves: Frame[] = [];
    const payloads: (Frame | undefined)[] = [];
    let payload: Frame | undefined;
    for (let start = 0; start + frameOverhead <= bytes.length; ) {
      const header = readHeader(bytes, start);
      const end = start + frameOverhead + (header?.length ?? 0);
      const seq = place.first + leaves.length;
      if (header === undefined || end > bytes.length) {
        return this.#corrupt(place, seq, start, 'no frame');
      }
      const frame = { start, length: header.length, enc: header.enc };
      if (header.type === frameTypes.payload) payload = frame;
      else if (header.type === frameTypes.leaf) {
        leaves.push(frame);
        payloads.push(payload);
        payload = undefined;
      } else if (header.type === frameTypes.epoch) {
        return this.#close(place, bytes, frame, { leaves, payloads });
      }
      start = end;
    }
    return this.#corrupt(place, place.first, bytes.length, 'no epoch frame');
  }

  #close(
    place: EpochPlace,
    bytes: Buffer,
    frame: Frame,
    frames: Pick<EpochView, 'leaves' | 'payloads'>,
  ): EpochView {
    const { start, length } = frame;
    const content = bytes.subarray(start + headerBytes, start + headerBytes + length);
    const epoch = isIntact(bytes, start, length, crc32) ? decodeEpoch(content) : undefined;
    if (epoch?.count !== place.count || frames.leaves.length !== place.count) {
      return this.#corrupt(place, place.first, start, 'a damaged epoch frame');
    }
    // An index from before its payloads were split off gives places that fit only by chance.
    if (start + frameOverhead + length !== place.length) {
      return this.#corrupt(place, place.first, start, 'an epoch that ends elsewhere');
    }
    return { place, bytes, ...frames, hashes: epoch.hashes, note: epoch.note };
  }

  #entry(view: EpochView, at: number): LogEntry {
    const { bytes, place } = view;
    const { start, length } = view.leaves[at] as Frame;
    const seq = place.first + at;
    const from = start + headerBytes;
    const end = from + length;
    // One byte earlier: the header's last byte is the zero that a leaf hash begins with.
    const hash = sha256Hex(bytes.subarray(from - 1, end));
    const stored = view.hashes as Buffer;
    if (hash !== stored.toString('hex', at * hashBytes, (at + 1) * hashBytes)) {
      return this.#corrupt(place, seq, start, 'a leaf with another hash');
    }
    const leaf = parseLeafText(bytes.toString('utf8', from, end));
    if ('problem' in leaf) return this.#corrupt(place, seq, start, leaf.problem);
    const leafBytes = bytes.subarray(from, end);
    return { seq, leaf, leafBytes, hash, ...this.#payload(view, at, leaf) };
  }

  #payload({ bytes, place, payloads }: EpochView, at: number, leaf: Leaf): LogPayload {
    const frame = payloads[at];
    const id = leaf.kind === 'apply' ? leaf.id : '';
    const seq = place.first + at;
    if (frame !== undefined) {
      if (!isIntact(bytes, frame.start, frame.length, crc32)) {
        return this.#corrupt(place, seq, frame.start, 'a payload with another CRC');
      }
      const from = frame.start + headerBytes;
      return this.#payloads.decode(frame.enc, bytes.subarray(from, from + frame.length), id);
    }
    if (leaf.kind !== 'apply') return { payloadState: 'none' };
    const split = this.#payloads.read(place.segment, seq, id);
    // Only retention takes the whole file away; a segment that was never split has none.
    return split ?? { payloadState: seq < this.#index.split ? 'removed' : 'none' };
  }
}
