import { fail } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { type Keyring, type KeyringKey, keysValidFor } from '../verify/keyring.ts';
import type { KeyBody, KeyRevocation, KeyRotation } from '../verify/leaf-types.ts';
import { checkNote, parseNote } from '../verify/note.ts';
import type { Signer } from '../verify/signer.ts';
import type { LogFs } from './fs.ts';
import { LogReader } from './reader.ts';
import { nodeVerify } from './signer.ts';
import { heldKey, type Signing } from './signing.ts';
import type { LogState } from './state.ts';

/** How to change the key that signs. */
export interface RotateOptions {
  /** Signs from the rotation's leaf on; a key that the keyring does not name yet. */
  readonly signer: Signer;
  /** Leaves after the rotation's that the old key signs along for; 256 unless given. */
  readonly overlap?: number;
}

/** Which key is no longer believed. */
export interface RevokeOptions {
  /** A key of the keyring, but not the one that signs. */
  readonly vkey: string;
  /** First seq that it no longer vouches for. */
  readonly from: number;
  /** For people. */
  readonly reason?: string;
}

/** A change of keys that is ready to be written. */
export interface KeyChange {
  readonly body: KeyBody;
  readonly keyring: Keyring;
}

/** Where a key leaf stands. */
export interface At {
  readonly seq: number;
  readonly time: number;
}

const openEnd = Number.MAX_SAFE_INTEGER;

const refuse = (where: string, expected: string, got: unknown): never =>
  fail('KNHK_LOG_ROTATION', where, expected, got);

/** The keyring after a rotation; the leaf says all of it, so that it can be finished later. */
function rotated({ origin, keys }: Keyring, leaf: KeyRotation, { seq, time }: At): Keyring {
  const end = (key: KeyringKey): KeyringKey => {
    const { from, to = openEnd } = key;
    const isReplaced = key.vkey === leaf.replaces && from <= seq && leaf.until < to;
    return isReplaced ? { ...key, to: leaf.until } : key;
  };
  return { origin, keys: [...keys.map(end), { vkey: leaf.vkey, from: seq, created: time }] };
}

/** The keyring after a revocation: all ranges of the key say the same. */
function revoked({ origin, keys }: Keyring, { vkey, from, reason }: KeyRevocation): Keyring {
  const why = reason === undefined ? {} : { reason };
  return {
    origin,
    keys: keys.map((key) => (key.vkey === vkey ? { ...key, revokedFrom: from, ...why } : key)),
  };
}

/**
 * What a rotation at a seq writes.
 *
 * @throws KnhkError KNHK_LOG_ROTATION, KNHK_LOG_SIGNATURE, KNHK_RECEIPTS_KEYRING
 */
export function planRotation(signing: Signing, options: RotateOptions, at: At): KeyChange {
  const { signer, overlap = limits.rotationOverlap } = options;
  const { seq } = at;
  const { vkey } = heldKey(signer).key;
  if (!Number.isSafeInteger(overlap) || overlap < 0 || overlap > limits.rotationOverlapMax) {
    refuse('rotate, overlap', `a number of leaves up to ${limits.rotationOverlapMax}`, overlap);
  }
  const { keyring } = signing;
  if (keyring.keys.some((key) => key.vkey === vkey)) {
    refuse('rotate, signer', 'a key that the keyring does not name yet', vkey);
  }
  const replaced = keysValidFor(signing.trusted, seq)
    .filter((key) => signing.heldBy(key.vkey) !== undefined)
    .at(-1);
  if (replaced === undefined) return refuse('rotate', `a key that signs seq ${seq}`, 'none');
  const replaces = replaced.vkey;
  const until = Math.min(seq + overlap, replaced.to);
  const body: KeyRotation = { kind: 'key', change: 'rotate', vkey, replaces, until };
  return { body, keyring: rotated(keyring, body, at) };
}

/**
 * What a revocation at a seq writes.
 *
 * @throws KnhkError KNHK_LOG_ROTATION
 */
export function planRevocation(signing: Signing, options: RevokeOptions, seq: number): KeyChange {
  const { vkey, from, reason } = options;
  const { keyring } = signing;
  const known = keyring.keys.find((key) => key.vkey === vkey);
  if (known === undefined) return refuse('revoke, vkey', 'a key of the keyring', vkey);
  const latest = known.revokedFrom ?? openEnd;
  if (!Number.isSafeInteger(from) || from < 0 || from > latest) {
    const expected = known.revokedFrom === undefined ? 'a seq' : `a seq up to ${latest}`;
    refuse('revoke, from', expected, from);
  }
  const active = signing.keysFor(seq).at(-1)?.key.vkey;
  if (active === undefined || active === vkey) {
    refuse('revoke, vkey', 'a key that does not sign: rotate first', vkey);
  }
  const why = reason === undefined ? {} : { reason };
  const body: KeyRevocation = { kind: 'key', change: 'revoke', vkey, from, ...why };
  return { body, keyring: revoked(keyring, body) };
}

/**
 * The keyring that an interrupted change of keys was about to store, undefined where there is none.
 * Such a change is always the log's last leaf, for nothing is written before it is stored. A new
 * key is taken from the log only if its private half is at hand and signed the checkpoint: whoever
 * holds neither cannot bring one in.
 */
export function interruptedChange(
  fs: LogFs,
  directory: string,
  signing: Signing,
  state: LogState,
): Keyring | undefined {
  if (state.index.size === 0) return undefined;
  const reader = new LogReader(fs, directory, state.index);
  try {
    const { leaf } = reader.read(state.index.size - 1);
    if (leaf.kind !== 'key') return undefined;
    const { keys } = signing.keyring;
    const known = keys.find(({ vkey }) => vkey === leaf.vkey);
    if (leaf.change === 'revoke') {
      const isMissing = known !== undefined && (known.revokedFrom ?? openEnd) > leaf.from;
      return isMissing ? revoked(signing.keyring, leaf) : undefined;
    }
    const held = signing.heldBy(leaf.vkey);
    const note = parseNote(state.note);
    if (known !== undefined || held === undefined || note === undefined) return undefined;
    const isOurs =
      keys.some(({ vkey }) => vkey === leaf.replaces) &&
      checkNote(note, [held.key], nodeVerify) === 'signed';
    return isOurs ? rotated(signing.keyring, leaf, leaf) : undefined;
  } finally {
    reader.close();
  }
}
