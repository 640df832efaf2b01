import { fromBase64, toBase64 } from '../../base/bytes.ts';
import { fail } from '../../base/errors.ts';

/** A transparency log proof (C2SP tlog-proof), parsed; nothing in it is verified yet. */
export interface LogProof {
  /** Index of the leaf, its seq. */
  readonly index: number;
  /** Roots of the subtrees beside the way to the root, from the leaf up; 32 bytes each. */
  readonly hashes: readonly Uint8Array[];
  /** The signed note of the checkpoint, verbatim. */
  readonly checkpoint: string;
  /**
   * Bytes that travel along and that the format does not vouch for. A receipt carries the leaf
   * here: its hash is what the proof is about.
   */
  readonly extra?: Uint8Array;
}

const header = 'c2sp.org/tlog-proof@v1\n';
const hashBytes = 32;
/** A path in a tree of up to 2^63 leaves has at most as many hashes. */
const hashesMax = 63;
/** A leaf of 65,535 bytes in base64, 63 hashes and a note of 1,000,000 characters. */
const proofMax = 1_100_000;

/** A number as C2SP writes it: ASCII digits without leading zeros; undefined beyond 2^53 - 1. */
export function parseDecimal(text: string): number | undefined {
  if (!/^(0|[1-9][0-9]{0,15})$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Lines of hashes, each with its newline. */
export function formatHashes(hashes: readonly Uint8Array[]): string {
  if (hashes.length > hashesMax || hashes.some((hash) => hash.length !== hashBytes)) {
    fail('KNHK_RECEIPTS_PROOF', 'hashes', 'at most 63 of 32 bytes', hashes);
  }
  return hashes.map((hash) => `${toBase64(hash)}\n`).join('');
}

/** Characters of a hash in base64, and with its newline. */
const hashUnits = 44;
export const lineUnits: number = hashUnits + 1;

/**
 * Lines of hashes, each with its newline; undefined where one is malformed or they are too many.
 */
export function parseHashes(lines: string): Uint8Array[] | undefined {
  if (lines.length > hashesMax * lineUnits) return undefined;
  const hashes: Uint8Array[] = [];
  for (let at = 0; at < lines.length; at += lineUnits) {
    const hash = fromBase64(lines.slice(at, at + hashUnits));
    if (hash?.length !== hashBytes || lines[at + hashUnits] !== '\n') return undefined;
    hashes.push(hash);
  }
  return hashes;
}

/**
 * The text of a proof, whose files end in `.tlog-proof` (C2SP tlog-proof).
 *
 * @throws KnhkError KNHK_RECEIPTS_PROOF for an index or hashes that cannot be
 * @example
 * const proof = { index: 0, hashes: [], checkpoint: knhk.checkpoint ?? '' };
 * formatProof(proof).split('\n').slice(0, 3); // => ['c2sp.org/tlog-proof@v1', 'index 0', '']
 * formatProof({ ...proof, index: -1 }); // => throws KNHK_RECEIPTS_PROOF
 */
export function formatProof({ index, hashes, checkpoint, extra }: LogProof): string {
  if (!Number.isSafeInteger(index) || index < 0) {
    fail('KNHK_RECEIPTS_PROOF', 'index', 'an integer from 0', index);
  }
  // An empty line of its own would be no base64, and a reader may stop there.
  const more = extra === undefined || extra.length === 0 ? '' : `extra ${toBase64(extra)}\n`;
  return `${header}${more}index ${index}\n${formatHashes(hashes)}\n${checkpoint}`;
}

/** The parts of a proof's text; its hashes are still base64. */
export interface ProofText {
  readonly index: number;
  /** A line for each hash, with its newline. */
  readonly lines: string;
  readonly checkpoint: string;
  readonly extra: Uint8Array | undefined;
}

const extraWord = 'extra ';
const indexWord = 'index ';

/** Takes a proof's text apart; undefined where anything but a hash is malformed. */
export function splitProof(text: string): ProofText | undefined {
  if (text.length > proofMax || !text.startsWith(header)) return undefined;
  let start = header.length;
  let extra: Uint8Array | undefined;
  if (text.startsWith(extraWord, start)) {
    const end = text.indexOf('\n', start);
    extra = fromBase64(text.slice(start + extraWord.length, end));
    if (extra === undefined || extra.length === 0) return undefined;
    start = end + 1;
  }
  const end = text.indexOf('\n\n', start);
  if (end < 0 || !text.startsWith(indexWord, start)) return undefined;
  const hashes = text.indexOf('\n', start) + 1;
  const index = parseDecimal(text.slice(start + indexWord.length, hashes - 1));
  if (index === undefined) return undefined;
  return { index, lines: text.slice(hashes, end + 1), checkpoint: text.slice(end + 2), extra };
}

/**
 * Reads a proof strictly (C2SP tlog-proof); undefined where a line is missing, doubled, out of
 * order or in another spelling. The checkpoint is cut off, not read.
 *
 * @example
 * const text = formatProof({ index: 7, hashes: [], checkpoint: 'example.com/ops\n' });
 * parseProof(text)?.index; // => 7
 * parseProof(text.replace('index 7', 'index 07')); // => undefined
 */
export function parseProof(text: string): LogProof | undefined {
  const parts = splitProof(text);
  if (parts === undefined) return undefined;
  const { index, lines, checkpoint, extra } = parts;
  const hashes = parseHashes(lines);
  if (hashes === undefined) return undefined;
  return extra === undefined ? { index, hashes, checkpoint } : { index, hashes, checkpoint, extra };
}
