import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { canonical } from '../../src/base/canonical.ts';
import { makeDirectory, readFile, replaceFile } from '../../src/receipts/log/files.ts';
import { type LogFs, nodeFs, type ReceiptLog } from '../../src/receipts/log/index.ts';
import {
  failingFs,
  type LogFsOperation,
  type MemoryFs,
  memoryFs,
} from '../../src/testing/index.ts';

/** Appends a deploy whose documents are stored: a snapshot that names rules. */
export async function deployed(log: ReceiptLog, name: string, parent?: string): Promise<string> {
  const catalogue = log.putBlob('rules', canonical({ name }));
  const identity = { parent: parent ?? null, rules: catalogue, version: 1 };
  const snapshot = log.putBlob('snapshot', canonical(identity));
  const body = {
    kind: 'deploy',
    snapshot,
    parent: parent ?? null,
    catalogue,
    dropped: [],
  } as const;
  await log.append(body, log.tick()).durable;
  return snapshot;
}

/** Every file below a directory, by path, as hexadecimal; locks and temporary files left out. */
export function filesBelow(directory: string, fs: LogFs = nodeFs): Map<string, string> {
  const found = new Map<string, string>();
  const walk = (path: string, name: string): void => {
    if (fs.statSync(path)?.isDirectory()) {
      for (const child of fs.readdirSync(path)) walk(join(path, child), `${name}/${child}`);
    } else if (!/lock\.|\.tmp$/.test(name)) {
      found.set(name.slice(1), readFile(fs, path)!.toString('hex'));
    }
  };
  if (fs.statSync(directory) !== undefined) walk(directory, '');
  return found;
}

/** The same with the hash of each file's bytes: short where a test fails. */
export function hashesBelow(directory: string, fs: LogFs = nodeFs): Record<string, string> {
  const entries = [...filesBelow(directory, fs)].map(([path, hex]) => [
    path,
    createHash('sha256').update(hex).digest('hex').slice(0, 8),
  ]);
  return Object.fromEntries(entries);
}

/** Durable directories in memory with these files in them. */
export function diskWith(
  contents: Readonly<Record<string, ReadonlyMap<string, string>>>,
): MemoryFs {
  const fs = memoryFs({ directories: Object.keys(contents) });
  for (const [directory, files] of Object.entries(contents)) {
    for (const [path, hex] of files) {
      const place = join(directory, path);
      makeDirectory(fs, dirname(place));
      replaceFile(fs, place, Buffer.from(hex, 'hex'));
    }
  }
  return fs;
}

const changing = [
  ...(['writeSync', 'write', 'fsyncSync', 'fdatasyncSync', 'fdatasync'] as const),
  ...(['mkdirSync', 'renameSync', 'unlinkSync'] as const),
];

/** What fails: each call that changes something, and every seventh that reads. */
export const faults = [
  { errno: 'EIO', lasting: false, stride: 1, operations: changing },
  { errno: 'ENOSPC', lasting: true, stride: 1, operations: changing },
  { errno: 'EIO', lasting: false, stride: 7, operations: ['openSync', 'readSync', 'readdirSync'] },
] as const;

interface FaultCase {
  readonly errno: string;
  readonly lasting: boolean;
  readonly stride: number;
  readonly operations: readonly LogFsOperation[];
}

/**
 * Fails one call after the other in runs on disks of their own, and looks at each afterwards.
 *
 * @returns How many runs met their failure.
 */
export async function failCalls<Result>(
  { stride, ...fault }: FaultCase,
  scenario: {
    newDisk(): MemoryFs;
    run(fs: LogFs): Promise<Result>;
    check(run: { readonly result: Result; readonly fs: LogFs; readonly call: number }): unknown;
  },
): Promise<number> {
  let runs = 0;
  for (let call = 1; ; call += stride) {
    const fs = scenario.newDisk();
    const failing = failingFs({ ...fault, fs, call, tornBytes: 40 });
    const result = await scenario.run(failing);
    if (failing.failed === undefined) return runs;
    runs++;
    try {
      await scenario.check({ result, fs, call });
    } catch (error) {
      throw new Error(`call ${call} (${failing.failed}): ${error}`, { cause: error });
    }
  }
}

