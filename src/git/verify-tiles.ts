import { concatBytes } from '../base/bytes.ts';
import { KnhkError } from '../base/errors.ts';
import { tileWidth } from '../receipts/log/tiles.ts';
import { parseCommit } from './commits.ts';
import { objectId } from './objects.ts';
import type { Repository } from './repository.ts';
import { checkForGit } from './sshsig.ts';
import { parseTileCount, tileParts, tilesBranchOf } from './tiles.ts';
import { TreeEditor } from './tree-editor.ts';

/** Says what is wrong with the branch of tiles. */
export type SayTile = (commit: string, size: number | null, message: string) => void;

/** Compares tiles of leaf hashes with the log's leaves, which it is given in order. */
export class TileComparer {
  readonly #say: SayTile;
  readonly #head: string;
  readonly #tree: TreeEditor;
  readonly #count: number;
  #hashes: Uint8Array[] = [];
  #number = 0;

  private constructor(say: SayTile, head: string, tree: TreeEditor, count: number) {
    this.#say = say;
    this.#head = head;
    this.#tree = tree;
    this.#count = count;
  }

  /** Judges the newest commit of tiles; undefined where there is none, or nothing to compare. */
  static open(
    { refs, store }: Repository,
    origin: string,
    allowed: readonly Uint8Array[],
    say: SayTile,
  ): TileComparer | undefined {
    const head = refs.read(tilesBranchOf(origin));
    if (head === undefined) return undefined;
    const object = store.look(head);
    const commit = typeof object === 'string' ? undefined : parseCommit(object.content);
    const count = parseTileCount(commit?.value.message ?? '');
    if (commit === undefined || count === undefined) {
      say(head, null, 'no commit of tiles');
      return undefined;
    }
    const verdict = checkForGit(commit.signature, commit.payload, allowed);
    if (verdict !== 'signed') say(head, count * tileWidth, `signature: ${verdict}`);
    return new TileComparer(say, head, new TreeEditor(store, commit.value.tree), count);
  }

  take(hash: Uint8Array): void {
    if (this.#number >= this.#count) return;
    this.#hashes.push(hash);
    if (this.#hashes.length < tileWidth) return;
    const expected = objectId('blob', concatBytes(...this.#hashes));
    const problem = this.#problem(expected);
    if (problem !== undefined) {
      const size = (this.#number + 1) * tileWidth;
      this.#say(this.#head, size, `tile 0/${this.#number} ${problem}`);
    }
    this.#number++;
    this.#hashes = [];
  }

  #problem(expected: string): string | undefined {
    try {
      const id = this.#tree.get(tileParts(0, this.#number));
      if (id === undefined) return 'is missing';
      return id === expected ? undefined : 'holds other hashes than the log';
    } catch (error) {
      return error instanceof KnhkError ? `: ${error.details.got}` : 'cannot be read';
    }
  }

  /** Says which tiles the log has no leaves for. */
  end(): void {
    if (this.#number === this.#count) return;
    const size = this.#count * tileWidth;
    this.#say(this.#head, size, `tiles from 0/${this.#number} on are beyond the log`);
  }
}
