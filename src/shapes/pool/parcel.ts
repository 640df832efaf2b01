import { nextTurn } from '../../base/turn.ts';
import type { Parcel } from './task.ts';

/** Characters that cross in one turn of the event loop: about a third of a millisecond. */
const sliceCharacters = 262_144;

/** Whether a text is posted as it is. */
export const isSmall = (text: string): boolean => text.length <= sliceCharacters;

/**
 * A text as it crosses. Posting a string copies it at once, 13 ms for 25 MB; a large text is
 * written slice by slice instead, with a turn of the event loop after each, into memory that the
 * other thread sees. A slice of a flat string is no copy.
 */
export async function parcelOf(text: string): Promise<Parcel> {
  return isSmall(text) ? text : ((await shared(slicesOf(text))) ?? text);
}

/** As {@link parcelOf}, of a text in slices, none of them larger than one turn is to write. */
export async function parcelOfSlices(slices: readonly string[]): Promise<Parcel> {
  const size = slices.reduce((sum, { length }) => sum + length, 0);
  const small = size <= sliceCharacters ? undefined : await shared(slices);
  return small ?? slices.join('');
}

/** The text of a parcel. */
export function textOf(parcel: Parcel): string {
  return typeof parcel === 'string' ? parcel : Buffer.from(parcel).toString();
}

/**
 * Slices as UTF-8, or undefined where that would not keep a lone surrogate: as a string, the text
 * gets the reader's own refusal.
 */
async function shared(slices: readonly string[]): Promise<SharedArrayBuffer | undefined> {
  let bytes = 0;
  for (const slice of slices) {
    await nextTurn();
    if (!slice.isWellFormed()) return undefined;
    bytes += Buffer.byteLength(slice);
  }
  const memory = new SharedArrayBuffer(bytes);
  const target = Buffer.from(memory);
  let at = 0;
  for (const slice of slices) {
    await nextTurn();
    at += target.write(slice, at);
  }
  return memory;
}

function slicesOf(text: string): string[] {
  const slices: string[] = [];
  for (let from = 0; from < text.length; ) {
    let to = Math.min(from + sliceCharacters, text.length);
    // Both halves of a pair stay together.
    if (to < text.length && (text.charCodeAt(to - 1) & 0xfc00) === 0xd800) to++;
    slices.push(text.slice(from, to));
    from = to;
  }
  return slices;
}
