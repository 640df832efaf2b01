import { readFile, replaceFile } from '../../src/receipts/log/files.ts';
import { type LogFs, nodeFs } from '../../src/receipts/log/index.ts';

/** Files behind the operations of a log, for tests that damage them. */
export interface Disk {
  readonly fs: LogFs;
  /** All bytes of a file that has to be there. */
  read(path: string): Buffer;
  write(path: string, bytes: Uint8Array): void;
  /** Removes a file, if it is there. */
  remove(path: string): void;
}

export function diskOf(fs: LogFs = nodeFs): Disk {
  return {
    fs,
    read: (path) => {
      const bytes = readFile(fs, path);
      if (bytes === undefined) throw new Error(`no file ${path}`);
      return bytes;
    },
    write: (path, bytes) => replaceFile(fs, path, bytes),
    remove: (path) => {
      if (fs.statSync(path) !== undefined) fs.unlinkSync(path);
    },
  };
}
