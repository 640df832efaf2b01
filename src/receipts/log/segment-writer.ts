import { join } from 'node:path';
import { segmentName, syncDirectory, writeAll } from './files.ts';
import type { LogFs } from './fs.ts';

/** Writes epochs to the last segment: one write and one sync each. */
export class SegmentWriter {
  readonly #fs: LogFs;
  readonly #directory: string;
  #fd: number;
  #end: number;

  constructor(fs: LogFs, directory: string, firstSeq: number, end: number) {
    this.#fs = fs;
    this.#directory = directory;
    this.#fd = fs.openSync(join(directory, segmentName(firstSeq)), 'r+');
    this.#end = end;
  }

  /** End of what is written. */
  get end(): number {
    return this.#end;
  }

  /** Goes on in a new segment; the old one is complete and synced. */
  rotate(firstSeq: number): void {
    const old = this.#fd;
    this.#fd = createSegment(this.#fs, this.#directory, firstSeq);
    this.#end = 0;
    // Last, so that a failure to close does not leave a closed descriptor behind.
    this.#fs.closeSync(old);
  }

  /**
   * Resolves when the bytes are on disk; after a rejection the file's end is unknown. They go into
   * the system's memory at once, which takes less than waiting for a turn of the event loop does,
   * so that one epoch costs one such turn: the sync.
   */
  async append(bytes: Uint8Array): Promise<void> {
    writeAll(this.#fs, this.#fd, bytes, this.#end);
    await new Promise<void>((resolve, reject) => {
      this.#fs.fdatasync(this.#fd, (error) => (error ? reject(error) : resolve()));
    });
    this.#end += bytes.length;
  }

  close(): void {
    this.#fs.closeSync(this.#fd);
  }
}

/** Creates a segment durably and returns its descriptor; never one that exists. */
export function createSegment(fs: LogFs, directory: string, firstSeq: number): number {
  const fd = fs.openSync(join(directory, segmentName(firstSeq)), 'wx+', 0o600);
  try {
    syncDirectory(fs, directory);
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
  return fd;
}
