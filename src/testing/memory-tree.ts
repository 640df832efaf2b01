import type { RandomBytes } from '../base/clock.ts';

/** Bytes that were written at a place and not synced since. */
interface Write {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** A file: the bytes that programs see, and those that a power cut leaves. */
export interface FileNode {
  readonly kind: 'file';
  live: Uint8Array;
  /** Bytes of {@link live} that are in use; the others are zeros. */
  size: number;
  synced: Uint8Array;
  /** What was written since the last sync, oldest first. */
  written: Write[];
}

/** A directory: the names that programs see, and those that a power cut leaves. */
export interface DirectoryNode {
  readonly kind: 'directory';
  readonly live: Map<string, TreeNode>;
  synced: ReadonlyMap<string, TreeNode>;
}

export type TreeNode = FileNode | DirectoryNode;

/** An empty file. */
export function fileNode(): FileNode {
  return { kind: 'file', live: new Uint8Array(), size: 0, synced: new Uint8Array(), written: [] };
}

/** An empty directory. */
export function directoryNode(): DirectoryNode {
  return { kind: 'directory', live: new Map(), synced: new Map() };
}

/** Sets a file's size; new bytes are zeros, as POSIX has it. */
export function resize(file: FileNode, size: number): void {
  if (size > file.live.length) {
    const larger = new Uint8Array(Math.max(size, 2 * file.live.length));
    larger.set(file.live.subarray(0, file.size));
    file.live = larger;
  }
  if (size < file.size) file.live.fill(0, size, file.size);
  file.size = size;
}

// A file that is rewritten in place and never synced must not be remembered for ever.
const writesMax = 64;

/** Writes bytes at a place, and remembers them until they are synced. */
export function writeBytes(file: FileNode, bytes: Uint8Array, at: number): void {
  const end = at + bytes.length;
  if (end > file.size) resize(file, end);
  file.live.set(bytes, at);
  if (file.written.length >= writesMax) {
    // What a later write covers whole may be forgotten: one outcome less, and no wrong one.
    const covered = file.written.findIndex(
      (old) => old.at >= at && old.at + old.bytes.length <= end,
    );
    if (covered >= 0) file.written.splice(covered, 1);
  }
  file.written.push({ at, bytes: bytes.slice() });
}

/** Makes durable what one descriptor's sync covers: a file's bytes, or a directory's names. */
export function syncNode(node: TreeNode): void {
  if (node.kind === 'directory') {
    node.synced = new Map(node.live);
    return;
  }
  node.synced = node.live.slice(0, node.size);
  node.written = [];
}

/** How a power cut goes. */
export interface Cut {
  /** Decides what survives although it was not synced; nothing of it does unless given. */
  readonly random?: RandomBytes | undefined;
  /** The unit that the disk writes whole or not at all. */
  readonly sectorBytes: number;
}

/** An integer from 0 up to a bound of at most 65,536; always 0 without randomness. */
type Chance = (below: number) => number;

function chanceOf(random: RandomBytes | undefined): Chance {
  return (below) => {
    const [low = 0, high = 0] = random?.(2) ?? [];
    return (256 * high + low) % below;
  };
}

/**
 * A tree as a power cut leaves it, everything in it durable. Without randomness nothing that was
 * not synced survives. With it each sector is as any of the writes left it that reached it since
 * the sync, in whatever order sectors were written; each length and each name is the old one or a
 * newer one, by itself.
 */
export function survivors(root: DirectoryNode, { random, sectorBytes }: Cut): DirectoryNode {
  const chance = chanceOf(random);
  // A file that was just renamed may have two names then, and stays one file.
  const copies = new Map<FileNode, FileNode>();
  const copyFile = (file: FileNode): FileNode => {
    const made = copies.get(file) ?? survivingFile(file, chance, sectorBytes);
    copies.set(file, made);
    return made;
  };
  const copy = (directory: DirectoryNode): DirectoryNode => {
    const made = directoryNode();
    const { live, synced } = directory;
    for (const name of new Set([...synced.keys(), ...live.keys()])) {
      const isUnchanged = live.get(name) === synced.get(name);
      const node = isUnchanged || chance(2) === 0 ? synced.get(name) : live.get(name);
      if (node !== undefined)
        made.live.set(name, node.kind === 'file' ? copyFile(node) : copy(node));
    }
    syncNode(made);
    return made;
  };
  return copy(root);
}

/** The old length, the new one, or one at a sector's edge between them. */
function survivingLength(from: number, to: number, chance: Chance, sectorBytes: number): number {
  const choice = chance(3);
  if (choice < 2) return choice === 0 ? from : to;
  const edges = Math.floor(Math.abs(to - from) / sectorBytes);
  const edge = (Math.floor(Math.min(from, to) / sectorBytes) + 1 + chance(edges + 1)) * sectorBytes;
  return Math.min(edge, Math.max(from, to));
}

function survivingFile(file: FileNode, chance: Chance, sectorBytes: number): FileNode {
  const { size, synced, written } = file;
  const made = fileNode();
  resize(made, survivingLength(synced.length, size, chance, sectorBytes));
  made.live.set(synced.subarray(0, made.size));
  for (let from = 0; from < made.size; from += sectorBytes) {
    const end = Math.min(from + sectorBytes, made.size);
    const touching = written.filter(({ at, bytes }) => at < end && at + bytes.length > from);
    const kept = touching.length === 0 ? 0 : chance(touching.length + 1);
    for (const { at, bytes } of touching.slice(0, kept)) {
      const [first, last] = [Math.max(at, from), Math.min(at + bytes.length, end)];
      made.live.set(bytes.subarray(first - at, last - at), first);
    }
  }
  syncNode(made);
  return made;
}
