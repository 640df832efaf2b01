import { fail } from '../../base/errors.ts';
import type { SignedCheckpoint } from './checkpoint.ts';
import {
  checkNote,
  isKeyName,
  type NoteVerdict,
  parseVkey,
  type VerifierKey,
  type Verify,
} from './note.ts';

/** A key and the leaves it may vouch for. */
export interface KeyringKey {
  /** The public key, in the form of C2SP signed-note. */
  readonly vkey: string;
  /** First seq that the key is valid for. */
  readonly from: number;
  /** Last seq that the key is valid for, included; open where absent. */
  readonly to?: number;
}

/** The keys that a verifier trusts; given from outside the log, never read from it. */
export interface Keyring {
  /** Name of the log that the keys sign for. */
  readonly origin: string;
  /** At least one; the same key may stand in several ranges. */
  readonly keys: readonly KeyringKey[];
}

/** A keyring whose keys are read and checked. */
export interface TrustedKeys {
  /** Name of the log that the keys sign for. */
  readonly origin: string;
  /** Each with the first and the last seq it is valid for, both included. */
  readonly keys: readonly (VerifierKey & { readonly from: number; readonly to: number })[];
}

const isSeq = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

type Members = Record<string, unknown>;

function isRecord(value: unknown, names: readonly string[]): value is Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.keys(value).every((name) => names.includes(name));
}

/**
 * Reads a keyring from JSON text or plain data `{origin, keys: [{vkey, from, to?}]}`.
 *
 * @throws KnhkError KNHK_RECEIPTS_KEYRING
 * @example
 * const text = `{"origin":"example.com/ops","keys":[{"vkey":"${signer.vkey}","from":0}]}`;
 * parseKeyring(text).origin; // => 'example.com/ops'
 * parseKeyring({ origin: 'example.com/ops', keys: [] }); // => throws KNHK_RECEIPTS_KEYRING
 */
export function parseKeyring(source: unknown): Keyring {
  const value = typeof source === 'string' ? parseText(source) : source;
  if (!isRecord(value, ['origin', 'keys'])) {
    return fail('KNHK_RECEIPTS_KEYRING', 'keyring', '{origin, keys}', value);
  }
  const { origin, keys } = value;
  if (typeof origin !== 'string' || !isKeyName(origin)) {
    return fail('KNHK_RECEIPTS_KEYRING', 'origin', 'a name without spaces and plus', origin);
  }
  if (!Array.isArray(keys) || keys.length === 0) {
    return fail('KNHK_RECEIPTS_KEYRING', 'keys', 'at least one key', keys);
  }
  return { origin, keys: keys.map(parseKey) };
}

function parseText(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch (error) {
    return fail('KNHK_RECEIPTS_KEYRING', 'keyring', 'JSON', source, error);
  }
}

function parseKey(value: unknown, index: number): KeyringKey {
  const where = `keys[${index}]`;
  if (!isRecord(value, ['vkey', 'from', 'to'])) {
    return fail('KNHK_RECEIPTS_KEYRING', where, '{vkey, from, to?}', value);
  }
  const { vkey, from, to } = value;
  if (typeof vkey !== 'string' || parseVkey(vkey) === undefined) {
    return fail('KNHK_RECEIPTS_KEYRING', `${where}.vkey`, 'an Ed25519 vkey', vkey);
  }
  if (!isSeq(from)) return fail('KNHK_RECEIPTS_KEYRING', `${where}.from`, 'a seq', from);
  if (to === undefined) return { vkey, from };
  if (!isSeq(to) || to < from) {
    return fail('KNHK_RECEIPTS_KEYRING', `${where}.to`, 'a seq not below from', to);
  }
  return { vkey, from, to };
}

/**
 * Prepares a keyring for checking: reads its keys and closes their ranges.
 *
 * @throws KnhkError KNHK_RECEIPTS_KEYRING
 * @example trustKeys(keyring).keys[0]?.to; // => Number.MAX_SAFE_INTEGER
 */
export function trustKeys(keyring: Keyring): TrustedKeys {
  const { origin, keys } = parseKeyring(keyring);
  return {
    origin,
    keys: keys.map(({ vkey, from, to }) => ({
      ...(parseVkey(vkey) as VerifierKey),
      from,
      to: to ?? Number.MAX_SAFE_INTEGER,
    })),
  };
}

/**
 * What a checkpoint's signatures are worth: `signed` if a key that is valid for its last leaf
 * (seq = size - 1) signed it, `invalid` if such a key's signature is wrong, else `unknown`.
 *
 * @param verify `nobleVerify`, or another implementation of Ed25519.
 * @example
 * const checkpoint = parseCheckpoint(knhk.checkpoint ?? '')!;
 * checkCheckpoint(checkpoint, trustKeys(keyring), nobleVerify); // => 'signed'
 */
export function checkCheckpoint(
  checkpoint: SignedCheckpoint,
  trusted: TrustedKeys,
  verify: Verify,
): NoteVerdict {
  const last = Math.max(0, checkpoint.size - 1);
  const valid = trusted.keys.filter(({ from, to }) => from <= last && last <= to);
  return checkNote(checkpoint.note, valid, verify);
}
