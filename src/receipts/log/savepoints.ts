import { join } from 'node:path';
import { fromUtf8, toHex, utf8 } from '../../base/bytes.ts';
import { canonical, hashOf } from '../../base/canonical.ts';
import { parseCheckpoint } from '../verify/checkpoint.ts';
import { readFile, replaceFile, syncDirectory } from './files.ts';
import type { LogFs } from './fs.ts';

/** State that was saved at a checkpoint. */
export interface Savepoint {
  /** Leaves that the state takes in. */
  readonly size: number;
  /** What the host gave. */
  readonly state: string;
}

const kept = 10;
const namePattern = /^[0-9]{12}\.json$/;

const pathOf = (directory: string, name: string): string => join(directory, 'savepoint', name);

/** Hexadecimal root of a signed note. */
function rootOf(note: string): string | undefined {
  const root = parseCheckpoint(note)?.root;
  return root === undefined ? undefined : toHex(root);
}

function list(fs: LogFs, directory: string): string[] {
  const names = fs.readdirSync(join(directory, 'savepoint'));
  return names.filter((name) => namePattern.test(name)).sort();
}

/** Saves state that belongs to a checkpoint, and drops the oldest savepoints. */
export function saveSavepoint(fs: LogFs, directory: string, note: string, state: string): void {
  const size = parseCheckpoint(note)?.size ?? 0;
  const content = { size, root: rootOf(note) ?? '', state };
  const text = canonical({ ...content, v: 1, hash: hashOf('savepoint', content) });
  replaceFile(fs, pathOf(directory, `${String(size).padStart(12, '0')}.json`), utf8(text));
  for (const name of list(fs, directory).slice(0, -kept)) fs.unlinkSync(pathOf(directory, name));
}

/** Removes the savepoints of fewer leaves, durably. */
export function dropSavepoints(fs: LogFs, directory: string, below: number): void {
  const old = list(fs, directory).filter((name) => Number.parseInt(name, 10) < below);
  for (const name of old) fs.unlinkSync(pathOf(directory, name));
  if (old.length > 0) syncDirectory(fs, join(directory, 'savepoint'));
}

/**
 * The newest savepoint that is whole and belongs to this log; `noteAt` gives the checkpoint that
 * the log has at a size. Anything else is passed over: the log itself is the truth.
 */
export function loadSavepoint(
  fs: LogFs,
  directory: string,
  noteAt: (size: number) => string | undefined,
): Savepoint | undefined {
  for (const name of list(fs, directory).reverse()) {
    const savepoint = read(fs, pathOf(directory, name));
    if (savepoint === undefined) continue;
    const note = noteAt(savepoint.size);
    if (note !== undefined && rootOf(note) === savepoint.root) {
      return { size: savepoint.size, state: savepoint.state };
    }
  }
  return undefined;
}

function read(fs: LogFs, path: string): (Savepoint & { readonly root: string }) | undefined {
  try {
    const text = fromUtf8(readFile(fs, path) ?? new Uint8Array());
    const value: unknown = JSON.parse(text ?? '');
    if (typeof value !== 'object' || value === null) return undefined;
    const { v, size, root, state, hash } = value as Record<string, unknown>;
    if (v !== 1 || typeof size !== 'number' || typeof root !== 'string') return undefined;
    if (typeof state !== 'string' || hash !== hashOf('savepoint', { size, root, state })) {
      return undefined;
    }
    return { size, root, state };
  } catch {
    return undefined;
  }
}
