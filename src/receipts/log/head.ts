import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import { fromUtf8 } from '../../base/bytes.ts';
import { parseCheckpoint, type SignedCheckpoint } from '../verify/checkpoint.ts';
import { checkCheckpoint, type TrustedKeys } from '../verify/keyring.ts';
import { readFile, writeAll } from './files.ts';
import type { LogFs } from './fs.ts';
import { nodeVerify } from './signer.ts';

/** The last acknowledged checkpoint, beside the log: notices that the log's end is missing. */
export type Head =
  | { readonly kind: 'read'; readonly checkpoint: SignedCheckpoint }
  | { readonly kind: 'missing' | 'unreadable' };

/** Path of the head inside a log directory. */
const headPath = (directory: string): string => join(directory, 'head');

/**
 * Reads `head`, or the file that stands for it. It is never synced, so after a power cut it may be
 * old, empty or torn.
 */
export function readHead(
  fs: LogFs,
  directory: string,
  trusted: TrustedKeys,
  path: string = headPath(directory),
): Head {
  const bytes = readFile(fs, path);
  if (bytes === undefined) return { kind: 'missing' };
  const checkpoint = parseCheckpoint(fromUtf8(bytes) ?? '');
  const isTrusted =
    checkpoint?.origin === trusted.origin &&
    checkCheckpoint(checkpoint, trusted, nodeVerify) === 'signed';
  return isTrusted ? { kind: 'read', checkpoint } : { kind: 'unreadable' };
}

/** Writes `head` in place after each epoch. */
export class HeadWriter {
  readonly #fs: LogFs;
  readonly #fd: number;
  #length: number;

  constructor(fs: LogFs, directory: string, path: string = headPath(directory)) {
    this.#fs = fs;
    this.#fd = fs.openSync(path, fs.statSync(path) === undefined ? 'wx+' : 'r+', 0o600);
    this.#length = fs.fstatSync(this.#fd).size;
  }

  write(note: string): void {
    const bytes = Buffer.from(note, 'utf8');
    writeAll(this.#fs, this.#fd, bytes, 0);
    if (bytes.length < this.#length) this.#fs.ftruncateSync(this.#fd, bytes.length);
    this.#length = bytes.length;
  }

  close(): void {
    this.#fs.closeSync(this.#fd);
  }
}
