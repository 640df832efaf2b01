// What the vectors of notes, proofs and comparisons are made of: keys, notes, trees and leaves by
// node:crypto alone. Shares no code with src, so that a mistake there is not repeated here.
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';

export const origin = 'example.com/vectors';
const privatePrefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest();

/** A key from a small number, which is public and good for these vectors alone. */
export function keyOf(number, name = origin, type = 1) {
  const seed = Buffer.alloc(32);
  seed.writeUInt32BE(number, 28);
  const der = Buffer.concat([privatePrefix, seed]);
  const secret = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(secret).export({ format: 'der', type: 'spki' });
  const typed = Buffer.concat([Buffer.of(type), spki.subarray(12)]);
  const id = sha256(Buffer.from(`${name}\n`), typed).subarray(0, 4);
  const vkey = `${name}+${id.toString('hex')}+${typed.toString('base64')}`;
  return { name, id, vkey, type, number, sign: (bytes) => sign(null, bytes, secret) };
}

export const line = (key, signature, id = key.id) =>
  `\u2014 ${key.name} ${Buffer.concat([id, signature]).toString('base64')}\n`;
export const signed = (key, text) => line(key, key.sign(Buffer.from(text)));

export function cosigned(key, text, timeS = 1_700_000_000) {
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(timeS));
  const message = Buffer.from(`cosignature/v1\ntime ${timeS}\n${text}`);
  return line(key, Buffer.concat([time, key.sign(message)]));
}

/** A text and the lines below it. */
export const note = (text, ...lines) => `${text}\n${lines.join('')}`;
export const headText = (size, root, name = origin) =>
  `${name}\n${size}\n${root.toString('base64')}\n`;

// RFC 6962 section 2.1, as it is defined.
export const leafHash = (entry) => sha256(Buffer.of(0), entry);
export const nodeHash = (left, right) => sha256(Buffer.of(1), left, right);

function split(count) {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}

export function rootOf(hashes) {
  if (hashes.length === 0) return sha256();
  if (hashes.length === 1) return hashes[0];
  const at = split(hashes.length);
  return nodeHash(rootOf(hashes.slice(0, at)), rootOf(hashes.slice(at)));
}

export function pathOf(index, hashes) {
  if (hashes.length <= 1) return [];
  const at = split(hashes.length);
  return index < at
    ? [...pathOf(index, hashes.slice(0, at)), rootOf(hashes.slice(at))]
    : [...pathOf(index - at, hashes.slice(at)), rootOf(hashes.slice(0, at))];
}

function subproof(old, hashes, isWhole) {
  if (old === hashes.length) return isWhole ? [] : [rootOf(hashes)];
  const at = split(hashes.length);
  return old <= at
    ? [...subproof(old, hashes.slice(0, at), isWhole), rootOf(hashes.slice(at))]
    : [...subproof(old - at, hashes.slice(at), false), rootOf(hashes.slice(0, at))];
}

export const proofOf = (old, hashes) => (old === 0 ? [] : subproof(old, hashes, true));

/** Leaves of an audit trail, each with the hash of the one before; `resource` names the trail. */
export function trail(count, resource, from = []) {
  const entries = from.slice();
  while (entries.length < count) {
    const seq = entries.length;
    const prev = seq === 0 ? '0'.repeat(64) : leafHash(entries[seq - 1]).toString('hex');
    // The members in the order of their names, as RFC 8785 asks.
    const leaf = { action: 'read', actor: 'auditor', kind: 'access', outcome: 'success', prev };
    const rest = { resource, seq, time: 1_700_000_000_000 + seq, v: 1 };
    entries.push(Buffer.from(JSON.stringify({ ...leaf, ...rest })));
  }
  return entries;
}

export function proofText(index, hashes, checkpoint, extra) {
  const more = extra === undefined ? '' : `extra ${extra.toString('base64')}\n`;
  const lines = hashes.map((hash) => `${hash.toString('base64')}\n`).join('');
  return `c2sp.org/tlog-proof@v1\n${more}index ${index}\n${lines}\n${checkpoint}`;
}
