import { join } from 'node:path';
import { readFile } from '../../src/receipts/log/files.ts';
import type { LogFs } from '../../src/receipts/log/index.ts';
import { parseCheckpoint } from '../../src/receipts/verify/checkpoint.ts';
import { FrameReader } from '../../src/receipts/verify/frame-reader.ts';
import { decodeEpoch, frameTypes } from '../../src/receipts/verify/frames.ts';
import { tableCrc32 } from '../../src/receipts/verify/index.ts';
import { parseVkey } from '../../src/receipts/verify/note.ts';

/**
 * The checkpoints of a log as its segments have them, each as the seq of its last leaf and the
 * names of the keys behind its signature lines, in their order.
 */
export function signaturesIn(
  directory: string,
  fs: LogFs,
  vkeys: Readonly<Record<string, string>>,
): readonly string[] {
  const names = new Map(Object.entries(vkeys).map(([name, vkey]) => [parseVkey(vkey)?.id, name]));
  const found: string[] = [];
  for (const file of fs.readdirSync(join(directory, 'seg')).sort()) {
    const reader = new FrameReader(tableCrc32);
    for (const event of reader.push(readFile(fs, join(directory, 'seg', file)) as Uint8Array)) {
      if (event.kind !== 'frame' || event.type !== frameTypes.epoch) continue;
      const checkpoint = parseCheckpoint(decodeEpoch(event.content)?.note ?? '')!;
      const signers = checkpoint.note.signatures.map(({ id }) => names.get(id) ?? '?');
      found.push(`${checkpoint.size - 1} ${signers.join('')}`);
    }
  }
  return found;
}
