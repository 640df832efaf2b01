import { Buffer } from 'node:buffer';
import { dirname, join } from 'node:path';
import type { LogFs } from './fs.ts';

/** Writes all bytes, going on after a short write as POSIX allows them. */
export function writeAll(fs: LogFs, fd: number, bytes: Uint8Array, at: number): void {
  let done = 0;
  while (done < bytes.length) {
    const written = fs.writeSync(fd, bytes, done, bytes.length - done, at + done);
    if (written <= 0) throw new Error('the file system took no bytes');
    done += written;
  }
}

/** Reads up to `length` bytes; fewer only at the end of the file. */
export function readAt(fs: LogFs, fd: number, length: number, at: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(length);
  let done = 0;
  while (done < length) {
    const read = fs.readSync(fd, bytes, done, length - done, at + done);
    if (read <= 0) break;
    done += read;
  }
  return bytes.subarray(0, done);
}

/** Makes the names in a directory durable. */
export function syncDirectory(fs: LogFs, path: string): void {
  // Windows cannot open a directory; its file systems keep names in order by themselves.
  if (process.platform === 'win32') return;
  const fd = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * Makes a directory and those above it that are missing. Each is durable once the one above has
 * been synced: without that a power cut takes the whole directory, and what was acknowledged in it.
 */
export function makeDirectory(fs: LogFs, path: string): void {
  const missing: string[] = [];
  for (let at = path; fs.statSync(at) === undefined; at = dirname(at)) missing.push(at);
  if (missing.length > 0) fs.mkdirSync(path);
  for (const made of missing.reverse()) syncDirectory(fs, dirname(made));
}

/**
 * Makes a directory's own name durable, which an interrupted {@link makeDirectory} may have left
 * undone. One that somebody else made, above which we may not look, is theirs to have synced.
 */
export function syncName(fs: LogFs, path: string): void {
  try {
    syncDirectory(fs, dirname(path));
  } catch (error) {
    const { code } = error as { readonly code?: string };
    if (code !== 'EACCES' && code !== 'EPERM') throw error;
  }
}

/**
 * Makes the names of a log durable that a process which died may have left unsynced. They are all
 * seen by the next one, which would acknowledge what a power cut then takes. (The directory's own
 * name was synced before its FORMAT was made.)
 */
export function settleNames(fs: LogFs, directory: string, folders: readonly string[]): void {
  syncDirectory(fs, directory);
  for (const name of folders) syncDirectory(fs, join(directory, name));
}

/** The whole file, or undefined where there is none. */
export function readFile(fs: LogFs, path: string): Buffer | undefined {
  if (fs.statSync(path) === undefined) return undefined;
  const fd = fs.openSync(path, 'r');
  try {
    return readAt(fs, fd, fs.fstatSync(fd).size, 0);
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * Makes an empty file under a temporary name. A power cut amid a rename may leave one file under
 * both names, and writing over what is here would then be writing over the other.
 */
export function createTemporary(fs: LogFs, path: string, mode: number): number {
  if (fs.statSync(path) !== undefined) fs.unlinkSync(path);
  return fs.openSync(path, 'wx', mode);
}

/** Puts a file in place whole and durably: temporary file, sync, rename, directory sync. */
export function replaceFile(fs: LogFs, path: string, bytes: Uint8Array, mode = 0o600): void {
  const temporary = `${path}.tmp`;
  const fd = createTemporary(fs, temporary, mode);
  try {
    writeAll(fs, fd, bytes, 0);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
  fs.renameSync(temporary, path);
  syncDirectory(fs, dirname(path));
}

const nameDigits = 12;

/** File name of the segment that begins with a leaf. */
export function segmentName(firstSeq: number): string {
  return `${String(firstSeq).padStart(nameDigits, '0')}.seg`;
}

/** First seq of each segment in ascending order, read from the file names. */
export function listSegments(fs: LogFs, directory: string): number[] {
  return fs
    .readdirSync(directory)
    .flatMap((name) => (/^[0-9]{12}\.seg$/.test(name) ? [Number.parseInt(name, 10)] : []))
    .sort((left, right) => left - right);
}
