import { equalBytes } from '../base/bytes.ts';
import { fail } from '../base/errors.ts';
import type { LogFs } from '../receipts/log/fs.ts';
import { parseCheckpoint, type SignedCheckpoint } from '../receipts/verify/checkpoint.ts';
import type { Keyring } from '../receipts/verify/keyring.ts';
import type { Signer } from '../receipts/verify/signer.ts';
import { commitPayload, parseCommit, signCommit, signTag, tagPayload } from './commits.ts';
import { messageOf, readNote, writeTree } from './content.ts';
import { packLoose } from './packing.ts';
import { branchOf, tagsOf } from './refs.ts';
import { checkRepository, type Repository, readRepository } from './repository.ts';
import { allowedSigner, publicKeyOf, signForGit } from './sshsig.ts';
import { tilesBranchOf } from './tiles.ts';
import type { Packed } from './types.ts';

/** The newest commit of a lockchain. */
export interface ChainHead {
  /** 40 hexadecimal digits. */
  readonly commit: string;
  readonly checkpoint: SignedCheckpoint;
  /** Its date. */
  readonly seconds: number;
}

/** What a {@link Chain} works with. */
export interface ChainOptions {
  readonly fs: LogFs;
  readonly directory: string;
  readonly origin: string;
  readonly key: Signer;
}

/** The UTC day of a date, like `2026-11-21`. */
const dayOf = (seconds: number): string => new Date(seconds * 1_000).toISOString().slice(0, 10);

/** Adds commits and tags to the branch of one log; one writer at a time. */
export class Chain {
  readonly #options: ChainOptions;
  readonly repository: Repository;
  readonly branch: string;
  readonly #allowedSigners: string;
  /** The head as it was read or written last. */
  #head: ChainHead | undefined;
  #tagged = '';

  constructor(options: ChainOptions) {
    this.#options = options;
    this.#allowedSigners = allowedSigner(publicKeyOf(options.key));
    this.repository = readRepository(options.fs, options.directory);
    this.branch = branchOf(options.origin);
    this.check();
  }

  /** Refuses a repository that is gone or of another log. */
  check(): void {
    checkRepository(this.#options.fs, this.#options.directory, this.#options.origin);
  }

  /** The newest commit and its checkpoint, undefined before the first. */
  head(): ChainHead | undefined {
    const { refs, store } = this.repository;
    const commit = refs.read(this.branch);
    if (commit === undefined) return undefined;
    if (this.#head?.commit === commit) return this.#head;
    store.forgetPacks();
    const { tree, seconds } = parseCommit(store.read(commit, 'commit'))?.value ?? {};
    const note = tree === undefined ? undefined : readNote(store, tree);
    const checkpoint = parseCheckpoint(note ?? '');
    if (checkpoint === undefined || seconds === undefined) {
      return fail('KNHK_LOCKCHAIN_OBJECT', commit, 'a commit with a checkpoint', 'another one');
    }
    this.#head = { commit, checkpoint, seconds };
    return this.#head;
  }

  /**
   * Refuses a checkpoint that does not follow the repository's: smaller, or another of its size.
   *
   * @throws KnhkError KNHK_LOCKCHAIN_ROLLBACK, KNHK_LOCKCHAIN_FORK
   */
  checkFollows(next: SignedCheckpoint | undefined): void {
    const head = this.head();
    if (head === undefined) return;
    const { size, root } = head.checkpoint;
    const got = next?.size ?? 0;
    if (got < size) {
      fail('KNHK_LOCKCHAIN_ROLLBACK', this.#options.directory, `a log of ${size} leaves`, got);
    }
    if (got === size && !equalBytes(root, next?.root ?? root)) {
      fail('KNHK_LOCKCHAIN_FORK', this.#options.directory, `the root at ${size}`, 'another one');
    }
  }

  /** Commits a checkpoint that follows the head; resolves once it is on disk. */
  async append(
    checkpoint: SignedCheckpoint,
    note: string,
    timeMs: number,
    keyring: Keyring,
  ): Promise<ChainHead> {
    const { key } = this.#options;
    const { refs, store } = this.repository;
    const head = this.head();
    const seconds = Math.max(Math.floor(timeMs / 1_000), head?.seconds ?? 0);
    await this.tagBefore(seconds);
    const tree = await writeTree(store, note, keyring, this.#allowedSigners);
    const message = messageOf(checkpoint, head?.checkpoint.size ?? 0);
    const parents = head === undefined ? [] : [head.commit];
    const payload = commitPayload({ tree, parents, seconds, message });
    const signature = await signForGit(key, payload);
    const commit = await store.write('commit', signCommit(payload, signature));
    // Everything that it names is on disk by now.
    refs.update(this.branch, commit, head?.commit);
    this.#head = { commit, checkpoint, seconds };
    return this.#head;
  }

  /** Makes sure that a head which is there already would outlast a power cut. */
  settle(): void {
    this.repository.refs.settle(this.branch);
  }

  /** Tags the head where its day is over: an annotated, signed tag for each day with commits. */
  async tagBefore(seconds: number): Promise<void> {
    const head = this.head();
    if (head === undefined) return;
    const day = dayOf(head.seconds);
    if (day >= dayOf(seconds) || day === this.#tagged) return;
    const { refs, store } = this.repository;
    const ref = `${tagsOf(this.#options.origin)}/${day}`;
    if (refs.read(ref) === undefined) {
      const name = ref.slice('refs/tags/'.length);
      const message = `Checkpoint at the end of ${day}\n`;
      const tag = { commit: head.commit, name, seconds: head.seconds, message };
      const payload = tagPayload(tag);
      const signed = signTag(payload, await signForGit(this.#options.key, payload));
      refs.update(ref, await store.write('tag', signed), undefined);
    }
    this.#tagged = day;
  }

  /** Packs what is loose. */
  pack(): Promise<Packed> {
    const { refs, store } = this.repository;
    const heads = [this.branch, tilesBranchOf(this.#options.origin)].flatMap(
      (branch) => refs.read(branch) ?? [],
    );
    return packLoose(this.#options.fs, store, heads);
  }

  /** Removes locks that a writer left when it was killed; only for who holds the repository. */
  unlock(): void {
    const { refs } = this.repository;
    refs.unlock(this.branch);
    refs.unlock(tilesBranchOf(this.#options.origin));
    const head = this.head();
    if (head !== undefined) refs.unlock(`${tagsOf(this.#options.origin)}/${dayOf(head.seconds)}`);
  }
}
