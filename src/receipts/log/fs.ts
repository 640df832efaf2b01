import fs from 'node:fs';

/** What `stat` says that the log needs. */
export interface LogStat {
  /** Bytes. */
  readonly size: number;
  isDirectory(): boolean;
}

/**
 * Exactly the file operations that the log uses, so that tests can make each of them fail. Each is
 * what node:fs has under the same name, and throws (or passes on) the same system errors.
 */
export interface LogFs {
  /** Gives a file descriptor. */
  openSync(path: string, flags: string, mode?: number): number;
  /** Lets go of a file descriptor. */
  closeSync(fd: number): void;
  /** Reads up to `length` bytes at a place in the file; gives how many, 0 at its end. */
  readSync(fd: number, bytes: Uint8Array, offset: number, length: number, at: number): number;
  /** Writes up to `length` bytes at a place in the file; gives how many. */
  writeSync(fd: number, bytes: Uint8Array, offset: number, length: number, at: number): number;
  /** Makes contents and metadata of a file, or the names in a directory, durable. */
  fsyncSync(fd: number): void;
  /** Makes a file's contents and length durable. */
  fdatasyncSync(fd: number): void;
  /** Cuts a file off at `length` bytes. */
  ftruncateSync(fd: number, length: number): void;
  /** As {@link LogFs.statSync}, of an open file. */
  fstatSync(fd: number): LogStat;
  /** Undefined where there is no such file. */
  statSync(path: string): LogStat | undefined;
  /** Names, in any order. */
  readdirSync(path: string): string[];
  /** Makes a directory and those above it, mode 0700; nothing where it is there. */
  mkdirSync(path: string): void;
  /** Replaces `to` in one step. */
  renameSync(from: string, to: string): void;
  /** Removes a file's name. */
  unlinkSync(path: string): void;
  /** The file system's magic number (statfs). */
  fileSystemType(path: string): number;
  /** As {@link LogFs.writeSync}, without blocking. */
  write(
    fd: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    at: number,
    done: (error: Error | null, written: number) => void,
  ): void;
  /** Makes a file's contents and length durable, without blocking. */
  fdatasync(fd: number, done: (error: Error | null) => void): void;
}

const directoryMode = 0o700;

/**
 * The machine's file system. Each call looks its function up on node:fs when it is made, so that
 * a program that replaces one there (fault injection) is obeyed.
 */
export const nodeFs: LogFs = {
  openSync: (path, flags, mode) => fs.openSync(path, flags, mode),
  closeSync: (fd) => fs.closeSync(fd),
  readSync: (fd, bytes, offset, length, at) => fs.readSync(fd, bytes, offset, length, at),
  writeSync: (fd, bytes, offset, length, at) => fs.writeSync(fd, bytes, offset, length, at),
  fsyncSync: (fd) => fs.fsyncSync(fd),
  fdatasyncSync: (fd) => fs.fdatasyncSync(fd),
  ftruncateSync: (fd, length) => fs.ftruncateSync(fd, length),
  fstatSync: (fd) => fs.fstatSync(fd),
  statSync: (path) => fs.statSync(path, { throwIfNoEntry: false }),
  readdirSync: (path) => fs.readdirSync(path),
  mkdirSync: (path) => void fs.mkdirSync(path, { recursive: true, mode: directoryMode }),
  renameSync: (from, to) => fs.renameSync(from, to),
  unlinkSync: (path) => fs.unlinkSync(path),
  fileSystemType: (path) => fs.statfsSync(path).type,
  write: (fd, bytes, offset, length, at, done) => fs.write(fd, bytes, offset, length, at, done),
  fdatasync: (fd, done) => fs.fdatasync(fd, done),
};
