import { fromBase64, toBase64 } from '../../base/bytes.ts';
import { fail } from '../../base/errors.ts';
import { isKeyName, type Note, parseNote } from './note.ts';

/** A tree head (C2SP tlog-checkpoint): which log, how many leaves, which root. */
export interface Checkpoint {
  /** Name of the log, like `example.com/ops`. */
  readonly origin: string;
  /** Leaves that the root covers, up to 2^53 - 1. */
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

/** A checkpoint together with the note that carries it. */
export interface SignedCheckpoint extends Checkpoint {
  /** Text and signature lines as they were read; nothing is verified yet. */
  readonly note: Note;
}

/**
 * The text that a checkpoint's signatures cover: origin, decimal size and base64 root, a line
 * each (C2SP tlog-checkpoint).
 *
 * @throws KnhkError KNHK_RECEIPTS_CHECKPOINT
 * @example
 * const head = { origin: 'example.com/ops', size: 0, root: new CompactRange().root() };
 * checkpointText(head); // => 'example.com/ops\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n'
 */
export function checkpointText({ origin, size, root }: Checkpoint): string {
  if (!isKeyName(origin)) {
    fail('KNHK_RECEIPTS_CHECKPOINT', 'origin', 'a name without spaces, plus and controls', origin);
  }
  if (!Number.isSafeInteger(size) || size < 0 || root.length !== 32) {
    fail('KNHK_RECEIPTS_CHECKPOINT', origin, 'a size up to 2^53-1 and a root of 32 bytes', size);
  }
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/**
 * Reads a checkpoint strictly; undefined where note, size or root are malformed. Extension lines
 * are allowed and ignored, as C2SP tlog-checkpoint asks. Signatures are not checked here.
 *
 * @example
 * parseCheckpoint(knhk.checkpoint ?? '')?.size; // => 1
 * parseCheckpoint('not a checkpoint'); // => undefined
 */
export function parseCheckpoint(text: string): SignedCheckpoint | undefined {
  const note = parseNote(text);
  if (note === undefined) return undefined;
  const [origin, decimal, encoded, ...extensions] = note.text.slice(0, -1).split('\n');
  if (origin === undefined || decimal === undefined || encoded === undefined) return undefined;
  if (origin === '' || extensions.includes('') || !/^(0|[1-9][0-9]{0,15})$/.test(decimal)) {
    return undefined;
  }
  const size = Number(decimal);
  const root = fromBase64(encoded);
  if (!Number.isSafeInteger(size) || root?.length !== 32) return undefined;
  return { origin, size, root, note };
}
