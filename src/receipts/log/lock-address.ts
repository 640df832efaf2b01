import { createConnection } from 'node:net';
import { join, resolve } from 'node:path';
import { sha256Hex } from '#sha256';
import { fail } from '../../base/errors.ts';
import type { LogFs } from './fs.ts';

// sockaddr_un holds 108 bytes with the final zero, 104 on macOS.
const socketPathMax = 103;

/** Where a lock is listened for. */
export interface Address {
  readonly path: string;
  /** The log directory by a path that is short enough for sockets; undefined for a named pipe. */
  readonly folder: string | undefined;
  close(): void;
}

/**
 * The local socket or named pipe that is the lock of a log directory.
 *
 * @throws KnhkError KNHK_LOG_OPEN where the path is too long for this system
 */
export function addressOf(fs: LogFs, directory: string): Address {
  const keep = (): void => {};
  if (process.platform === 'win32') {
    const name = sha256Hex(resolve(directory).toLowerCase()).slice(0, 32);
    return { path: `\\\\.\\pipe\\knhk-${name}`, folder: undefined, close: keep };
  }
  const path = join(directory, 'lock.sock');
  if (Buffer.byteLength(path) <= socketPathMax) return { path, folder: directory, close: keep };
  if (process.platform !== 'linux') {
    return fail('KNHK_LOG_OPEN', path, `a path of at most ${socketPathMax} bytes`, 'a longer one');
  }
  // The kernel follows the open directory, however long its own path is.
  const fd = fs.openSync(directory, 'r');
  const folder = `/proc/self/fd/${fd}`;
  return { path: `${folder}/lock.sock`, folder, close: () => fs.closeSync(fd) };
}
/** Whether a process has a log open; unknown where the system lets nobody ask. */
export type Held = 'held' | 'free' | 'unknown';

/** Asks at the lock: its holder answers by hanging up. */
export function knock(path: string): Promise<Held> {
  return new Promise((done) => {
    const socket = createConnection({ path });
    socket.once('connect', () => {
      socket.destroy();
      done('held');
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      // A socket file that its process left behind refuses; one that is not there was never made.
      done(['ECONNREFUSED', 'ENOENT'].includes(error.code ?? '') ? 'free' : 'unknown');
    });
  });
}
