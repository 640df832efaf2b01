import type { Keyring } from '../verify/keyring.ts';
import type { KeyBody } from '../verify/leaf-types.ts';
import type { Committer } from './committer.ts';
import type { LogOptions } from './log-types.ts';
import {
  type At,
  type KeyChange,
  planRevocation,
  planRotation,
  type RevokeOptions,
  type RotateOptions,
} from './rotation.ts';
import type { Signing } from './signing.ts';

/** What a {@link KeyChanges} works with. */
export interface KeyChangesParts {
  readonly signing: Signing;
  readonly committer: Committer;
  readonly saveKeyring: LogOptions['saveKeyring'];
  readonly append: (body: KeyBody, time: number) => unknown;
}

/**
 * Writes changes of keys in an order that a crash cannot spoil: the leaf under the keys of before
 * and after, then the keyring, then anything else.
 */
export class KeyChanges {
  readonly #parts: KeyChangesParts;

  constructor(parts: KeyChangesParts) {
    this.#parts = parts;
  }

  rotate(options: RotateOptions, at: At): Promise<Keyring> {
    const { signing } = this.#parts;
    const change = planRotation(signing, options, at);
    signing.hold(options.signer);
    return this.#write(change, at);
  }

  revoke(options: RevokeOptions, at: At): Promise<Keyring> {
    return this.#write(planRevocation(this.#parts.signing, options, at.seq), at);
  }

  async #write({ body, keyring }: KeyChange, { time }: At): Promise<Keyring> {
    const { signing, committer, saveKeyring, append } = this.#parts;
    const before = signing.keyring;
    const epoch = committer.open;
    // Set before the leaf is there: a full epoch is signed as soon as it has its last leaf.
    epoch.afterwards = () => saveKeyring?.(keyring);
    signing.follow(keyring);
    try {
      append(body, time);
    } catch (error) {
      signing.follow(before);
      epoch.afterwards = undefined;
      throw error;
    }
    // The checkpoint ends exactly here, so that those who sign it are those whom the leaf names.
    committer.seal();
    await epoch.durable;
    return keyring;
  }
}
