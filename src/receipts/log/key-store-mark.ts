import { join } from 'node:path';
import { fromUtf8, utf8 } from '../../base/bytes.ts';
import { canonical } from '../../base/canonical.ts';
import { readFile, replaceFile } from './files.ts';
import type { LogFs } from './fs.ts';

/** How far a store of keys has followed the erasures of its log. */
export interface Mark {
  /** Leaves; the erasures among them are finished. */
  readonly size: number;
  /** Hash of the last of them. */
  readonly hash: string;
  /**
   * Records that were destroyed by then. A copy of the keys that was taken before the mark's has
   * fewer: it is not to be believed.
   */
  readonly destroyed: number;
}

const pathOf = (directory: string): string => join(directory, 'replayed.json');

/** The mark of a store; undefined where there is none that can be read, and all is done again. */
export function readMark(fs: LogFs, directory: string): Mark | undefined {
  const bytes = readFile(fs, pathOf(directory));
  try {
    const value: unknown = JSON.parse(fromUtf8(bytes ?? new Uint8Array()) ?? '');
    const { v, size, hash, destroyed } = Object(value) as Readonly<Record<string, unknown>>;
    const isSize = Number.isSafeInteger(size) && (size as number) > 0;
    if (v !== 1 || !isSize || typeof hash !== 'string' || typeof destroyed !== 'number') {
      return undefined;
    }
    return { size: size as number, hash, destroyed };
  } catch {
    return undefined;
  }
}

/** Puts a mark in place, durably. */
export function writeMark(fs: LogFs, directory: string, mark: Mark): void {
  replaceFile(fs, pathOf(directory), utf8(canonical({ v: 1, ...mark })));
}
