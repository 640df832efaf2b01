import { Buffer } from 'node:buffer';
import type { LogFs } from './fs.ts';

/** What would have been written. */
export interface Overlay {
  readonly fs: LogFs;
  /** Bytes by path. */
  readonly files: Map<string, Buffer>;
}

// Far above any real one: what the overlay opened is told apart by its number.
const firstDescriptor = 2_000_000;

function absent(path: string): never {
  throw Object.assign(new Error(`ENOENT: ${path} (not written)`), { code: 'ENOENT' });
}

/**
 * A file system that reads what is on disk and keeps what is written in memory, so that derived
 * files can be made without touching the log.
 */
export function overlayOf(disk: LogFs): Overlay {
  const files = new Map<string, Buffer>();
  const open = new Map<number, string>();
  let next = firstDescriptor;
  const bytesOf = (fd: number): Buffer | undefined => {
    const path = open.get(fd);
    return path === undefined ? undefined : (files.get(path) ?? absent(path));
  };
  const fs: LogFs = {
    ...disk,
    openSync: (path, flags, mode) => {
      const isWritten = flags.startsWith('w');
      if (!isWritten && !files.has(path)) return disk.openSync(path, flags, mode);
      if (isWritten) files.set(path, Buffer.alloc(0));
      open.set(next, path);
      return next++;
    },
    closeSync: (fd) => {
      if (!open.delete(fd)) disk.closeSync(fd);
    },
    readSync: (fd, bytes, offset, length, at) => {
      const held = bytesOf(fd);
      if (held === undefined) return disk.readSync(fd, bytes, offset, length, at);
      return held.copy(bytes, offset, at, at + length);
    },
    writeSync: (fd, bytes, offset, length, at) => {
      const path = open.get(fd) ?? absent(String(fd));
      const held = files.get(path) ?? absent(path);
      const larger = Buffer.alloc(Math.max(held.length, at + length));
      held.copy(larger);
      larger.set(bytes.subarray(offset, offset + length), at);
      files.set(path, larger);
      return length;
    },
    fsyncSync: () => {},
    fdatasyncSync: () => {},
    fstatSync: (fd) => {
      const held = bytesOf(fd);
      if (held === undefined) return disk.fstatSync(fd);
      return { size: held.length, isDirectory: () => false };
    },
    statSync: (path) => {
      const held = files.get(path);
      if (held === undefined) return disk.statSync(path);
      return { size: held.length, isDirectory: () => false };
    },
    mkdirSync: () => {},
    renameSync: (from, to) => {
      files.set(to, files.get(from) ?? absent(from));
      files.delete(from);
    },
    unlinkSync: (path) => void files.delete(path),
  };
  return { fs, files };
}
