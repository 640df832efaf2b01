import { dirname } from 'node:path';
import { sha256Hex } from '#sha256';
import { type RandomBytes, systemRandom } from '../../base/clock.ts';
import { fail } from '../../base/errors.ts';
import { makeDirectory, readFile, replaceFile, syncName } from './files.ts';
import { type LogFs, nodeFs } from './fs.ts';
import { openBytes, sealBytes } from './payload-aes.ts';

/**
 * Wraps the key that all subject keys are stored under: a file, or a key management service. It is
 * asked once when a runtime opens, never for an observation.
 */
export interface KeyEncryption {
  /** Names the key: 1 to 256 printable ASCII characters, the same at each opening. */
  readonly id: string;
  /** Encrypts 32 bytes so that {@link KeyEncryption.unwrap} gives them back. */
  wrap(key: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /** Gives the 32 bytes back; throws or rejects where they are not under this key. */
  unwrap(wrapped: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** What {@link fileKeyEncryption} works with. */
export interface FileKeyOptions {
  /** Where a new key comes from; the machine's secure source unless given. */
  readonly random?: RandomBytes;
  /** File system of the key; the machine's unless given. */
  readonly fs?: LogFs;
  /** False refuses to make a key where there is none. */
  readonly create?: boolean;
}

const keyBytes = 32;
const nonceBytes = 12;
const bound = 'knhk/1/kek';

/**
 * A key encryption key in a file of 32 bytes, mode 0600, made there once: AES-256-GCM. Whoever can
 * read it and the store of subject keys reads every payload that was not erased.
 *
 * @throws KnhkError KNHK_LOG_KEK where the file is missing (`create: false`) or of another length
 * @example
 * const kek = fileKeyEncryption(`${directory}.keys/kek`);
 * kek.id.slice(0, 5); // => 'file:'
 */
export function fileKeyEncryption(path: string, options: FileKeyOptions = {}): KeyEncryption {
  const { random = systemRandom, fs = nodeFs, create = true } = options;
  if (create && fs.statSync(path) === undefined) {
    makeDirectory(fs, dirname(path));
    syncName(fs, dirname(path));
    replaceFile(fs, path, random(keyBytes));
  }
  const bytes = readFile(fs, path);
  if (bytes?.length !== keyBytes) {
    fail('KNHK_LOG_KEK', path, '32 bytes', bytes === undefined ? 'no file' : 'another length');
  }
  const key = new Uint8Array(bytes);
  return {
    id: `file:${sha256Hex(key).slice(0, 16)}`,
    wrap: (plain) => sealBytes(key, random(nonceBytes), plain, bound),
    unwrap: (wrapped) =>
      openBytes(key, wrapped, bound) ?? fail('KNHK_LOG_KEK', path, 'its own', 'another key'),
  };
}
