import { type LogFs, nodeFs } from '../../src/receipts/log/index.ts';
import {
  type LogConformanceOptions,
  type MemoryFs,
  memoryFs,
  openLog,
  type ReceiptLog,
} from '../../src/testing/index.ts';
import { temporary } from '../support/runtime.ts';

/** A directory for each name, removed after the test that asked first. */
function places(): (name: string) => string {
  const known = new Map<string, string>();
  return (name) => {
    const place = known.get(name) ?? temporary();
    known.set(name, place);
    return place;
  };
}

/** Stores on the machine's disk, without crashes. */
export function onDisk(): LogConformanceOptions {
  const placeOf = places();
  return {
    open: ({ name, ...store }) => openLog({ ...store, directory: placeOf(name), fs: nodeFs }),
  };
}

/** Stores in memory; `through` may put something between the log and its files. */
export function inMemory(through: (fs: LogFs) => LogFs = (fs) => fs): LogConformanceOptions {
  const placeOf = places();
  const disks = new Map<string, MemoryFs>();
  return {
    open: ({ name, ...store }) => {
      const directory = placeOf(name);
      const disk = disks.get(name) ?? memoryFs({ directories: [directory] });
      disks.set(name, disk);
      return openLog({ ...store, directory, fs: through(disk) });
    },
    crash: (name) => {
      const disk = disks.get(name);
      if (disk !== undefined) disks.set(name, disk.crash());
    },
  };
}

/** Stores in memory whose logs go through a wrapper. */
export function wrapped(wrap: (log: ReceiptLog) => ReceiptLog): LogConformanceOptions {
  const sound = inMemory();
  return { ...sound, open: async (store) => wrap(await sound.open(store)) };
}

/** A log with some members replaced; `members` gets the sound one. */
export function replacing(
  members: (log: ReceiptLog) => { readonly [Name in keyof ReceiptLog]?: () => ReceiptLog[Name] },
): (log: ReceiptLog) => ReceiptLog {
  return (log) => {
    const replaced: { readonly [name: string | symbol]: (() => unknown) | undefined } =
      members(log);
    return new Proxy(log, {
      get: (target, name) => {
        const own = replaced[name];
        if (own !== undefined) return own();
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };
}
