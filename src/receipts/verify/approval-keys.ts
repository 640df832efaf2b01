import { equalBytes } from '../../base/bytes.ts';
import { fail } from '../../base/errors.ts';
import { isWhole } from './approval.ts';
import { isKeyName, parseVkey, type VerifierKey } from './note.ts';

/** A key of somebody who may approve; given from outside the log, like a keyring. */
export interface Approver {
  /** Who it is, without spaces and plus. All keys of one name are one person. */
  readonly name: string;
  /** The public key, in the form of C2SP signed-note. */
  readonly vkey: string;
  /** First time at which the key is valid, in ms since 1970; always before where absent. */
  readonly from?: number;
  /** Last time at which the key is valid, in ms since 1970; open where absent. */
  readonly to?: number;
}

const keyMembers = ['name', 'vkey', 'from', 'to'];

/** An approver whose key is read. */
export interface RegisteredKey {
  readonly approver: Approver;
  readonly key: VerifierKey;
}

function readApprover(value: unknown, index: number): RegisteredKey {
  const where = `approvers[${index}]`;
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isRecord || Object.keys(value).some((name) => !keyMembers.includes(name))) {
    return fail('KNHK_APPROVAL_POLICY', where, '{name, vkey, from?, to?}', value);
  }
  const { name, vkey, from, to } = value as Readonly<Record<string, unknown>>;
  if (typeof name !== 'string' || !isKeyName(name)) {
    return fail('KNHK_APPROVAL_POLICY', `${where}.name`, 'a name without spaces and plus', name);
  }
  const key = typeof vkey === 'string' ? parseVkey(vkey) : undefined;
  if (key === undefined) {
    return fail('KNHK_APPROVAL_POLICY', `${where}.vkey`, 'an Ed25519 vkey', vkey);
  }
  if (from !== undefined && !isWhole(from)) {
    return fail('KNHK_APPROVAL_POLICY', `${where}.from`, 'whole ms since 1970', from);
  }
  if (to !== undefined && (!isWhole(to) || to < (from ?? 0))) {
    return fail('KNHK_APPROVAL_POLICY', `${where}.to`, 'whole ms, not below from', to);
  }
  const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  return { approver: { name, vkey: key.vkey, ...range }, key };
}

/** @throws KnhkError KNHK_APPROVAL_POLICY */
export function registered(source: unknown): readonly RegisteredKey[] {
  if (!Array.isArray(source) || source.length === 0) {
    return fail('KNHK_APPROVAL_POLICY', 'approvers', 'at least one approver', source);
  }
  const keys = source.map(readApprover);
  for (const [index, { key }] of keys.entries()) {
    const where = `approvers[${index}].vkey`;
    for (const { key: other } of keys.slice(0, index)) {
      // The signed text names no approver: one key under two names would count as two persons.
      if (equalBytes(other.publicKey, key.publicKey)) {
        fail('KNHK_APPROVAL_POLICY', where, 'each key once', key.vkey);
      }
      if (other.name === key.name && other.id === key.id) {
        fail('KNHK_APPROVAL_POLICY', where, 'names and ids that differ', key.vkey);
      }
    }
  }
  return keys;
}

/**
 * Reads who may approve from JSON text or plain data `[{name, vkey, from?, to?}]`, and refuses a
 * list that contradicts itself: a key under two names, or two keys that notes cannot tell apart.
 *
 * @throws KnhkError KNHK_APPROVAL_POLICY
 * @example
 * parseApprovers(`[{"name":"ann","vkey":"${signer.vkey}"}]`)[0]?.name; // => 'ann'
 * parseApprovers([]); // => throws KNHK_APPROVAL_POLICY
 */
export function parseApprovers(source: unknown): readonly Approver[] {
  return registered(typeof source === 'string' ? parseText(source) : source).map(
    ({ approver }) => approver,
  );
}

function parseText(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch (error) {
    return fail('KNHK_APPROVAL_POLICY', 'approvers', 'JSON', source, error);
  }
}
