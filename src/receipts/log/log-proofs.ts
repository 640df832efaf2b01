import { fromHex } from '../../base/bytes.ts';
import { fail } from '../../base/errors.ts';
import { parseCheckpoint } from '../verify/checkpoint.ts';
import { formatProof } from '../verify/proof.ts';
import { consistencyPath, inclusionPath, type TreeSource } from '../verify/prove.ts';
import { verifyConsistency, verifyInclusion } from '../verify/tree.ts';
import type { LogFs } from './fs.ts';
import { InnerNodes } from './inner-nodes.ts';
import type { LogReader } from './reader.ts';
import type { LogState } from './state.ts';
import { TileReader } from './tiles.ts';

/** The tree of a log: tiles where segments are sealed, leaf hashes in memory behind them. */
class LogTree implements TreeSource {
  readonly #tiles: TileReader;
  readonly #state: LogState;
  readonly #nodes = new InnerNodes((level, index) => this.subtree(level, index));

  constructor(fs: LogFs, directory: string, state: LogState) {
    this.#tiles = new TileReader(fs, directory);
    this.#state = state;
  }

  get size(): number {
    return this.#state.index.size;
  }

  subtree(level: number, index: number): Uint8Array {
    const { sealed, tail } = this.#state;
    if ((index + 1) * 2 ** level <= sealed.size) {
      return this.#tiles.subtree(level, index, sealed.size);
    }
    return level === 0 ? tail.at(index) : this.#nodes.root(level, index);
  }
}

/** Makes proofs of one log. Each is checked before it is handed out. */
export class LogProofs {
  readonly #tree: LogTree;
  readonly #state: LogState;
  readonly #reader: LogReader;
  readonly #directory: string;

  constructor(fs: LogFs, directory: string, state: LogState, reader: LogReader) {
    this.#tree = new LogTree(fs, directory, state);
    this.#state = state;
    this.#reader = reader;
    this.#directory = directory;
  }

  /** The portable receipt of a durable leaf under the last checkpoint, or that of a size. */
  prove(seq: number, size: number = this.#state.index.size, withLeaf: boolean = true): string {
    const { leafBytes, hash } = this.#reader.read(seq);
    const note = this.#noteAt(size);
    if (seq >= size) fail('KNHK_LOG_SEQ', 'prove, size', `a size above ${seq}`, size);
    const hashes = inclusionPath(this.#tree, seq, size);
    const leaf = fromHex(hash) as Uint8Array;
    const root = parseCheckpoint(note)?.root ?? new Uint8Array();
    if (!verifyInclusion(seq, size, leaf, hashes, root)) this.#corrupt(`seq ${seq}`);
    const extra = withLeaf ? { extra: leafBytes } : {};
    return formatProof({ index: seq, hashes, checkpoint: note, ...extra });
  }

  /** Hashes that show that the tree of one size is the beginning of the tree of another. */
  proveConsistency(from: number, to: number = this.#state.index.size): readonly Uint8Array[] {
    const hashes = consistencyPath(this.#tree, from, to);
    const roots = [from, to].map((size) => this.#root(size));
    const [before, after] = roots as [Uint8Array | undefined, Uint8Array | undefined];
    // Where a size ends no epoch there is no signed root to compare with.
    if (before === undefined || after === undefined) return hashes;
    if (!verifyConsistency(from, to, hashes, before, after)) this.#corrupt(`${from} to ${to}`);
    return hashes;
  }

  #root(size: number): Uint8Array | undefined {
    const note = size === this.#state.index.size ? this.#state.note : this.#reader.noteAt(size);
    return note === undefined ? undefined : parseCheckpoint(note)?.root;
  }

  #noteAt(size: number): string {
    if (size === this.#state.index.size) return this.#state.note;
    const note = Number.isSafeInteger(size) ? this.#reader.noteAt(size) : undefined;
    return note ?? fail('KNHK_LOG_SEQ', 'prove, size', 'a size that a checkpoint has', size);
  }

  #corrupt(where: string): never {
    const got = 'hashes that do not give its root';
    return fail('KNHK_LOG_CORRUPT', `${this.#directory} ${where}`, 'the tiles of this log', got);
  }
}
