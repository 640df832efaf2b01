import { type LogFs, nodeFs } from '../receipts/log/fs.ts';
import { integerOption } from './options.ts';

/** The name of a file operation that a log uses. */
export type LogFsOperation = keyof LogFs;

/** Which call fails, and how. */
export interface FailingFsOptions {
  /** The file system underneath; the machine's unless given. */
  readonly fs?: LogFs;
  /** The call that fails, counted from 1 over {@link operations}; 0, the default, is none. */
  readonly call?: number;
  /**
   * The operations that are counted and may fail. All but `closeSync` unless given: a local file
   * has nothing left to fail with there, since what mattered was synced before.
   */
  readonly operations?: readonly LogFsOperation[];
  /** What the error's `code` says, such as ENOSPC or EROFS; EIO unless given. */
  readonly errno?: string;
  /** True if every later call fails as well, as on a full or read-only disk. */
  readonly lasting?: boolean;
  /** Bytes of a failing write that reach the file all the same (a torn write); 0 unless given. */
  readonly tornBytes?: number;
}

/** A file system that fails as it was told, and counts. */
export interface FailingFs extends LogFs {
  /** Calls of the chosen operations so far. */
  readonly calls: number;
  /** The operation that failed first, undefined while none has. */
  readonly failed: LogFsOperation | undefined;
  /** Calls of one operation so far, whether it was chosen or not. */
  callsOf(operation: LogFsOperation): number;
}

const operationTable: Readonly<Record<LogFsOperation, true>> = {
  openSync: true,
  closeSync: true,
  readSync: true,
  writeSync: true,
  fsyncSync: true,
  fdatasyncSync: true,
  ftruncateSync: true,
  fstatSync: true,
  statSync: true,
  readdirSync: true,
  mkdirSync: true,
  renameSync: true,
  unlinkSync: true,
  fileSystemType: true,
  write: true,
  fdatasync: true,
};

const allOperations = Object.keys(operationTable) as readonly LogFsOperation[];

type Call = (...args: unknown[]) => unknown;

/**
 * A file system for a log on which chosen calls fail, to show that a service loses nothing then.
 * Synchronous operations throw; `write` and `fdatasync` answer with the error a turn later.
 *
 * @throws KnhkError KNHK_RUNTIME_OPTION for a number that is no integer from 0 on
 * @example
 * const full = failingFs({ call: 1, operations: ['write'], errno: 'ENOSPC', lasting: true });
 * full.callsOf('write'); // => 0
 */
export function failingFs(options: FailingFsOptions = {}): FailingFs {
  const { fs = nodeFs, errno = 'EIO', lasting = false } = options;
  const failAt = integerOption('failingFs, call', options.call ?? 0, 0);
  const torn = integerOption('failingFs, tornBytes', options.tornBytes ?? 0, 0);
  const chosen = new Set(
    options.operations ?? allOperations.filter((name) => name !== 'closeSync'),
  );
  const counts = new Map<LogFsOperation, number>();
  let calls = 0;
  let failed: LogFsOperation | undefined;
  const fails = (name: LogFsOperation): boolean => {
    counts.set(name, (counts.get(name) ?? 0) + 1);
    if (!chosen.has(name)) return false;
    calls++;
    const isHit = failAt > 0 && (calls === failAt || (lasting && calls > failAt));
    if (isHit) failed ??= name;
    return isHit;
  };
  const wrap = (name: LogFsOperation): Call => {
    const real = fs[name] as Call;
    return (...args) => {
      if (!fails(name)) return real(...args);
      if (name === 'write' || name === 'writeSync') tear(fs, args, torn);
      const error = Object.assign(new Error(`${errno}: injected, ${name}`), { code: errno });
      const done = args.at(-1);
      if (typeof done !== 'function') throw error;
      setImmediate(() => void done(error, 0));
      return undefined;
    };
  };
  const wrapped = Object.fromEntries(allOperations.map((name) => [name, wrap(name)]));
  return Object.defineProperties(wrapped as unknown as FailingFs, {
    calls: { get: () => calls },
    failed: { get: () => failed },
    callsOf: { value: (name: LogFsOperation) => counts.get(name) ?? 0 },
  });
}

/** Writes the first bytes of what a write was given, at the place it was given. */
function tear(fs: LogFs, args: readonly unknown[], torn: number): void {
  const [fd, bytes, offset, length, at] = args as [number, Uint8Array, number, number, number];
  const count = Math.min(torn, length);
  if (count > 0) fs.writeSync(fd, bytes, offset, count, at);
}
