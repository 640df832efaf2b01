import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isErased } from '../receipts/log/erase.ts';
import { nodeFs } from '../receipts/log/fs.ts';
import { openReader } from '../runtime/privacy.ts';
import type { StoredEntry, StoredLog } from '../runtime/replay-source.ts';
import { keysDirectory } from './args.ts';

/**
 * What there is beside a leaf: its payload; `none`, because leaves of its kind have none; `removed`
 * by retention; `erased` with its subject; `encrypted` under keys that do not lie beside the log;
 * `missing`, though nothing says that it was removed; `damaged`.
 */
export type ShownPayload =
  | { readonly state: 'present'; readonly value: unknown }
  | {
      readonly state: 'none' | 'removed' | 'erased' | 'encrypted' | 'missing' | 'damaged';
      readonly value: null;
    };

/** The payload of a leaf as far as it is there and can be read. */
export async function payloadOf(
  log: StoredLog,
  data: string,
  entry: StoredEntry,
): Promise<ShownPayload> {
  const { leaf, payload, seq } = entry;
  if (payload === undefined) {
    if (leaf.kind !== 'apply') return { state: 'none', value: null };
    return { state: isSealed(log, seq) ? 'removed' : 'missing', value: null };
  }
  if (payload.kind === 'plain') return parsed(payload.text);
  if (payload.kind !== 'encrypted') return { state: payload.kind, value: null };
  const { content } = payload;
  if (isErased(nodeFs, join(keysDirectory(data), 'subjects'), content, seq)) {
    return { state: 'erased', value: null };
  }
  const text = await opened(log, data, content, leaf.kind === 'apply' ? leaf.id : '');
  return text === undefined ? { state: 'encrypted', value: null } : parsed(text);
}

/** True for a leaf whose segment has its payloads in a file of their own, which then is gone. */
function isSealed(log: StoredLog, seq: number): boolean {
  const first = log.segments().findLast((segment) => segment <= seq);
  return first !== undefined && log.sealedIndex(first) !== undefined;
}

function parsed(text: string): ShownPayload {
  try {
    return { state: 'present', value: JSON.parse(text) as unknown };
  } catch {
    return { state: 'damaged', value: null };
  }
}

/** The text under the keys beside the log; undefined without them, or where they do not open it. */
async function opened(
  { origin }: StoredLog,
  data: string,
  content: Uint8Array,
  leafId: string,
): Promise<string | undefined> {
  // A key encryption key that is not a file is a service, which only its host can ask.
  const isThere = ['kek', 'subjects'].every((name) => existsSync(join(keysDirectory(data), name)));
  const keys = isThere ? await openReader(origin, { data, encryption: {} }) : undefined;
  if (keys === undefined) return undefined;
  try {
    const text = keys.cipher.openWith(content, leafId);
    return typeof text === 'string' ? undefined : text.text;
  } finally {
    keys.close();
  }
}
