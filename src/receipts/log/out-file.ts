import { Buffer } from 'node:buffer';
import { dirname } from 'node:path';
import { createTemporary, syncDirectory, writeAll } from './files.ts';
import type { LogFs } from './fs.ts';

const bufferBytes = 1_048_576;

/**
 * A file written from its beginning in large pieces under a temporary name. Nothing is there under
 * its own name before {@link place}, and then all of it.
 */
export class OutFile {
  readonly #fs: LogFs;
  readonly #path: string;
  readonly #fd: number;
  readonly #buffer = Buffer.allocUnsafeSlow(bufferBytes);
  #held = 0;
  #written = 0;
  #isOpen = true;
  #isWhole = false;

  constructor(fs: LogFs, path: string) {
    this.#fs = fs;
    this.#path = path;
    this.#fd = createTemporary(fs, this.temporary, 0o600);
  }

  /** Bytes added so far: where the next one goes. */
  get length(): number {
    return this.#written + this.#held;
  }

  /** Name under which the file is written. */
  get temporary(): string {
    return `${this.#path}.tmp`;
  }

  add(bytes: Uint8Array): void {
    if (this.#held + bytes.length > bufferBytes) this.#flush();
    if (bytes.length > bufferBytes) {
      writeAll(this.#fs, this.#fd, bytes, this.#written);
      this.#written += bytes.length;
      return;
    }
    this.#buffer.set(bytes, this.#held);
    this.#held += bytes.length;
  }

  #flush(): void {
    writeAll(this.#fs, this.#fd, this.#buffer.subarray(0, this.#held), this.#written);
    this.#written += this.#held;
    this.#held = 0;
  }

  /** Makes the bytes durable under the temporary name. */
  finish(): void {
    this.#flush();
    this.#fs.fdatasyncSync(this.#fd);
    this.#isWhole = true;
    this.close();
  }

  /** Puts the finished file in place, durably. */
  place(): void {
    this.#fs.renameSync(this.temporary, this.#path);
    syncDirectory(this.#fs, dirname(this.#path));
  }

  /** Lets go of the file; what was not finished is removed. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#fs.closeSync(this.#fd);
    if (this.#isWhole) return;
    try {
      this.#fs.unlinkSync(this.temporary);
    } catch {
      // Nothing reads a temporary name: one that stays is overwritten the next time.
    }
  }
}
