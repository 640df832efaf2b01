import { fromUtf8 } from '../base/bytes.ts';
import { describe } from '../base/errors.ts';
import type { LogFs } from '../receipts/log/fs.ts';
import { PayloadFile } from '../receipts/log/payload-file.ts';
import type { Leaf } from '../receipts/verify/leaf-types.ts';

/** What was stored beside a leaf: canonical JSON, encrypted, destroyed, or damaged bytes. */
export type StoredPayload =
  | { readonly kind: 'plain'; readonly text: string }
  | { readonly kind: 'encrypted'; readonly content: Uint8Array }
  | { readonly kind: 'erased' }
  | { readonly kind: 'damaged'; readonly got: string };

/** What a payload frame holds. */
export function payloadOf({
  enc,
  intact,
  content,
}: {
  readonly enc: number;
  readonly intact: boolean;
  readonly content: Uint8Array;
}): StoredPayload {
  if (!intact) return { kind: 'damaged', got: 'bytes with another CRC' };
  if (enc !== 0) return { kind: 'encrypted', content: content.slice() };
  const text = fromUtf8(content);
  return text === undefined
    ? { kind: 'damaged', got: 'bytes that are not UTF-8' }
    : { kind: 'plain', text };
}

interface Entry {
  readonly seq: number;
  readonly leaf: Leaf;
  readonly payload?: StoredPayload;
}

/** The payloads of one segment that stand in a file of their own since it was sealed. */
export class SealedPayloads {
  readonly #file: PayloadFile | undefined;
  /** Why the file cannot be read. */
  readonly #problem: string | undefined;

  constructor(fs: LogFs, directory: string, segment: number) {
    try {
      this.#file = PayloadFile.open(fs, directory, segment);
    } catch (error) {
      this.#problem = describe(error);
    }
  }

  /** The entry with its payload, where the segment itself holds none. */
  complete<E extends Entry>(entry: E): E {
    if (entry.payload !== undefined || entry.leaf.kind !== 'apply') return entry;
    const payload = this.#payload(entry.seq);
    return payload === undefined ? entry : { ...entry, payload };
  }

  #payload(seq: number): StoredPayload | undefined {
    if (this.#problem !== undefined) return { kind: 'damaged', got: this.#problem };
    const position = this.#file?.find(seq) ?? -1;
    if (position < 0) return undefined;
    try {
      const frame = this.#file!.frameAt(position);
      return frame === undefined ? { kind: 'erased' } : payloadOf({ ...frame, intact: true });
    } catch (error) {
      return { kind: 'damaged', got: describe(error) };
    }
  }

  close(): void {
    this.#file?.close();
  }
}
