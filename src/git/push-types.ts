import type { Pack } from './pack-writer.ts';

/** A remote repository. */
export interface Remote {
  /** A path, a `file:` URL, or the `http(s):` URL of a repository (Git's smart HTTP). */
  readonly url: string;
  /** Value of the HTTP header, such as `Basic ...` or `Bearer ...`; never written anywhere. */
  readonly authorization?: string;
  /** How long one request may take, in ms; 60,000 unless given. */
  readonly timeoutMs?: number;
}

/** What a push came to. */
export interface Pushed {
  /** Commits that the remote repository lacked. */
  readonly commits: number;
  /** Tags that it lacked. */
  readonly tags: number;
  /** The commit that its branch names now; undefined where there is none here. */
  readonly commit: string | undefined;
}

/** One ref that is to be changed. */
export interface RefChange {
  readonly ref: string;
  /** Undefined for a new one. */
  readonly before: string | undefined;
  readonly after: string;
}

/** A connection to a remote repository. */
export interface RemoteSession {
  /** What its refs named when it was asked. */
  readonly refs: ReadonlyMap<string, string>;
  /**
   * Sends a pack and changes refs.
   *
   * @throws KnhkError KNHK_LOCKCHAIN_REMOTE
   */
  send(changes: readonly RefChange[], pack: Pack): Promise<void>;
}
