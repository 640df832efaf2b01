import { Buffer } from 'node:buffer';

/** Ends a section (gitprotocol-common). */
export const flush: Buffer = Buffer.from('0000', 'latin1');

const lengthDigits = 4;

/** A line with its length before it. */
export function pktLine(text: string): Buffer {
  const content = Buffer.from(text, 'utf8');
  const length = (content.length + lengthDigits).toString(16).padStart(lengthDigits, '0');
  return Buffer.concat([Buffer.from(length, 'latin1'), content]);
}

/** The lines of an answer, undefined for each flush; undefined as a whole where it is malformed. */
export function parsePktLines(bytes: Buffer): readonly (string | undefined)[] | undefined {
  const lines: (string | undefined)[] = [];
  for (let at = 0; at < bytes.length; ) {
    const digits = bytes.toString('latin1', at, at + lengthDigits);
    if (!/^[0-9a-f]{4}$/.test(digits)) return undefined;
    const length = Number.parseInt(digits, 16);
    if (length === 0) {
      lines.push(undefined);
      at += lengthDigits;
      continue;
    }
    if (length < lengthDigits || at + length > bytes.length) return undefined;
    lines.push(bytes.toString('utf8', at + lengthDigits, at + length).replace(/\n$/, ''));
    at += length;
  }
  return lines;
}
