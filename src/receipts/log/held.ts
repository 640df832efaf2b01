import { createConnection } from 'node:net';
import { join, resolve } from 'node:path';
import { sha256Hex } from '#sha256';
import type { LogFs } from './fs.ts';

/** Whether a process has a log open; unknown where the system lets nobody ask. */
export type Held = 'held' | 'free' | 'unknown';

// The same addresses as takeLock's; a test opens logs and asks here, so the two cannot part.
const socketPathMax = 103;

function addressOf(fs: LogFs, directory: string): { readonly path: string; close(): void } {
  const keep = (): void => {};
  if (process.platform === 'win32') {
    const name = sha256Hex(resolve(directory).toLowerCase()).slice(0, 32);
    return { path: `\\\\.\\pipe\\knhk-${name}`, close: keep };
  }
  const path = join(directory, 'lock.sock');
  if (Buffer.byteLength(path) <= socketPathMax || process.platform !== 'linux') {
    return { path, close: keep };
  }
  const fd = fs.openSync(directory, 'r');
  return { path: `/proc/self/fd/${fd}/lock.sock`, close: () => fs.closeSync(fd) };
}

function ask(path: string): Promise<Held> {
  return new Promise((done) => {
    const socket = createConnection({ path });
    socket.once('connect', () => {
      socket.destroy();
      done('held');
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      // A socket that nobody listens on refuses; one that is not there was never made.
      done(['ECONNREFUSED', 'ENOENT'].includes(error.code ?? '') ? 'free' : 'unknown');
    });
  });
}

/**
 * Asks whether a log is open by knocking at its lock, which the holder answers by hanging up.
 * Nothing is taken and nothing is written.
 */
export async function heldState(fs: LogFs, directory: string): Promise<Held> {
  const address = addressOf(fs, directory);
  try {
    return await ask(address.path);
  } finally {
    address.close();
  }
}
