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
  /** First seq that the key no longer vouches for, whatever its range: it was compromised. */
  readonly revokedFrom?: number;
  /** Why it was revoked. */
  readonly reason?: string;
  /** When the key was made, in ms since 1970: what its age is counted from. */
  readonly created?: number;
}

/** The keys that a verifier trusts; given from outside the log, never read from it. */
export interface Keyring {
  /** Name of the log that the keys sign for. */
  readonly origin: string;
  /**
   * At least one. The same key may stand in several ranges; ranges of different keys may overlap,
   * as they do in a rotation.
   */
  readonly keys: readonly KeyringKey[];
}

/** A trusted key with its ends made explicit. */
export interface TrustedKey extends VerifierKey {
  /** First seq that it is valid for. */
  readonly from: number;
  /** Last seq that it is valid for, included. */
  readonly to: number;
  /** First seq that it no longer vouches for. */
  readonly revokedFrom: number;
  /** When it was made, in ms since 1970, if anybody knows. */
  readonly created?: number;
}

/** A keyring whose keys are read and checked. */
export interface TrustedKeys {
  /** Name of the log that the keys sign for. */
  readonly origin: string;
  /** Each with the leaves it is valid for. */
  readonly keys: readonly TrustedKey[];
}

const isSeq = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

type Members = Record<string, unknown>;

function isRecord(value: unknown, names: readonly string[]): value is Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.keys(value).every((name) => names.includes(name));
}

const keyMembers = ['vkey', 'from', 'to', 'revokedFrom', 'reason', 'created'];
const keyForm = '{vkey, from, to?, revokedFrom?, reason?, created?}';

/**
 * Reads a keyring from JSON text or plain data
 * `{origin, keys: [{vkey, from, to?, revokedFrom?, reason?, created?}]}`, and refuses one that
 * contradicts itself.
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
  const read = keys.map(parseKey);
  for (const [index, key] of read.entries()) checkAgainst(key, read.slice(0, index), index);
  return { origin, keys: read };
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
  if (!isRecord(value, keyMembers)) {
    return fail('KNHK_RECEIPTS_KEYRING', where, keyForm, value);
  }
  const { vkey, from, to, revokedFrom, reason, created } = value;
  if (typeof vkey !== 'string' || parseVkey(vkey) === undefined) {
    return fail('KNHK_RECEIPTS_KEYRING', `${where}.vkey`, 'an Ed25519 vkey', vkey);
  }
  if (!isSeq(from)) return fail('KNHK_RECEIPTS_KEYRING', `${where}.from`, 'a seq', from);
  if (to !== undefined && (!isSeq(to) || to < from)) {
    return fail('KNHK_RECEIPTS_KEYRING', `${where}.to`, 'a seq not below from', to);
  }
  if (revokedFrom !== undefined && !isSeq(revokedFrom)) {
    return fail('KNHK_RECEIPTS_KEYRING', `${where}.revokedFrom`, 'a seq', revokedFrom);
  }
  if (reason !== undefined && (typeof reason !== 'string' || revokedFrom === undefined)) {
    return fail('KNHK_RECEIPTS_KEYRING', `${where}.reason`, 'a text beside revokedFrom', reason);
  }
  if (created !== undefined && !isSeq(created)) {
    return fail('KNHK_RECEIPTS_KEYRING', `${where}.created`, 'ms since 1970', created);
  }
  return {
    ...{ vkey, from },
    ...(to === undefined ? {} : { to }),
    ...(revokedFrom === undefined ? {} : { revokedFrom }),
    ...(reason === undefined ? {} : { reason }),
    ...(created === undefined ? {} : { created }),
  };
}

const openEnd = Number.MAX_SAFE_INTEGER;

/** What a vkey says before its key: two keys that share it cannot be told apart in a note. */
const keyHint = (vkey: string): string => vkey.slice(0, vkey.lastIndexOf('+'));

function checkAgainst(key: KeyringKey, others: readonly KeyringKey[], index: number): void {
  const { vkey, from, to = openEnd, revokedFrom } = key;
  const where = `keys[${index}]`;
  for (const other of others) {
    if (keyHint(other.vkey) !== keyHint(vkey)) continue;
    if (other.vkey !== vkey) {
      fail('KNHK_RECEIPTS_KEYRING', `${where}.vkey`, 'names and ids that differ', vkey);
    }
    if (from <= (other.to ?? openEnd) && other.from <= to) {
      fail('KNHK_RECEIPTS_KEYRING', where, 'ranges of one key that do not overlap', vkey);
    }
    if (other.revokedFrom !== revokedFrom) {
      const expected = 'one revocation in all ranges of a key';
      fail('KNHK_RECEIPTS_KEYRING', `${where}.revokedFrom`, expected, revokedFrom);
    }
  }
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
    keys: keys.map(({ vkey, from, to, revokedFrom, created }) => ({
      ...(parseVkey(vkey) as VerifierKey),
      from,
      to: to ?? openEnd,
      revokedFrom: revokedFrom ?? openEnd,
      ...(created === undefined ? {} : { created }),
    })),
  };
}

/** The keys that may vouch for a checkpoint whose last leaf is this one, the oldest first. */
export function keysValidFor(trusted: TrustedKeys, seq: number): readonly TrustedKey[] {
  return trusted.keys
    .filter(({ from, to, revokedFrom }) => from <= seq && seq <= to && seq < revokedFrom)
    .sort((left, right) => left.from - right.from);
}

/** The key that signs a leaf's checkpoint for good: of those valid for it the newest. */
export function activeKey({ keys }: Keyring, seq: number): KeyringKey | undefined {
  return keys
    .filter(({ from, to = openEnd, revokedFrom = openEnd }) => {
      return from <= seq && seq <= to && seq < revokedFrom;
    })
    .sort((left, right) => left.from - right.from)
    .at(-1);
}

/** What a checkpoint's signatures are worth; `revoked` where only a revoked key's is good. */
export type CheckpointVerdict = NoteVerdict | 'revoked';

/**
 * What a checkpoint's signatures are worth: `signed` if a key that is valid for its last leaf
 * (seq = size - 1) signed it, `invalid` if such a key's signature is wrong, `revoked` if no such
 * key signed but one that is revoked for that leaf, else `unknown`.
 *
 * @param verify `nobleVerify`, or another implementation of Ed25519.
 * @example
 * const checkpoint = parseCheckpoint(knhk.checkpoint ?? '')!;
 * checkCheckpoint(checkpoint, trustKeys(keyring), nobleVerify); // => 'signed'
 * const revoked = { ...keyring.keys[0]!, revokedFrom: 0 };
 * const later = trustKeys({ ...keyring, keys: [revoked] });
 * checkCheckpoint(checkpoint, later, nobleVerify); // => 'revoked'
 */
export function checkCheckpoint(
  checkpoint: SignedCheckpoint,
  trusted: TrustedKeys,
  verify: Verify,
): CheckpointVerdict {
  const last = Math.max(0, checkpoint.size - 1);
  const verdict = checkNote(checkpoint.note, keysValidFor(trusted, last), verify);
  if (verdict !== 'unknown') return verdict;
  const revoked = trusted.keys.filter(({ revokedFrom }) => revokedFrom <= last);
  return checkNote(checkpoint.note, revoked, verify) === 'signed' ? 'revoked' : 'unknown';
}
