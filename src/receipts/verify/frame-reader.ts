import { concatBytes } from '../../base/bytes.ts';
import type { Crc32 } from './crc32.ts';
import {
  type FrameHeader,
  type FrameType,
  frameOverhead,
  headerBytes,
  isIntact,
  readHeader,
} from './frames.ts';

/** What a segment's bytes were read as, in order. */
export type FrameEvent =
  | {
      readonly kind: 'frame';
      readonly type: FrameType;
      readonly enc: number;
      /** False if the CRC is wrong although the next frame follows where it should. */
      readonly intact: boolean;
      /** Bytes of the frame, valid until the next push. */
      readonly content: Uint8Array;
      /** Place of the frame's header in the segment. */
      readonly offset: number;
    }
  /** Bytes that no frame could be read from. */
  | { readonly kind: 'garbage'; readonly offset: number; readonly length: number }
  /** An incomplete frame at the end of the segment. */
  | { readonly kind: 'torn'; readonly offset: number; readonly length: number };

// Hostile bytes can make every offset look like a header; beyond this much checking the rest of
// the segment is given up as garbage.
const searchBytesMax = 268_435_456;

/**
 * Cuts a segment that arrives in chunks into frames. After damage it looks for the next intact
 * frame, so that one flipped bit hides one frame only.
 */
export class FrameReader {
  #bytes: Uint8Array = new Uint8Array();
  #at = 0;
  /** Offset in the segment of the first byte held. */
  #base = 0;
  /** Where unreadable bytes began, -1 outside of damage. */
  #garbage = -1;
  #searched = 0;
  readonly #crc32: Crc32;

  constructor(crc32: Crc32) {
    this.#crc32 = crc32;
  }

  /** Says where in the segment the first byte of the next push stands; 0 unless called. */
  startAt(offset: number): void {
    this.#base = offset;
  }

  /** Takes the next chunk and gives what is complete. */
  push(chunk: Uint8Array): FrameEvent[] {
    const rest = this.#bytes.subarray(this.#at);
    this.#base += this.#at;
    this.#at = 0;
    this.#bytes = rest.length === 0 ? chunk : concatBytes(rest, chunk);
    return this.#read(false);
  }

  /** Gives what is left when the segment has ended, and makes ready for the next one. */
  finish(): FrameEvent[] {
    const events = this.#read(true);
    const length = this.#bytes.length - this.#at;
    if (this.#garbage >= 0) {
      this.#endGarbage(events, this.#base + this.#bytes.length);
    } else if (length > 0) {
      events.push({ kind: 'torn', offset: this.#base + this.#at, length });
    }
    this.#bytes = new Uint8Array();
    this.#at = 0;
    this.#base = 0;
    this.#searched = 0;
    return events;
  }

  // Plain lists: a generator inside a generator took a tenth of the time of verifying.
  #read(isLast: boolean): FrameEvent[] {
    const events: FrameEvent[] = [];
    for (;;) {
      const step = this.#step(isLast);
      if (step === 'wait') return events;
      if (step === 'skip') {
        if (this.#garbage < 0) this.#garbage = this.#base + this.#at;
        this.#at++;
        continue;
      }
      const offset = this.#base + this.#at;
      if (this.#garbage >= 0) this.#endGarbage(events, offset);
      const start = this.#at + headerBytes;
      const content = this.#bytes.subarray(start, start + step.header.length);
      this.#at = start + step.header.length + frameOverhead - headerBytes;
      const { type, enc } = step.header;
      events.push({ kind: 'frame', type, enc, intact: step.intact, content, offset });
    }
  }

  #endGarbage(events: FrameEvent[], end: number): void {
    const offset = this.#garbage;
    this.#garbage = -1;
    events.push({ kind: 'garbage', offset, length: end - offset });
  }

  #step(isLast: boolean): 'wait' | 'skip' | { header: FrameHeader; intact: boolean } {
    const left = this.#bytes.length - this.#at;
    if (left === 0) return 'wait';
    if (left < headerBytes) return isLast && this.#garbage >= 0 ? 'skip' : 'wait';
    const header = this.#searched > searchBytesMax ? undefined : readHeader(this.#bytes, this.#at);
    if (header === undefined) return 'skip';
    const whole = header.length + frameOverhead;
    if (left < whole) {
      // In the last bytes a long frame may be a torn one or a wrong length: look for others.
      if (!isLast) return 'wait';
      return this.#garbage >= 0 || this.#hasFrameAfter(this.#at + 1) ? 'skip' : 'wait';
    }
    if (isIntact(this.#bytes, this.#at, header.length, this.#crc32)) {
      return { header, intact: true };
    }
    this.#searched += header.length;
    if (this.#garbage >= 0) return 'skip';
    const next = left - whole;
    if (next >= headerBytes) {
      const follows = readHeader(this.#bytes, this.#at + whole) !== undefined;
      return follows ? { header, intact: false } : 'skip';
    }
    if (!isLast) return 'wait';
    return next === 0 ? { header, intact: false } : 'skip';
  }

  #hasFrameAfter(from: number): boolean {
    for (let at = from; at + frameOverhead <= this.#bytes.length; at++) {
      const header = readHeader(this.#bytes, at);
      if (header === undefined || at + header.length + frameOverhead > this.#bytes.length) continue;
      this.#searched += header.length;
      if (this.#searched > searchBytesMax) return false;
      if (isIntact(this.#bytes, at, header.length, this.#crc32)) return true;
    }
    return false;
  }
}