/** Cuts the power at one call after the other, and looks at what is left of the disk. */
export async function cutPower(
  stride: number,
  scenario: {
    newDisk(): MemoryFs;
    run(fs: LogFs): Promise<unknown>;
    check(crashed: MemoryFs, call: number): unknown;
  },
): Promise<void> {
  for (let at = 1; ; at += stride) {
    const disk = scenario.newDisk();
    const random = (count: number): Uint8Array => new Uint8Array(count).fill(at * 37);
    let call = 0;
    let crashed: MemoryFs | undefined;
    const fs = interrupted(disk, () => {
      if (++call === at) crashed = disk.crash(at % 2 === 0 ? {} : { random });
    });
    await scenario.run(fs);
    if (crashed === undefined) return;
    await scenario.check(crashed, at);
  }
}

/** One change that a writer made, to be made again on another disk. */
type Change = (fs: LogFs) => void;

/**
 * A file system that writes down what is changed on it, so that the changes can be made again one
 * by one between the calls of another program, as if the two were processes of their own.
 */
export function recorded(fs: LogFs): { readonly fs: LogFs; readonly changes: Change[] } {
  const changes: Change[] = [];
  // Descriptors of the recording are told apart by number; those of the replay are its own.
  const replayed = new Map<number, number>();
  const at = (fd: number): number => replayed.get(fd) as number;
  const put = (fd: number, bytes: Uint8Array, offset: number, length: number, place: number) => {
    const kept = Uint8Array.from(bytes.subarray(offset, offset + length));
    changes.push((to) => void to.writeSync(at(fd), kept, 0, kept.length, place));
  };
  const recording: LogFs = {
    ...fs,
    openSync: (path, flags, mode) => {
      const fd = fs.openSync(path, flags, mode);
      changes.push((to) => void replayed.set(fd, to.openSync(path, flags, mode)));
      return fd;
    },
    closeSync: (fd) => {
      fs.closeSync(fd);
      changes.push((to) => to.closeSync(at(fd)));
    },
    writeSync: (fd, bytes, offset, length, place) => {
      put(fd, bytes, offset, length, place);
      return fs.writeSync(fd, bytes, offset, length, place);
    },
    write: (fd, bytes, offset, length, place, done) => {
      put(fd, bytes, offset, length, place);
      fs.write(fd, bytes, offset, length, place, done);
    },
    fsyncSync: (fd) => {
      fs.fsyncSync(fd);
      changes.push((to) => to.fsyncSync(at(fd)));
    },
    fdatasyncSync: (fd) => {
      fs.fdatasyncSync(fd);
      changes.push((to) => to.fdatasyncSync(at(fd)));
    },
    fdatasync: (fd, done) => {
      fs.fdatasync(fd, (error) => {
        changes.push((to) => to.fdatasyncSync(at(fd)));
        done(error);
      });
    },
    ftruncateSync: (fd, length) => {
      fs.ftruncateSync(fd, length);
      changes.push((to) => to.ftruncateSync(at(fd), length));
    },
    mkdirSync: (path) => {
      fs.mkdirSync(path);
      changes.push((to) => to.mkdirSync(path));
    },
    renameSync: (from, to) => {
      fs.renameSync(from, to);
      changes.push((other) => other.renameSync(from, to));
    },
    unlinkSync: (path) => {
      fs.unlinkSync(path);
      changes.push((to) => to.unlinkSync(path));
    },
  };
  return { fs: recording, changes };
}

/** A file system before each of whose calls something else may happen. */
export function interrupted(fs: LogFs, before: () => void): LogFs {
  const entries = Object.entries(fs).map(([name, call]) => [
    name,
    (...args: unknown[]) => {
      before();
      return (call as (...given: unknown[]) => unknown)(...args);
    },
  ]);
  return Object.fromEntries(entries) as LogFs;
}
