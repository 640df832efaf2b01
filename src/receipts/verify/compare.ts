import { equalBytes, toHex } from '../../base/bytes.ts';
import { parseCheckpoint, type SignedCheckpoint } from './checkpoint.ts';
import { nobleVerify } from './ed25519.ts';
import { checkCheckpoint, type Keyring, type TrustedKeys, trustKeys } from './keyring.ts';
import type { Verify } from './note.ts';
import { rootAt, type TreeSource } from './prove.ts';
import { emptyRoot, verifyConsistency } from './tree.ts';

/** What two checkpoints are compared with. */
export interface CompareOptions {
  /** The log's keys, from outside the log. */
  readonly keyring: Keyring;
  /** Consistency proof from the smaller to the larger size, 32 bytes each (RFC 6962, 2.1.2). */
  readonly proof?: readonly Uint8Array[];
  /** The tree that one has of the log: it shows a fork between different sizes too. */
  readonly tree?: TreeSource;
  /** Ed25519 verification; plain JavaScript unless given. */
  readonly verify?: Verify;
}

/** Which of two checkpoints a comparison speaks of. */
export type ComparedSide = 'first' | 'second';

/** What two checkpoints of one log say about each other. */
export type Comparison =
  /** One tree extends the other, or they are the same. */
  | { readonly kind: 'consistent'; readonly oldSize: number; readonly newSize: number }
  /**
   * The log signed two trees of which neither extends the other. Both notes together convince
   * anybody: of equal sizes by themselves, else with the leaf hashes of the larger tree.
   */
  | { readonly kind: 'fork'; readonly evidence: readonly [older: string, newer: string] }
  /** Both are signed; a consistency proof between these sizes would tell. */
  | { readonly kind: 'proof-needed'; readonly oldSize: number; readonly newSize: number }
  /** The proof does not connect them. Anybody can make one that does not, so this shows no fork. */
  | { readonly kind: 'proof-refused'; readonly oldSize: number; readonly newSize: number }
  /** One is malformed, or not signed by a key that is valid for its last leaf. */
  | { readonly kind: 'unsigned'; readonly which: ComparedSide }
  /** One is of another log than the keyring. */
  | { readonly kind: 'other-log'; readonly which: ComparedSide };

function judge(
  text: string,
  which: ComparedSide,
  trusted: TrustedKeys,
  verify: Verify,
): SignedCheckpoint | Comparison {
  const checkpoint = parseCheckpoint(text);
  if (checkpoint === undefined) return { kind: 'unsigned', which };
  if (checkpoint.origin !== trusted.origin) return { kind: 'other-log', which };
  const verdict = checkCheckpoint(checkpoint, trusted, verify);
  return verdict === 'signed' ? checkpoint : { kind: 'unsigned', which };
}

/** Whether the tree shows that both roots are its own, or that the older one is not. */
function askTree(
  older: SignedCheckpoint,
  newer: SignedCheckpoint,
  tree: TreeSource | undefined,
): 'consistent' | 'fork' | undefined {
  if (tree === undefined || tree.size < newer.size) return undefined;
  // A tree that is not the newer one's says nothing about the two.
  if (!equalBytes(rootAt(tree, newer.size), newer.root)) return undefined;
  return equalBytes(rootAt(tree, older.size), older.root) ? 'consistent' : 'fork';
}

/**
 * Compares two checkpoints of one log, in any order: does the larger tree extend the smaller one?
 * A fork is reported only where both are validly signed, since anybody can write an unsigned one.
 *
 * @param first A signed note (C2SP tlog-checkpoint).
 * @param second Another one.
 * @throws KnhkError KNHK_RECEIPTS_KEYRING
 * @example
 * const checkpoint = knhk.checkpoint ?? '';
 * compareCheckpoints(checkpoint, checkpoint, { keyring }).kind; // => 'consistent'
 * compareCheckpoints(checkpoint, 'no note', { keyring }).kind; // => 'unsigned'
 */
export function compareCheckpoints(
  first: string,
  second: string,
  options: CompareOptions,
): Comparison {
  const { proof, tree, verify = nobleVerify } = options;
  const trusted = trustKeys(options.keyring);
  const one = judge(first, 'first', trusted, verify);
  if ('kind' in one) return one;
  const other = judge(second, 'second', trusted, verify);
  if ('kind' in other) return other;
  const isInOrder = one.size <= other.size;
  const [older, newer] = isInOrder ? [one, other] : [other, one];
  const sizes = { oldSize: older.size, newSize: newer.size };
  const fork: Comparison = {
    kind: 'fork',
    evidence: isInOrder ? [first, second] : [second, first],
  };
  if (older.size === newer.size) {
    return equalBytes(older.root, newer.root) ? { kind: 'consistent', ...sizes } : fork;
  }
  // Every tree extends the one without leaves, which has one root only.
  if (older.size === 0) {
    return toHex(older.root) === emptyRoot ? { kind: 'consistent', ...sizes } : fork;
  }
  const seen = askTree(older, newer, tree);
  if (seen !== undefined) return seen === 'fork' ? fork : { kind: seen, ...sizes };
  if (proof === undefined) return { kind: 'proof-needed', ...sizes };
  const isProved = verifyConsistency(older.size, newer.size, proof, older.root, newer.root);
  return { kind: isProved ? 'consistent' : 'proof-refused', ...sizes };
}
