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
