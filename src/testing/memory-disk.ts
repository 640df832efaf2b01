import { basename, dirname, parse, resolve, sep } from 'node:path';
import type { LogStat } from '../receipts/log/fs.ts';
import {
  type DirectoryNode,
  directoryNode,
  type FileNode,
  fileNode,
  resize,
  syncNode,
  type TreeNode,
  writeBytes,
} from './memory-tree.ts';

interface Descriptor {
  readonly node: TreeNode;
  readonly writes: boolean;
}

/** How a file is opened: what happens to its name and bytes, and whether it is written. */
interface Opening {
  readonly creates: boolean;
  readonly exclusive: boolean;
  readonly truncates: boolean;
  readonly writes: boolean;
}

const opening = (creates: boolean, exclusive: boolean, truncates: boolean): Opening => ({
  creates,
  exclusive,
  truncates,
  writes: true,
});

const openings: Readonly<Record<string, Opening>> = {
  r: { creates: false, exclusive: false, truncates: false, writes: false },
  'r+': opening(false, false, false),
  w: opening(true, false, true),
  'w+': opening(true, false, true),
  wx: opening(true, true, false),
  'wx+': opening(true, true, false),
};

// Far above any real one: a descriptor handed to the system by mistake fails there.
const firstDescriptor = 1_000_000;

function refuse(code: string, operation: string, path: string): never {
  throw Object.assign(new Error(`${code}: ${operation} '${path}' (in memory)`), { code });
}

/** Files in memory behind the operations of a log; all paths are absolute or of the process. */
export class MemoryDisk {
  readonly root: DirectoryNode;
  readonly #open = new Map<number, Descriptor>();
  #next = firstDescriptor;
  /** True once the power is gone: nothing works from then on. */
  crashed = false;

  constructor(root: DirectoryNode) {
    this.root = root;
  }

  /** Refuses every call on a machine without power. */
  alive(operation: string): void {
    if (this.crashed) refuse('EIO', operation, 'crashed');
  }

  #find(path: string, operation: string): TreeNode | undefined {
    let node: TreeNode = this.root;
    const full = resolve(path);
    for (const name of full.slice(parse(full).root.length).split(sep)) {
      if (name === '') continue;
      if (node.kind === 'file') refuse('ENOTDIR', operation, path);
      const child = node.live.get(name);
      if (child === undefined) return undefined;
      node = child;
    }
    return node;
  }

  #directory(path: string, operation: string): DirectoryNode {
    const node = this.#find(path, operation);
    if (node === undefined) return refuse('ENOENT', operation, path);
    return node.kind === 'directory' ? node : refuse('ENOTDIR', operation, path);
  }

  #parent(
    path: string,
    operation: string,
  ): { readonly names: DirectoryNode['live']; name: string } {
    const full = resolve(path);
    return { names: this.#directory(dirname(full), operation).live, name: basename(full) };
  }

  #at(fd: number, operation: string): Descriptor {
    this.alive(operation);
    return this.#open.get(fd) ?? refuse('EBADF', operation, String(fd));
  }

  #file(fd: number, operation: string, writes = false): FileNode {
    const found = this.#at(fd, operation);
    if (found.node.kind === 'directory') refuse('EISDIR', operation, String(fd));
    if (writes && !found.writes) refuse('EBADF', operation, String(fd));
    return found.node as FileNode;
  }

  open(path: string, flags: string): number {
    this.alive('open');
    const how = openings[flags] ?? refuse('EINVAL', `open with ${flags}`, path);
    const { names, name } = this.#parent(path, 'open');
    let node = name === '' ? this.root : names.get(name);
    if (node !== undefined && how.exclusive) refuse('EEXIST', 'open', path);
    if (node?.kind === 'directory' && how.writes) refuse('EISDIR', 'open', path);
    if (node === undefined) {
      if (!how.creates) refuse('ENOENT', 'open', path);
      node = fileNode();
      names.set(name, node);
    }
    if (how.truncates && node.kind === 'file') resize(node, 0);
    const fd = this.#next++;
    this.#open.set(fd, { node, writes: how.writes });
    return fd;
  }

  close(fd: number): void {
    this.#at(fd, 'close');
    this.#open.delete(fd);
  }

  read(fd: number, bytes: Uint8Array, offset: number, length: number, at: number): number {
    const { live, size } = this.#file(fd, 'read');
    const found = live.subarray(at, Math.max(at, Math.min(at + length, size)));
    bytes.set(found, offset);
    return found.length;
  }

  write(fd: number, bytes: Uint8Array, offset: number, length: number, at: number): number {
    writeBytes(this.#file(fd, 'write', true), bytes.subarray(offset, offset + length), at);
    return length;
  }

  sync(fd: number): void {
    syncNode(this.#at(fd, 'sync').node);
  }

  truncate(fd: number, length: number): void {
    resize(this.#file(fd, 'ftruncate', true), length);
  }

  statFd(fd: number): LogStat {
    return statOf(this.#at(fd, 'fstat').node);
  }

  stat(path: string): LogStat | undefined {
    this.alive('stat');
    const node = this.#find(path, 'stat');
    return node === undefined ? undefined : statOf(node);
  }

  list(path: string): string[] {
    this.alive('readdir');
    return [...this.#directory(path, 'readdir').live.keys()].sort();
  }

  makeDirectory(path: string): void {
    this.alive('mkdir');
    const known = this.#find(path, 'mkdir');
    if (known?.kind === 'file') refuse('EEXIST', 'mkdir', path);
    if (known !== undefined) return;
    this.makeDirectory(dirname(resolve(path)));
    const { names, name } = this.#parent(path, 'mkdir');
    names.set(name, directoryNode());
  }

  rename(from: string, to: string): void {
    const node = this.#fileNamed(from, 'rename');
    const target = this.#parent(to, 'rename');
    if (target.names.get(target.name)?.kind === 'directory') refuse('EISDIR', 'rename', to);
    const source = this.#parent(from, 'rename');
    source.names.delete(source.name);
    target.names.set(target.name, node);
  }

  unlink(path: string): void {
    this.#fileNamed(path, 'unlink');
    const { names, name } = this.#parent(path, 'unlink');
    names.delete(name);
  }

  #fileNamed(path: string, operation: string): FileNode {
    this.alive(operation);
    const node = this.#find(path, operation) ?? refuse('ENOENT', operation, path);
    return node.kind === 'file' ? node : refuse('EISDIR', operation, path);
  }

  /** Makes a directory that was always there: its name and those above it are durable. */
  makeDurable(path: string): void {
    this.makeDirectory(path);
    for (let at = resolve(path); at !== dirname(at); at = dirname(at)) {
      syncNode(this.#directory(dirname(at), 'sync'));
    }
  }
}

function statOf(node: TreeNode): LogStat {
  const isDirectory = node.kind === 'directory';
  return { size: isDirectory ? 0 : node.size, isDirectory: () => isDirectory };
}
