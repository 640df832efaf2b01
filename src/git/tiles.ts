import { concatBytes } from '../base/bytes.ts';
import { fail } from '../base/errors.ts';
import { rootOf, tilePath, tileWidth } from '../receipts/log/tiles.ts';
import type { Signer } from '../receipts/verify/signer.ts';
import { commitPayload, parseCommit, signCommit } from './commits.ts';
import type { EpochReader } from './epochs.ts';
import { refName } from './refs.ts';
import type { Repository } from './repository.ts';
import { signForGit } from './sshsig.ts';
import { TreeEditor } from './tree-editor.ts';

/** What a {@link TileBranch} works with. */
export interface TileOptions {
  readonly repository: Repository;
  readonly origin: string;
  readonly key: Signer;
  readonly reader: EpochReader;
}

/** The branch of a log's tiles: apart, so that a clone of the checkpoints alone stays small. */
export const tilesBranchOf = (origin: string): string => `refs/heads/tiles/${refName(origin)}`;

/** The path of a tile in the branch's tree. */
export const tileParts = (level: number, number: number): readonly string[] =>
  tilePath(level, number).split('/');

/** How many full tiles of leaf hashes a commit says that it holds. */
export function parseTileCount(message: string): number | undefined {
  const text = /^Knhk-Tiles: ([1-9][0-9]{0,12})$/m.exec(message)?.[1];
  return text === undefined ? undefined : Number(text);
}

const messageOf = (origin: string, count: number): string => `Tiles of ${count * tileWidth} receipts

Knhk-Origin: ${origin}
Knhk-Tiles: ${count}
`;

/** Adds full tiles of hashes (C2SP tlog-tiles) to a branch of their own; they never change. */
export class TileBranch {
  readonly #options: TileOptions;
  /** Leaves read so far; undefined where the branch has to be asked. */
  #next: number | undefined;
  /** Leaf hashes that do not fill a tile yet. */
  #pending: Uint8Array[] = [];

  constructor(options: TileOptions) {
    this.#options = options;
  }

  /**
   * Adds what is full at a size that a checkpoint of the log has; gives the tiles of level 0.
   *
   * @throws KnhkError KNHK_LOCKCHAIN_CHECKPOINT where the log is damaged, and those of the store
   */
  async append(size: number, seconds: number): Promise<number> {
    try {
      return await this.#append(size, seconds);
    } catch (error) {
      this.#next = undefined;
      throw error;
    }
  }

  async #append(size: number, seconds: number): Promise<number> {
    const { repository, origin, key } = this.#options;
    const { refs, store } = repository;
    const branch = tilesBranchOf(origin);
    const head = refs.read(branch);
    const commit = head === undefined ? undefined : parseCommit(store.read(head, 'commit'))?.value;
    let count = parseTileCount(commit?.message ?? '') ?? 0;
    if (this.#next === undefined) {
      this.#next = count * tileWidth;
      this.#pending = [];
    }
    const before = count;
    await this.#read(this.#next, size);
    const tree = new TreeEditor(store, commit?.tree);
    while (this.#pending.length >= tileWidth) {
      await this.#add(tree, 0, count++, concatBytes(...this.#pending.splice(0, tileWidth)));
    }
    if (count === before) return count;
    const payload = commitPayload({
      tree: await tree.write(),
      parents: head === undefined ? [] : [head],
      seconds: Math.max(seconds, commit?.seconds ?? 0),
      message: messageOf(origin, count),
    });
    const signed = signCommit(payload, await signForGit(key, payload));
    refs.update(branch, await store.write('commit', signed), head);
    return count;
  }

  async #read(from: number, size: number): Promise<void> {
    if (from >= size) return;
    for await (const event of this.#options.reader.read(from)) {
      if (event.kind === 'damage') {
        fail('KNHK_LOCKCHAIN_CHECKPOINT', event.where, 'a complete epoch', 'a damaged one');
      }
      const { first, hashes, checkpoint } = event;
      this.#pending.push(...hashes.slice(Math.max(0, from - first)));
      this.#next = checkpoint.size;
      if (checkpoint.size >= size) return;
    }
  }

  /** A full tile, and the one above it that it fills. */
  async #add(tree: TreeEditor, level: number, number: number, hashes: Uint8Array): Promise<void> {
    const { store } = this.#options.repository;
    tree.set(tileParts(level, number), await store.write('blob', hashes));
    if ((number + 1) % tileWidth !== 0) return;
    const first = number + 1 - tileWidth;
    const roots = Array.from({ length: tileWidth }, (_, at) => {
      const id = tree.get(tileParts(level, first + at));
      return rootOf(store.read(id ?? `tile ${level}/${first + at}`, 'blob'));
    });
    await this.#add(tree, level + 1, (number + 1) / tileWidth - 1, concatBytes(...roots));
  }
}
