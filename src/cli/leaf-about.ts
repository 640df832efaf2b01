import type { Leaf } from '../receipts/verify/leaf-types.ts';
import { parseVkey } from '../receipts/verify/note.ts';

type Members = Readonly<Record<string, string | number>>;

/** The id of a key, as signature lines name it; a vkey that is none is told as it stands. */
const keyId = (vkey: string): string => parseVkey(vkey)?.id ?? vkey;

/** What a leaf of keys, of the audit trail or of an erasure is about, for JSON. */
export function membersOf(leaf: Leaf): Members {
  if (leaf.kind === 'key') {
    const { change, vkey } = leaf;
    if (leaf.change === 'rotate') {
      return { change, key: keyId(vkey), replaces: keyId(leaf.replaces), until: leaf.until };
    }
    return { change, key: keyId(vkey), from: leaf.from, ...reasonOf(leaf) };
  }
  if (leaf.kind === 'access' || leaf.kind === 'config') {
    const { actor, resource, action } = leaf;
    return { actor, resource, action, ...reasonOf(leaf) };
  }
  if (leaf.kind !== 'erase') return {};
  const { subject, payloads, actor } = leaf;
  return { ...(actor === undefined ? {} : { actor }), subject, payloads, ...reasonOf(leaf) };
}

const reasonOf = ({ reason }: { readonly reason?: string }): { readonly reason?: string } =>
  reason === undefined ? {} : { reason };

const shownDigits = 12;

/** The same in words; empty for decisions and rules. */
export function aboutLeaf(leaf: Leaf): string {
  if (leaf.kind === 'key') {
    const id = keyId(leaf.vkey);
    return leaf.change === 'rotate'
      ? `rotate to ${id} from ${keyId(leaf.replaces)}, both to seq ${leaf.until}`
      : `revoke ${id} from seq ${leaf.from}${because(leaf.reason)}`;
  }
  if (leaf.kind === 'access' || leaf.kind === 'config') {
    return `${leaf.actor}: ${leaf.action} ${leaf.resource}${because(leaf.reason)}`;
  }
  if (leaf.kind !== 'erase') return '';
  const { subject, payloads, actor, reason } = leaf;
  const who = actor === undefined ? '' : `${actor}: `;
  const what = `erase ${subject.slice(0, shownDigits)}, ${payloads} payloads`;
  return `${who}${what}${because(reason)}`;
}

const because = (reason: string | undefined): string => (reason === undefined ? '' : `, ${reason}`);
