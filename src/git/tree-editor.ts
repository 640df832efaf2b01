import { fail } from '../base/errors.ts';
import { encodeTree, parseTree, type TreeEntry } from './objects.ts';
import type { ObjectStore } from './store.ts';

type Node = TreeEditor | TreeEntry;

/** A tree that is read where it is looked at, and written where it was changed. */
export class TreeEditor {
  readonly #store: ObjectStore;
  /** As it is stored; undefined once it was changed, and for a new one. */
  #id: string | undefined;
  #nodes: Map<string, Node> | undefined;

  constructor(store: ObjectStore, id: string | undefined) {
    this.#store = store;
    this.#id = id;
  }

  #children(): Map<string, Node> {
    if (this.#nodes === undefined) {
      const entries = this.#id === undefined ? [] : parseTree(this.#store.read(this.#id, 'tree'));
      if (entries === undefined) {
        return fail('KNHK_LOCKCHAIN_OBJECT', this.#id ?? '', 'a tree', 'a malformed one');
      }
      this.#nodes = new Map(entries.map((entry) => [entry.name, entry]));
    }
    return this.#nodes;
  }

  #folder(name: string): TreeEditor | undefined {
    const node = this.#children().get(name);
    if (node === undefined || node instanceof TreeEditor) return node;
    if (node.mode !== '40000') return undefined;
    const folder = new TreeEditor(this.#store, node.id);
    this.#children().set(name, folder);
    return folder;
  }

  /** The id of the file at a path, undefined where there is none. */
  get([name, ...rest]: readonly string[]): string | undefined {
    if (name === undefined) return undefined;
    if (rest.length > 0) return this.#folder(name)?.get(rest);
    const node = this.#children().get(name);
    return node instanceof TreeEditor || node?.mode !== '100644' ? undefined : node.id;
  }

  /** Puts a stored file at a path. */
  set([name = '', ...rest]: readonly string[], id: string): void {
    const nodes = this.#children();
    if (rest.length === 0) nodes.set(name, { mode: '100644', name, id });
    else {
      const folder = this.#folder(name) ?? new TreeEditor(this.#store, undefined);
      nodes.set(name, folder);
      folder.set(rest, id);
    }
    this.#id = undefined;
  }

  /** Writes what was changed and gives the tree's id. */
  async write(): Promise<string> {
    if (this.#id !== undefined) return this.#id;
    const entries: TreeEntry[] = [];
    for (const [name, node] of this.#children()) {
      const isFolder = node instanceof TreeEditor;
      entries.push(isFolder ? { mode: '40000', name, id: await node.write() } : node);
    }
    this.#id = await this.#store.write('tree', encodeTree(entries));
    return this.#id;
  }
}
