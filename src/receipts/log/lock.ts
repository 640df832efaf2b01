import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { fail } from '../../base/errors.ts';
import { writeAll } from './files.ts';
import type { LogFs } from './fs.ts';
import { type Address, addressOf, knock } from './lock-address.ts';

/** An exclusive hold on a log directory. */
export interface Lock {
  release(): Promise<void>;
}

const codeOf = (error: unknown): unknown => (error as { readonly code?: unknown } | null)?.code;

function listen(path: string): Promise<Server | 'in use'> {
  return new Promise((done, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error) => {
      if (codeOf(error) === 'EADDRINUSE') done('in use');
      else reject(error);
    });
    server.listen({ path, exclusive: true }, () => {
      server.unref();
      server.removeAllListeners('error');
      // A failed accept says nothing about the lock, which is the listening socket itself.
      server.on('error', () => {});
      done(server);
    });
  });
}

/** True if the process that wrote the marker is gone. */
function isAbandoned(fs: LogFs, marker: string): boolean {
  const size = fs.statSync(marker)?.size;
  if (size === undefined) return false;
  const fd = fs.openSync(marker, 'r');
  const bytes = new Uint8Array(32);
  const length = fs.readSync(fd, bytes, 0, bytes.length, 0);
  fs.closeSync(fd);
  const pid = Number(new TextDecoder().decode(bytes.subarray(0, length)));
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
}

function refuse(directory: string, got: string): never {
  return fail('KNHK_LOG_LOCKED', directory, 'a log that nobody else has open', got);
}

async function takeOver(fs: LogFs, directory: string, address: Address): Promise<Server> {
  const marker = join(directory, 'lock.takeover');
  if (isAbandoned(fs, marker)) fs.unlinkSync(marker);
  let fd: number;
  try {
    fd = fs.openSync(marker, 'wx', 0o600);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    return refuse(directory, 'another process taking over a stale lock (lock.takeover)');
  }
  try {
    writeAll(fs, fd, new TextEncoder().encode(String(process.pid)), 0);
    // Only the holder of the marker removes a socket, and only one that still refuses.
    if ((await knock(address.path)) !== 'free') return refuse(directory, 'an open log');
    if (fs.statSync(address.path) !== undefined) fs.unlinkSync(address.path);
    const server = await listen(address.path);
    return server === 'in use' ? refuse(directory, 'an open log') : server;
  } finally {
    fs.closeSync(fd);
    fs.unlinkSync(marker);
  }
}

/**
 * Takes the exclusive lock of a log directory: a listening local socket, which the system gives
 * up when its process ends, however it ends.
 *
 * @throws KnhkError KNHK_LOG_LOCKED, KNHK_LOG_OPEN
 */
export async function takeLock(fs: LogFs, directory: string): Promise<Lock> {
  const address = addressOf(fs, directory);
  try {
    let server = await listen(address.path);
    if (server === 'in use') {
      if (!address.isFile || (await knock(address.path)) !== 'free')
        refuse(directory, 'an open log');
      server = await takeOver(fs, directory, address);
    }
    const held = server;
    return {
      release: () =>
        new Promise((done) => {
          held.close(() => {
            address.close();
            done();
          });
        }),
    };
  } catch (error) {
    address.close();
    throw error;
  }
}
