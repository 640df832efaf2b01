import { hkdfSync } from 'node:crypto';
import { hmacKey } from '#sha256';
import { preimage } from '../../base/canonical.ts';
import { fail } from '../../base/errors.ts';
import type { HmacKey } from '../../base/sha256.types.ts';

/** Commits to the values of one observation under its salt. */
export interface SaltedCommitments {
  /** Commitment to canonical JSON of a kind, 64 hexadecimal digits. */
  commit(kind: string, canonicalText: string): string;
}

/** Keyed hashes that hide what they commit to: HMAC-SHA-256 (RFC 2104) over canonical JSON. */
export interface Commitments {
  /** The leaf's `id` for an observation type's name and the host's id. */
  id(type: string, id: string): string;
  /** The name of a data subject, which its key and its erase leaf go by. */
  subject(subject: string): string;
  /** @param salt the subject's own key of salts, where payloads are encrypted */
  salted(id: string, salt?: HmacKey): SaltedCommitments;
}

class Salted implements SaltedCommitments {
  readonly #salt: HmacKey;

  constructor(salt: HmacKey) {
    this.#salt = salt;
  }

  commit(kind: string, canonicalText: string): string {
    return this.#salt.hex(preimage(kind, canonicalText));
  }
}

const secretBytes = 32;

/** HKDF-SHA-256 (RFC 5869) without salt. */
export function derive(secret: Uint8Array, info: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), info, secretBytes));
}

/** The key of a log's keyed names: of ids and of data subjects. */
export function indexKey(secret: Uint8Array): Uint8Array {
  return derive(secret, 'knhk/1/index');
}

/**
 * Commitments under a log's secret: index and subject keys are derived by HKDF-SHA-256 (RFC 5869,
 * no salt, info `knhk/1/index` and `knhk/1/subject`).
 *
 * @param secret 32 random bytes, kept outside the log directory.
 * @throws KnhkError KNHK_LOG_KEYS
 */
export function createCommitments(secret: Uint8Array): Commitments {
  if (secret.length !== secretBytes) {
    fail('KNHK_LOG_KEYS', 'secret', '32 bytes', `${secret.length} bytes`);
  }
  const index = hmacKey(indexKey(secret));
  const shared = hmacKey(derive(secret, 'knhk/1/subject'));
  return {
    id: (type, id) => index.hex(`${type}\n${id}`),
    subject: (name) => index.hex(`subject\n${name}`),
    salted: (id, salt = shared) => new Salted(salt.derive(`knhk/1/salt\n${id}`)),
  };
}
