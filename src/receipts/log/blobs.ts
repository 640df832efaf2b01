import { Buffer } from 'node:buffer';
import { dirname, join } from 'node:path';
import { sha256Hex } from '#sha256';
import { fromUtf8 } from '../../base/bytes.ts';
import { hashCanonical, preimage } from '../../base/canonical.ts';
import { fail } from '../../base/errors.ts';
import { readFile, replaceFile, syncDirectory } from './files.ts';
import type { LogFs } from './fs.ts';

/** A stored document: its kind and its canonical JSON. */
export interface Blob {
  /** Such as `rules`, `snapshot`, `shapes` or `proposal`. */
  readonly kind: string;
  /** Canonical JSON. */
  readonly text: string;
}

/** Path of a blob below the log directory. */
function blobPath(directory: string, hash: string): string {
  return join(directory, 'blob', hash.slice(0, 2), hash);
}

/** Stores a document under its hash, durably when it returns; again changes nothing. */
export function putBlob(fs: LogFs, directory: string, kind: string, text: string): string {
  const hash = hashCanonical(kind, text);
  const path = blobPath(directory, hash);
  const parent = dirname(path);
  if (fs.statSync(parent) === undefined) fs.mkdirSync(parent);
  if (fs.statSync(path) === undefined) {
    replaceFile(fs, path, Buffer.from(preimage(kind, text), 'utf8'));
  } else {
    // Whoever stored it may have died before its name, in either folder, was synced.
    syncDirectory(fs, parent);
  }
  syncDirectory(fs, dirname(parent));
  return hash;
}

const prefixPattern = /^knhk\/1\/([^\n]*)\n/;

/**
 * A stored document, undefined if there is none.
 *
 * @throws KnhkError KNHK_LOG_BLOB where the file does not hash to its name
 */
export function getBlob(fs: LogFs, directory: string, hash: string): Blob | undefined {
  if (!/^[0-9a-f]{64}$/.test(hash)) return undefined;
  const path = blobPath(directory, hash);
  const bytes = readFile(fs, path);
  if (bytes === undefined) return undefined;
  const got = sha256Hex(bytes);
  const text = fromUtf8(bytes);
  const match = text === undefined ? null : prefixPattern.exec(text);
  if (got !== hash || text === undefined || match === null) {
    return fail('KNHK_LOG_BLOB', path, 'bytes that hash to the name', got);
  }
  return { kind: match[1] as string, text: text.slice(match[0].length) };
}
