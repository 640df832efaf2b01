import { readdirSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { monotonicMs, systemRandom } from '../../base/clock.ts';
import { fail } from '../../base/errors.ts';
import type { LogFs } from './fs.ts';
import { addressOf, knock } from './lock-address.ts';

/** An exclusive hold on a log directory. */
export interface Lock {
  release(): Promise<void>;
}

const codeOf = (error: unknown): unknown => (error as { readonly code?: unknown } | null)?.code;

function refuse(directory: string, got: string): never {
  return fail('KNHK_LOG_LOCKED', directory, 'a log that nobody else has open', got);
}

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

const stop = (server: Server): Promise<void> => new Promise((done) => server.close(() => done()));

function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

// Names as short as `lock.sock`, because the path of a socket may not be long.
const waitingName = /^l-[0-9a-z]{5}\.w$/;
const idDigits = 5;

function newId(): string {
  const value = new DataView(systemRandom(4).buffer).getUint32(0);
  return value.toString(36).slice(-idDigits).padStart(idDigits, '0');
}

const waitMs = 5;
const waitMsMax = 2_000;
const pause = (): Promise<void> => new Promise((done) => void setTimeout(done, waitMs));

/**
 * Stays alone among those who want the lock. Each of them shows itself first and looks for others
 * then, so of two at least one sees the other: the lower name stays, and waits for higher ones
 * that may have looked before it was there. What no process listens at is left by a dead one; its
 * name never comes again, so it can be removed.
 */
async function outlast(folder: string, own: string, directory: string): Promise<void> {
  const untilMs = monotonicMs() + waitMsMax;
  for (const name of readdirSync(folder)) {
    if (name === own || !waitingName.test(name)) continue;
    const path = join(folder, name);
    for (;;) {
      if ((await knock(path)) === 'free') break;
      if (name < own || monotonicMs() > untilMs) refuse(directory, 'another process opening it');
      await pause();
    }
    removeFile(path);
  }
}

/**
 * Listens under a name of its own and moves that over `lock.sock`. A socket that is bound where
 * everybody looks could be taken for a dead one before it listens, and two would have the log.
 */
async function contend(folder: string, path: string, directory: string): Promise<Server> {
  if ((await knock(path)) !== 'free') refuse(directory, 'an open log');
  const id = newId();
  const bound = join(folder, `l-${id}.n`);
  const waiting = join(folder, `l-${id}.w`);
  const server = await listen(bound);
  if (server === 'in use') return refuse(directory, 'another process opening it');
  try {
    renameSync(bound, waiting);
    await outlast(folder, `l-${id}.w`, directory);
    if ((await knock(path)) !== 'free') refuse(directory, 'an open log');
    renameSync(waiting, path);
    return server;
  } catch (error) {
    await stop(server);
    removeFile(waiting);
    throw error;
  }
}

/** Removes the name of a held lock, unless somebody put another one there. */
function removeOwn(path: string, inode: number): void {
  if (statSync(path, { throwIfNoEntry: false })?.ino === inode) removeFile(path);
}

/**
 * Takes the exclusive lock of a log directory: a listening local socket, which the system gives
 * up when its process ends, however it ends. It lies on the machine's disk, whatever `fs` is.
 *
 * @throws KnhkError KNHK_LOG_LOCKED, KNHK_LOG_OPEN
 */
export async function takeLock(fs: LogFs, directory: string): Promise<Lock> {
  const { path, folder, close } = addressOf(fs, directory);
  const free = async (server: Server): Promise<void> => {
    await stop(server);
    close();
  };
  try {
    if (folder === undefined) {
      const pipe = await listen(path);
      return pipe === 'in use' ? refuse(directory, 'an open log') : { release: () => free(pipe) };
    }
    const server = await contend(folder, path, directory);
    const inode = statSync(path).ino;
    return {
      release: () => {
        removeOwn(path, inode);
        return free(server);
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}
