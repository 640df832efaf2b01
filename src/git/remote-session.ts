import type { Pack } from './pack-writer.ts';
import type { RefChange } from './push-types.ts';

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
