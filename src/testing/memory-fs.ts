import type { RandomBytes } from '../base/clock.ts';
import type { LogFs } from '../receipts/log/fs.ts';
import { MemoryDisk } from './memory-disk.ts';
import { directoryNode, survivors } from './memory-tree.ts';
import { integerOption } from './options.ts';

/** What {@link memoryFs} is given. */
export interface MemoryFsOptions {
  /** Directories that are there from the start, durably; others are made by mkdirSync. */
  readonly directories?: readonly string[];
}

/** How a crash goes. */
export interface CrashOptions {
  /**
   * Decides what survives although it was not synced: each sector as any write since then left it,
   * each file's length, each name in a directory. Nothing of it does unless given.
   */
  readonly random?: RandomBytes;
  /** What the disk writes whole or not at all, in bytes: 512 unless given, 4,096 is usual too. */
  readonly sectorBytes?: number;
}

/** Files in memory that know what was synced. */
export interface MemoryFs extends LogFs {
  /**
   * Cuts the power: gives the disk as the next start finds it. Every call on this one fails with
   * EIO from now on, what is under way included. It may be asked again, with other randomness, for
   * another outcome of the same moment.
   *
   * @throws KnhkError KNHK_RUNTIME_OPTION for sectors that are no integer from 1 on
   */
  crash(options?: CrashOptions): MemoryFs;
}

// What statfs says of tmpfs (linux/magic.h).
const tmpfsType = 0x01021994;
const defaultSectorBytes = 512;

/**
 * A file system in memory for a log: fast, and exact about power cuts. Bytes are durable after a
 * sync of their file, names after a sync of their directory (POSIX, fsync), and not before. The
 * lock of an open log is a local socket: its directory has to be on the real disk as well, by a
 * path of at most 90 bytes.
 *
 * @example
 * const disk = memoryFs({ directories: ['/data'] });
 * disk.closeSync(disk.openSync('/data/note', 'w'));
 * disk.readdirSync('/data'); // => ['note']
 * disk.crash().readdirSync('/data'); // => []
 */
export function memoryFs(options: MemoryFsOptions = {}): MemoryFs {
  const disk = new MemoryDisk(directoryNode());
  for (const path of options.directories ?? []) disk.makeDurable(path);
  return fsOf(disk);
}

function fsOf(disk: MemoryDisk): MemoryFs {
  return {
    openSync: (path, flags) => disk.open(path, flags),
    closeSync: (fd) => disk.close(fd),
    readSync: (fd, bytes, offset, length, at) => disk.read(fd, bytes, offset, length, at),
    writeSync: (fd, bytes, offset, length, at) => disk.write(fd, bytes, offset, length, at),
    fsyncSync: (fd) => disk.sync(fd),
    fdatasyncSync: (fd) => disk.sync(fd),
    ftruncateSync: (fd, length) => disk.truncate(fd, length),
    fstatSync: (fd) => disk.statFd(fd),
    statSync: (path) => disk.stat(path),
    readdirSync: (path) => disk.list(path),
    mkdirSync: (path) => disk.makeDirectory(path),
    renameSync: (from, to) => disk.rename(from, to),
    unlinkSync: (path) => disk.unlink(path),
    fileSystemType: () => {
      disk.alive('statfs');
      return tmpfsType;
    },
    // The work is done when the answer comes, not before: a crash in between takes it along.
    write: (fd, bytes, offset, length, at, done) => {
      later(() => disk.write(fd, bytes, offset, length, at), done, 0);
    },
    fdatasync: (fd, done) => {
      later(() => disk.sync(fd), done, undefined);
    },
    crash: ({ random, sectorBytes = defaultSectorBytes } = {}) => {
      const size = integerOption('crash, sectorBytes', sectorBytes, 1);
      disk.crashed = true;
      return fsOf(new MemoryDisk(survivors(disk.root, { random, sectorBytes: size })));
    },
  };
}

function later<Value>(
  work: () => Value,
  done: (error: Error | null, value: Value) => void,
  none: Value,
): void {
  setImmediate(() => {
    let value: Value;
    try {
      value = work();
    } catch (error) {
      done(error as Error, none);
      return;
    }
    done(null, value);
  });
}
