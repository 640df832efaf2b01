// What the processes of the fault tests have in common. They run over `dist`, as a host's would,
// and load only the log, so that a process starts in a tenth of a second.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { nodeSigner, openLog } from '../../dist/receipts/log/index.js';

const origin = 'example.com/faults';
const privateKey = new Uint8Array(32).fill(7);
const signer = nodeSigner({ name: origin, privateKey });

export const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/** Says something to whoever watches; it is in the pipe when this returns. */
export const tell = (...words) => void fs.writeSync(1, `${words.join(' ')}\n`);

/** A linear congruential generator. */
export function generator(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A leaf that a name stands for. */
export function bodyOf(name) {
  const hash = (kind) => sha256(`${kind} ${name}`);
  return {
    kind: 'apply',
    ...{ type: sha256('type'), id: hash('id'), observation: hash('observation') },
    ...{ context: sha256('context'), snapshot: sha256('snapshot'), fired: [0, 3] },
    ...{ proposed: hash('proposed'), actions: sha256('actions'), verdicts: [], outcome: 'idle' },
  };
}

/** The payload that belongs to a leaf; its length differs from leaf to leaf. */
export function payloadOf(body) {
  const length = Number.parseInt(body.id.slice(0, 3), 16) % 400;
  return JSON.stringify({ id: body.id, pad: 'p'.repeat(length) });
}

export const open = (directory, options = {}) =>
  openLog({ directory, origin, signer, segmentBytes: 4_096, ...options });

/** The first leaf whose bytes, payload or place is not what was appended, undefined if none. */
export function firstProblem(log) {
  let seq = 0;
  for (const { leaf, payload } of log.entries()) {
    if (leaf.seq !== seq++) return `leaf ${leaf.seq} at ${seq - 1}`;
    if (leaf.kind === 'apply' && payload !== payloadOf(leaf)) return `payload of ${leaf.seq}`;
  }
  return seq === log.size ? undefined : `${seq} of ${log.size} leaves`;
}
