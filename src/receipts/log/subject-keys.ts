import { hmacKey } from '#sha256';
import type { HmacKey } from '../../base/sha256.types.ts';
import type { KeyStore, SubjectKey } from './key-store.ts';
import { derive } from './secrets.ts';

/** What follows from one subject's key. */
export interface SubjectKeys {
  /** The first leaf that it may be used for. */
  readonly created: number;
  /** Salts of commitments come from this one. */
  readonly salt: HmacKey;
  /** Payloads are sealed with this one. */
  readonly payload: Uint8Array;
  /** The subject's key itself. */
  readonly key: Uint8Array;
}

// Deriving takes 25 us, and a key of a store that is read costs a system call.
const keptMax = 8_192;
const none: readonly SubjectKeys[] = Object.freeze([]);

function keysOf(name: string, { created, key }: SubjectKey): SubjectKeys {
  return {
    created,
    salt: hmacKey(derive(key, `knhk/1/subject/${name}`), true),
    payload: derive(key, `knhk/1/payload/${name}`),
    key,
  };
}

/** The keys of subjects as they are used; those used last are kept. */
export class SubjectKeyring {
  readonly #store: KeyStore;
  #young = new Map<string, readonly SubjectKeys[]>();
  #old: ReadonlyMap<string, readonly SubjectKeys[]> = new Map();

  constructor(store: KeyStore) {
    this.#store = store;
  }

  /** The keys of a subject that are alive, the newest first. */
  find(name: string): readonly SubjectKeys[] {
    const young = this.#young.get(name);
    if (young !== undefined) return young;
    const found =
      this.#old.get(name) ?? this.#store.find(name).map((stored) => keysOf(name, stored));
    return found.length === 0 ? none : this.#keep(name, found);
  }

  /** The key of a subject for a leaf; made where there is none. */
  forLeaf(name: string, seq: number): SubjectKeys {
    const known = this.find(name);
    const [newest] = known;
    if (newest !== undefined && newest.created <= seq) return newest;
    const made = keysOf(name, this.#store.add(name, seq, newest?.key));
    this.#keep(name, [made, ...known]);
    return made;
  }

  #keep(name: string, keys: readonly SubjectKeys[]): readonly SubjectKeys[] {
    if (2 * this.#young.size >= keptMax) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(name, keys);
    return keys;
  }

  /** Seqs of the erase leaves that destroyed keys of this subject, the newest key first. */
  erasedBy(name: string): readonly number[] {
    return this.#store.erasedBy(name);
  }

  /** Forgets what is kept of all subjects: some keys were destroyed. */
  forget(): void {
    this.#young.clear();
    this.#old = new Map();
  }

  flush(): Promise<void> {
    return this.#store.flush();
  }
}
