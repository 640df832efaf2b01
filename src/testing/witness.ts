import type { Clock } from '../base/clock.ts';
import { fail } from '../base/errors.ts';
import { nodeSigner, nodeVerify } from '../receipts/log/signer.ts';
import { parseCheckpoint, type SignedCheckpoint } from '../receipts/verify/checkpoint.ts';
import {
  cosignatureLine,
  cosignatureMessage,
  formatCosignerVkey,
  parseCosignerVkey,
} from '../receipts/verify/cosignature.ts';
import {
  checkCheckpoint,
  type Keyring,
  type TrustedKeys,
  trustKeys,
} from '../receipts/verify/keyring.ts';
import { parseVkey, type VerifierKey } from '../receipts/verify/note.ts';
import { CompactRange, verifyConsistency } from '../receipts/verify/tree.ts';
import { parseWitnessRequest, type WitnessRequest } from '../receipts/verify/witness-request.ts';

/** What {@link testWitness} is made from. */
export interface TestWitnessOptions {
  /** Its name: no spaces, no plus. */
  readonly name: string;
  /** The 32-byte seed of its Ed25519 key (RFC 8032), used for nothing else. */
  readonly privateKey: Uint8Array;
  /** The logs that it watches, each with the keys it trusts; no origin twice. */
  readonly logs: readonly Keyring[];
  /** Says when it cosigns. */
  readonly clock: Clock;
}

/** What a witness answers to add-checkpoint (C2SP tlog-witness): an HTTP status and a body. */
export interface WitnessAnswer {
  /**
   * 200: cosigned. 400: malformed, or the old size is beyond the new one. 403: no signature of a
   * trusted key. 404: unknown log. 409: it remembers another size, or another root of that size.
   * 422: the proof does not connect the two trees.
   */
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  /** `text/x.tlog.size` for 409, else `text/plain`. */
  readonly contentType: string;
  /** 200: the signature line to append to the note. 409: the remembered size. Else empty. */
  readonly body: string;
}

/** A witness that forgets when the process ends. */
export interface TestWitness {
  /** Its key, for the policy of those who trust it (C2SP tlog-cosignature, type 0x04). */
  readonly vkey: string;
  /** Answers the body of an add-checkpoint request, `formatWitnessRequest` of a log. */
  add(request: string): Promise<WitnessAnswer>;
  /** Size of the largest tree it has cosigned of a log; 0 for none. */
  sizeOf(origin: string): number;
}

const plain = 'text/plain';
const refused = (status: 400 | 403 | 404 | 422): WitnessAnswer => ({
  ...{ status, contentType: plain, body: '' },
});
const conflict = (size: number): WitnessAnswer => ({
  ...{ status: 409, contentType: 'text/x.tlog.size', body: `${size}\n` },
});

/** What a witness knows of one log. */
interface Watched {
  readonly trusted: TrustedKeys;
  size: number;
  root: Uint8Array;
}

/** Why a checkpoint is not cosigned, or undefined where it extends what was seen of the log. */
function judge(
  { oldSize, proof }: WitnessRequest,
  checkpoint: SignedCheckpoint,
  { trusted, size, root }: Watched,
): WitnessAnswer | undefined {
  if (checkCheckpoint(checkpoint, trusted, nodeVerify) !== 'signed') return refused(403);
  if (oldSize > checkpoint.size) return refused(400);
  if (oldSize !== size) return conflict(size);
  if (verifyConsistency(oldSize, checkpoint.size, proof, root, checkpoint.root)) return undefined;
  // Two roots of one size are a conflict that no proof could settle.
  const isSameSize = oldSize === checkpoint.size && proof.length === 0;
  return isSameSize ? conflict(size) : refused(422);
}

function watch(logs: readonly Keyring[]): Map<string, Watched> {
  const root = new CompactRange().root();
  const watched = logs.map((keyring): [string, Watched] => {
    const trusted = trustKeys(keyring);
    return [trusted.origin, { trusted, size: 0, root }];
  });
  const byOrigin = new Map(watched);
  if (byOrigin.size < logs.length) {
    fail('KNHK_RECEIPTS_WITNESS', 'logs', 'each origin once', [...byOrigin.keys()].join());
  }
  return byOrigin;
}

/**
 * A witness for tests: it cosigns checkpoints of the logs that it watches if each extends the one
 * before, and refuses every other (C2SP tlog-witness, tlog-cosignature). It keeps what it has seen
 * in memory alone, so that it is no witness for production.
 *
 * @throws KnhkError KNHK_RECEIPTS_KEY, KNHK_RECEIPTS_KEYRING, KNHK_RECEIPTS_WITNESS
 * @example
 * const privateKey = new Uint8Array(32).fill(3);
 * const logs = [keyring];
 * const witness = testWitness({ name: 'witness', privateKey, logs, clock: { now: () => now } });
 * const checkpoint = knhk.checkpoint ?? '';
 * const answer = await witness.add(formatWitnessRequest({ oldSize: 0, proof: [], checkpoint }));
 * answer.status; // => 200
 * witness.sizeOf('example.com/ops'); // => 1
 * (await witness.add('old 0\n')).status; // => 400
 */
export function testWitness(options: TestWitnessOptions): TestWitness {
  const { name, privateKey, logs, clock } = options;
  const signer = nodeSigner({ name, privateKey });
  const { publicKey } = parseVkey(signer.vkey) as VerifierKey;
  const vkey = formatCosignerVkey(name, publicKey);
  const key = parseCosignerVkey(vkey) as VerifierKey;
  const watched = watch(logs);

  const cosign = async (text: string): Promise<WitnessAnswer> => {
    const timeS = Math.floor(clock.now() / 1_000);
    const signature = await signer.sign(cosignatureMessage(text, timeS));
    return { status: 200, contentType: plain, body: cosignatureLine(key, timeS, signature) };
  };

  return {
    vkey,
    sizeOf: (origin) => watched.get(origin)?.size ?? 0,
    add: async (text) => {
      const request = parseWitnessRequest(text);
      const checkpoint = request === undefined ? undefined : parseCheckpoint(request.checkpoint);
      if (request === undefined || checkpoint === undefined) return refused(400);
      const log = watched.get(checkpoint.origin);
      if (log === undefined) return refused(404);
      const refusal = judge(request, checkpoint, log);
      if (refusal !== undefined) return refusal;
      // Judged and remembered without a turn of the event loop between: no other request can be
      // judged by what this one replaces.
      log.size = checkpoint.size;
      log.root = checkpoint.root;
      return cosign(checkpoint.note.text);
    },
  };
}
