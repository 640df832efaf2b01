import type { RandomBytes } from '../base/clock.ts';

/** A file: the bytes that programs see, and those that a power cut leaves. */
export interface FileNode {
  readonly kind: 'file';
  live: Uint8Array;
  /** Bytes of {@link live} that are in use; the others are zeros. */
  size: number;
  synced: Uint8Array;
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
  return { kind: 'file', live: new Uint8Array(), size: 0, synced: new Uint8Array() };
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

/** Makes durable what one descriptor's sync covers: a file's bytes, or a directory's names. */
export function syncNode(node: TreeNode): void {
  if (node.kind === 'directory') node.synced = new Map(node.live);
  else node.synced = node.live.slice(0, node.size);
}

// The unit that a disk writes whole or not at all.
const sectorBytes = 512;

type Coin = () => boolean;

/**
 * A tree as a power cut leaves it, everything in it durable. Without randomness nothing that was
 * not synced survives; with it each sector, each length and each directory's names may.
 */
export function survivors(root: DirectoryNode, random: RandomBytes | undefined): DirectoryNode {
  const keeps: Coin = () => random !== undefined && ((random(1)[0] as number) & 1) === 1;
  // A file that was just renamed may have two names then, and stays one file.
  const copies = new Map<FileNode, FileNode>();
  const copyFile = (file: FileNode): FileNode => {
    const made = copies.get(file) ?? survivingFile(file, keeps);
    copies.set(file, made);
    return made;
  };
  const copy = (directory: DirectoryNode): DirectoryNode => {
    const made = directoryNode();
    for (const [name, node] of keeps() ? directory.live : directory.synced) {
      made.live.set(name, node.kind === 'file' ? copyFile(node) : copy(node));
    }
    syncNode(made);
    return made;
  };
  return copy(root);
}

function survivingFile({ live, size, synced }: FileNode, keeps: Coin): FileNode {
  const made = fileNode();
  resize(made, keeps() ? size : synced.length);
  made.live.set(synced.subarray(0, made.size));
  const written = Math.min(made.size, size);
  for (let at = 0; at < written; at += sectorBytes) {
    if (keeps()) made.live.set(live.subarray(at, Math.min(at + sectorBytes, written)), at);
  }
  syncNode(made);
  return made;
}
