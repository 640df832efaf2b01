import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { sha256Hex } from '#sha256';
import { nextTurn } from '../../base/turn.ts';
import { createTemporary, makeDirectory, readAt, writeAll } from './files.ts';
import type { LogFs } from './fs.ts';

/** How long a file is, and what it hashes to. */
export interface FileDigest {
  readonly bytes: number;
  /** SHA-256, hexadecimal. */
  readonly sha256: string;
}

/** What bytes hash to. */
export const digestOf = (bytes: Uint8Array): FileDigest => ({
  bytes: bytes.length,
  sha256: sha256Hex(bytes),
});

const chunkBytes = 1_048_576;
// A writer may live in this process: it gets its turn between two chunks.

/** Hands over the bytes of an open file, from its beginning to `end` or to its own. */
export async function eachChunk(
  fs: LogFs,
  fd: number,
  take: (chunk: Uint8Array, at: number) => void,
  options: { readonly end?: number; readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const end = options.end ?? Number.MAX_SAFE_INTEGER;
  for (let at = 0; at < end; ) {
    options.signal?.throwIfAborted();
    const chunk = readAt(fs, fd, Math.min(chunkBytes, end - at), at);
    if (chunk.length === 0) return;
    take(chunk, at);
    at += chunk.length;
    await nextTurn();
  }
}

/** Runs work with a file open for reading; undefined where there is none (any more). */
export async function reading<T>(
  fs: LogFs,
  path: string,
  work: (fd: number) => Promise<T>,
): Promise<T | undefined> {
  let fd: number;
  try {
    fd = fs.openSync(path, 'r');
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return await work(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** What a file hashes to; undefined where there is none. */
export function digestFile(
  fs: LogFs,
  path: string,
  signal?: AbortSignal,
): Promise<FileDigest | undefined> {
  return reading(fs, path, async (fd) => {
    const hash = createHash('sha256');
    let bytes = 0;
    const add = (chunk: Uint8Array): void => {
      hash.update(chunk);
      bytes += chunk.length;
    };
    await eachChunk(fs, fd, add, { signal });
    return { bytes, sha256: hash.digest('hex') };
  });
}

/**
 * Copies an open file, or its beginning, to a path: temporary name, sync, rename. Its directory is
 * made where missing, and synced by who calls, once for all files in it.
 */
export async function copyBytes(
  fs: LogFs,
  from: number,
  to: string,
  options: { readonly end?: number; readonly signal?: AbortSignal | undefined } = {},
): Promise<FileDigest> {
  makeDirectory(fs, dirname(to));
  const hash = createHash('sha256');
  let bytes = 0;
  const temporary = `${to}.tmp`;
  const fd = createTemporary(fs, temporary, 0o600);
  try {
    const add = (chunk: Uint8Array, at: number): void => {
      writeAll(fs, fd, chunk, at);
      hash.update(chunk);
      bytes += chunk.length;
    };
    await eachChunk(fs, from, add, options);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
  fs.renameSync(temporary, to);
  return { bytes, sha256: hash.digest('hex') };
}
