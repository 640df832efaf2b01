import { sha256 } from '#sha256';
import { utf8 } from '../base/bytes.ts';
import type { RandomBytes } from '../base/clock.ts';
import { nodeSigner } from '../receipts/log/signer.ts';
import type { Keyring } from '../receipts/verify/keyring.ts';
import type { Signer } from '../receipts/verify/signer.ts';
import { integerOption } from './options.ts';

const blockBytes = 32;
const keyBytes = 32;

/** Block number `n` is SHA-256 of `knhk/testing/<purpose>\n<seed>\n<n>`, one after the other. */
function stream(purpose: string, seed: number): RandomBytes {
  const known = integerOption(`${purpose}, seed`, seed);
  let block: Uint8Array = new Uint8Array();
  let used = 0;
  let blocks = 0;
  return (count) => {
    const bytes = new Uint8Array(integerOption(`${purpose}, count`, count, 0));
    for (let filled = 0; filled < count; ) {
      if (used === block.length) {
        block = sha256(utf8(`knhk/testing/${purpose}\n${known}\n${blocks++}`));
        used = 0;
      }
      const part = block.subarray(used, used + Math.min(blockBytes, count - filled));
      bytes.set(part, filled);
      filled += part.length;
      used += part.length;
    }
    return bytes;
  };
}

/**
 * Bytes that look random and follow from a number: SHA-256 over the seed and a counter. For tests
 * alone, never for production: whoever guesses the seed knows all of them.
 *
 * @param seed Any integer; the same one gives the same bytes on every machine, however the calls
 * cut them.
 * @throws KnhkError KNHK_RUNTIME_OPTION for a seed or count that is no integer
 * @example
 * const random = seededRandom(7);
 * const same = seededRandom(7);
 * random(16).join() === same(16).join(); // => true
 */
export function seededRandom(seed: number): RandomBytes {
  return stream('seededRandom', seed);
}

/**
 * The 32 bytes behind a log's commitments, from a number. For tests alone, never for production:
 * who guesses the seed can guess what was observed.
 *
 * @throws KnhkError KNHK_RUNTIME_OPTION for a seed that is no integer
 * @example
 * seededSecret(7).length; // => 32
 */
export function seededSecret(seed: number): Uint8Array {
  return stream('seededSecret', seed)(keyBytes);
}

/** A signer and the keyring that trusts it. */
export interface SeededSigner {
  readonly signer: Signer;
  /** Its key alone, from the first leaf on; the origin is the signer's name. */
  readonly keyring: Keyring;
}

/**
 * An Ed25519 signer (RFC 8032) from a number, and its keyring. For tests alone, never for
 * production: who guesses the seed can sign.
 *
 * @param options.name The key's name, which is the log's origin.
 * @throws KnhkError KNHK_RUNTIME_OPTION, KNHK_RECEIPTS_KEY for a name that a note cannot carry
 * @example
 * const keys = seededSigner({ name: 'example.com/ops', seed: 7 });
 * keys.keyring.keys[0]?.vkey === keys.signer.vkey; // => true
 */
export function seededSigner(options: {
  readonly name: string;
  readonly seed: number;
}): SeededSigner {
  const { name, seed } = options;
  const signer = nodeSigner({ name, privateKey: stream('seededSigner', seed)(keyBytes) });
  return { signer, keyring: { origin: name, keys: [{ vkey: signer.vkey, from: 0 }] } };
}
